"""Counting is arithmetic: sixty times as many starts cost no more steps, in every way of counting them."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from types import FrameType
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from holdfast.scheduling.hours import OpeningRule, RuleKind, open_periods
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.runs import Run, count_runs, count_runs_by_day, merge_runs, nearest_in_runs
from holdfast.scheduling.segments import Segment, SegmentKind, Visit
from holdfast.scheduling.slots import Busy, Calendar, Terms, count_starts, list_starts, start_runs
from holdfast.scheduling.visits import visit_runs
from holdfast.scheduling.zones import day_bounds

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = (date(2027, 1, 1), date(2027, 12, 31))
NOW = datetime(2026, 12, 1, tzinfo=UTC)
WITHIN = Period(day_bounds(YEAR[0], BERLIN)[0], day_bounds(YEAR[1], BERLIN)[1])
ANNA, ROOM = UUID(int=1), UUID(int=2)


def year_of(*, first_hour: int = 9) -> Calendar:
    """Open around the year, with a booking each day, a closed week and a full day."""
    weekly = OpeningRule(RuleKind.WEEKLY, time(first_hour), time(18), days_of_week=(1, 2, 3, 4, 5, 6, 7))
    noon = datetime(2027, 1, 1, 12, tzinfo=UTC)
    days = [noon + timedelta(days=number) for number in range(365)]
    return Calendar(
        open_periods([weekly], from_date=YEAR[0], to_date=YEAR[1], zone=BERLIN),
        blackouts=[Period(days[200], days[207])],
        busy=[Busy(0, day, day + timedelta(hours=1)) for day in days],
        full=[Period(days[100], days[101])],
    )


CALENDARS = (year_of(), year_of(first_hour=8))


def runs_of_a_year(step: int) -> list[Run]:
    terms = Terms(60, buffer_after_minutes=60, granularity_minutes=step)
    return [run for each in CALENDARS for run in start_runs(each, terms, now=NOW, within=WITHIN)]


def count_one(step: int) -> int:
    return count_starts(CALENDARS[0], Terms(60, granularity_minutes=step), now=NOW, within=WITHIN)


def count_anyone(step: int) -> int:
    return count_runs(merge_runs(runs_of_a_year(step)))


def count_by_day(step: int) -> int:
    merged = merge_runs(runs_of_a_year(step))
    return sum(count_runs_by_day(merged, from_date=YEAR[0], to_date=YEAR[1], zone=BERLIN).values())


def count_visits(step: int) -> int:
    segments = (
        Segment("lead", 0, 30),
        Segment("lead", 30, 30, SegmentKind.PROCESSING),
        Segment("lead", 60, 30),
        Segment("room", 0, 90),
    )
    team = {"lead": {ANNA: CALENDARS[0]}, "room": {ROOM: CALENDARS[1]}}
    return count_runs(visit_runs(Visit(segments, granularity_minutes=step), team, now=NOW, within=WITHIN))


def nearest(step: int) -> int:
    noon = int(datetime(2027, 6, 1, 12, tzinfo=UTC).timestamp())
    return len(nearest_in_runs(runs_of_a_year(step), noon, 3))


def list_one(step: int) -> int:
    return len(list_starts(CALENDARS[0], Terms(60, granularity_minutes=step), now=NOW, within=WITHIN))


def steps_of(work: Callable[[], int]) -> tuple[int, int]:
    """What comes out, and how many lines of the core were run for it, turns of comprehensions included."""
    lines = 0

    def each_line(frame: FrameType, event: str, _: object) -> object:
        nonlocal lines
        lines += event == "line"
        return each_line if "scheduling" in frame.f_code.co_filename else None

    work()  # What is remembered (days, offsets) is remembered for both.
    before = sys.gettrace()
    sys.settrace(each_line)
    try:
        found = work()
    finally:
        sys.settrace(before)
    return found, lines


@pytest.mark.parametrize("count", [count_one, count_anyone, count_by_day, count_visits])
def test_a_year_of_every_minute_costs_what_a_year_of_every_hour_costs(count: Callable[[int], int]) -> None:
    hourly, hourly_steps = steps_of(lambda: count(60))
    minutely, minutely_steps = steps_of(lambda: count(1))
    assert minutely > 40 * hourly > 0
    assert minutely_steps < 1.2 * hourly_steps


def test_so_does_finding_the_nearest() -> None:
    (_, hourly_steps), (_, minutely_steps) = steps_of(lambda: nearest(60)), steps_of(lambda: nearest(1))
    assert minutely_steps < 1.2 * hourly_steps


def test_the_measure_sees_a_walk_through_the_starts() -> None:
    (_, hourly_steps), (_, minutely_steps) = steps_of(lambda: list_one(60)), steps_of(lambda: list_one(1))
    assert minutely_steps > 5 * hourly_steps
