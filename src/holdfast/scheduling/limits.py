"""Limits: how many are taken in for a day or a week, and when that many have come.

Not every hour that is free is wanted: three colours a day, ten big pieces a week. A limit counts by the
calendar on the wall where it is: a day may have 23 hours, and a week is Monday to Sunday (ISO 8601).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from holdfast.scheduling.intervals import Period, epoch, normalise
from holdfast.scheduling.zones import day_bounds


def full_periods(
    counts: Mapping[date, int], *, most_per_day: int | None, most_per_week: int | None, zone: ZoneInfo
) -> list[Period]:
    """The days and weeks for which no more are taken in: sorted and disjoint, for `Calendar.full`.

    `counts` says how many begin on each local date; of a week that shall be judged by its limit it must have
    all seven. A limit of None is none. Raises ValueError, with the field's name first, for one below 1.
    """
    for name, most in (("most_per_day", most_per_day), ("most_per_week", most_per_week)):
        if most is not None and most < 1:
            raise ValueError(f"{name} must be at least 1")
    full = [(day, day) for day, count in counts.items() if most_per_day is not None and count >= most_per_day]
    if most_per_week is not None:
        weeks: Counter[date] = Counter()
        for day, count in counts.items():
            weeks[monday_of(day)] += count
        full += [(day, day + timedelta(days=6)) for day, count in weeks.items() if count >= most_per_week]
    spans = ((epoch(day_bounds(first, zone)[0]), epoch(day_bounds(last, zone)[1])) for first, last in full)
    return [Period.from_span(span) for span in normalise(spans)]


def monday_of(day: date) -> date:
    """The first day of a date's ISO week: from here to six days on, `full_periods` needs the counts."""
    return day - timedelta(days=day.weekday())
