"""Free time: S0's month, S1's dates and S1's slots of a date."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query

from holdfast.capabilities.bookings.api.exposure import find_caller_viewer
from holdfast.capabilities.bookings.api.free_text import free_days_body
from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import FreeDate, FreeSlot, FreeWish
from holdfast.capabilities.bookings.api.schemas import FreeDays as FreeDaysOut
from holdfast.capabilities.bookings.exposure import VARIANT_HEADER, Shown, Viewer, show_days
from holdfast.capabilities.bookings.queries import count_free_starts, find_availability, list_free_days
from holdfast.capabilities.bookings.queries.free_time import FreeDays
from holdfast.capabilities.bookings.types import Availability, Start, Wanted
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.platform import clock
from holdfast.platform.errors import Invalid
from holdfast.platform.http.answers import answer, instant_text, json_answer
from holdfast.platform.http.callers import Caller, caller_of
from holdfast.platform.http.compression import compressed
from holdfast.platform.http.instants import Date, Month, Zone, last_of_month
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.intervals import epoch
from holdfast.scheduling.zones import comes_twice, local_date, wall_clock

_USUAL_DAYS = 30


@router.get("/availability", response=Envelope[FreeDaysOut], operation_id="get_availability")
def get_availability(
    request: HttpRequest,
    wish: FreeWish = Query(...),
    month: Month | None = Query(None),
    from_date: Date | None = Query(None, alias="from"),
    to_date: Date | None = Query(None, alias="to"),
    timezone: Zone | None = Query(None),
) -> HttpResponse:
    """Return every free start of a month (S0), or of the dates `from` to `to`, by local date of the business.

    `timezone` changes the labels only. Who could take a start, `GET slots` of its date tells. Where guests
    may book only what they are offered, they get the offered starts of each date.
    """
    caller = caller_of(request)
    now = clock.now()
    first, last = _asked_dates(month, from_date, to_date)
    wanted = wish.wanted()
    with tenant_context(caller.tenant_id, caller.actor.label):
        viewer = find_caller_viewer(request, caller, wanted.service_ids[0])
        if viewer is not None and viewer.only_exposed:
            found = _offered_days(viewer, wanted, first, last, now)
        else:
            found = list_free_days(wanted, from_date=first, to_date=last, now=now)
    label_zone = timezone or found.zone
    about = {
        "service_id": str(wanted.service_ids[0]),
        "month": f"{month:%Y-%m}" if month else None,
        "time_zone": found.zone.key,
        "label_zone": label_zone.key,
        "duration_minutes": found.duration // timedelta(minutes=1),
    }
    meta = {"total": found.total, "as_of": instant_text(now)}
    body = free_days_body(found, about, meta, label_zone=label_zone)
    return compressed(request, json_answer(body))


@router.get("/dates", response=Envelope[list[FreeDate]], operation_id="list_dates")
def get_dates(
    request: HttpRequest,
    wish: FreeWish = Query(...),
    from_date: Date | None = Query(None, alias="from"),
    to_date: Date | None = Query(None, alias="to"),
) -> HttpResponse:
    """Count the free slots of future dates (S1), by default of the next 30 days."""
    caller = caller_of(request)
    now = clock.now()
    wanted = wish.wanted()
    with tenant_context(caller.tenant_id, caller.actor.label):
        zone = zone_of_wish(caller, wanted)
        today = local_date(now, zone)
        first = max(from_date, today) if from_date else today
        last = to_date or first + timedelta(days=_USUAL_DAYS - 1)
        if from_date and last < from_date:
            raise Invalid("The last date must not be before the first.", field="to")
        counts: dict[date, int] = {}
        if last >= first:
            counts = count_free_starts(wanted, from_date=first, to_date=last, now=now)
    dates = [{"date": day.isoformat(), "count": count} for day, count in counts.items()]
    return answer(dates, {"total": sum(counts.values()), "time_zone": zone.key})


@router.get("/slots", response=Envelope[list[FreeSlot]], operation_id="list_slots")
def get_slots(
    request: HttpRequest,
    wish: FreeWish = Query(...),
    on_date: Date = Query(alias="date"),
    timezone: Zone | None = Query(None),
) -> HttpResponse:
    """Return the free slots of a local date (S1) with who could take each: all, or those offered.

    Guests of a business with a curated policy are offered a few (S1, "Slot Exposure"); `X-Exposure-Variant`
    chooses the rule and `X-Session-Id` says who looks. `meta.total` counts all.
    """
    caller = caller_of(request)
    now = clock.now()
    wanted = wish.wanted()
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = find_availability(wanted, from_date=on_date, to_date=on_date, now=now)
        shown = _shown(request, caller, wanted, found, now)
    label_zone = timezone if timezone is not None and timezone.key != found.time_zone else None
    response = answer(
        [_slot(start, label_zone) for start in shown.starts],
        {
            "total": shown.total,
            "has_more": shown.has_more,
            "exposure": "curated" if shown.has_more else "all",
            "variant": shown.variant,
            "date": on_date.isoformat(),
            "time_zone": found.time_zone,
            "as_of": now,
        },
    )
    response[VARIANT_HEADER] = shown.variant
    return compressed(request, response)


def _shown(request: HttpRequest, caller: Caller, wanted: Wanted, found: Availability, now: datetime) -> Shown:
    """Return what the caller is shown of one date."""
    viewer = find_caller_viewer(request, caller, wanted.service_ids[0])
    if viewer is None:
        starts = found.days[0].starts
        return Shown(starts, len({start.starts_at for start in starts}), "all")
    return show_days(viewer, wanted, found.days, now=now)[0]


def _offered_days(viewer: Viewer, wanted: Wanted, first: date, last: date, now: datetime) -> FreeDays:
    """Return what the viewer is offered of each date."""
    found = find_availability(wanted, from_date=first, to_date=last, now=now)
    shown = show_days(viewer, wanted, found.days, now=now)
    return FreeDays(
        ZoneInfo(found.time_zone),
        found.duration,
        {
            day.date: list(dict.fromkeys(epoch(start.starts_at) for start in offered.starts))
            for day, offered in zip(found.days, shown, strict=True)
        },
    )


def _asked_dates(month: date | None, from_date: date | None, to_date: date | None) -> tuple[date, date]:
    if month is not None:
        if from_date is not None or to_date is not None:
            raise Invalid("Ask for a month, or from a date to another.", field="month")
        return month, last_of_month(month)
    if from_date is None or to_date is None:
        raise Invalid(
            "This is missing.", field="month" if from_date is to_date else "to" if from_date else "from"
        )
    return from_date, to_date


def _slot(start: Start, label_zone: ZoneInfo | None) -> dict[str, Any]:
    """Return a slot as plain values; with a zone, as the clocks there show it."""
    local, offset, is_ambiguous = start.local_start, start.offset, start.is_ambiguous
    if label_zone is not None:
        second = epoch(start.starts_at)
        local, offset = wall_clock(second, label_zone)
        is_ambiguous = comes_twice(second, label_zone)
    return {
        "starts_at": instant_text(start.starts_at),
        "ends_at": instant_text(start.ends_at),
        "local_start": local.isoformat(),
        "offset": offset,
        "is_ambiguous": is_ambiguous,
        "resource_ids": [str(each) for each in start.resource_ids],
        "slot_id": str(start.slot_id) if start.slot_id else None,
        "capacity": start.capacity,
        "seats_left": start.seats_left,
    }


def zone_of_wish(caller: Caller, wanted: Wanted) -> ZoneInfo:
    """Return the zone of the place that is meant, without a read."""
    # For today's date only; what is free is read with the schedule as it is now.
    schedule = remembered_schedule(caller.tenant_id)
    named = next((each for each in (wanted.resource_id, *wanted.resource_ids) if each is not None), None)
    resource = schedule.resources.get(named) if named else None
    place = resource.location_id if resource else wanted.location_id
    if place is not None and place in schedule.locations:
        return schedule.zone_of(place)
    first = next(iter(schedule.locations), None)
    return schedule.zone_of(first) if first else caller.zone
