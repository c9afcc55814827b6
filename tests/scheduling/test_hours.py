from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.hours import (
    OpeningRule,
    OpenWindow,
    RuleKind,
    applicable_rules,
    open_periods,
)
from holdfast.scheduling.zones import to_local

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
MONDAY = date(2027, 3, 1)
WEEKDAYS = (1, 2, 3, 4, 5)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
SALON, BRANCH, LINA, CUT = (UUID(int=number) for number in range(1, 5))


def weekly(start: str, end: str, days: tuple[int, ...] = EVERY_DAY, **more: object) -> OpeningRule:
    return rule(RuleKind.WEEKLY, start, end, days_of_week=days, **more)


def ranged(start: str, end: str, **more: object) -> OpeningRule:
    return rule(RuleKind.DATE_RANGE, start, end, **{"valid_from": MONDAY, "valid_to": MONDAY, **more})


def exception(start: str, end: str, **more: object) -> OpeningRule:
    return rule(RuleKind.EXCEPTION, start, end, **{"valid_from": MONDAY, "valid_to": MONDAY, **more})


def rule(kind: RuleKind, start: str, end: str, **more: object) -> OpeningRule:
    return OpeningRule(kind, time.fromisoformat(start), time.fromisoformat(end), **more)


def hours(
    rules: list[OpeningRule], day: date = MONDAY, zone: ZoneInfo = UTC_ZONE, **more: UUID
) -> list[tuple[str, str]]:
    """The windows of one day as wall-clock texts."""
    windows = open_periods(rules, from_date=day, to_date=day, zone=zone, **more)
    return [
        (f"{to_local(window.starts_at, zone):%H:%M}", f"{to_local(window.ends_at, zone):%H:%M}")
        for window in windows
    ]


class TestPrecedence:
    """The table of the module's docstring, line by line."""

    STRONG_TO_WEAK = tuple(
        make("10:00", "11:00", **scope)
        for make in (exception, ranged, weekly)
        for scope in (
            {"resource_id": LINA, "service_id": CUT},
            {"resource_id": LINA},
            {"service_id": CUT},
            {"location_id": SALON},
            {},
        )
    )

    def test_strengths_fall_in_the_order_of_the_table(self) -> None:
        strengths = [each.strength for each in self.STRONG_TO_WEAK]
        assert strengths == sorted(set(strengths), reverse=True)

    @pytest.mark.parametrize("stronger", range(len(STRONG_TO_WEAK) - 1))
    def test_the_stronger_rule_replaces_every_weaker(self, stronger: int) -> None:
        weaker = [
            rule(each.kind, "06:00", "20:00", **_dates_and_scope(each))
            for each in self.STRONG_TO_WEAK[stronger + 1 :]
        ]
        assert hours([*weaker, self.STRONG_TO_WEAK[stronger]]) == [("10:00", "11:00")]

    def test_closed_beats_open_on_one_level(self) -> None:
        assert hours([weekly("09:00", "17:00"), weekly("12:00", "13:00", is_closed=True)]) == [
            ("09:00", "12:00"),
            ("13:00", "17:00"),
        ]

    def test_a_closing_exception_takes_only_its_own_hours(self) -> None:
        lunch = exception("12:00", "14:00", is_closed=True)
        assert hours([weekly("09:00", "17:00"), lunch]) == [("09:00", "12:00"), ("14:00", "17:00")]
        assert hours([weekly("09:00", "17:00"), lunch], MONDAY + timedelta(days=1)) == [("09:00", "17:00")]

    def test_a_closing_exception_from_midnight_to_midnight_closes_the_day(self) -> None:
        rules = [weekly("09:00", "17:00"), exception("00:00", "00:00", is_closed=True)]
        assert hours(rules) == []

    def test_an_open_exception_of_a_person_beats_the_holiday_of_the_location(self) -> None:
        holiday = exception("00:00", "00:00", is_closed=True, location_id=SALON)
        assert hours([holiday, exception("10:00", "12:00", resource_id=LINA)]) == [("10:00", "12:00")]

    def test_a_closed_weekly_rule_does_not_touch_an_open_range(self) -> None:
        rules = [weekly("00:00", "00:00", (1,), is_closed=True), ranged("10:00", "12:00")]
        assert hours(rules) == [("10:00", "12:00")]


def _dates_and_scope(of: OpeningRule) -> dict[str, object]:
    return {
        "days_of_week": of.days_of_week,
        "valid_from": of.valid_from,
        "valid_to": of.valid_to,
        "location_id": of.location_id,
        "resource_id": of.resource_id,
        "service_id": of.service_id,
    }


