"""Rules of repetition: their dates against two other readers of the RFC, their times across clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from holdfast.scheduling.intervals import Period
from holdfast.scheduling.recurrence import (
    LAST_DATE,
    TooMany,
    last_date,
    next_fitting,
    occurrences,
    shortest_distance,
)
from holdfast.scheduling.recurrence_text import parse
from holdfast.scheduling.zones import to_local
from tests.scheduling.rules import naive_dates, rule_texts, weekly_times

BERLIN, DUBAI, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Dubai"), ZoneInfo("America/New_York")
ZONES = [BERLIN, DUBAI, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Africa/Cairo")]
FIRST_DATES = st.dates(date(2020, 1, 1), date(2030, 12, 31))
MOST = 5_000


def dates(text: str, first: date, end: date, *, since: date = date(1970, 1, 1)) -> list[date]:
    return list(parse(text).dates(first, since, end))


def times(
    text: str,
    starts: str,
    ends: str,
    zone: ZoneInfo = BERLIN,
    *,
    from_at: str = "1971-01-01T00:00",
    to_at: str = "2100-01-01T00:00",
    without: tuple[date, ...] = (),
) -> list[str]:
    """The occurrences as wall-clock texts; everything is given as wall time of the zone."""
    start_at, end_at, window_from, window_to = (
        datetime.fromisoformat(each).replace(tzinfo=zone) for each in (starts, ends, from_at, to_at)
    )
    found = occurrences(
        start_at, end_at, parse(text), without, zone, from_at=window_from, to_at=window_to, most=MOST
    )
    return [
        f"{to_local(each.starts_at, zone):%Y-%m-%d %H:%M}-{to_local(each.ends_at, zone):%H:%M}"
        for each in found
    ]


class TestDates:
    @given(rule_texts(), FIRST_DATES)
    def test_agree_with_asking_every_day(self, text: str, first: date) -> None:
        rule = parse(text)
        assume(not rule.positions)
        end = first + timedelta(days=1500)
        assert list(rule.dates(first, first, end)) == naive_dates(rule, first, end)

    @given(rule_texts(), FIRST_DATES)
    def test_agree_with_dateutil(self, text: str, first: date) -> None:
        rule = parse(text)
        end = first + timedelta(days=3000)
        ours = list(rule.dates(first, first, end))
        # dateutil looks for the next one until the year 9999 where there is none, and takes the two kinds of
        # weekday (every one, the nth) together as both instead of either.
        assume(ours and len({nth == 0 for nth, _ in rule.weekdays}) < 2)
        others = rrulestr(text, dtstart=datetime.combine(first, time(9)), cache=False)
        theirs = [each.date() for each in takewhile(lambda each: each.date() <= ours[-1], others)]
        if rule.frequency == "WEEKLY" and rule.positions:
            # It begins to count places on the first day, not with the first week.
            week = first + timedelta(days=7)
            ours, theirs = ([each for each in found if each >= week] for found in (ours, theirs))
        assert ours == theirs

    @given(rule_texts(), FIRST_DATES, st.integers(0, 4000), st.integers(0, 900))
    def test_do_not_depend_on_what_was_asked(self, text: str, first: date, after: int, days: int) -> None:
        since, end = first + timedelta(days=after), first + timedelta(days=after + days)
        assert dates(text, first, end, since=since) == [
            each for each in dates(text, first, end) if each >= since
        ]

    def test_the_31st_and_the_29th_of_february_are_waited_for(self) -> None:
        assert dates("FREQ=MONTHLY", date(2027, 1, 31), date(2027, 8, 1)) == [
            date(2027, 1, 31),
            date(2027, 3, 31),
            date(2027, 5, 31),
            date(2027, 7, 31),
        ]
        assert dates("FREQ=YEARLY", date(2024, 2, 29), date(2033, 1, 1)) == [
            date(2024, 2, 29),
            date(2028, 2, 29),
            date(2032, 2, 29),
        ]

    def test_the_last_working_day_of_a_month(self) -> None:
        found = dates("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", date(2027, 1, 29), date(2027, 5, 31))
        assert [each.day for each in found] == [29, 26, 31, 30, 31]

    def test_nothing_comes_after_the_last_date(self) -> None:
        assert dates("FREQ=DAILY", date(2200, 12, 30), date(9999, 12, 31)) == [date(2200, 12, 30), LAST_DATE]

    def test_what_never_comes_has_no_next_date(self) -> None:
        assert next_fitting(parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), date(2027, 1, 1)) is None
        assert next_fitting(parse("FREQ=WEEKLY;BYDAY=MO"), date(2027, 1, 1)) == date(2027, 1, 4)
        assert not parse("FREQ=WEEKLY;BYDAY=MO").fits(date(2027, 1, 1))
        assert parse("FREQ=WEEKLY;BYDAY=MO").fits(date(2027, 1, 4))

    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("FREQ=DAILY", 1),
            ("FREQ=DAILY;INTERVAL=3", 3),
            ("FREQ=WEEKLY;BYDAY=MO,FR", 3),
            ("FREQ=MONTHLY", 28),
            ("FREQ=MONTHLY;BYMONTHDAY=-1,1", 1),
            ("FREQ=YEARLY", 365),
            ("FREQ=DAILY;COUNT=1", None),
        ],
    )
    def test_the_shortest_distance_is_found(self, text: str, days: int | None) -> None:
        assert shortest_distance(parse(text), date(2027, 2, 1)) == days


class TestTimes:
    def test_count_counts_what_is_left_out(self) -> None:
        found = times(
            "FREQ=WEEKLY;COUNT=3", "2027-01-04T09:00", "2027-01-04T17:00", without=(date(2027, 1, 11),)
        )
        assert found == ["2027-01-04 09:00-17:00", "2027-01-18 09:00-17:00"]

    @pytest.mark.parametrize(
        ("until", "last"),
        [
            ("20270106", "2027-01-06"),
            ("20270106T090000", "2027-01-06"),
            ("20270106T085959", "2027-01-05"),
            ("20270106T080000Z", "2027-01-06"),
            ("20270106T075959Z", "2027-01-05"),
        ],
    )
    def test_until_is_inclusive(self, until: str, last: str) -> None:
        found = times(f"FREQ=DAILY;UNTIL={until}", "2027-01-04T09:00", "2027-01-04T17:00")
        assert found[-1][:10] == last

    def test_the_first_time_is_the_period_itself_unless_left_out(self) -> None:
        named = ("FREQ=DAILY;COUNT=2", "2027-01-04T09:00", "2027-01-04T10:00")
        assert len(times(*named)) == 2
        assert times(*named, without=(date(2027, 1, 4),)) == ["2027-01-05 09:00-10:00"]

    def test_periods_are_half_open(self) -> None:
        named = ("FREQ=WEEKLY", "2027-01-04T09:00", "2027-01-04T10:00")
        assert times(*named, from_at="2027-01-11T10:00", to_at="2027-01-18T09:00") == []
        assert len(times(*named, from_at="2027-01-11T09:59", to_at="2027-01-18T09:01")) == 2

    def test_what_began_days_ago_is_found(self) -> None:
        found = times(
            "FREQ=YEARLY",
            "2020-07-01T00:00",
            "2020-08-15T00:00",
            from_at="2027-08-14T12:00",
            to_at="2027-08-14T13:00",
        )
        assert found == ["2027-07-01 00:00-00:00"]

    def test_edges_where_clocks_change_leave_no_time_open(self) -> None:
        """Berlin: 2027-03-28 02:00-03:00 does not exist, 2027-10-31 02:00-03:00 comes twice."""
        in_the_gap = occurrences(
            datetime(2027, 3, 27, 1, 30, tzinfo=UTC),
            datetime(2027, 3, 27, 3, 30, tzinfo=UTC),
            parse("FREQ=DAILY"),
            (),
            BERLIN,
            from_at=datetime(2027, 3, 28, tzinfo=UTC),
            to_at=datetime(2027, 3, 29, tzinfo=UTC),
            most=MOST,
        )
        assert in_the_gap[0] == Period(
            datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 3, 28, 2, 30, tzinfo=UTC)
        )
        (twice,) = occurrences(
            datetime(2027, 10, 30, 0, 15, tzinfo=UTC),
            datetime(2027, 10, 30, 0, 45, tzinfo=UTC),
            parse("FREQ=DAILY;COUNT=2"),
            (),
            BERLIN,
            from_at=datetime(2027, 10, 31, tzinfo=UTC),
            to_at=datetime(2027, 11, 1, tzinfo=UTC),
            most=MOST,
        )
        assert twice == Period(
            datetime(2027, 10, 31, 0, 15, tzinfo=UTC), datetime(2027, 10, 31, 1, 45, tzinfo=UTC)
        )

    def test_what_a_gap_swallows_is_left_out(self) -> None:
        found = times("FREQ=DAILY;COUNT=3", "2027-03-27T02:10", "2027-03-27T02:50")
        assert found == ["2027-03-27 02:10-02:50", "2027-03-29 02:10-02:50"]

    @given(
        zone=st.sampled_from(ZONES),
        first=FIRST_DATES,
        clock=st.times(),
        minutes=st.integers(1, 7 * 24 * 60 - 61),
        after=st.integers(0, 900),
        days=st.integers(1, 400),
    )
    def test_every_week_is_adding_weeks(
        self, zone: ZoneInfo, first: date, clock: time, minutes: int, after: int, days: int
    ) -> None:
        starts_at = datetime.combine(first, clock.replace(second=0, microsecond=0, fold=0), zone).astimezone(
            UTC
        )
        ends_at = starts_at + timedelta(minutes=minutes)
        assume(to_local(ends_at, zone) > to_local(starts_at, zone))
        from_at = starts_at + timedelta(days=after)
        window = {"from_at": from_at, "to_at": from_at + timedelta(days=days)}
        ours = occurrences(starts_at, ends_at, parse("FREQ=WEEKLY"), (), zone, **window, most=MOST)
        assert ours == weekly_times(starts_at, ends_at, zone, **window)

    @given(
        text=rule_texts(),
        zone=st.sampled_from(ZONES),
        first=FIRST_DATES,
        hour=st.integers(0, 23),
        minutes=st.integers(1, 3000),
        count=st.none() | st.integers(1, 40),
        after=st.integers(-40, 2000),
        days=st.integers(1, 200),
    )
    def test_any_window_shows_the_same(
        self,
        text: str,
        zone: ZoneInfo,
        first: date,
        hour: int,
        minutes: int,
        count: int | None,
        after: int,
        days: int,
    ) -> None:
        rule = parse(text if count is None else f"{text};COUNT={count}")
        starts_at = datetime.combine(first, time(hour), zone).astimezone(UTC)
        ends_at = starts_at + timedelta(minutes=minutes)
        from_at = starts_at + timedelta(days=after)
        to_at = from_at + timedelta(days=days)

        def found(from_at: datetime, to_at: datetime) -> list[Period]:
            return occurrences(starts_at, ends_at, rule, (), zone, from_at=from_at, to_at=to_at, most=MOST)

        everything = found(starts_at - timedelta(days=50), starts_at + timedelta(days=2300))
        assert found(from_at, to_at) == [
            each for each in everything if each.starts_at < to_at and each.ends_at > from_at
        ]
        if count is not None:
            assert len(everything) <= count
        assert all(
            to_local(each.starts_at, zone).date() <= max(last_date(rule, first), first) for each in everything
        )

    def test_too_many_are_refused_not_cut(self) -> None:
        starts_at = datetime(2027, 1, 1, 9, tzinfo=UTC)
        window = {"from_at": starts_at, "to_at": starts_at + timedelta(days=10)}
        period = (starts_at, starts_at + timedelta(hours=1), parse("FREQ=DAILY"), (), DUBAI)
        assert len(occurrences(*period, **window, most=10)) == 10
        with pytest.raises(TooMany):
            occurrences(*period, **window, most=9)

    @given(rule_texts(), st.none() | st.integers(1, 1000))
    def test_far_windows_cost_no_more(self, text: str, count: int | None) -> None:
        rule = parse(text if count is None else f"{text};COUNT={count}")
        starts_at = datetime(1970, 1, 5, 9, tzinfo=UTC)
        ends_at = starts_at + timedelta(hours=1)
        from_at = datetime(2190, 1, 1, tzinfo=UTC)

        def seconds() -> float:
            begin = perf_counter()
            occurrences(
                starts_at,
                ends_at,
                rule,
                (),
                DUBAI,
                from_at=from_at,
                to_at=from_at + timedelta(days=731),
                most=MOST,
            )
            return perf_counter() - begin

        assert min(seconds() for _ in range(3)) < 0.05
