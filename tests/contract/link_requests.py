"""Working requests about a customer's own list: the parts of each, by operation id."""

from __future__ import annotations

from typing import Any

from holdfast.capabilities.bookings.commands.customer_links import index_of, make_link
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import ANN, TESTER, Business


def link_requests(shop: Business) -> dict[str, dict[str, Any]]:
    """With a link of their own at each call."""
    return {
        "ask_for_customer_link": {
            "method": "POST",
            "path": "/api/v1/customer-links",
            "body": {"email": "nobody@example.com", "language": "de"},
            "kinds": {"email": "line", "language": "word"},
        },
        "list_own_bookings": {
            "method": "GET",
            "path": "/api/v1/my/bookings",
            "query": {"limit": "5"},
            "kinds": {"limit": "number"},
            "customer_token": link_of(shop),
        },
        "revoke_customer_links": {
            "method": "DELETE",
            "path": "/api/v1/customer-links",
            "customer_token": link_of(shop),
        },
    }


def link_of(business: Business, email: str = ANN.email) -> str:
    """A link's token, as the worker makes it for a mail."""
    index = index_of(business.tenant_id, email)
    with tenant_context(business.tenant_id, TESTER.label):
        token, _ = make_link(email_index=index, settings={})
    return token
