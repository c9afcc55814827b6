from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.scheduling.hours import OpeningRule, OpenWindow, RuleKind, open_periods
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.runs import count_runs, count_runs_by_day, list_runs, merge_runs
from holdfast.scheduling.segments import Visit
from holdfast.scheduling.slots import (
    Busy,
    Calendar,
    Terms,
    WhyNot,
    check_start,
    count_starts,
    list_starts,
    start_runs,
)
from holdfast.scheduling.taken import Taken

from .naive_model import naive_refusal

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2027, 3, 1, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)
OFFICE_HOURS = OpeningRule(RuleKind.WEEKLY, time(9), time(17), days_of_week=(1, 2, 3, 4, 5))


def at(clock: str) -> datetime:
    """An instant of Monday, 1 March 2027, by its UTC clock."""
    return datetime.combine(MIDNIGHT.date(), time.fromisoformat(clock), UTC)


def span(start: str, end: str) -> Period:
    return Period(at(start), at(end))


def window(start: str, end: str, granularity: int = 15) -> OpenWindow:
    return OpenWindow.of(span(start, end), granularity)


def busy(start: str, end: str, lane: int = 0) -> Busy:
    return Busy(lane, at(start), at(end))


def starts(calendar: Calendar, terms: Terms, now: datetime = LONG_AGO) -> list[str]:
    return [f"{start:%H:%M}" for start in list_starts(calendar, terms, now=now)]


def march_in_berlin() -> list[OpenWindow]:
    return open_periods([OFFICE_HOURS], from_date=date(2027, 3, 1), to_date=date(2027, 3, 31), zone=BERLIN)


class TestRules:
    def test_the_service_must_end_when_the_window_does(self) -> None:
        assert starts(Calendar([window("09:00", "10:00")]), Terms(30)) == ["09:00", "09:15", "09:30"]

    def test_the_grid_begins_where_the_window_opens(self) -> None:
        assert starts(Calendar([window("09:10", "10:10", 20)]), Terms(20)) == ["09:10", "09:30", "09:50"]

    def test_a_grid_of_the_service_replaces_that_of_the_window(self) -> None:
        assert starts(Calendar([window("09:00", "11:00")]), Terms(30, granularity_minutes=45)) == [
            "09:00",
            "09:45",
            "10:30",
        ]

    def test_bookings_may_touch(self) -> None:
        calendar = Calendar([window("09:00", "12:00", 30)], busy=[busy("10:00", "11:00")])
        assert starts(calendar, Terms(60)) == ["09:00", "11:00"]

    def test_buffers_must_be_free_but_may_leave_the_window(self) -> None:
        calendar = Calendar([window("09:00", "12:00", 30)], busy=[busy("10:30", "11:00")])
        terms = Terms(30, buffer_before_minutes=10, buffer_after_minutes=20)
        assert starts(calendar, terms) == ["09:00", "09:30", "11:30"]

    def test_a_blackout_stops_the_service_but_not_its_buffers(self) -> None:
        calendar = Calendar([window("09:00", "12:00", 30)], blackouts=[span("10:00", "11:00")])
        assert starts(calendar, Terms(30, 10, 10)) == ["09:00", "09:30", "11:00", "11:30"]

    def test_one_lane_must_be_free_for_the_whole_time(self) -> None:
        halves = [busy("09:00", "09:30", 0), busy("09:30", "10:00", 1)]
        calendar = Calendar([window("09:00", "10:30", 30)], busy=halves, capacity=2)
        assert starts(calendar, Terms(30)) == ["09:00", "09:30", "10:00"]
        assert starts(calendar, Terms(60)) == ["09:30"]

    def test_a_start_that_two_lanes_have_free_counts_once(self) -> None:
        assert count_starts(Calendar([window("09:00", "10:00")], capacity=2), Terms(30), now=LONG_AGO) == 3

    def test_lanes_beyond_the_capacity_do_not_count(self) -> None:
        calendar = Calendar([window("09:00", "10:00", 30)], busy=[busy("09:00", "10:00", 1)])
        assert starts(calendar, Terms(30)) == ["09:00", "09:30"]

    def test_notice_and_horizon_are_inclusive(self) -> None:
        calendar = Calendar([window("00:00", "23:00", 60)])
        terms = Terms(60, notice_minutes=120, horizon_days=1)
        assert starts(calendar, terms, now=at("01:00"))[0] == "03:00"
        assert starts(calendar, terms, now=at("01:00") + timedelta(microseconds=1))[0] == "04:00"
        assert starts(calendar, terms, now=at("01:00") - timedelta(days=1)) == ["00:00", "01:00"]

    def test_within_is_half_open(self) -> None:
        found = list_starts(
            Calendar([window("09:00", "12:00", 30)]), Terms(30), now=LONG_AGO, within=span("10:00", "11:00")
        )
        assert found == [at("10:00"), at("10:30")]

    def test_hours_that_join_on_are_one_stretch_for_the_service(self) -> None:
        rules = [
            OpeningRule(RuleKind.WEEKLY, time(9), time(10), (1,)),
            OpeningRule(RuleKind.WEEKLY, time(10), time(11), (1,), slot_granularity_minutes=30),
        ]
        windows = open_periods(
            rules, from_date=MIDNIGHT.date(), to_date=MIDNIGHT.date(), zone=ZoneInfo("UTC")
        )
        assert starts(Calendar(windows), Terms(45)) == ["09:00", "09:15", "09:30", "09:45", "10:00"]

    def test_overlapping_windows_offer_both_grids_once(self) -> None:
        calendar = Calendar([window("09:00", "11:00", 30), window("09:00", "11:00", 20)])
        assert starts(calendar, Terms(60)) == ["09:00", "09:20", "09:30", "09:40", "10:00"]

    def test_a_day_of_25_hours_has_25_hourly_starts_and_one_of_23_has_23(self) -> None:
        always = OpeningRule(
            RuleKind.WEEKLY, time(0), time(0), (1, 2, 3, 4, 5, 6, 7), slot_granularity_minutes=60
        )
        paris = ZoneInfo("Europe/Paris")
        for day, expected in [(date(2027, 10, 31), 25), (date(2027, 3, 28), 23), (date(2027, 6, 1), 24)]:
            windows = open_periods([always], from_date=day, to_date=day, zone=paris)
            assert count_starts(Calendar(windows), Terms(60), now=LONG_AGO) == expected


