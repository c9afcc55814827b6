"""Free starts one by one, with who could take each: of some days, or the nearest to an instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from holdfast.capabilities.bookings.queries.free_time.search import FreeTime, find_free_time
from holdfast.capabilities.bookings.types import Availability, Day, Start, Wanted
from holdfast.scheduling.intervals import epoch
from holdfast.scheduling.runs import nearest_in_runs
from holdfast.scheduling.zones import comes_twice, day_segments, wall_clock

# Shorter than any day of 23 hours.
_WHOLE_DAY = timedelta(hours=23)


def find_availability(wanted: Wanted, *, from_date: date, to_date: date, now: datetime) -> Availability:
    """Return every free start on the local dates, both inclusive, with who could take each.

    A start of a group comes for itself, with its seats, even where somebody else is free at the same time.
    Raises as `find_free_time`.
    """
    found = find_free_time(wanted, from_date=from_date, to_date=to_date, now=now)
    able: dict[int, list[UUID]] = defaultdict(list)
    for resource_id, runs in found.by_lead:
        for first, size, step in runs:
            for second in range(first, first + size * step, step):
                able[second].append(resource_id)
    starts = [_start(found, second, able[second]) for second in able] + _seats(found)
    days: dict[date, list[Start]] = {
        from_date + timedelta(days=number): [] for number in range((to_date - from_date).days + 1)
    }
    for start in sorted(starts, key=lambda start: start.starts_at):
        day = start.local_start.date()
        if day in days:
            days[day].append(start)
    return Availability(
        service_id=wanted.service_ids[0],
        time_zone=found.zone.key,
        days=tuple(Day(day, tuple(its_starts)) for day, its_starts in days.items()),
        as_of=now,
        duration=found.duration,
    )


def nearest_starts(wanted: Wanted, *, around: datetime, now: datetime, limit: int) -> list[Start]:
    """Return the free starts nearest to an instant, a week to both sides, in order of time.

    Whoever is told that a time is taken gets these, in a rush everybody at once: so only the days around
    are looked at first, and only what is answered is made.
    """
    day = around.astimezone(UTC).date()
    nearest: list[Start] = []
    for days in (2, 7):
        found = find_free_time(
            wanted,
            from_date=max(day - timedelta(days=days), now.date() - timedelta(days=1)),
            to_date=max(day + timedelta(days=days), now.date()),
            now=now,
        )
        seconds = nearest_in_runs(found.runs(), epoch(around), limit)
        seats = {epoch(seat.starts_at): seat for seat in _seats(found)}
        nearest = []
        for second in sorted(seconds):
            able = _able_at(found, second)
            nearest.append(_start(found, second, able) if able else seats[second])
        # Two dates to each side hold at least a whole day to each side, whatever the zone: what is
        # nearer than that is the nearest.
        if len(nearest) == limit and all(abs(start.starts_at - around) < _WHOLE_DAY for start in nearest):
            break
    return nearest


def _start(found: FreeTime, second: int, resource_ids: Iterable[UUID]) -> Start:
    starts_at = datetime.fromtimestamp(second, UTC)
    local_start, offset = wall_clock(second, found.zone)
    return Start(
        starts_at,
        starts_at + found.duration,
        local_start,
        offset,
        (*resource_ids, *found.others),
        # Most days have one offset all day: nothing in them comes twice.
        len(day_segments(local_start.date(), found.zone)) > 1 and comes_twice(second, found.zone),
    )


def _seats(found: FreeTime) -> list[Start]:
    return [
        replace(
            _start(found, epoch(seat.starts_at), (seat.resource_id,)),
            ends_at=seat.ends_at,
            slot_id=seat.slot_id,
            capacity=seat.capacity,
            seats_left=seat.seats_left,
        )
        for seat in found.seats
    ]


def _able_at(found: FreeTime, second: int) -> list[UUID]:
    return [
        resource_id
        for resource_id, runs in found.by_lead
        if any(
            first <= second < first + size * step and (second - first) % step == 0
            for first, size, step in runs
        )
    ]
