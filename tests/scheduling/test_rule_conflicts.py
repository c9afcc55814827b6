from dataclasses import replace
from datetime import date, time, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.scheduling.hours import OpeningRule, RuleKind, applicable_rules, open_periods
from holdfast.scheduling.rule_conflicts import Conflict, ConflictKind, find_rule_conflicts

from .test_hours import (
    BRANCH,
    CUT,
    EVERY_DAY,
    LINA,
    MONDAY,
    SALON,
    UTC_ZONE,
    WEEKDAYS,
    exception,
    ranged,
    weekly,
)

FRIDAY, SATURDAY = (5,), (6,)


def found(*rules: OpeningRule) -> list[tuple[str, int, tuple[int, ...]]]:
    conflicts = find_rule_conflicts(rules, from_date=MONDAY)
    return [(each.kind.value, each.rule, each.others) for each in conflicts]


class TestTwoRulesOfOneLevel:
    def test_hours_that_touch_are_fine(self) -> None:
        assert found(weekly("09:00", "12:00"), weekly("12:00", "17:00")) == []

    def test_hours_that_overlap_are_named(self) -> None:
        rules = [weekly("09:00", "13:00", (1, 2)), weekly("12:00", "17:00", (2, 3))]
        assert find_rule_conflicts(rules, from_date=MONDAY) == [
            Conflict(ConflictKind.OVERLAP, 0, (1,), MONDAY + timedelta(days=1))
        ]

    def test_the_same_hours_twice_are_a_duplicate_unless_their_grids_differ(self) -> None:
        office = weekly("09:00", "17:00")
        assert found(office, weekly("09:00", "17:00", (2,))) == [("duplicate", 0, (1,))]
        assert found(office, weekly("09:00", "17:00", slot_granularity_minutes=10)) == [("overlap", 0, (1,))]

    def test_other_days_other_dates_and_other_people_do_not_meet(self) -> None:
        office = weekly("09:00", "17:00", (1,), resource_id=LINA)
        assert found(office, weekly("09:00", "17:00", (2,), resource_id=LINA)) == []
        assert found(office, weekly("09:00", "17:00", (1,), resource_id=CUT)) == []
        spring = ranged("09:00", "17:00", valid_to=date(2027, 4, 30))
        summer = ranged("08:00", "14:00", valid_from=date(2027, 5, 1), valid_to=date(2027, 8, 31))
        assert found(spring, summer) == []

    def test_two_dates_that_share_no_weekday_of_both_do_not_meet(self) -> None:
        """Both speak on Mondays, but the days that both are valid on are a Thursday and a Friday."""
        first = weekly("09:00", "17:00", (1, 4), valid_to=MONDAY + timedelta(days=4))
        second = weekly("09:00", "17:00", (1, 5), valid_from=MONDAY + timedelta(days=3))
        assert found(first, second) == []

    def test_a_night_meets_the_morning_of_the_next_day(self) -> None:
        night, early = weekly("20:00", "02:00", FRIDAY), weekly("01:00", "05:00", SATURDAY)
        assert found(night, early) == [("overlap", 0, (1,))]
        assert found(early, night) == [("overlap", 0, (1,))]
        assert found(night, weekly("02:00", "05:00", SATURDAY)) == []

    def test_closed_and_open_are_named_and_only_on_their_own_date(self) -> None:
        lunch = weekly("12:00", "13:00", is_closed=True)
        assert found(weekly("09:00", "17:00"), lunch) == [("closed_and_open", 0, (1,))]
        night, saturday = weekly("20:00", "02:00", FRIDAY), weekly("00:00", "00:00", SATURDAY, is_closed=True)
        assert found(night, saturday) == []

    def test_one_person_at_two_places(self) -> None:
        here = weekly("09:00", "13:00", resource_id=LINA, location_id=SALON)
        there = weekly("12:00", "17:00", resource_id=LINA, location_id=BRANCH)
        assert found(here, there) == [("two_places", 0, (1,))]
        assert (
            found(weekly("09:00", "13:00", location_id=SALON), weekly("12:00", "17:00", location_id=BRANCH))
            == []
        )

    def test_another_level_is_no_conflict(self) -> None:
        assert found(weekly("09:00", "17:00"), exception("10:00", "14:00")) == []
        assert found(weekly("09:00", "17:00"), weekly("10:00", "14:00", resource_id=LINA)) == []


