from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from holdfast.scheduling.intervals import Period
from holdfast.scheduling.reasons import Missing
from holdfast.scheduling.runs import list_runs
from holdfast.scheduling.segments import Segment, SegmentKind, Visit
from holdfast.scheduling.slots import Calendar, WhyNot
from holdfast.scheduling.visit_reasons import list_missing_visits, why_missing, why_unable
from holdfast.scheduling.visits import check_visit, runs_by_lead
from holdfast.scheduling.zones import day_bounds

from .schedules import ANNA, BELA, ROOM, Schedule, calendar_of, grid_of, schedules
from .test_slots import MIDNIGHT, at, busy, span, window

EARLY = MIDNIGHT - timedelta(days=3)
DAY = Period(MIDNIGHT, MIDNIGHT + timedelta(days=1))
COLOUR = Visit(
    (
        Segment("stylist", 0, 30),
        Segment("stylist", 30, 30, SegmentKind.PROCESSING),
        Segment("stylist", 60, 30),
        Segment("room", 0, 90),
    ),
    buffer_after_minutes=15,
)
OPEN = [window("09:00", "12:00", 30)]
TEAM = {
    "stylist": {ANNA: Calendar(OPEN, blackouts=[span("11:30", "12:00")], busy=[busy("09:30", "10:00")])},
    "room": {ROOM: Calendar(OPEN, busy=[busy("10:00", "10:30")]), BELA: Calendar([])},
}


def missing_of(anna: Calendar | None = None) -> list[Missing]:
    team = TEAM if anna is None else {**TEAM, "stylist": {ANNA: anna}}
    return list_missing_visits(COLOUR, team, now=EARLY, within=DAY)[ANNA]


def test_a_day_of_a_visit_as_it_is_told_to_staff() -> None:
    told = [(f"{each.starts_at:%H:%M}", each.why_not.value, each.role) for each in missing_of()]
    assert told == [
        ("00:00", "closed", None),
        ("09:00", "taken", "room"),
        ("09:30", "taken", "stylist"),
        ("10:00", "taken", "room"),
        ("10:30", "blackout", "stylist"),
        ("11:00", "closed", "stylist"),
        ("11:30", "closed", "stylist"),
        ("12:00", "closed", None),
    ]


def test_what_is_in_the_way_is_that_of_whoever_came_closest() -> None:
    found = {each.starts_at: each for each in missing_of()}
    assert found[at("09:00")].busy == (busy("10:00", "10:30"),)
    assert found[at("09:30")].busy == (busy("09:30", "10:00"),)
    assert found[at("11:00")].busy == ()


def test_while_the_colour_sets_the_stylist_is_free() -> None:
    free = Calendar(OPEN, busy=[busy("10:00", "10:30")])
    assert at("09:30") not in {each.starts_at for each in missing_of(free) if each.role == "stylist"}


def test_a_blackout_is_named_and_a_buffer_names_what_it_meets() -> None:
    lunch = span("10:30", "11:00")
    closed = why_missing(at("09:30"), COLOUR, {**TEAM, "stylist": {ANNA: Calendar(OPEN, [lunch])}}, now=EARLY)
    assert closed == Missing(at("09:30"), None, WhyNot.BLACKOUT, blackouts=(lunch,), role="stylist")
    tight = why_unable(at("09:00"), COLOUR, "stylist", Calendar(OPEN, busy=[busy("10:40", "11:00")]))
    assert tight == Missing(at("09:00"), None, WhyNot.BUFFER, busy=(busy("10:40", "11:00"),), role="stylist")
    assert why_unable(at("09:00"), COLOUR, "stylist", Calendar(OPEN)) is None


@pytest.mark.parametrize(
    ("team", "reason", "role"),
    [
        ({"stylist": {ANNA: Calendar(OPEN)}}, WhyNot.SKILL, "room"),
        ({"stylist": {ANNA: Calendar(OPEN)}, "room": {ANNA: Calendar(OPEN)}}, WhyNot.CAPACITY, None),
    ],
)
def test_what_is_not_about_time_has_nothing_in_the_way(
    team: dict[str, dict[object, Calendar]], reason: WhyNot, role: str | None
) -> None:
    assert why_missing(at("09:00"), COLOUR, team, now=EARLY) == Missing(at("09:00"), None, reason, role=role)


def test_what_is_past_is_past_for_the_visit() -> None:
    assert why_missing(at("09:00"), COLOUR, TEAM, now=at("09:01")) == Missing(at("09:00"), None, WhyNot.PAST)


@settings(max_examples=100)
@given(schedules())
def test_offered_and_missing_starts_are_the_grid_of_each_lead(schedule: Schedule) -> None:
    calendars = {who: calendar_of(schedule, who) for who in (ANNA, BELA, ROOM)}
    candidates = {role: {who: calendars[who] for who in able} for role, able in schedule.able.items()}
    visit, now = schedule.visit, schedule.now
    within = Period(*day_bounds(schedule.day, schedule.zone))
    found = list_missing_visits(visit, candidates, now=now, within=within)
    assert set(found) == set(candidates[visit.lead])
    offered = runs_by_lead(visit, candidates, now=now, within=within)
    for lead, missing in found.items():
        alone = {**candidates, visit.lead: {lead: calendars[lead]}}
        starts = {each.starts_at: each for each in missing if each.ends_at is None}
        asked = grid_of(calendars[lead], visit.granularity_minutes, within)
        assert {*starts, *list_runs(offered[lead])} == asked
        assert len(starts) + len(list_runs(offered[lead])) == len(asked)
        for start, each in starts.items():
            refusal = check_visit(start, visit, alone, now=now)
            assert refusal is not None
            assert (each.why_not, each.role) == refusal
            assert bool(each.busy) == (each.why_not in (WhyNot.TAKEN, WhyNot.BUFFER))
            assert bool(each.blackouts) == (each.why_not is WhyNot.BLACKOUT)
        assert_closed(missing, alone, visit, now)


def assert_closed(missing: list[Missing], team: object, visit: Visit, now: datetime) -> None:
    for each in missing:
        if each.ends_at is not None:
            for second in {each.starts_at, each.ends_at - timedelta(seconds=1)}:
                refusal = check_visit(second, visit, team, now=now)
                assert refusal is not None
                assert refusal.why_not is each.why_not
