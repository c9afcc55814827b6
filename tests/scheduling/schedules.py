"""Random schedules, as Hypothesis draws them, and what it means that the core agrees with the naive model."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from holdfast.scheduling.hours import OpeningRule, RuleKind, applicable_rules, open_periods
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.limits import full_periods
from holdfast.scheduling.reasons import list_missing
from holdfast.scheduling.runs import count_runs, list_runs, merge_runs
from holdfast.scheduling.segments import Segment, SegmentKind, Visit
from holdfast.scheduling.slots import (
    Busy,
    Calendar,
    Terms,
    check_start,
    count_starts,
    list_starts,
    start_runs,
)
from holdfast.scheduling.taken import Taken
from holdfast.scheduling.visits import check_visit, choose_resources, runs_by_lead, visit_runs
from holdfast.scheduling.zones import day_bounds, local_date

from .naive_model import Asked, naive_is_full, naive_refusal, naive_team, naive_windows

SALON, BRANCH, CUT, COLOUR, ANNA, BELA, ROOM = (UUID(int=number) for number in range(1, 8))
MINUTE = timedelta(minutes=1)

# Days of 23, 23.5, 24, 24.5 and 25 hours; with a gap at noon's side of the night and one at midnight itself.
DAYS = [
    (ZoneInfo(name), date.fromisoformat(day))
    for name, day in [
        ("Europe/Berlin", "2027-06-07"),
        ("Europe/Berlin", "2027-03-28"),
        ("Europe/Berlin", "2027-10-31"),
        ("America/New_York", "2027-03-14"),
        ("America/New_York", "2027-11-07"),
        ("Australia/Lord_Howe", "2027-04-04"),
        ("Australia/Lord_Howe", "2026-10-04"),
        ("Africa/Cairo", "2027-04-30"),
        ("America/Santiago", "2027-09-05"),
        ("Asia/Kathmandu", "2027-06-07"),
    ]
]


@dataclass(frozen=True)
class Schedule:
    """Everything that decides a day: hours, what is blacked out and taken, what is wanted, and the moment.

    `begun` are the starts that the limits count; `full` is what is full besides. `seats` is how many come to
    one start where a window does not say: windows of groups are not for the core.
    """

    zone: ZoneInfo
    day: date
    rules: list[OpeningRule]
    location_id: UUID | None
    blackouts: dict[UUID, list[Period]]
    full: dict[UUID, list[Period]]
    busy: dict[UUID, list[Busy]]
    begun: dict[UUID, list[datetime]]
    most_per_day: int | None
    most_per_week: int | None
    capacity: int
    seats: int
    visit: Visit
    able: dict[str, list[UUID]]
    now: datetime


EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
USUAL_HOURS = [
    [OpeningRule(RuleKind.WEEKLY, time(8), time(20), EVERY_DAY)],
    [
        OpeningRule(RuleKind.WEEKLY, time(8), time(12), EVERY_DAY),
        OpeningRule(RuleKind.WEEKLY, time(12, 30), time(16), EVERY_DAY, slot_granularity_minutes=10),
        OpeningRule(RuleKind.WEEKLY, time(16), time(20), EVERY_DAY, slot_granularity_minutes=20),
    ],
    [],
]

# Small numbers of choices, drawn at once: drawing many takes longer than asking both sides.
clocks = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
# Around the edges of the day more than anywhere in the weeks to both sides.
counted_starts = st.tuples(
    st.sampled_from((ANNA, ANNA, BELA)),
    st.sampled_from((-1, 0, 1, 20, 45, 46, 47, 48, 49, 50)) | st.integers(-400, 400),
)
day_sets = st.sampled_from([(), (7,), (6, 7), (1, 5, 7), EVERY_DAY, (2, 3)])


@st.composite
def rules_around(draw: st.DrawFn, day: date) -> OpeningRule:
    kind = draw(st.sampled_from(RuleKind))
    start, end = draw(clocks), draw(clocks)
    days = draw(day_sets)
    first, length = draw(st.integers(-2, 2)), draw(st.integers(0, 3))
    return OpeningRule(
        kind,
        time(0) if start == end else start,
        time(0) if start == end else end,
        days_of_week=days or (EVERY_DAY if kind is RuleKind.WEEKLY else ()),
        valid_from=day + timedelta(days=first),
        valid_to=day + timedelta(days=first + length),
        is_closed=draw(st.sampled_from((False, False, False, True))),
        location_id=draw(st.sampled_from((None, SALON, BRANCH))),
        resource_id=draw(st.sampled_from((None, None, ANNA, BELA))),
        service_id=draw(st.sampled_from((None, None, CUT, COLOUR))),
        slot_capacity=draw(st.sampled_from((None, None, 1, 2))),
        slot_granularity_minutes=draw(st.sampled_from((15, 20, 30, 60))),
    )


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    """One to three segments of the lead with time to set between them; sometimes a helper and a room."""
    segments: list[Segment] = []
    at = draw(st.sampled_from((0, 0, 0, 15)))
    for length, setting in draw(
        st.lists(st.tuples(st.sampled_from((10, 25, 60)), st.sampled_from((0, 20))), min_size=1, max_size=3)
    ):
        segments.append(Segment("lead", at, length))
        if setting:
            segments.append(Segment("lead", at + length, setting, SegmentKind.PROCESSING))
        at += length + setting
    if segments[0].offset_minutes:
        segments.append(Segment("lead", 0, segments[0].offset_minutes, SegmentKind.PROCESSING))
    more = draw(st.sampled_from(((), (), ("helper",), ("room",), ("helper", "room"))))
    if "helper" in more:
        segments.append(Segment("helper", draw(st.sampled_from((0, 10, 30))), 20))
    if "room" in more:
        segments.append(Segment("room", 0, max(each.end_minutes for each in segments)))
    return Visit(
        tuple(segments),
        buffer_before_minutes=draw(st.sampled_from((0, 0, 5, 15))),
        buffer_after_minutes=draw(st.sampled_from((0, 0, 10, 25))),
        granularity_minutes=draw(st.sampled_from((None, None, 10, 25))),
        notice_minutes=draw(st.sampled_from((0, 120))),
        horizon_days=draw(st.sampled_from((None, None, None, 1))),
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    zone, day = draw(st.sampled_from(DAYS))
    midnight = day_bounds(day, zone)[0]
    stretches = st.tuples(
        st.sampled_from((ANNA, BELA, ROOM)),
        st.integers(40, 125),
        st.integers(1, 20),
        st.sampled_from((0, 0, 1)),
    )

    def drawn(most: int) -> list[tuple[UUID, datetime, datetime, int]]:
        return [
            (who, midnight + begin * 10 * MINUTE, midnight + (begin * 10 + length * 5) * MINUTE, lane)
            for who, begin, length, lane in draw(st.lists(stretches, min_size=most // 3, max_size=most))
        ]

    blackouts: dict[UUID, list[Period]] = {}
    for who, begin, end, _ in drawn(3):
        blackouts.setdefault(who, []).append(Period(begin, end))
    full: dict[UUID, list[Period]] = {}
    for who, begin, end, _ in drawn(2):
        full.setdefault(who, []).append(Period(begin, end))
    begun: dict[UUID, list[datetime]] = {}
    most_per_day, most_per_week = draw(st.sampled_from(((None, None),) * 3 + ((2, None), (None, 3), (1, 2))))
    if most_per_day or most_per_week:
        for who, half_hours in draw(st.lists(counted_starts, max_size=6)):
            begun.setdefault(who, []).append(midnight + half_hours * 30 * MINUTE)
    busy: dict[UUID, list[Busy]] = {}
    for who, begin, end, lane in drawn(12):
        busy.setdefault(who, []).append(Busy(lane, begin, end))
    hours = draw(st.sampled_from(USUAL_HOURS))
    return Schedule(
        zone=zone,
        day=day,
        rules=hours if draw(st.booleans()) else [*hours, *draw(st.lists(rules_around(day), max_size=5))],
        location_id=draw(st.sampled_from((None, SALON))),
        blackouts=blackouts,
        full=full,
        busy=busy,
        begun=begun,
        most_per_day=most_per_day,
        most_per_week=most_per_week,
        capacity=draw(st.sampled_from((1, 1, 2))),
        seats=draw(st.sampled_from((1, 1, 1, 1, 1, 2))),
        visit=draw(visits()),
        able={
            "lead": draw(st.sampled_from(([ANNA], [ANNA], [ANNA, BELA], [BELA, ANNA], []))),
            "helper": draw(st.sampled_from(([BELA], [ANNA, BELA], [ANNA]))),
            "room": draw(st.sampled_from(([ROOM], [ROOM, BELA]))),
        },
        now=midnight + draw(st.sampled_from((-4000, -1170, -1170, -1170, 500))) * MINUTE,
    )


def assert_agreement(schedule: Schedule) -> None:
    """The core and the model give the same windows, starts, counts, teams and reasons for the whole day."""
    calendars = {who: calendar_of(schedule, who) for who in (ANNA, BELA, ROOM)}
    candidates = {role: {who: calendars[who] for who in able} for role, able in schedule.able.items()}
    visit, now = schedule.visit, schedule.now
    within = Period(*day_bounds(schedule.day, schedule.zone))
    # Every start that a grid has, and every 25th minute: what is on no grid has only two answers.
    grids = (grid_of(calendar, visit.granularity_minutes, within) for calendar in calendars.values())
    others = {within.starts_at + number * 25 * MINUTE for number in range(within.length // (25 * MINUTE))}
    starts = sorted(others.union(*grids))
    expected = {at: naive_refusal(at, visit, candidates, now) for at in starts}

    assert {at: check_visit(at, visit, candidates, now=now) for at in starts} == expected
    offered = [at for at, refusal in expected.items() if refusal is None]
    runs = visit_runs(visit, candidates, now=now, within=within)
    assert list_runs(runs) == offered
    assert count_runs(runs) == len(offered)
    led = runs_by_lead(visit, candidates, now=now, within=within)
    assert merge_runs(run for each in led.values() for run in each) == runs
    for at in offered:
        assert choose_resources(at, visit, candidates) == naive_team(at, visit, candidates)
    is_one_segment = visit.roles == ("lead",) and visit.active_spans("lead") == [
        (0, visit.length_minutes * 60)
    ]
    if is_one_segment and len(candidates["lead"]) == 1:
        reasons = {at: refusal and refusal[0] for at, refusal in expected.items()}
        _assert_agreement_of_one(calendars[schedule.able["lead"][0]], visit.terms(), now, within, reasons)


def calendar_of(schedule: Schedule, who: UUID) -> Calendar:
    windows = open_periods(
        applicable_rules(schedule.rules, location_id=schedule.location_id, resource_id=who, service_id=CUT),
        from_date=schedule.day,
        to_date=schedule.day,
        zone=schedule.zone,
        location_id=schedule.location_id,
    )
    asked = Asked(who, CUT, schedule.location_id)
    assert windows == naive_windows(schedule.rules, asked, schedule.day, schedule.zone)
    return Calendar(
        [window for window in windows if (window.slot_capacity or schedule.seats) == 1],
        schedule.blackouts.get(who, ()),
        schedule.busy.get(who, ()),
        schedule.capacity,
        [*_full_by_limits(schedule, who), *schedule.full.get(who, ())],
    )


def _full_by_limits(schedule: Schedule, who: UUID) -> list[Period]:
    """What is full because of what has begun; every half hour of three days agrees with the model."""
    begun, zone = schedule.begun.get(who, []), schedule.zone
    full = full_periods(
        Counter(local_date(at, zone) for at in begun),
        most_per_day=schedule.most_per_day,
        most_per_week=schedule.most_per_week,
        zone=zone,
    )
    if begun:
        limits = (schedule.most_per_day or 99, schedule.most_per_week or 99)
        noon = day_bounds(schedule.day, zone)[0] + 720 * MINUTE
        for at in (noon + number * 30 * MINUTE for number in range(-72, 73)):
            is_full = any(each.starts_at <= at < each.ends_at for each in full)
            assert is_full == naive_is_full(at, begun, *limits, zone)
    return full


def _assert_agreement_of_one(
    calendar: Calendar, terms: Terms, now: datetime, within: Period, reasons: dict[datetime, str | None]
) -> None:
    """The same of the ways for a service of one segment: each start alone, runs, numbers, what is missing."""
    offered = [at for at, reason in reasons.items() if reason is None]
    assert {at: check_start(at, calendar, terms, now=now) for at in reasons} == reasons
    assert list_starts(calendar, terms, now=now, within=within) == offered
    assert count_starts(calendar, terms, now=now, within=within) == len(offered)
    rows = [(lane, int(begin.timestamp()), int(end.timestamp())) for lane, begin, end in iter(calendar.busy)]
    as_numbers = replace(calendar, busy=Taken.of_rows(rows))
    assert list_runs(start_runs(as_numbers, terms, now=now, within=within)) == offered
    missing = list_missing(calendar, terms, now=now, within=within)
    assert {each.starts_at: each.why_not for each in missing if each.ends_at is None} == {
        at: reasons[at]
        for at in grid_of(calendar, terms.granularity_minutes, within)
        if reasons[at] is not None
    }
    for each in missing:
        if each.ends_at is not None:
            inside = {at: reason for at, reason in reasons.items() if each.starts_at <= at < each.ends_at}
            assert set(inside.values()) <= {each.why_not}


def grid_of(calendar: Calendar, granularity_minutes: int | None, within: Period) -> set[datetime]:
    """Every start of the day that is on the grid of a window."""
    return {
        window.starts_at + number * MINUTE
        for window in calendar.windows
        for number in range(
            0, (window.end - window.start) // 60, granularity_minutes or window.granularity_minutes
        )
        if within.starts_at <= window.starts_at + number * MINUTE < within.ends_at
    }
