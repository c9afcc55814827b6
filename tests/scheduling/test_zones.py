from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.intervals import Period
from holdfast.scheduling.zones import (
    day_bounds,
    day_segments,
    first_instant,
    last_instant,
    local_date,
    offset_label,
    resolve_local,
    slide_forward,
    to_local,
    wall_clock,
    wall_periods,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Fixed vectors, computed with tzdata 2026f: (zone, local time, its instants in UTC).
# The 2026 rules of Vancouver, Edmonton, Winnipeg, Casablanca and Havana are red with older data.
EXISTING = [
    ("America/New_York", "2026-03-08 13:00", ["2026-03-08 17:00"]),
    ("America/New_York", "2026-03-08 18:00", ["2026-03-08 22:00"]),
    ("America/New_York", "2026-11-01 01:30", ["2026-11-01 05:30", "2026-11-01 06:30"]),
    ("America/New_York", "2027-11-07 01:30", ["2027-11-07 05:30", "2027-11-07 06:30"]),
    ("Europe/Paris", "2027-10-31 02:30", ["2027-10-31 00:30", "2027-10-31 01:30"]),
    ("Europe/Dublin", "2027-01-15 10:00", ["2027-01-15 10:00"]),
    ("Asia/Dubai", "2026-12-15 10:00", ["2026-12-15 06:00"]),
    ("America/Vancouver", "2026-12-15 10:00", ["2026-12-15 17:00"]),
    ("America/Edmonton", "2026-12-15 10:00", ["2026-12-15 16:00"]),
    ("America/Winnipeg", "2026-12-15 10:00", ["2026-12-15 15:00"]),
    ("Africa/Casablanca", "2026-12-15 10:00", ["2026-12-15 10:00"]),
    ("Africa/Casablanca", "2027-02-20 10:00", ["2027-02-20 10:00"]),
    ("America/Havana", "2026-12-15 10:00", ["2026-12-15 14:00"]),
    ("America/Asuncion", "2026-12-15 10:00", ["2026-12-15 13:00"]),
    ("Asia/Almaty", "2026-12-15 10:00", ["2026-12-15 05:00"]),
    ("Asia/Kathmandu", "2026-12-15 10:00", ["2026-12-15 04:15"]),
    ("Pacific/Chatham", "2026-12-15 10:00", ["2026-12-14 20:15"]),
    ("Pacific/Kiritimati", "2026-12-31 23:30", ["2026-12-31 09:30"]),
    ("America/Phoenix", "2027-07-01 10:00", ["2027-07-01 17:00"]),
    ("Australia/Lord_Howe", "2027-04-04 01:45", ["2027-04-03 14:45", "2027-04-03 15:15"]),
]

# (zone, local time in a gap, where sliding by the length of the gap leads, when the clocks jumped)
GAPS = [
    ("America/New_York", "2027-03-14 02:30", "2027-03-14 07:30", "2027-03-14 07:00"),
    ("Europe/Paris", "2027-03-28 02:30", "2027-03-28 01:30", "2027-03-28 01:00"),
    ("Europe/London", "2027-03-28 01:30", "2027-03-28 01:30", "2027-03-28 01:00"),
    ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:45", "2026-10-03 15:30"),
    ("Africa/Cairo", "2027-04-30 00:30", "2027-04-29 22:30", "2027-04-29 22:00"),
    ("America/Santiago", "2027-09-05 00:30", "2027-09-05 04:30", "2027-09-05 04:00"),
    ("Asia/Beirut", "2027-03-28 00:30", "2027-03-27 22:30", "2027-03-27 22:00"),
    ("Pacific/Apia", "2011-12-30 10:00", "2011-12-30 20:00", "2011-12-30 10:00"),
]

DAY_LENGTHS = [
    ("America/New_York", date(2027, 3, 14), 23.0),
    ("America/New_York", date(2027, 11, 7), 25.0),
    ("Australia/Lord_Howe", date(2027, 4, 4), 24.5),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("Africa/Cairo", date(2027, 4, 30), 23.0),
    ("America/Santiago", date(2027, 9, 5), 23.0),
    ("Asia/Beirut", date(2027, 3, 28), 23.0),
    ("Europe/Paris", date(2027, 10, 31), 25.0),
    ("Europe/Paris", date(2027, 3, 28), 23.0),
    ("Pacific/Apia", date(2011, 12, 30), 0.0),
    ("Asia/Dubai", date(2027, 3, 28), 24.0),
]


@pytest.mark.parametrize(("name", "wall", "instants"), EXISTING)
def test_a_local_time_has_its_instants(name: str, wall: str, instants: list[str]) -> None:
    zone = ZoneInfo(name)
    expected = [utc(text) for text in instants]
    assert resolve_local(local(wall), zone) == expected
    assert [to_local(at, zone) for at in expected] == [local(wall)] * len(expected)
    assert first_instant(local(wall), zone) == slide_forward(local(wall), zone) == expected[0]
    assert last_instant(local(wall), zone) == expected[-1]


@pytest.mark.parametrize(("name", "wall", "slid", "jump"), GAPS)
def test_a_local_time_in_a_gap_has_no_instant_and_slides(name: str, wall: str, slid: str, jump: str) -> None:
    zone = ZoneInfo(name)
    assert resolve_local(local(wall), zone) == []
    assert slide_forward(local(wall), zone) == utc(slid)
    assert first_instant(local(wall), zone) == last_instant(local(wall), zone) == utc(jump)


@pytest.mark.parametrize(("name", "day", "hours"), DAY_LENGTHS)
def test_a_day_has_its_length(name: str, day: date, hours: float) -> None:
    start_at, end_at = day_bounds(day, ZoneInfo(name))
    assert (end_at - start_at) / HOUR == hours


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Africa/Cairo", date(2027, 4, 30)),
        ("America/Santiago", date(2027, 9, 5)),
        ("Asia/Beirut", date(2027, 3, 28)),
    ],
)
def test_a_day_without_midnight_starts_at_one(name: str, day: date) -> None:
    zone = ZoneInfo(name)
    start_at, _ = day_bounds(day, zone)
    assert to_local(start_at, zone) == datetime.combine(day, time(1))
    assert local_date(start_at - timedelta(seconds=1), zone) == day - timedelta(days=1)


