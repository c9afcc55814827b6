"""Requests that work for the operations about messages, mail texts and calendar feeds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from holdfast.capabilities.notifications.commands import Claim, claim_message, create_feed, mark_failed
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business

_WORDS = "/api/v1/mail-templates/reminder/de"
_BODY = {"subject": "{{service}}, {{name}}", "body": "Bis bald, {{name}}.\n\n{{link}}"}
_KINDS = {"subject": "line", "body": "text"}


def message_requests(shop: Business, booking_id: UUID | None) -> dict[str, dict[str, Any]]:
    """The parts of a request for each operation id."""
    feed = {"resource_id": str(shop.resource_ids[0]), "shows": "busy", "label": "Mine"}
    return {
        "list_notifications": {
            "method": "GET",
            "path": "/api/v1/notifications",
            "query": {"booking_id": str(booking_id), "status": "failed", "limit": "5"},
            "kinds": {"booking_id": "filter", "status": "word", "limit": "number"},
        },
        "retry_notification": {
            "method": "POST",
            "path": f"/api/v1/notifications/{_failed_message(shop, booking_id)}/retry",
        },
        "list_mail_templates": {"method": "GET", "path": "/api/v1/mail-templates"},
        "get_mail_template": {"method": "GET", "path": _WORDS},
        "put_mail_template": {"method": "PUT", "path": _WORDS, "body": dict(_BODY), "kinds": _KINDS},
        "delete_mail_template": {"method": "DELETE", "path": _WORDS},
        "preview_mail_template": {
            "method": "POST",
            "path": f"{_WORDS}/preview",
            "body": dict(_BODY),
            "kinds": _KINDS,
        },
        "list_calendar_feeds": {"method": "GET", "path": "/api/v1/calendar-feeds"},
        "create_calendar_feed": {
            "method": "POST",
            "path": "/api/v1/calendar-feeds",
            "body": feed,
            "kinds": {"resource_id": "id", "shows": "word", "label": "line"},
        },
        "revoke_calendar_feed": {"method": "DELETE", "path": f"/api/v1/calendar-feeds/{_feed_of(shop)}"},
    }


def _failed_message(shop: Business, booking_id: UUID | None) -> UUID:
    with tenant_context(shop.tenant_id, TESTER.label):
        claim = claim_message(
            booking_id=booking_id or UUID(int=0), kind="confirmed", version=1, recipient_index=None
        )
        assert isinstance(claim, Claim)
        mark_failed(message_id=claim.id, reason="the mail was refused (550)")
    return claim.id


def _feed_of(shop: Business) -> UUID:
    with tenant_context(shop.tenant_id, TESTER.label):
        feed, _ = create_feed(actor=TESTER, location_id=shop.location_id)
    return feed.id
