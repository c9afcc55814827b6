"""Blackouts over HTTP: time that is not to be had (S0 `blackouts`, S2 `blocked_periods`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import AliasChoices, Field, StrictBool

from holdfast.capabilities.schedules.commands import create_blackout, delete_blackout
from holdfast.capabilities.schedules.queries import current_schedule, get_blackout, list_blackouts
from holdfast.capabilities.schedules.types import Blackout
from holdfast.platform import clock
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import TimeOrDate, end_of, start_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import RESOURCE_ID, Deleted, Envelope, Input, Line, Output
from holdfast.platform.tenancy import tenant_context

router = Router(tags=["blackouts"])

_USUAL_DAYS = 90


class BlackoutOut(Output):
    """Blocked time: of one resource, of one location, or (neither) of the whole business."""

    id: UUID
    location_id: UUID | None
    resource_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    is_recurring: bool
    reason: str


class BlackoutIn(Input):
    """S0's payload, with our names too. A date stands for the whole local day, the last one included."""

    starts_at: TimeOrDate = Field(validation_alias=AliasChoices("starts_at", "start_time"))
    ends_at: TimeOrDate = Field(validation_alias=AliasChoices("ends_at", "end_time"))
    reason: Line = ""
    is_recurring: StrictBool = False
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    location_id: UUID | None = None


@router.get(
    "/blackouts",
    response=Envelope[list[BlackoutOut]],
    operation_id="list_blackouts",
    auth=Needs("blackouts:read"),
)
def get_blackouts(
    request: HttpRequest,
    start: TimeOrDate | None = Query(None),
    end: TimeOrDate | None = Query(None),
    resource_id: UUID | None = None,
) -> HttpResponse:
    """List the blackouts that touch a period, by default the next 90 days; an artist sees its own."""
    caller = caller_of(request)
    starts_at = start_of(start, caller.zone, field="start") if start else clock.now()
    ends_at = end_of(end, caller.zone, field="end") if end else starts_at + timedelta(days=_USUAL_DAYS)
    if ends_at <= starts_at:
        raise Invalid("The end must be after the start.", field="end")
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = list_blackouts(starts_at=starts_at, ends_at=ends_at, resource_id=resource_id)
    if caller.actor.only_own("blackouts:read"):
        found = [each for each in found if each.resource_id in (None, caller.actor.resource_id)]
    return answer([_present(each) for each in found], {"total": len(found)})


@router.post(
    "/blackouts",
    response={201: Envelope[BlackoutOut]},
    operation_id="create_blackout",
    auth=Needs("blackouts:manage"),
)
def post_blackout(request: HttpRequest, blackout: BlackoutIn) -> HttpResponse:
    """Block out dates or times, once or (`is_recurring`) every week. What is booked stays booked."""

    def work(caller: Caller) -> BlackoutOut:
        zone = _zone_of(caller, blackout)
        made = create_blackout(
            actor=caller.actor,
            starts_at=start_of(blackout.starts_at, zone, field="starts_at"),
            ends_at=end_of(blackout.ends_at, zone, field="ends_at"),
            reason=blackout.reason,
            is_recurring=blackout.is_recurring,
            resource_id=blackout.resource_id,
            location_id=blackout.location_id,
        )
        stored = get_blackout(made)
        if stored is None:
            raise NotFound("There is no such blackout.")
        return _present(stored)

    return change(request, work, status=201)


@router.delete(
    "/blackouts/{blackout_id}",
    response=Envelope[Deleted],
    operation_id="delete_blackout",
    auth=Needs("blackouts:manage"),
)
def remove_blackout(request: HttpRequest, blackout_id: UUID) -> HttpResponse:
    """Open the time again."""

    def work(caller: Caller) -> Deleted:
        delete_blackout(actor=caller.actor, blackout_id=blackout_id)
        return Deleted(id=blackout_id, is_deleted=True)

    return change(request, work)


def _zone_of(caller: Caller, blackout: BlackoutIn) -> ZoneInfo:
    """Return the zone in which the blackout's wall times are meant: of its place, else the business's."""
    schedule = current_schedule()
    resource = schedule.resources.get(blackout.resource_id) if blackout.resource_id else None
    location_id = resource.location_id if resource else blackout.location_id
    return schedule.zone_of(location_id) if location_id in schedule.locations else caller.zone


def _present(blackout: Blackout) -> BlackoutOut:
    return BlackoutOut.model_validate(blackout)
