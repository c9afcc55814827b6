"""The core alone: from windows and taken time, as they are remembered and read, to the starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles

from benchmarks.free_time.salons import CLOSES, GRID_MINUTES, OPENS, SERVICE_MINUTES, ZONE, Salon, taken
from holdfast.scheduling.hours import OpeningRule, RuleKind, open_periods
from holdfast.scheduling.intervals import Period, epoch
from holdfast.scheduling.runs import list_runs, merge_runs
from holdfast.scheduling.segments import Segment, Visit
from holdfast.scheduling.slots import Calendar, Terms, start_runs
from holdfast.scheduling.taken import Taken
from holdfast.scheduling.visits import visit_runs
from holdfast.scheduling.zones import day_bounds

TERMS = Terms(SERVICE_MINUTES, granularity_minutes=GRID_MINUTES)


TARGETS = {"1 x month": 0.5, "20 x month, any": 6.0, "200 x month, any": 50.0}


@dataclass(frozen=True)
class Core:
    """Milliseconds, and how many starts there are."""

    row: str
    p50: float
    p95: float
    starts: int


def calls(asked: Sequence[Salon], now: datetime) -> dict[str, Callable[[], list[datetime]]]:
    """All that is measured, by row."""
    one, twenty, hundreds, thousand, _ = asked
    return {
        "1 x month": anyone(one, now),
        "20 x month, any": anyone(twenty, now),
        "20 x month, all": everybody(twenty, now),
        "200 x month, any": anyone(hundreds, now),
        "1000 x week, any": anyone(thousand, now),
    }


def anyone(salon: Salon, now: datetime) -> Callable[[], list[datetime]]:
    """The starts at which somebody is free; what is prepared is prepared when this returns."""
    calendars, within = _calendars(salon), _within(salon)
    return lambda: list_runs(
        merge_runs(
            run for calendar in calendars for run in start_runs(calendar, TERMS, now=now, within=within)
        )
    )


def everybody(salon: Salon, now: datetime) -> Callable[[], list[datetime]]:
    """The starts at which all are free at once: a visit with a role for each."""
    within = _within(salon)
    candidates = {
        str(resource_id): {resource_id: calendar}
        for resource_id, calendar in zip(salon.resource_ids, _calendars(salon), strict=True)
    }
    visit = Visit(
        tuple(Segment(role, 0, SERVICE_MINUTES) for role in candidates), granularity_minutes=GRID_MINUTES
    )
    return lambda: list_runs(visit_runs(visit, candidates, now=now, within=within))


def measure(calls: Mapping[str, Callable[[], Sequence[datetime]]], samples: int) -> list[Core]:
    """Call each in turn, so that whatever else the machine does falls on all."""
    took: dict[str, list[float]] = {row: [] for row in calls}
    starts = {row: len(call()) for row, call in calls.items()}
    for _ in range(samples):
        for row, call in calls.items():
            started = time.perf_counter()
            call()
            took[row].append((time.perf_counter() - started) * 1000)
    return [Core(row, median(some), quantiles(some, n=20)[18], starts[row]) for row, some in took.items()]


def _calendars(salon: Salon) -> list[Calendar]:
    rule = OpeningRule(RuleKind.WEEKLY, OPENS, CLOSES, (1, 2, 3, 4, 5), slot_granularity_minutes=GRID_MINUTES)
    windows = open_periods([rule], from_date=salon.from_date, to_date=salon.to_date, zone=ZONE)
    return [
        Calendar(windows, busy=Taken.of_rows((0, epoch(begin), epoch(end)) for begin, end in spans))
        for spans in taken(salon)
    ]


def _within(salon: Salon) -> Period:
    return Period(day_bounds(salon.from_date, ZONE)[0], day_bounds(salon.to_date, ZONE)[1])
