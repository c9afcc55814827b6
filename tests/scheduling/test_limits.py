from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.scheduling.intervals import Period
from holdfast.scheduling.limits import full_periods, monday_of
from holdfast.scheduling.zones import day_bounds

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
MONDAY = date(2027, 3, 22)
CHANGE = date(2027, 3, 28)


def days(counts: dict[str, int], **limits: int) -> list[tuple[str, str]]:
    """What is full, as local times."""
    periods = full_periods(
        {date.fromisoformat(day): count for day, count in counts.items()},
        most_per_day=limits.get("day"),
        most_per_week=limits.get("week"),
        zone=BERLIN,
    )
    return [(local(each.starts_at), local(each.ends_at)) for each in periods]


def local(at: datetime) -> str:
    return f"{at.astimezone(BERLIN):%m-%d %H:%M}"


def test_a_day_is_full_when_its_count_has_reached_the_limit() -> None:
    counts = {"2027-03-24": 3, "2027-03-22": 2, "2027-03-23": 1}
    assert days(counts, day=2) == [("03-22 00:00", "03-23 00:00"), ("03-24 00:00", "03-25 00:00")]


def test_full_days_one_after_the_other_are_one_period() -> None:
    assert days({"2027-03-23": 5, "2027-03-22": 4}, day=4) == [("03-22 00:00", "03-24 00:00")]


def test_a_week_is_full_from_monday_to_sunday_when_its_days_together_have_reached_the_limit() -> None:
    counts = {"2027-03-21": 9, "2027-03-22": 1, "2027-03-28": 2, "2027-03-29": 2}
    assert days({**counts, "2027-03-21": 2}, week=3) == [("03-22 00:00", "03-29 00:00")]
    assert days(counts, week=3) == [("03-15 00:00", "03-29 00:00")]


def test_the_week_of_new_year_is_one_week() -> None:
    assert monday_of(date(2027, 1, 3)) == monday_of(date(2026, 12, 28)) == date(2026, 12, 28)
    assert days({"2026-12-31": 1, "2027-01-01": 1}, week=2) == [("12-28 00:00", "01-04 00:00")]


def test_both_limits_count_and_no_limit_is_none() -> None:
    counts = {"2027-03-17": 3, "2027-03-22": 2, "2027-03-23": 1, "2027-03-25": 1}
    assert days(counts, day=3, week=4) == [("03-17 00:00", "03-18 00:00"), ("03-22 00:00", "03-29 00:00")]
    assert days(counts) == days({}, day=1, week=1) == []


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("America/New_York", date(2027, 3, 14), 23.0),
        ("America/New_York", date(2027, 11, 7), 25.0),
        ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
        ("Africa/Cairo", date(2027, 4, 30), 23.0),
    ],
)
def test_a_full_day_has_the_length_of_its_day_and_a_week_of_its_days(
    name: str, day: date, hours: float
) -> None:
    zone = ZoneInfo(name)
    (full,) = full_periods({day: 1}, most_per_day=1, most_per_week=None, zone=zone)
    assert full == Period(*day_bounds(day, zone))
    assert full.length == hours * HOUR
    (week,) = full_periods({day: 1}, most_per_day=None, most_per_week=1, zone=zone)
    assert week.length == (6 * 24 + hours) * HOUR
    assert week.starts_at == day_bounds(monday_of(day), zone)[0]


def test_a_day_that_does_not_exist_cannot_be_full() -> None:
    counts = {date(2011, 12, 30): 1}
    assert full_periods(counts, most_per_day=1, most_per_week=None, zone=ZoneInfo("Pacific/Apia")) == []


@pytest.mark.parametrize("limits", [{"day": 0}, {"week": 0}, {"day": 1, "week": -1}])
def test_a_limit_below_one_is_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"most_per_(day|week) must be at least 1"):
        days({}, **limits)
