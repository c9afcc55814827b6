"""What customers were told, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from holdfast.capabilities.notifications.api.router import router
from holdfast.capabilities.notifications.queries import list_notifications
from holdfast.capabilities.notifications.retry import retry_notification
from holdfast.capabilities.notifications.types import MessageKind, Status
from holdfast.platform.http.answers import WithMeta, answer
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope, Output
from holdfast.platform.tenancy import tenant_context


class NotificationOut(Output):
    """One message. `recipient` is a hint of the address; `reason` says why it was skipped or last failed."""

    id: UUID
    booking_id: UUID | None
    kind: MessageKind
    version: int = Field(description="The booking's version that the message tells of; of a link 1.")
    lead_minutes: int = Field(description="Of a reminder: how long before the start; else 0.")
    channel: str
    status: Status
    attempts: int
    reason: str
    recipient: str
    created_at: datetime
    sent_at: datetime | None


@router.get(
    "/notifications",
    response=Envelope[list[NotificationOut]],
    operation_id="list_notifications",
    auth=Needs("bookings:read"),
)
def get_notifications(
    request: HttpRequest,
    booking_id: UUID | None = None,
    status: Status | None = None,
    limit: Annotated[int, Field(ge=1, le=500)] = 100,
) -> HttpResponse:
    """List what customers were told: newest first, of one booking oldest first. Nothing to artists."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = list_notifications(actor=caller.actor, booking_id=booking_id, status=status, limit=limit + 1)
    shown = [NotificationOut.model_validate(each) for each in found[:limit]]
    return answer(shown, {"count": len(shown), "has_more": len(found) > limit})


@router.post(
    "/notifications/{notification_id}/retry",
    response=Envelope[NotificationOut],
    operation_id="retry_notification",
    auth=Needs("bookings:update"),
)
def post_retry(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Send a message that failed again, soon; the answer shows it as it was until then."""

    def work(caller: Caller) -> WithMeta:
        message = retry_notification(actor=caller.actor, notification_id=notification_id)
        return WithMeta(NotificationOut.model_validate(message), {"is_queued": True})

    return change(request, work)
