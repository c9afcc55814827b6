"""Why a time is not offered, over HTTP: for the staff."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query

from holdfast.capabilities.bookings.api.free_time import zone_of_wish
from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import FreeWish
from holdfast.capabilities.bookings.queries.why_not import PERMISSION, explain
from holdfast.capabilities.bookings.types import Wanted
from holdfast.platform import clock
from holdfast.platform.errors import Invalid
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import Date, Time, to_instant
from holdfast.platform.http.schemas import Envelope, Output
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.slots import WhyNot


class InTheWayOut(Output):
    """What takes the time: an id to look up, never a name. A booking's times include its buffers."""

    kind: Literal["booking", "hold", "blackout", "instance"]
    id: UUID
    starts_at: datetime
    ends_at: datetime


class MissingOut(Output):
    """A start that is not offered; with `ends_at`, a stretch without starts.

    `role` is for want of whom, in a visit of several. `detail` says it in words.
    """

    starts_at: datetime
    ends_at: datetime | None
    reason: WhyNot
    detail: str
    role: str | None
    by: list[InTheWayOut]


class ResourceWhyNot(Output):
    """Of one resource: how many starts its hours have, how many are offered, and why not the others."""

    resource_id: UUID
    name: str
    role: str
    open: int
    offered: int
    missing: list[MissingOut]


class WhyNotOut(Output):
    """The reasons of a day, or of one start.

    `missing` says why nobody has the start `starts_at` (null: it is offered), or that nobody can do what is
    asked at any time. `open` and `offered` count the starts of all resources together.
    """

    date: date
    time_zone: str
    duration_minutes: int | None
    starts_at: datetime | None
    open: int
    offered: int
    missing: MissingOut | None
    resources: list[ResourceWhyNot]


@router.get(
    "/availability/why-not",
    response=Envelope[WhyNotOut],
    operation_id="explain_availability",
    auth=Needs(PERMISSION),
)
def get_why_not(
    request: HttpRequest,
    wish: FreeWish = Query(...),
    on_date: Date | None = Query(None, alias="date"),
    starts_at: Time | None = Query(None),
) -> HttpResponse:
    """Say of a local date why starts are not offered, or of the one start `starts_at`.

    The starts of the date are those offered by `GET slots` to the staff and those missing here, no other.
    Artists ask about their own calendar.
    """
    caller = caller_of(request)
    now = clock.now()
    wanted = wish.wanted()
    with tenant_context(caller.tenant_id, caller.actor.label):
        when = _when(caller, wanted, on_date, starts_at)
        found = explain(wanted, when, actor=caller.actor, now=now)
    minutes = None if found.duration is None else found.duration // timedelta(minutes=1)
    return answer(WhyNotOut.model_validate(asdict(found) | {"duration_minutes": minutes}), {"as_of": now})


def _when(
    caller: Caller, wanted: Wanted, on_date: date | None, starts_at: datetime | None
) -> date | datetime:
    if on_date is not None and starts_at is None:
        return on_date
    if starts_at is None or on_date is not None:
        raise Invalid("Ask for a date, or for one start.", field="date")
    return to_instant(starts_at, zone_of_wish(caller, wanted), field="starts_at")
