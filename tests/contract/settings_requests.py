"""Working requests to the settings: the parts of each, by operation id."""

from __future__ import annotations

from itertools import count
from typing import Any

from holdfast.capabilities.tenants.commands import change_settings
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business

_days = count(1)


def settings_requests(shop: Business) -> dict[str, dict[str, Any]]:
    """A change has been made, so that there is one to take back; each asks for another value."""
    with tenant_context(shop.tenant_id, TESTER.label):
        change_settings(actor=TESTER, changes={"option_days": next(_days) % 200 + 1})
    return {
        "list_settings": {"method": "GET", "path": "/api/v1/settings"},
        "change_settings": {
            "method": "PATCH",
            "path": "/api/v1/settings",
            "body": {
                "option_days": next(_days) % 200 + 1,
                "cancellation_notice_minutes": 60,
                "parties": True,
                "tagline": "By the sea",
                "chroma": "bold",
            },
            "kinds": {
                "option_days": "number",
                "cancellation_notice_minutes": "number",
                "parties": "flag",
                "tagline": "line",
                "chroma": "word",
            },
        },
        "undo_settings": {"method": "POST", "path": "/api/v1/settings/undo"},
    }