class TestDates:
    def test_a_weekly_rule_speaks_on_its_days_within_its_dates(self) -> None:
        summer = weekly("09:00", "17:00", WEEKDAYS, valid_from=date(2027, 3, 2), valid_to=date(2027, 3, 8))
        windows = open_periods([summer], from_date=date(2027, 2, 22), to_date=date(2027, 3, 31), zone=BERLIN)
        assert [window.starts_at.day for window in windows] == [2, 3, 4, 5, 8]

    def test_a_range_may_be_open_at_one_end_and_name_weekdays(self) -> None:
        from_now_on = ranged("09:00", "10:00", valid_to=None, days_of_week=(6,))
        windows = open_periods([from_now_on], from_date=MONDAY, to_date=date(2027, 3, 20), zone=BERLIN)
        assert [window.starts_at.day for window in windows] == [6, 13, 20]

    def test_local_hours_stay_across_a_change_of_clocks(self) -> None:
        windows = open_periods(
            [weekly("09:00", "17:00")], from_date=date(2027, 3, 26), to_date=date(2027, 3, 30), zone=BERLIN
        )
        assert [to_local(window.starts_at, BERLIN).time() for window in windows] == [time(9)] * 5
        assert [window.starts_at.hour for window in windows] == [8, 8, 7, 7, 7]


class TestWindows:
    def test_a_window_carries_the_grid_and_place_of_its_rule(self) -> None:
        group = weekly(
            "09:00",
            "10:00",
            slot_capacity=8,
            slot_granularity_minutes=20,
            resource_id=LINA,
            location_id=SALON,
        )
        (window,) = open_periods([group], from_date=MONDAY, to_date=MONDAY, zone=UTC_ZONE)
        nine = datetime(2027, 3, 1, 9, tzinfo=UTC)
        assert (window.starts_at, window.ends_at) == (nine, nine + timedelta(hours=1))
        assert window[2:] == (window.end, 20, 8, SALON)

    def test_hours_of_the_evening_before_run_into_the_day(self) -> None:
        night = weekly("20:00", "02:00", (7,))
        assert hours([night]) == [("20:00", "02:00")]
        assert hours([night], MONDAY + timedelta(days=1)) == []

    def test_hours_belong_to_the_date_on_which_they_begin(self) -> None:
        monday_closed = exception("00:00", "00:00", is_closed=True)
        assert hours([weekly("20:00", "02:00"), monday_closed]) == [("20:00", "02:00")]

    def test_hours_that_join_on_let_a_service_run_through(self) -> None:
        rules = [weekly("09:00", "12:00"), weekly("12:00", "17:00", slot_granularity_minutes=30)]
        morning, afternoon = open_periods(rules, from_date=MONDAY, to_date=MONDAY, zone=UTC_ZONE)
        assert (morning.end, morning.open_until) == (afternoon.start, afternoon.end)

    def test_hours_inside_longer_hours_may_run_to_the_end_of_those(self) -> None:
        rules = [weekly("09:00", "17:00"), weekly("10:00", "12:00", slot_granularity_minutes=10)]
        day, extra = open_periods(rules, from_date=MONDAY, to_date=MONDAY, zone=UTC_ZONE)
        assert extra.open_until == day.end

    def test_hours_at_two_places_do_not_join(self) -> None:
        rules = [
            weekly("09:00", "12:00", resource_id=LINA, location_id=SALON),
            weekly("12:00", "17:00", resource_id=LINA, location_id=BRANCH),
        ]
        morning, afternoon = open_periods(rules, from_date=MONDAY, to_date=MONDAY, zone=UTC_ZONE)
        assert (morning.open_until, afternoon.open_until) == (morning.end, afternoon.end)

    def test_around_the_clock_every_day_has_its_own_grid_and_no_break(self) -> None:
        always = [weekly("00:00", "00:00", slot_granularity_minutes=50)]
        month = open_periods(always, from_date=MONDAY, to_date=date(2027, 3, 31), zone=BERLIN)
        (day,) = open_periods(always, from_date=date(2027, 3, 9), to_date=date(2027, 3, 9), zone=BERLIN)
        assert day[:2] == month[8][:2]
        assert day.open_until == day.end + 24 * 3600
        assert month[0].open_until == month[-1].open_until == month[-1].end + 24 * 3600

    def test_the_same_rule_twice_opens_once(self) -> None:
        assert hours([weekly("09:00", "17:00")] * 2) == [("09:00", "17:00")]


