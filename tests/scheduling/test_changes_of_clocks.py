"""What is offered on days on which the clocks change, in every zone of the vectors of `test_zones`."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.scheduling.hours import OpeningRule, RuleKind, open_periods
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.slots import Calendar, Terms, WhyNot, check_start, list_starts
from holdfast.scheduling.zones import comes_twice, day_bounds, offset_label, to_local

from .test_zones import DAY_LENGTHS, EXISTING, GAPS, local, utc

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
AROUND_THE_CLOCK = OpeningRule(RuleKind.WEEKLY, time(0), time(0), EVERY_DAY, slot_granularity_minutes=15)
TERMS = Terms(15)
REPEATED = [(name, wall, instants) for name, wall, instants in EXISTING if len(instants) == 2]


def calendar_of(day: date, zone: ZoneInfo) -> Calendar:
    return Calendar(open_periods([AROUND_THE_CLOCK], from_date=day, to_date=day, zone=zone))


def starts_of(day: date, zone: ZoneInfo, terms: Terms = TERMS) -> list[datetime]:
    """Every start of a local day that is open around the clock."""
    start_at, end_at = day_bounds(day, zone)
    if start_at == end_at:
        return []
    within = Period(start_at, end_at)
    return list_starts(calendar_of(day, zone), terms, now=start_at - timedelta(days=1), within=within)


@pytest.mark.parametrize(("name", "wall", "slid", "jump"), GAPS)
def test_a_time_in_a_gap_is_never_offered(name: str, wall: str, slid: str, jump: str) -> None:
    zone, missing = ZoneInfo(name), local(wall)
    shown = [to_local(start, zone) for start in starts_of(missing.date(), zone)]
    assert missing not in shown
    assert len(shown) == len(set(shown))
    # From the last minute before the jump to the first after it, the clock skips what is missing.
    before, after = (to_local(utc(jump) + timedelta(minutes=each), zone) for each in (-1, 0))
    assert before < missing < after


@pytest.mark.parametrize(("name", "wall", "instants"), REPEATED)
def test_a_time_that_comes_twice_is_offered_twice_told_apart_by_its_offset(
    name: str, wall: str, instants: list[str]
) -> None:
    zone, day = ZoneInfo(name), local(wall).date()
    both = [start for start in starts_of(day, zone) if to_local(start, zone) == local(wall)]
    assert both == [utc(text) for text in instants]
    assert len({offset_label(start, zone) for start in both}) == 2
    assert all(comes_twice(int(start.timestamp()), zone) for start in both)


@pytest.mark.parametrize(("name", "day", "hours"), DAY_LENGTHS)
def test_a_day_has_as_many_starts_as_its_hours_have_room(name: str, day: date, hours: float) -> None:
    zone = ZoneInfo(name)
    assert len(starts_of(day, zone)) == hours * 4
    assert len(starts_of(day, zone, Terms(60, granularity_minutes=60))) == int(hours + 0.5)
    shown = [to_local(start, zone) for start in starts_of(day, zone)]
    assert {wall.date() for wall in shown} <= {day}
    assert not any(comes_twice(int(start.timestamp()), zone) for start in starts_of(day, zone) if hours <= 24)


@pytest.mark.parametrize(("name", "wall", "instants"), EXISTING)
def test_a_time_that_exists_is_offered_at_its_instants(name: str, wall: str, instants: list[str]) -> None:
    zone = ZoneInfo(name)
    day = local(wall).date()
    offered = [start for start in starts_of(day, zone) if to_local(start, zone) == local(wall)]
    assert offered == [utc(text) for text in instants]
    for start in offered:
        assert check_start(start, calendar_of(day, zone), TERMS, now=start) is None
        assert (
            check_start(start, calendar_of(day, zone), TERMS, now=start + timedelta(seconds=1)) is WhyNot.PAST
        )
