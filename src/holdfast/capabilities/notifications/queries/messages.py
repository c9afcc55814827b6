"""Reads of the message log, inside a tenant's context."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from holdfast.capabilities.notifications.types import Notification, Status
from holdfast.capabilities.people.types import Contact
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import unseal
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context

_NOTIFICATION = (
    "select n.id, n.booking_id, n.kind, n.version, n.channel, n.status, n.attempts, n.reason, n.created_at,"
    " n.sent_at, n.lead_minutes, b.contact from notification n"
    " left join every_booking b on b.tenant_id = n.tenant_id and b.id = n.booking_id"
    " where n.tenant_id = %(tenant)s"
)
_WITH_STATUS = _NOTIFICATION + " and (%(status)s = '' or n.status = %(status)s)"


def list_notifications(
    *, actor: Actor, booking_id: UUID | None = None, status: Status | None = None, limit: int = 200
) -> list[Notification]:
    """Return what customers were told, newest first; of one booking oldest first. For staff who see all.

    Raises `Unauthenticated` or `Forbidden`.
    """
    require(actor, "bookings:read")
    if actor.only_own("bookings:read"):
        return []
    asked: dict[str, Any] = {"tenant": current_context().tenant_id, "limit": limit, "status": status or ""}
    if booking_id is None:
        rows = fetch_tuples(_WITH_STATUS + " order by n.created_at desc, n.id desc limit %(limit)s", asked)
    else:
        rows = fetch_tuples(
            _WITH_STATUS + " and n.booking_id = %(booking)s order by n.created_at, n.id limit %(limit)s",
            {**asked, "booking": booking_id},
        )
    return [_notification(row) for row in rows]


def get_notification(*, actor: Actor, notification_id: UUID) -> Notification | None:
    """Return one message, or None; as `list_notifications`."""
    require(actor, "bookings:read")
    if actor.only_own("bookings:read"):
        return None
    rows = fetch_tuples(
        _NOTIFICATION + " and n.id = %(id)s", {"tenant": current_context().tenant_id, "id": notification_id}
    )
    return _notification(rows[0]) if rows else None


def mask_address(address: str) -> str:
    """Return a hint of an address, enough to tell a customer's two apart: "a…@e….com"."""
    local, _, domain = address.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}…@{name[:1]}…{dot}{ending}" if local and name else ""


def _notification(row: tuple[Any, ...]) -> Notification:
    *columns, contact = row
    notification = Notification(*columns)
    if contact is None or notification.booking_id is None:
        return notification
    tenant_id = current_context().tenant_id
    opened = unseal(tenant_id, "booking", "contact", notification.booking_id, contact)
    return replace(notification, recipient=mask_address(Contact.from_bytes(opened).email))


def read_link_request(message_id: UUID) -> tuple[bytes, str] | None:
    """Return for which address (its blind index) and in which language a link was asked for, or None."""
    rows = fetch_tuples(
        "select recipient_index, language from notification"
        " where tenant_id = %s and id = %s and kind = 'link'",
        (current_context().tenant_id, message_id),
    )
    for index, language in rows:
        return bytes(index), language
    return None