class TestPlaces:
    def test_a_person_works_where_their_hours_say(self) -> None:
        mine = [
            weekly("09:00", "12:00", (1,), resource_id=LINA, location_id=SALON),
            weekly("14:00", "18:00", (1,), resource_id=LINA, location_id=BRANCH),
        ]
        house = weekly("08:00", "20:00")
        for location, expected in [(SALON, [("09:00", "12:00")]), (BRANCH, [("14:00", "18:00")])]:
            rules = applicable_rules([*mine, house], location_id=location, resource_id=LINA, service_id=CUT)
            assert hours(rules, location_id=location) == expected

    def test_a_person_with_hours_elsewhere_does_not_fall_back_to_the_house(self) -> None:
        rules = [weekly("08:00", "20:00"), weekly("09:00", "12:00", resource_id=LINA, location_id=BRANCH)]
        here = applicable_rules(rules, location_id=SALON, resource_id=LINA, service_id=None)
        assert hours(here, location_id=SALON) == []

    def test_rules_of_others_have_no_say(self) -> None:
        others = [
            weekly("08:00", "20:00", resource_id=UUID(int=99)),
            weekly("08:00", "20:00", service_id=UUID(int=99)),
            weekly("08:00", "20:00", location_id=BRANCH),
            exception("00:00", "00:00", is_closed=True, resource_id=LINA, location_id=BRANCH),
        ]
        assert applicable_rules(others, location_id=SALON, resource_id=LINA, service_id=CUT) == []


@pytest.mark.parametrize(
    ("field", "kind", "more"),
    [
        ("end_time", RuleKind.WEEKLY, {"days_of_week": (1,), "end_time": time(9)}),
        ("days_of_week", RuleKind.WEEKLY, {"days_of_week": (0,)}),
        ("days_of_week", RuleKind.WEEKLY, {}),
        ("valid_from", RuleKind.DATE_RANGE, {}),
        ("valid_from", RuleKind.EXCEPTION, {"valid_from": MONDAY}),
        ("valid_to", RuleKind.DATE_RANGE, {"valid_from": MONDAY, "valid_to": MONDAY - timedelta(days=1)}),
        ("slot_capacity", RuleKind.WEEKLY, {"days_of_week": (1,), "slot_capacity": 0}),
        ("slot_granularity", RuleKind.WEEKLY, {"days_of_week": (1,), "slot_granularity_minutes": 0}),
    ],
)
def test_contradictory_rules_are_refused_by_field(
    field: str, kind: RuleKind, more: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        OpeningRule(**{"kind": kind, "start_time": time(9), "end_time": time(17), **more})


random_times = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))
random_scopes = st.sampled_from([{}, {"service_id": CUT}, {"resource_id": LINA}])
random_days = st.lists(st.sampled_from((5, 6, 7, 1)), max_size=3).map(tuple)


@st.composite
def _rules(draw: st.DrawFn) -> OpeningRule:
    start, end = draw(random_times), draw(random_times)
    kind = draw(st.sampled_from(RuleKind))
    days = draw(random_days)
    first = date(2027, 3, 25) + timedelta(days=draw(st.integers(0, 4)))
    return OpeningRule(
        kind,
        start,
        time(0) if start == end else end,
        days_of_week=days or (EVERY_DAY if kind is RuleKind.WEEKLY else ()),
        valid_from=first,
        valid_to=first + timedelta(days=draw(st.integers(0, 4))),
        is_closed=draw(st.booleans()),
        **draw(random_scopes),
    )


random_rules = _rules()


@given(st.lists(random_rules, max_size=7), st.sampled_from([UTC_ZONE, BERLIN]))
def test_rules_agree_with_a_walk_through_the_minutes(rules: list[OpeningRule], zone: ZoneInfo) -> None:
    """The naive reading of the precedence: at every quarter of an hour, ask each rule from strong to weak."""
    windows = open_periods(rules, from_date=date(2027, 3, 27), to_date=date(2027, 3, 29), zone=zone)
    at = datetime(2027, 3, 27, 2, tzinfo=UTC)
    while at < datetime(2027, 3, 29, 20, tzinfo=UTC):
        assert _is_in(windows, at) == _is_open(rules, to_local(at, zone)), at
        at += timedelta(minutes=15)


def _is_in(windows: list[OpenWindow], at: datetime) -> bool:
    return any(window.starts_at <= at < window.ends_at for window in windows)


def _is_open(rules: list[OpeningRule], wall: datetime) -> bool:
    """Open by the hours that began on this date, or by those of the day before that run into it."""
    midnight = datetime.combine(wall.date(), time())
    return any(
        _opens(rules, midnight.date() - timedelta(days=back), wall - midnight + timedelta(days=back))
        for back in (0, 1)
    )


def _opens(rules: list[OpeningRule], day: date, clock: timedelta) -> bool:
    for strength in sorted({each.strength for each in rules}, reverse=True):
        level = [each for each in rules if each.strength == strength and each.speaks_on(day)]
        if any(each.is_closed and _covers(each, clock) for each in level):
            return False
        if any(not each.is_closed for each in level):
            return any(not each.is_closed and _covers(each, clock) for each in level)
    return False


def _covers(of: OpeningRule, clock: timedelta) -> bool:
    start = datetime.combine(MONDAY, of.start_time) - datetime.combine(MONDAY, time())
    end = datetime.combine(MONDAY, of.end_time) - datetime.combine(MONDAY, time())
    return start <= clock < (end if end > start else end + timedelta(days=1))