def test_a_day_whose_midnight_comes_twice_starts_at_the_first() -> None:
    start_at, end_at = day_bounds(date(2026, 11, 1), ZoneInfo("America/Havana"))
    assert (start_at, end_at) == (
        utc("2026-11-01 04:00"),
        utc("2026-11-02 05:00"),
    ) or end_at - start_at == 24 * HOUR


def test_the_two_instants_of_a_repeated_hour_carry_different_labels() -> None:
    first, second = resolve_local(local("2026-11-01 01:30"), NEW_YORK)
    assert (offset_label(first, NEW_YORK), offset_label(second, NEW_YORK)) == ("GMT-4", "GMT-5")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Asia/Dubai", "GMT+4"),
        ("Europe/London", "GMT"),
        ("Asia/Kathmandu", "GMT+5:45"),
        ("America/St_Johns", "GMT-3:30"),
        ("Pacific/Chatham", "GMT+13:45"),
    ],
)
def test_offset_labels(name: str, label: str) -> None:
    assert offset_label(utc("2026-12-15 10:00"), ZoneInfo(name)) == label


class TestWallPeriods:
    def test_nine_to_five_stays_nine_to_five_across_a_change(self) -> None:
        assert [wall_periods(date(2027, 3, day), time(9), time(17), BERLIN) for day in (26, 29)] == [
            [Period(utc("2027-03-26 08:00"), utc("2027-03-26 16:00"))],
            [Period(utc("2027-03-29 07:00"), utc("2027-03-29 15:00"))],
        ]

    def test_midnight_as_the_end_is_the_end_of_the_day(self) -> None:
        assert wall_periods(date(2027, 3, 1), time(22), time(0), BERLIN) == [
            Period(utc("2027-03-01 21:00"), utc("2027-03-01 23:00"))
        ]

    def test_an_earlier_end_runs_into_the_next_day(self) -> None:
        assert wall_periods(date(2027, 3, 1), time(22), time(2), BERLIN) == [
            Period(utc("2027-03-01 21:00"), utc("2027-03-02 01:00"))
        ]

    def test_the_whole_day_has_its_real_length(self) -> None:
        for day, hours in [(date(2027, 10, 31), 25), (date(2027, 3, 28), 23)]:
            (period,) = wall_periods(day, time(0), time(0), BERLIN)
            assert period.length == hours * HOUR

    def test_an_edge_in_a_gap_slides_to_the_first_valid_instant(self) -> None:
        gap = utc("2027-03-28 01:00")
        opening = wall_periods(date(2027, 3, 28), time(2, 30), time(5), BERLIN)
        closing = wall_periods(date(2027, 3, 28), time(0), time(2, 30), BERLIN)
        assert opening == [Period(gap, utc("2027-03-28 03:00"))]
        assert closing == [Period(utc("2027-03-27 23:00"), gap)]
        assert wall_periods(date(2027, 3, 28), time(2, 15), time(2, 45), BERLIN) == []

    def test_an_edge_in_a_repeated_hour_gives_two_periods(self) -> None:
        assert wall_periods(date(2027, 10, 31), time(1), time(2, 30), BERLIN) == [
            Period(utc("2027-10-30 23:00"), utc("2027-10-31 00:30")),
            Period(utc("2027-10-31 01:00"), utc("2027-10-31 01:30")),
        ]

    def test_a_day_that_does_not_exist_has_no_hours(self) -> None:
        apia = ZoneInfo("Pacific/Apia")
        assert wall_periods(date(2011, 12, 30), time(0), time(0), apia) == []
        assert wall_periods(date(2011, 12, 29), time(22), time(2), apia) == [
            Period(utc("2011-12-30 08:00"), utc("2011-12-30 10:00"))
        ]