class TestRulesThatNeverCount:
    def test_no_date_is_one_of_the_weekdays(self) -> None:
        assert found(exception("09:00", "12:00", days_of_week=(2,))) == [("never_speaks", 0, ())]

    def test_what_is_over_is_left_out(self) -> None:
        past = exception("09:00", "12:00", valid_from=date(2026, 1, 1), valid_to=date(2026, 1, 1))
        assert found(past, past) == []
        ending = weekly(
            "09:00", "12:00", (1,), valid_from=date(2026, 1, 5), valid_to=MONDAY - timedelta(days=6)
        )
        assert found(ending) == []

    def test_a_stronger_level_has_the_last_word(self) -> None:
        summer = {"valid_from": date(2027, 6, 1), "valid_to": date(2027, 8, 31)}
        rules = [weekly("09:00", "17:00", FRIDAY, **summer), ranged("10:00", "14:00", **summer)]
        assert find_rule_conflicts(rules, from_date=MONDAY) == [
            Conflict(ConflictKind.UNREACHABLE, 0, (1,), date(2027, 6, 4))
        ]

    def test_several_stronger_rules_may_have_it_together(self) -> None:
        two_weeks = {"valid_from": MONDAY, "valid_to": MONDAY + timedelta(days=13)}
        rules = [
            weekly("09:00", "17:00", (1, 2), **two_weeks),
            ranged("10:00", "14:00", days_of_week=(1,), **two_weeks),
            ranged(
                "10:00", "14:00", days_of_week=(2,), valid_from=MONDAY, valid_to=MONDAY + timedelta(days=6)
            ),
            exception(
                "10:00", "14:00", valid_from=MONDAY + timedelta(days=8), valid_to=MONDAY + timedelta(days=8)
            ),
        ]
        assert found(*rules) == [("unreachable", 0, (1, 2, 3))]
        assert found(*rules[:3]) == []

    def test_a_closing_rule_may_have_it(self) -> None:
        assert found(weekly("09:00", "17:00"), weekly("00:00", "00:00", is_closed=True)) == [
            ("closed_and_open", 0, (1,)),
            ("unreachable", 0, (1,)),
        ]

    def test_a_closing_rule_is_unheard_under_stronger_hours(self) -> None:
        rules = [weekly("12:00", "13:00", (1,), is_closed=True), ranged("09:00", "17:00", valid_to=None)]
        assert found(*rules) == [("unreachable", 0, (1,))]

    def test_who_has_no_say_everywhere_has_not_the_last_word(self) -> None:
        """Lina's summer replaces the house's hours for her, not for the others."""
        mine = ranged("10:00", "14:00", valid_to=None, resource_id=LINA)
        assert found(weekly("09:00", "17:00", valid_from=MONDAY), mine) == []
        there = ranged("10:00", "14:00", valid_to=None, location_id=BRANCH)
        assert found(weekly("09:00", "17:00", valid_from=MONDAY), there) == []

    def test_hours_of_the_same_person_elsewhere_have_it(self) -> None:
        here = weekly("09:00", "17:00", resource_id=LINA, location_id=SALON, valid_from=MONDAY)
        there = ranged("10:00", "14:00", valid_to=None, resource_id=LINA, location_id=BRANCH)
        assert found(here, there) == [("unreachable", 0, (1,))]


random_times = st.integers(0, 11).map(lambda number: time(number * 2))


@st.composite
def _rules(draw: st.DrawFn) -> OpeningRule:
    start, end = draw(random_times), draw(random_times)
    first = MONDAY + timedelta(days=draw(st.integers(0, 9)))
    kind = draw(st.sampled_from(RuleKind))
    return OpeningRule(
        kind,
        start,
        time(0) if start == end else end,
        days_of_week=draw(st.sampled_from((EVERY_DAY, WEEKDAYS, (6, 7), (1,)))),
        valid_from=first,
        valid_to=first + timedelta(days=draw(st.integers(0, 9))),
        is_closed=draw(st.booleans()),
        **draw(st.sampled_from(({}, {"location_id": SALON}, {"resource_id": LINA}, {"service_id": CUT}))),
    )


@settings(max_examples=300)
@given(st.lists(_rules(), min_size=1, max_size=5))
def test_unreachable_hours_never_open_and_the_others_do(rules: list[OpeningRule]) -> None:
    """What a rule opens, told by its granularity, appears to some asker on some day unless it is found."""
    marked = [replace(rule, slot_granularity_minutes=number + 1) for number, rule in enumerate(rules)]
    silent = {
        each.rule
        for each in find_rule_conflicts(marked, from_date=MONDAY)
        if each.kind in (ConflictKind.UNREACHABLE, ConflictKind.NEVER_SPEAKS)
    }
    opened: set[int] = set()
    days = {"from_date": MONDAY, "to_date": MONDAY + timedelta(days=20), "zone": UTC_ZONE}
    for person, service, place in product((LINA, BRANCH), (CUT, BRANCH), (SALON, BRANCH)):
        asked = applicable_rules(marked, location_id=place, resource_id=person, service_id=service)
        windows = open_periods(asked, **days, location_id=place)
        opened |= {window.granularity_minutes - 1 for window in windows}
    for number, rule in enumerate(marked):
        if not rule.is_closed:
            assert (number in silent) != (number in opened), rule
