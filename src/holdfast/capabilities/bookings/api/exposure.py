"""Exposure over HTTP: who looks, what a guest may not move to, and the report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query

from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.commands.offered import refuse_unoffered
from holdfast.capabilities.bookings.exposure import Viewer, find_viewer
from holdfast.capabilities.bookings.queries import get_booking_by_token
from holdfast.capabilities.bookings.queries.exposure_report import (
    PERMISSION,
    Line,
    Person,
    report_exposure,
)
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.platform import clock
from holdfast.platform.errors import Invalid
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import Date, end_of, start_of, to_instant
from holdfast.platform.http.schemas import Envelope, Output
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date

_USUAL_DAYS, _MOST_DAYS = 28, 92


def find_caller_viewer(request: HttpRequest, caller: Caller, service_id: UUID) -> Viewer | None:
    """Return who looks at a service, where guests are shown only some of its starts."""
    return find_viewer(
        request,
        tenant_id=caller.tenant_id,
        settings=caller.settings,
        service=remembered_schedule(caller.tenant_id).services.get(service_id),
        is_guest=caller.actor.is_guest,
    )


def refuse_unoffered_move(
    request: HttpRequest, caller: Caller, token: str, starts_at: datetime | None, resource_id: UUID | None
) -> None:
    """Keep a guest from moving its booking to where it could not have booked: `Conflict` NOT_OFFERED."""
    if not caller.actor.is_guest or not token:
        return
    now = clock.now()
    with tenant_context(caller.tenant_id, caller.actor.label):
        booking = get_booking_by_token(token, action="reschedule")
    if booking is None or booking.service_id is None:
        return
    viewer = find_caller_viewer(request, caller, booking.service_id)
    if viewer is None or not viewer.only_exposed:
        return
    at = starts_at or booking.starts_at
    if at.tzinfo is None:
        at = to_instant(at, ZoneInfo(booking.time_zone), field="starts_at")
    if at == booking.starts_at:
        return
    wish = BookingRequest(
        booking.service_id,
        at,
        resource_id=resource_id or booking.resource_id,
        location_id=booking.location_id,
    )
    refuse_unoffered(
        tenant_id=caller.tenant_id,
        actor=caller.actor,
        now=now,
        request=wish,
        key=None,
        viewer=viewer,
        is_move=True,
    )


class Counted(Output):
    """How often it was offered and taken; `rate` is null where nothing was offered."""

    offered: int
    taken: int
    rate: float | None


class CountedTotal(Counted):
    """The whole period; `taken_unoffered` are bookings of starts that had not been offered."""

    taken_unoffered: int


class CountedStart(Counted):
    """A time on the wall, as `09:15`."""

    local_time: str


class CountedHour(Counted):
    """An hour on the wall, 0 to 23."""

    hour: int


class CountedPart(Counted):
    """Morning, afternoon or evening."""

    part: str


class CountedPerson(Counted):
    """Somebody who could have given what was offered."""

    resource_id: UUID
    name: str


class CountedVariant(Counted):
    """A rule of exposure; `looks` counts the lots drawn by it."""

    variant: str
    looks: int


class ExposureOut(Output):
    """What was offered and what of it was taken."""

    total: CountedTotal
    by_start: list[CountedStart]
    by_hour: list[CountedHour]
    by_part: list[CountedPart]
    by_person: list[CountedPerson]
    by_variant: list[CountedVariant]


@router.get(
    "/reports/exposure",
    response=Envelope[ExposureOut],
    operation_id="report_exposure",
    auth=Needs(PERMISSION),
)
def get_exposure_report(
    request: HttpRequest,
    from_date: Date | None = Query(None, alias="from"),
    to_date: Date | None = Query(None, alias="to"),
    service_id: UUID | None = None,
) -> HttpResponse:
    """Count what curated pages offered and what was taken, on dates of the business, both inclusive.

    By default the last 28 days; offers are kept for 90.
    """
    caller = caller_of(request)
    last = to_date or local_date(clock.now(), caller.zone)
    first = from_date or last - timedelta(days=_USUAL_DAYS - 1)
    _check(first, last)
    with tenant_context(caller.tenant_id, caller.actor.label):
        report = report_exposure(
            actor=caller.actor,
            from_at=start_of(first, caller.zone, field="from"),
            to_at=end_of(last, caller.zone, field="to"),
            service_id=service_id,
        )
    looks = report.looks
    return answer(
        {
            "total": _counted(report.total) | {"taken_unoffered": report.taken_unoffered},
            "by_start": _rows(report.by_start, lambda at: {"local_time": _clock(at)}),
            "by_hour": _rows(report.by_hour, lambda hour: {"hour": hour}),
            "by_part": _rows(report.by_part, lambda part: {"part": str(part)}),
            "by_person": _rows(report.by_person, _person),
            "by_variant": _rows(report.by_variant, lambda name: {"variant": name, "looks": looks[name]}),
        },
        {"from": first.isoformat(), "to": last.isoformat(), "time_zone": caller.zone.key},
    )


def _check(first: date, last: date) -> None:
    if last < first:
        raise Invalid("The last date must not be before the first.", field="to")
    if (last - first).days >= _MOST_DAYS:
        raise Invalid(f"Ask for 1 to {_MOST_DAYS} days.", code="RANGE_TOO_LONG", field="to")


def _rows(lines: Iterable[Line[Any]], named: Any) -> list[dict[str, Any]]:
    return [named(line.key) | _counted(line) for line in lines]


def _counted(line: Line[Any]) -> dict[str, Any]:
    return {"offered": line.offered, "taken": line.taken, "rate": line.rate}


def _clock(at: time) -> str:
    return f"{at:%H:%M}"


def _person(person: Person) -> dict[str, Any]:
    return {"resource_id": str(person.id), "name": person.name}
