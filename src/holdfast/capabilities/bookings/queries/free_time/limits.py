"""Limits a day and a week: who gives a service as often as is wanted already."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.queries.free_time.taken import read_seconds
from holdfast.capabilities.bookings.types import VisitPlan
from holdfast.capabilities.catalog.types import Service
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.intervals import Period, Span, epoch, instant
from holdfast.scheduling.limits import full_periods, monday_of
from holdfast.scheduling.visits import Candidates
from holdfast.scheduling.zones import day_bounds

# The same as `booking_count_given` counts under the locks from allocations: what takes time, and of groups
# every session once. From the bookings themselves, because that is a tenth of the work for many people.
_GIVEN = """
select resource_id, service_id, string_agg(int8send(floor(date_part('epoch', starts_at))::bigint), '')
from (
    select resource_id, service_id, starts_at from booking
    where tenant_id = %(tenant)s and resource_id = any (%(resources)s::uuid[])
        and starts_at >= %(from)s and starts_at < %(to)s
        and items = '[]' and service_id = any (%(services)s::uuid[]) and slot_id is null
        and (%(but)s::uuid is null or id <> %(but)s)
        and status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
        and (status <> 'held' or hold_expires_at > clock_timestamp())
    union all
    select * from (
        select distinct on (slot_id) resource_id, service_id, starts_at from booking
        where tenant_id = %(tenant)s and resource_id = any (%(resources)s::uuid[])
            and starts_at >= %(from)s and starts_at < %(to)s
            and service_id = any (%(services)s::uuid[]) and slot_id is not null
            and status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
            and (status <> 'held' or hold_expires_at > clock_timestamp())
    ) session
    union all
    select resource_id, service_id, starts_at from (
        select distinct b.id, b.starts_at, (item ->> 'resource_id')::uuid as resource_id,
            (item ->> 'service_id')::uuid as service_id
        from booking b, jsonb_array_elements(b.items) item
        where b.tenant_id = %(tenant)s and b.starts_at >= %(from)s and b.starts_at < %(to)s
            and b.items <> '[]' and (%(but)s::uuid is null or b.id <> %(but)s)
            and b.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
            and (b.status <> 'held' or b.hold_expires_at > clock_timestamp())
    ) visit
    where resource_id = any (%(resources)s::uuid[]) and service_id = any (%(services)s::uuid[])
) given
group by resource_id, service_id
"""
_Counts = Mapping[tuple[UUID, UUID], Counter[date]]


def with_limits(
    plan: VisitPlan,
    candidates: Candidates,
    *,
    from_date: date,
    to_date: date,
    zone: ZoneInfo,
    but: UUID | None = None,
) -> Candidates:
    """Return the candidates, each with the days and weeks for which no more are taken in.

    Reads once, and only where a service of the visit has a limit. `but` is a booking that does not count.
    """
    limited = [
        service
        for service in (*plan.services, *plan.add_ons)
        if service.most_per_day is not None or service.most_per_week is not None
    ]
    if not limited:
        return candidates
    people = {resource_id for calendars in candidates.values() for resource_id in calendars}
    given = _count_given(limited, sorted(people), from_date, to_date, zone, but)
    services = {need.name: {need.service.id, *(each.id for each in need.also)} for need in plan.roles}
    return {
        role: {
            resource_id: replace(
                calendar,
                full=[
                    period
                    for service in limited
                    if service.id in services[role]
                    for period in _full(service, given.get((resource_id, service.id)), zone)
                ],
            )
            for resource_id, calendar in calendars.items()
        }
        for role, calendars in candidates.items()
    }


def full_spans(
    service: Service, resource_ids: Sequence[UUID], *, from_date: date, to_date: date, zone: ZoneInfo
) -> dict[UUID, list[Span]]:
    """Return when each gives the service as often as is wanted; reads once, where it has a limit."""
    if service.most_per_day is None and service.most_per_week is None:
        return {}
    given = _count_given([service], resource_ids, from_date, to_date, zone, None)
    return {
        each: [period.span for period in _full(service, given.get((each, service.id)), zone)]
        for each in resource_ids
    }


def _full(service: Service, counts: Counter[date] | None, zone: ZoneInfo) -> Sequence[Period]:
    if not counts:
        return ()
    return full_periods(
        counts, most_per_day=service.most_per_day, most_per_week=service.most_per_week, zone=zone
    )


def _count_given(
    services: Sequence[Service],
    resource_ids: Sequence[UUID],
    from_date: date,
    to_date: date,
    zone: ZoneInfo,
    but: UUID | None,
) -> _Counts:
    """Count the bookings by resource, service and local date, in whole weeks."""
    first, last = monday_of(from_date), monday_of(to_date) + timedelta(days=6)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    begins = [epoch(day_bounds(day, zone)[0]) for day in days]
    rows = fetch_tuples(
        _GIVEN,
        {
            "tenant": current_context().tenant_id,
            "services": [service.id for service in services],
            "resources": resource_ids,
            "from": instant(begins[0]),
            "to": day_bounds(last, zone)[1],
            "but": but,
        },
    )
    return {
        (resource_id, service_id): Counter(
            days[bisect_right(begins, second) - 1] for second in read_seconds(sent)
        )
        for resource_id, service_id, sent in rows
    }
