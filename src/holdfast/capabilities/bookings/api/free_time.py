"""Free time: S0's month, S1's dates and S1's slots of a date."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query

from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import FreeDate, FreeMonth, FreeSlot
from holdfast.capabilities.bookings.queries import count_free_starts, find_availability
from holdfast.capabilities.bookings.types import Start
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.platform import clock
from holdfast.platform.errors import Invalid
from holdfast.platform.http.answers import answer, instant_text
from holdfast.platform.http.callers import Caller, caller_of
from holdfast.platform.http.instants import Date, Month, Zone, last_of_month
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date, offset_label, to_local

_USUAL_DAYS = 30


@router.get("/availability", response=Envelope[FreeMonth], operation_id="get_availability")
def get_availability(
    request: HttpRequest,
    service_id: UUID,
    month: Month,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    timezone: Zone | None = Query(None),
) -> HttpResponse:
    """Return every free slot of a month (S0), by local date of the business.

    `timezone` changes the labels (`local_start`, `offset`) only.
    """
    caller = caller_of(request)
    now = clock.now()
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = find_availability(
            service_id=service_id,
            from_date=month,
            to_date=last_of_month(month),
            now=now,
            resource_id=resource_id,
            location_id=location_id,
        )
    label_zone = _other_zone(timezone, found.time_zone)
    return answer(
        {
            "service_id": str(service_id),
            "month": f"{month:%Y-%m}",
            "time_zone": found.time_zone,
            "days": [
                {
                    "date": day.date.isoformat(),
                    "count": day.count,
                    "slots": [_slot(start, label_zone) for start in day.starts],
                }
                for day in found.days
            ],
        },
        {"total": sum(day.count for day in found.days), "as_of": now},
    )


@router.get("/dates", response=Envelope[list[FreeDate]], operation_id="list_dates")
def get_dates(
    request: HttpRequest,
    service_id: UUID,
    from_date: Date | None = Query(None, alias="from"),
    to_date: Date | None = Query(None, alias="to"),
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
) -> HttpResponse:
    """Count the free slots of future dates (S1), by default of the next 30 days."""
    caller = caller_of(request)
    now = clock.now()
    with tenant_context(caller.tenant_id, caller.actor.label):
        zone = _zone_of(caller, resource_id, location_id)
        today = local_date(now, zone)
        first = max(from_date, today) if from_date else today
        last = to_date or first + timedelta(days=_USUAL_DAYS - 1)
        if from_date and last < from_date:
            raise Invalid("The last date must not be before the first.", field="to")
        counts: dict[date, int] = {}
        if last >= first:
            counts = count_free_starts(
                service_id=service_id,
                from_date=first,
                to_date=last,
                now=now,
                resource_id=resource_id,
                location_id=location_id,
            )
    dates = [{"date": day.isoformat(), "count": count} for day, count in sorted(counts.items())]
    return answer(dates, {"total": sum(counts.values()), "time_zone": zone.key})


@router.get("/slots", response=Envelope[list[FreeSlot]], operation_id="list_slots")
def get_slots(
    request: HttpRequest,
    service_id: UUID,
    on_date: Date = Query(alias="date"),
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    timezone: Zone | None = Query(None),
) -> HttpResponse:
    """Return the free slots of a local date (S1), all of them, with who could take each."""
    caller = caller_of(request)
    now = clock.now()
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = find_availability(
            service_id=service_id,
            from_date=on_date,
            to_date=on_date,
            now=now,
            resource_id=resource_id,
            location_id=location_id,
        )
    label_zone = _other_zone(timezone, found.time_zone)
    starts = [start for day in found.days for start in day.starts]
    slots = [
        _slot(start, label_zone) | {"resource_ids": [str(each) for each in start.resource_ids]}
        for start in starts
    ]
    return answer(
        slots,
        {
            "total": len(slots),
            "has_more": False,
            "date": on_date.isoformat(),
            "time_zone": found.time_zone,
            "as_of": now,
        },
    )


def _slot(start: Start, label_zone: ZoneInfo | None) -> dict[str, Any]:
    """Return a slot as plain values: a month may have thousands."""
    local: datetime = start.local_start
    offset = start.offset
    if label_zone is not None:
        local, offset = to_local(start.starts_at, label_zone), offset_label(start.starts_at, label_zone)
    return {
        "starts_at": instant_text(start.starts_at),
        "ends_at": instant_text(start.ends_at),
        "local_start": local.isoformat(),
        "offset": offset,
        "is_ambiguous": start.is_ambiguous,
    }


def _other_zone(wanted: ZoneInfo | None, own: str) -> ZoneInfo | None:
    """Return the zone for labels when it is not the business's own, whose labels are there already."""
    return wanted if wanted is not None and wanted.key != own else None


def _zone_of(caller: Caller, resource_id: UUID | None, location_id: UUID | None) -> ZoneInfo:
    # For today's date only; what is free is read with the schedule as it is now.
    schedule = remembered_schedule(caller.tenant_id)
    resource = schedule.resources.get(resource_id) if resource_id else None
    place = resource.location_id if resource else location_id
    if place in schedule.locations:
        return schedule.zone_of(place)
    first = next(iter(schedule.locations), None)
    return schedule.zone_of(first) if first else caller.zone
