"""Free time by local date: how many starts there are, and which, without saying who gives them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.queries.free_time.search import FreeTime, find_free_time
from holdfast.capabilities.bookings.types import Wanted
from holdfast.scheduling.intervals import epoch
from holdfast.scheduling.runs import count_runs_by_day
from holdfast.scheduling.zones import day_bounds


@dataclass(frozen=True, slots=True)
class FreeDays:
    """Every free start once, in seconds since 1970 UTC, by local date; dates without any included.

    Numbers, because a month of a place has thousands and most are only written down.
    """

    zone: ZoneInfo
    duration: timedelta
    days: Mapping[date, list[int]]

    @property
    def total(self) -> int:
        return sum(map(len, self.days.values()))


def list_free_days(wanted: Wanted, *, from_date: date, to_date: date, now: datetime) -> FreeDays:
    """Return the free starts of each local date, both inclusive. Raises as `find_free_time`."""
    found = find_free_time(wanted, from_date=from_date, to_date=to_date, now=now)
    return by_day(found, from_date=from_date, to_date=to_date)


def by_day(found: FreeTime, *, from_date: date, to_date: date) -> FreeDays:
    """Write the starts down by the local dates, both inclusive, for which they were found."""
    seconds = sorted(
        chain.from_iterable(range(first, first + size * step, step) for first, size, step in found.runs())
    )
    days: dict[date, list[int]] = {}
    begin = 0
    for number in range((to_date - from_date).days + 1):
        day = from_date + timedelta(days=number)
        end = bisect_left(seconds, epoch(day_bounds(day, found.zone)[1]), begin)
        days[day] = seconds[begin:end]
        begin = end
    return FreeDays(found.zone, found.duration, days)


def count_free_starts(wanted: Wanted, *, from_date: date, to_date: date, now: datetime) -> dict[date, int]:
    """Return how many starts each local date has; arithmetic, without listing one of them."""
    found = find_free_time(wanted, from_date=from_date, to_date=to_date, now=now)
    return count_runs_by_day(found.runs(), from_date=from_date, to_date=to_date, zone=found.zone)
