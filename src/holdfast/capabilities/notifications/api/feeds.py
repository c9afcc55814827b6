"""Calendars to subscribe to, by secret addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from holdfast.capabilities.notifications.api.router import router
from holdfast.capabilities.notifications.commands import create_feed, revoke_feed
from holdfast.capabilities.notifications.queries import list_feeds
from holdfast.capabilities.tenants.queries import get_tenant, home_host
from holdfast.platform.errors import NotFound
from holdfast.platform.http.addresses import origin_of
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import RESOURCE_ID, Envelope, Input, Line, Output
from holdfast.platform.tenancy import tenant_context


class FeedIn(Input):
    """Whose calendar, and how much it shows: by default a person's details, a place's busy times."""

    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    location_id: UUID | None = None
    shows: Literal["details", "busy"] | None = None
    label: Line = ""


class FeedOut(Output):
    """A calendar to subscribe to. Its address is told once, when it is made."""

    id: UUID
    resource_id: UUID | None
    location_id: UUID | None
    shows: str
    label: str
    created_at: datetime
    revoked_at: datetime | None


class NewFeedOut(FeedOut):
    """A new calendar, with its secret address: whoever has it can read the calendar."""

    url: str


@router.post(
    "/calendar-feeds",
    response={201: Envelope[NewFeedOut]},
    operation_id="create_calendar_feed",
    auth=Needs("bookings:read"),
)
def post_feed(request: HttpRequest, feed: FeedIn) -> HttpResponse:
    """Make a calendar to subscribe to; artists of their own only. Keep the address: it is not told again."""

    def work(caller: Caller) -> NewFeedOut:
        made, secret = create_feed(
            actor=caller.actor,
            resource_id=feed.resource_id,
            location_id=feed.location_id,
            shows=feed.shows or "",
            label=feed.label,
        )
        tenant = get_tenant(caller.tenant_id)
        if tenant is None:
            raise NotFound
        origin = origin_of(home_host(tenant, base_domain=settings.HOLDFAST.base_domain))
        shown = FeedOut.model_validate(made).model_dump()
        return NewFeedOut(**shown, url=f"{origin}/calendar/{secret}.ics")

    return change(request, work, status=201)


@router.get(
    "/calendar-feeds",
    response=Envelope[list[FeedOut]],
    operation_id="list_calendar_feeds",
    auth=Needs("bookings:read"),
)
def get_feeds(request: HttpRequest) -> HttpResponse:
    """List the calendars that can be subscribed to, without their addresses; artists see their own."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        feeds = list_feeds(actor=caller.actor)
    return answer([FeedOut.model_validate(each) for each in feeds], {"total": len(feeds)})


@router.delete(
    "/calendar-feeds/{feed_id}",
    response=Envelope[FeedOut],
    operation_id="revoke_calendar_feed",
    auth=Needs("bookings:read"),
)
def delete_feed(request: HttpRequest, feed_id: UUID) -> HttpResponse:
    """Let the address open nothing any more, at once and for good."""

    def work(caller: Caller) -> FeedOut:
        return FeedOut.model_validate(revoke_feed(actor=caller.actor, feed_id=feed_id))

    return change(request, work)
