"""Sending again what did not leave."""

from __future__ import annotations

from uuid import UUID

from holdfast.capabilities.notifications.jobs import enqueue_due
from holdfast.capabilities.notifications.links import enqueue_link
from holdfast.capabilities.notifications.queries import get_notification
from holdfast.capabilities.notifications.types import Due, Notification
from holdfast.platform.access import Actor, require
from holdfast.platform.errors import Conflict, NotFound
from holdfast.platform.tenancy import current_context


def retry_notification(*, actor: Actor, notification_id: UUID) -> Notification:
    """Enqueue a message that failed once more, now; it is still sent at most once.

    Raises `Unauthenticated`, `Forbidden`, `NotFound`, and `Conflict` NOTIFICATION_NOT_FAILED for one that has
    left, is being sent, or was left out for a reason.
    """
    require(actor, "bookings:update")
    message = get_notification(actor=actor, notification_id=notification_id)
    if message is None:
        raise NotFound("There is no such message.")
    if message.status != "failed":
        raise Conflict(
            f"This message is {message.status}; only what failed can be sent again.",
            code="NOTIFICATION_NOT_FAILED",
            status_now=message.status,
        )
    tenant_id = current_context().tenant_id
    if message.booking_id is None or message.kind == "link":
        enqueue_link(tenant_id, message.id)
    else:
        enqueue_due(tenant_id, [Due(message.booking_id, message.kind, message.version, message.lead_minutes)])
    return message
