"""Reads of the message log, inside a tenant's context."""

from __future__ import annotations

from uuid import UUID

from holdfast.capabilities.notifications.types import Notification
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import fetch_all
from holdfast.platform.tenancy import current_context

_NOTIFICATION = (
    "select id, booking_id, kind, version, channel, status, attempts, reason, created_at, sent_at"
    " from notification where tenant_id = %s"
)


def list_notifications(*, actor: Actor, booking_id: UUID) -> list[Notification]:
    """Return what a booking's customer was told, oldest first; for staff who see all bookings.

    Raises `Unauthenticated` or `Forbidden`.
    """
    require(actor, "bookings:read")
    if actor.only_own("bookings:read"):
        return []
    return fetch_all(
        Notification,
        f"{_NOTIFICATION} and booking_id = %s order by created_at, id",
        (current_context().tenant_id, booking_id),
    )
