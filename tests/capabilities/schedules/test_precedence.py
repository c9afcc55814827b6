"""Whose word counts: the table of docs/howto/opening-hours.md, pair by pair, and grids and seats of rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.capabilities.tenants.types import Location
from holdfast.scheduling.hours import OpeningRule, OpenWindow, RuleKind
from holdfast.scheduling.slots import Calendar, Terms, list_starts

DAY = date(2031, 3, 3)
SALON, NOOR, LENA, CUT, COLOUR = (UUID(int=number) for number in range(1, 6))

# From strong to weak, as the page has it: what is said for a date before what is said for a week, and
# within one kind the narrower before the wider.
LEVELS = [
    (kind, scope)
    for kind in (RuleKind.EXCEPTION, RuleKind.DATE_RANGE, RuleKind.WEEKLY)
    for scope in ("person and service", "person", "service", "location")
]
SCOPES: dict[str, dict[str, UUID]] = {
    "person and service": {"resource_id": NOOR, "service_id": CUT},
    "person": {"resource_id": NOOR},
    "service": {"service_id": CUT},
    "location": {},
}
DATES: dict[RuleKind, dict[str, Any]] = {
    RuleKind.WEEKLY: {"days_of_week": (1,)},
    RuleKind.DATE_RANGE: {"valid_from": date(2031, 3, 1), "valid_to": date(2031, 3, 31)},
    RuleKind.EXCEPTION: {"valid_from": DAY, "valid_to": DAY},
}


def _rule(level: tuple[RuleKind, str], start: int, end: int, **named: Any) -> OpeningRule:
    kind, scope = level
    return OpeningRule(
        **{
            "kind": kind,
            "start_time": time(start),
            "end_time": time(end % 24),
            "location_id": SALON,
            **DATES[kind],
            **SCOPES[scope],
            **named,
        }
    )


def _service(service_id: UUID = CUT, **named: Any) -> Service:
    usual = Service(
        id=service_id,
        location_id=None,
        name="Cut",
        description="",
        duration_minutes=60,
        buffer_before_minutes=0,
        buffer_after_minutes=0,
        price_minor=None,
        currency="EUR",
        flow="instant",
        required_skills=[],
        slot_granularity_minutes=None,
        minimum_notice_minutes=0,
        horizon_days=365,
        is_active=True,
        display_order=0,
        version=1,
        created_at=datetime(2030, 1, 1, tzinfo=UTC),
    )
    return replace(usual, **named)


def _schedule(*rules: OpeningRule) -> Schedule:
    people = {
        resource_id: Resource(resource_id, SALON, "person", name, "", [], 1, True, 0)
        for resource_id, name in ((NOOR, "Noor"), (LENA, "Lena"))
    }
    place = Location(SALON, "Salon", "UTC", "", "", True, 0)
    services = {CUT: _service(), COLOUR: _service(COLOUR)}
    return Schedule(1, services, people, {SALON: place}, rules, ())


def _hours(
    schedule: Schedule, person: UUID = NOOR, service: UUID = CUT, day: date = DAY
) -> list[tuple[int, int]]:
    windows = schedule.windows(schedule.resources[person], schedule.services[service], day, day)
    return [(window.starts_at.hour, window.ends_at.hour) for window in windows]


PAIRS = [
    pytest.param(stronger, weaker, is_first, id=f"{stronger[0]} {stronger[1]} over {weaker[0]} {weaker[1]}")
    for stronger, weaker in combinations(LEVELS, 2)
    for is_first in (True, False)
]


@pytest.mark.parametrize(("stronger", "weaker", "is_first"), PAIRS)
def test_the_stronger_level_has_the_day(
    stronger: tuple[RuleKind, str], weaker: tuple[RuleKind, str], is_first: bool
) -> None:
    """In whatever order they were made."""
    strong, weak = _rule(stronger, 10, 12), _rule(weaker, 9, 18)
    assert _hours(_schedule(*((strong, weak) if is_first else (weak, strong)))) == [(10, 12)]
    # A weaker word that is narrower in hours does not count either.
    strong, weak = _rule(stronger, 9, 18), _rule(weaker, 10, 12)
    assert _hours(_schedule(*((strong, weak) if is_first else (weak, strong)))) == [(9, 18)]


@pytest.mark.parametrize(("stronger", "weaker", "is_first"), PAIRS)
def test_a_stronger_closing_takes_its_hours_and_a_weaker_takes_nothing(
    stronger: tuple[RuleKind, str], weaker: tuple[RuleKind, str], is_first: bool
) -> None:
    closing, opening = _rule(stronger, 12, 14, is_closed=True), _rule(weaker, 9, 18)
    rules = (closing, opening) if is_first else (opening, closing)
    assert _hours(_schedule(*rules)) == [(9, 12), (14, 18)]
    closing, opening = _rule(weaker, 12, 14, is_closed=True), _rule(stronger, 9, 18)
    rules = (closing, opening) if is_first else (opening, closing)
    assert _hours(_schedule(*rules)) == [(9, 18)]


@pytest.mark.parametrize("level", LEVELS)
def test_closed_wins_over_open_of_one_level(level: tuple[RuleKind, str]) -> None:
    for rules in (
        (_rule(level, 9, 18), _rule(level, 12, 14, is_closed=True)),
        (_rule(level, 12, 14, is_closed=True), _rule(level, 9, 18)),
    ):
        assert _hours(_schedule(*rules)) == [(9, 12), (14, 18)]
    whole_day = _rule(level, 0, 24, is_closed=True)
    assert _hours(_schedule(_rule(level, 9, 18), whole_day)) == []


def test_a_rule_says_nothing_about_others() -> None:
    schedule = _schedule(
        _rule((RuleKind.WEEKLY, "location"), 9, 18),
        _rule((RuleKind.EXCEPTION, "person"), 0, 24, is_closed=True),
        _rule((RuleKind.EXCEPTION, "service"), 10, 12),
    )
    # Whoever closes and whoever opens on one day: the closing is of a stronger level.
    assert _hours(schedule, NOOR, CUT) == []
    assert _hours(schedule, NOOR, COLOUR) == []
    assert _hours(schedule, LENA, CUT) == [(10, 12)]
    assert _hours(schedule, LENA, COLOUR) == [(9, 18)]
    assert _hours(schedule, NOOR, COLOUR, date(2031, 3, 10)) == [(9, 18)]


def test_several_windows_of_one_level_are_all_open() -> None:
    weekly = (RuleKind.WEEKLY, "location")
    schedule = _schedule(_rule(weekly, 15, 19), _rule(weekly, 9, 12))
    assert _hours(schedule) == [(9, 12), (15, 19)]


def _starts(windows: tuple[OpenWindow, ...], granularity: int | None) -> list[str]:
    now = datetime(2031, 3, 1, tzinfo=UTC)
    found = list_starts(Calendar(windows), Terms(60, granularity_minutes=granularity), now=now)
    return [f"{start:%H:%M}" for start in found]


def test_a_grid_is_the_services_or_else_the_rules() -> None:
    weekly = (RuleKind.WEEKLY, "location")
    schedule = _schedule(
        _rule(weekly, 9, 11, slot_granularity_minutes=30), _rule(weekly, 14, 16, slot_granularity_minutes=20)
    )
    noor = schedule.resources[NOOR]
    windows = schedule.windows(noor, schedule.services[CUT], DAY, DAY)
    assert _starts(windows, None) == [
        "09:00",
        "09:30",
        "10:00",
        "14:00",
        "14:20",
        "14:40",
        "15:00",
    ]
    assert _starts(windows, 60) == ["09:00", "10:00", "14:00", "15:00"]


def test_seats_are_the_rules_or_else_the_services() -> None:
    weekly = (RuleKind.WEEKLY, "location")
    schedule = _schedule(
        _rule(weekly, 9, 10),
        _rule(weekly, 11, 12, slot_capacity=1),
        _rule(weekly, 14, 15, slot_capacity=8),
    )
    noor = schedule.resources[NOOR]
    single, group = _service(), _service(COLOUR, capacity=5)

    def hours(windows: tuple[OpenWindow, ...]) -> list[int]:
        return [window.starts_at.hour for window in windows]

    assert hours(schedule.computed_windows(noor, single, DAY, DAY)) == [9, 11]
    assert hours(schedule.group_windows(noor, single, DAY, DAY)) == [14]
    assert hours(schedule.computed_windows(noor, group, DAY, DAY)) == [11]
    assert hours(schedule.group_windows(noor, group, DAY, DAY)) == [9, 14]
    # Worked out once for each question.
    again = schedule.group_windows(noor, group, DAY, DAY)
    assert again is schedule.group_windows(noor, group, DAY, DAY)