days_of_change = st.sampled_from([ZoneInfo(name) for name, _, _ in DAY_LENGTHS]).flatmap(
    lambda zone: st.tuples(
        st.just(zone), st.sampled_from([day for name, day, _ in DAY_LENGTHS if name == zone.key])
    )
)
quarters = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@given(days_of_change, quarters, quarters)
def test_a_window_is_open_exactly_when_the_wall_clock_lies_in_it(
    zone_and_day: tuple[ZoneInfo, date], start_time: time, end_time: time
) -> None:
    zone, day = zone_and_day
    if start_time == end_time != time(0):
        return
    periods = wall_periods(day, start_time, end_time, zone)
    overnight = time(0) < end_time < start_time
    at = datetime.combine(day, time(), UTC) - 15 * HOUR
    for _ in range(54 * 4):
        wall = to_local(at, zone)
        today = wall.date() == day and wall.time() >= start_time
        if overnight:
            expected = today or (wall.date() == day + timedelta(days=1) and wall.time() < end_time)
        else:
            expected = today and (end_time == time(0) or wall.time() < end_time)
        assert any(period.starts_at <= at < period.ends_at for period in periods) == expected, (at, wall)
        at += timedelta(minutes=15)


def test_every_zone_round_trips_and_its_days_join_without_a_seam() -> None:
    """Every zone in the days around each change of offset, 2026 to 2028."""
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        seen = None
        for number in range(0, 3 * 366, 2):
            day = date(2026, 1, 1) + timedelta(days=number)
            offset = datetime.combine(day, time(12), zone).utcoffset()
            if offset != seen and seen is not None:
                _check_days_around(day, zone)
            seen = offset


def _check_days_around(changed: date, zone: ZoneInfo) -> None:
    for number in range(-3, 2):
        day = changed + timedelta(days=number)
        start_at, end_at = day_bounds(day, zone)
        assert end_at == day_bounds(day + timedelta(days=1), zone)[0]
        segments = day_segments(day, zone)
        assert (segments[0][0], segments[-1][1]) == (start_at.timestamp(), end_at.timestamp())
        at = start_at
        while at < end_at:
            assert local_date(at, zone) == day
            assert at in resolve_local(to_local(at, zone), zone)
            at += timedelta(minutes=30)


@pytest.mark.parametrize("wall", [utc("2027-03-01"), local("0001-01-01"), local("9999-12-31 23:00")])
def test_what_is_no_local_time_is_refused(wall: datetime) -> None:
    with pytest.raises(ValueError, match=r"naive|years"):
        resolve_local(wall, BERLIN)


def test_days_at_the_edge_of_the_calendar_and_naive_instants_are_refused() -> None:
    for day in (date.min, date.max):
        with pytest.raises(ValueError, match="years"):
            day_bounds(day, BERLIN)
    with pytest.raises(ValueError, match="time zone"):
        to_local(local("2027-03-01"), BERLIN)


@given(second=st.integers(0, 4_000_000_000), name=st.sampled_from(sorted(available_timezones())))
def test_a_wall_clock_is_both_conversions_at_once(second: int, name: str) -> None:
    zone = ZoneInfo(name)
    at = datetime.fromtimestamp(second, UTC)
    assert wall_clock(second, zone) == (to_local(at, zone), offset_label(at, zone))
