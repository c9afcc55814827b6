"""Limits a day and a week: who gives a service as often as is wanted already."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.types import VisitPlan
from holdfast.capabilities.catalog.types import Service
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.intervals import Period, instant
from holdfast.scheduling.limits import full_periods, monday_of
from holdfast.scheduling.visits import Candidates
from holdfast.scheduling.zones import day_bounds, local_date

# As `booking_count_given` counts under the locks: what takes no time has no allocation.
_GIVEN = """
select distinct a.resource_id, s.id, b.id, date_part('epoch', b.starts_at)::bigint
from allocation a
join booking b on b.tenant_id = a.tenant_id and b.id = a.booking_id
cross join unnest(%(services)s::uuid[]) s (id)
where a.tenant_id = %(tenant)s and a.resource_id = any (%(resources)s)
    and a.ends_at > %(from)s and a.starts_at < %(to)s
    and (a.expires_at is null or a.expires_at > clock_timestamp())
    and b.starts_at >= %(from)s and b.starts_at < %(to)s
    and case when b.items = '[]' then b.service_id = s.id and b.resource_id = a.resource_id
        else b.items @> jsonb_build_array(
            jsonb_build_object('service_id', s.id, 'resource_id', a.resource_id)) end
"""
_Counts = Mapping[tuple[UUID, UUID], Counter[date]]


def with_limits(
    plan: VisitPlan, candidates: Candidates, *, from_date: date, to_date: date, zone: ZoneInfo
) -> Candidates:
    """Return the candidates, each with the days and weeks for which no more are taken in.

    Reads once, and only where a service of the visit has a limit.
    """
    limited = [
        service
        for service in (*plan.services, *plan.add_ons)
        if service.most_per_day is not None or service.most_per_week is not None
    ]
    if not limited:
        return candidates
    people = {resource_id for calendars in candidates.values() for resource_id in calendars}
    given = _count_given(limited, sorted(people), from_date, to_date, zone)
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


def _full(service: Service, counts: Counter[date] | None, zone: ZoneInfo) -> Sequence[Period]:
    if not counts:
        return ()
    return full_periods(
        counts, most_per_day=service.most_per_day, most_per_week=service.most_per_week, zone=zone
    )


def _count_given(
    services: Sequence[Service], resource_ids: Sequence[UUID], from_date: date, to_date: date, zone: ZoneInfo
) -> _Counts:
    """Count the bookings by resource, service and local date, in whole weeks."""
    rows = fetch_tuples(
        _GIVEN,
        {
            "tenant": current_context().tenant_id,
            "services": [service.id for service in services],
            "resources": resource_ids,
            "from": day_bounds(monday_of(from_date), zone)[0],
            "to": day_bounds(monday_of(to_date) + timedelta(days=6), zone)[1],
        },
    )
    counts: dict[tuple[UUID, UUID], Counter[date]] = defaultdict(Counter)
    for resource_id, service_id, _, second in rows:
        counts[resource_id, service_id][local_date(instant(second), zone)] += 1
    return counts
