"""Free time: rules minus allocations, one read of each however many people are asked.

What is taken is always read fresh; only the schedule may be remembered, by its version.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.plan import find_resources, find_service, terms_of
from holdfast.capabilities.bookings.types import Availability, Day, Start
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.errors import Invalid
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.intervals import Period, epoch
from holdfast.scheduling.runs import Run, count_runs_by_day, merge_runs, nearest_in_runs
from holdfast.scheduling.slots import Busy, Calendar, start_runs
from holdfast.scheduling.zones import day_bounds, wall_clock

# Shorter than any day of 23 hours.
_WHOLE_DAY = timedelta(hours=23)
# A year and a day at most in one question; a page asks for a month.
MAX_DAYS = 366


def find_availability(
    *,
    service_id: UUID,
    from_date: date,
    to_date: date,
    now: datetime,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
) -> Availability:
    """Return every free start on the local dates, both inclusive, with who could take each.

    Raises `NotFound` and `Invalid` (RANGE_TOO_LONG, RESOURCE_UNSUITABLE).
    """
    zone, runs, duration = _free_runs(service_id, from_date, to_date, now, resource_id, location_id)
    able: dict[int, list[UUID]] = defaultdict(list)
    for resource, its_runs in runs:
        for run in its_runs:
            for number in range(run.size):
                able[run.first + number * run.step].append(resource.id)
    days: dict[date, list[Start]] = {day: [] for day in _dates(from_date, to_date)}
    for second in sorted(able):
        start = _start(second, zone, duration, able[second])
        if start.local_start.date() in days:
            days[start.local_start.date()].append(start)
    return Availability(
        service_id=service_id,
        time_zone=zone.key,
        days=tuple(Day(day, tuple(_mark_ambiguous(starts))) for day, starts in days.items()),
        as_of=now,
    )


def count_free_starts(
    *,
    service_id: UUID,
    from_date: date,
    to_date: date,
    now: datetime,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
) -> dict[date, int]:
    """Return how many starts each local date has; arithmetic, without listing one of them."""
    zone, runs, _ = _free_runs(service_id, from_date, to_date, now, resource_id, location_id)
    merged = merge_runs(run for _, its_runs in runs for run in its_runs)
    return count_runs_by_day(merged, from_date=from_date, to_date=to_date, zone=zone)


def nearest_starts(
    *,
    service_id: UUID,
    around: datetime,
    now: datetime,
    limit: int,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
) -> list[Start]:
    """Return the free starts nearest to an instant, a week to both sides, in order of time.

    Whoever is told that a time is taken gets these, in a rush everybody at once: so only the days around
    are looked at first, and only what is answered is made.
    """
    day = around.astimezone(UTC).date()
    found: list[Start] = []
    for days in (2, 7):
        zone, runs, duration = _free_runs(
            service_id,
            max(day - timedelta(days=days), now.date() - timedelta(days=1)),
            max(day + timedelta(days=days), now.date()),
            now,
            resource_id,
            location_id,
        )
        seconds = nearest_in_runs([run for _, its_runs in runs for run in its_runs], epoch(around), limit)
        found = [_start(second, zone, duration, _able_at(second, runs)) for second in seconds]
        # Two dates to each side hold at least a whole day to each side, whatever the zone: what is
        # nearer than that is the nearest.
        if len(found) == limit and all(abs(start.starts_at - around) < _WHOLE_DAY for start in found):
            break
    return sorted(found, key=lambda start: start.starts_at)


def _start(second: int, zone: ZoneInfo, duration: timedelta, resource_ids: Iterable[UUID]) -> Start:
    starts_at = datetime.fromtimestamp(second, UTC)
    local_start, offset = wall_clock(second, zone)
    return Start(starts_at, starts_at + duration, local_start, offset, tuple(resource_ids))


def _able_at(second: int, runs: list[tuple[Resource, list[Run]]]) -> list[UUID]:
    return [
        resource.id
        for resource, its_runs in runs
        if any(
            run.first <= second < run.first + run.size * run.step and (second - run.first) % run.step == 0
            for run in its_runs
        )
    ]


def _free_runs(
    service_id: UUID,
    from_date: date,
    to_date: date,
    now: datetime,
    resource_id: UUID | None,
    location_id: UUID | None,
) -> tuple[ZoneInfo, list[tuple[Resource, list[Run]]], timedelta]:
    if not 0 <= (to_date - from_date).days < MAX_DAYS:
        raise Invalid(f"Ask for 1 to {MAX_DAYS} days.", code="RANGE_TOO_LONG", field="to")
    schedule = current_schedule()
    service = find_service(schedule, service_id)
    resources = find_resources(schedule, service, resource_id=resource_id, location_id=location_id)
    zone = schedule.zone_of(resources[0].location_id)
    resources = [each for each in resources if schedule.zone_of(each.location_id).key == zone.key]
    within = Period(day_bounds(from_date, zone)[0], day_bounds(to_date, zone)[1])
    busy = _busy(
        [resource.id for resource in resources],
        within.starts_at - timedelta(minutes=service.buffer_before_minutes),
        within.ends_at + service.duration + timedelta(minutes=service.buffer_after_minutes),
    )
    terms = terms_of(service)
    runs = [
        (
            resource,
            start_runs(
                _calendar(schedule, resource, service_id, from_date, to_date, busy),
                terms,
                now=now,
                within=within,
            ),
        )
        for resource in resources
    ]
    return zone, runs, service.duration


def _calendar(
    schedule: Schedule,
    resource: Resource,
    service_id: UUID,
    from_date: date,
    to_date: date,
    busy: dict[UUID, list[Busy]],
) -> Calendar:
    return Calendar(
        windows=schedule.windows(resource, schedule.services[service_id], from_date, to_date),
        blackouts=schedule.blacked_out(resource, from_date, to_date),
        busy=busy.get(resource.id, ()),
        capacity=resource.capacity,
    )


def _busy(resource_ids: Sequence[UUID], from_at: datetime, to_at: datetime) -> dict[UUID, list[Busy]]:
    """Read what is taken, by plain columns: range operators cannot use an index under row security."""
    rows = fetch_tuples(
        "select resource_id, lane, starts_at, ends_at from allocation"
        " where tenant_id = %s and resource_id = any (%s) and ends_at > %s and starts_at < %s"
        " and (expires_at is null or expires_at > clock_timestamp())",
        (current_context().tenant_id, list(resource_ids), from_at, to_at),
    )
    busy: dict[UUID, list[Busy]] = defaultdict(list)
    for resource_id, lane, starts_at, ends_at in rows:
        busy[resource_id].append(Busy(lane, starts_at, ends_at))
    return busy


def _mark_ambiguous(starts: list[Start]) -> list[Start]:
    """Mark the starts whose wall time is said by another start too: the clock goes through it twice."""
    times = Counter(start.local_start for start in starts)
    return [
        start
        if times[start.local_start] == 1
        else Start(
            start.starts_at,
            start.ends_at,
            start.local_start,
            start.offset,
            start.resource_ids,
            is_ambiguous=True,
        )
        for start in starts
    ]


def _dates(from_date: date, to_date: date) -> list[date]:
    return [from_date + timedelta(days=number) for number in range((to_date - from_date).days + 1)]
