"""Every zone, every hour of three years: what must hold of clocks everywhere. Minutes long."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from holdfast.scheduling.hours import OpeningRule, RuleKind, open_periods
from holdfast.scheduling.runs import count_runs_by_day
from holdfast.scheduling.slots import Calendar, Terms, start_runs
from holdfast.scheduling.zones import day_bounds, resolve_local, to_local, wall_spans

FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
HOUR = timedelta(hours=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
ZONES = sorted(available_timezones())
PARTS = 12

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("part", range(PARTS))]


def zones_of(part: int) -> Iterator[ZoneInfo]:
    return (ZoneInfo(name) for name in ZONES[part::PARTS])


def days() -> Iterator[date]:
    return (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))


def test_every_hour_is_found_again_by_its_clock(part: int) -> None:
    """What the wall shows leads back to the instant; twice shown is two instants, never none."""
    for zone in zones_of(part):
        at = datetime.combine(FIRST, time(), UTC)
        end = datetime.combine(LAST, time(), UTC)
        repeated = 0
        while at < end:
            instants = resolve_local(to_local(at, zone), zone)
            assert at in instants, (zone.key, at)
            assert 1 <= len(instants) <= 2
            repeated += len(instants) - 1
            at += HOUR
        assert repeated < 50, "a zone repeats a few hours a year"


def test_nine_o_clock_stays_nine_o_clock_and_days_join(part: int) -> None:
    """Each day's 09:00-17:00 by the wall, and each day's end where the next begins, across every change."""
    for zone in zones_of(part):
        end_at = day_bounds(FIRST, zone)[0]
        for day in days():
            start_at, next_at = day_bounds(day, zone)
            assert start_at == end_at, (zone.key, day)
            end_at = next_at
            spans = wall_spans(day, time(9), time(17), zone)
            opens, closes = (datetime.fromtimestamp(second, UTC) for second in (spans[0][0], spans[-1][1]))
            assert to_local(opens, zone) == datetime.combine(day, time(9)), (zone.key, day)
            assert to_local(closes, zone) == datetime.combine(day, time(17)), (zone.key, day)


def test_every_day_has_the_starts_of_its_length(part: int) -> None:
    """Around the clock, each day's grid begins with the day: a start for every hour that it has begun."""
    always = OpeningRule(RuleKind.WEEKLY, time(0), time(0), EVERY_DAY, slot_granularity_minutes=60)
    for zone in zones_of(part):
        windows = open_periods([always], from_date=FIRST, to_date=LAST, zone=zone)
        runs = start_runs(Calendar(windows), Terms(60), now=LONG_AGO)
        counts = count_runs_by_day(runs, from_date=FIRST, to_date=LAST, zone=zone)
        for day in days():
            start_at, end_at = day_bounds(day, zone)
            assert counts[day] == -((start_at - end_at) // HOUR), (zone.key, day)