class TestReasons:
    CALENDAR = Calendar(
        [window("09:00", "17:00")], blackouts=[span("12:00", "13:00")], busy=[busy("14:00", "15:00")]
    )
    TERMS = Terms(30, buffer_after_minutes=15, notice_minutes=60, horizon_days=1)

    @pytest.mark.parametrize(
        ("clock", "now", "reason"),
        [
            ("09:00", "09:01", WhyNot.PAST),
            ("09:00", "08:30", WhyNot.NOTICE),
            ("08:45", "06:00", WhyNot.CLOSED),
            ("16:45", "06:00", WhyNot.CLOSED),
            ("09:07", "06:00", WhyNot.OFF_GRID),
            ("11:45", "06:00", WhyNot.BLACKOUT),
            ("12:45", "06:00", WhyNot.BLACKOUT),
            ("13:45", "06:00", WhyNot.TAKEN),
            ("13:30", "06:00", WhyNot.BUFFER),
            ("11:30", "06:00", None),
            ("15:00", "06:00", None),
            ("16:30", "06:00", None),
        ],
    )
    def test_each_start_has_its_reason(self, clock: str, now: str, reason: WhyNot | None) -> None:
        assert check_start(at(clock), self.CALENDAR, self.TERMS, now=at(now)) == reason

    def test_too_far_ahead(self) -> None:
        early = at("09:00") - timedelta(days=1, microseconds=1)
        assert check_start(at("09:00"), self.CALENDAR, self.TERMS, now=early) is WhyNot.HORIZON

    def test_a_fraction_of_a_second_is_off_the_grid(self) -> None:
        start = at("09:00") + timedelta(microseconds=1)
        assert check_start(start, self.CALENDAR, self.TERMS, now=LONG_AGO.replace(month=3)) is WhyNot.OFF_GRID

    def test_any_zone_may_name_the_start_but_a_naive_one_is_refused(self) -> None:
        start = at("09:00").astimezone(BERLIN)
        assert check_start(start, self.CALENDAR, self.TERMS, now=at("06:00")) is None
        with pytest.raises(ValueError, match="aware"):
            check_start(start.replace(tzinfo=None), self.CALENDAR, self.TERMS, now=at("06:00"))


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("duration_minutes", {"duration_minutes": 0}),
        ("buffer_before_minutes", {"duration_minutes": 1, "buffer_before_minutes": -1}),
        ("granularity_minutes", {"duration_minutes": 1, "granularity_minutes": 0}),
        ("horizon_days", {"duration_minutes": 1, "horizon_days": -1}),
    ],
)
def test_impossible_terms_are_refused_by_field(field: str, terms: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        Terms(**terms)


def test_a_resource_has_at_least_one_lane() -> None:
    with pytest.raises(ValueError, match=r"^capacity "):
        Calendar([], capacity=0)


class TestMonth:
    def test_an_empty_office_month_has_713_starts(self) -> None:
        calendar, terms = Calendar(march_in_berlin()), Terms(30)
        assert count_starts(calendar, terms, now=LONG_AGO) == 713
        assert len(list_starts(calendar, terms, now=LONG_AGO)) == 713

    def test_counts_by_local_day_add_up(self) -> None:
        runs = start_runs(Calendar(march_in_berlin()), Terms(30), now=LONG_AGO)
        counts = count_runs_by_day(runs, from_date=date(2027, 3, 1), to_date=date(2027, 3, 31), zone=BERLIN)
        assert len(counts) == 31
        assert counts == {day: 31 if day.isoweekday() < 6 else 0 for day in counts}


minutes = st.integers(0, 40).map(lambda step: MIDNIGHT + timedelta(minutes=5 * step))
periods = st.tuples(minutes, st.integers(1, 14)).map(
    lambda pair: Period(pair[0], pair[0] + timedelta(minutes=5 * pair[1]))
)
stretches = st.tuples(minutes, st.integers(6, 40)).map(
    lambda pair: Period(pair[0], pair[0] + timedelta(minutes=5 * pair[1]))
)
windows = st.tuples(stretches, st.sampled_from((5, 10, 15, 20)), st.sampled_from((0, 0, 0, 30))).map(
    lambda drawn: OpenWindow.of(drawn[0], drawn[1])._replace(open_until=drawn[0].span[1] + drawn[2] * 60)
)
buffers = st.sampled_from((0, 5, 10, 25))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    capacity = draw(st.sampled_from((1, 2, 2, 3)))
    taken = draw(st.lists(st.tuples(st.integers(0, 3), periods), max_size=10))
    return Calendar(
        windows=draw(st.lists(windows, min_size=1, max_size=3)),
        blackouts=draw(st.lists(periods, max_size=2)),
        busy=[Busy(lane % (capacity + 1), each.starts_at, each.ends_at) for lane, each in taken],
        capacity=capacity,
    )


terms_of_services = st.builds(
    Terms,
    duration_minutes=st.sampled_from((5, 10, 15, 30, 45)),
    buffer_before_minutes=buffers,
    buffer_after_minutes=buffers,
    granularity_minutes=st.sampled_from((None, 5, 5, 25)),
    notice_minutes=st.sampled_from((0, 30)),
    horizon_days=st.sampled_from((None, 1)),
)
moments = st.sampled_from((LONG_AGO, MIDNIGHT + timedelta(minutes=37), MIDNIGHT - timedelta(hours=22)))


def _rows_of(taken: Sequence[Busy] | Taken) -> Iterator[tuple[int, int, int]]:
    """What a database would give for these, without the datetimes."""
    for lane, starts_at, ends_at in taken:
        yield lane, int(starts_at.timestamp()), int(ends_at.timestamp())


def naive_reason(at: datetime, calendar: Calendar, terms: Terms, now: datetime) -> str | None:
    """A service of one segment, as the model sees it: a visit that takes one person."""
    refusal = naive_refusal(at, Visit.of_terms(terms, "person"), {"person": {UUID(int=0): calendar}}, now)
    return refusal[0] if refusal else None


@settings(max_examples=400)
@given(calendars(), terms_of_services, moments)
def test_starts_and_reasons_agree_with_a_walk_through_the_minutes(
    calendar: Calendar, terms: Terms, now: datetime
) -> None:
    grid = [MIDNIGHT + timedelta(minutes=5 * number) for number in range(-2, 82)]
    expected = {start: naive_reason(start, calendar, terms, now) for start in grid}
    assert {start: check_start(start, calendar, terms, now=now) for start in grid} == expected
    offered = [start for start, reason in expected.items() if reason is None]
    as_numbers = replace(calendar, busy=Taken.of_rows(_rows_of(calendar.busy)))
    assert start_runs(as_numbers, terms, now=now) == start_runs(calendar, terms, now=now)
    assert all(check_start(start, as_numbers, terms, now=now) == expected[start] for start in grid[::7])
    assert list_starts(calendar, terms, now=now) == offered
    assert count_starts(calendar, terms, now=now) == len(offered)


@given(st.lists(calendars(), min_size=1, max_size=3), terms_of_services)
def test_the_starts_of_anyone_are_the_union_of_each(team: list[Calendar], terms: Terms) -> None:
    each = [start_runs(calendar, terms, now=LONG_AGO) for calendar in team]
    anyone = merge_runs(run for runs in each for run in runs)
    expected = sorted({start for runs in each for start in list_runs(runs)})
    assert list_runs(anyone) == expected
    assert count_runs(anyone) == len(expected)
