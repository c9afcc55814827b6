"""When a place is open for business, whoever works there: what a question in hours is counted by."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from holdfast.capabilities.schedules.types import Schedule
from holdfast.scheduling.hours import applicable_rules, open_periods
from holdfast.scheduling.intervals import Span, epoch, epoch_up, instant, normalise, subtract
from holdfast.scheduling.options import answer_by
from holdfast.scheduling.zones import day_bounds, local_date

_DAYS_A_LOOK = 14
_LOOKS = 13
_HOUR = 3600


def find_answer_by(schedule: Schedule, location_id: UUID, now: datetime, *, hours: int) -> datetime:
    """Return the instant by which so many opening hours of the place have passed.

    Blackouts of the place and of the business do not count. A place of which nothing is said is open all the
    time; where half a year does not have as many hours, half a year is the end.
    """
    asked = epoch_up(now)
    rules = applicable_rules(schedule.rules, location_id=location_id, resource_id=None, service_id=None)
    if not any(not rule.is_closed for rule in rules):
        return instant(asked + hours * _HOUR)
    zone = schedule.zone_of(location_id)
    first = local_date(now, zone)
    spans: list[Span] = []
    last = first
    for _ in range(_LOOKS):
        last = last + timedelta(days=_DAYS_A_LOOK)
        windows = open_periods(rules, from_date=first, to_date=last, zone=zone, location_id=location_id)
        end = day_bounds(last, zone)[1]
        opened = normalise((window.start, window.open_until) for window in windows)
        spans = subtract(opened, _closed(schedule, location_id, now, end))
        # Only what is seen whole: hours of the last evening may go on.
        spans = [(start, min(stop, epoch(end))) for start, stop in spans if start < epoch(end)]
        found = answer_by(asked, spans, hours * _HOUR)
        if found is not None:
            return instant(found)
    return day_bounds(last, zone)[1]


def _closed(schedule: Schedule, location_id: UUID, from_at: datetime, to_at: datetime) -> list[Span]:
    return normalise(
        period.span
        for blackout in schedule.blackouts
        if blackout.resource_id is None and blackout.location_id in (None, location_id)
        for period in blackout.occurrences(from_at, to_at)
    )
