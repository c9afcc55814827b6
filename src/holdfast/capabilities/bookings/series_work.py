"""Working out a series: which occurrences can be had, by whom, and what becomes of the others.

The same for a preview, for making a series and for moving one: only what is known of taken time differs, a
look without locks or one under them. Earlier occurrences are taken into account for later ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.commands.choosing import limited_services
from holdfast.capabilities.bookings.roles import candidates_of
from holdfast.capabilities.bookings.series_types import SeriesEntry
from holdfast.capabilities.bookings.types import VisitPlan
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.schedules.types import Schedule
from holdfast.scheduling.intervals import Period, Span, epoch, share_a_moment
from holdfast.scheduling.limits import monday_of
from holdfast.scheduling.runs import merge_runs
from holdfast.scheduling.segments import Claim, list_claims
from holdfast.scheduling.series import (
    NO_SUCH_TIME,
    OnConflict,
    Outcome,
    decide,
    nearest_starts,
)
from holdfast.scheduling.slots import WhyNot
from holdfast.scheduling.taken import Taken
from holdfast.scheduling.visits import (
    Candidates,
    Refusal,
    check_role,
    check_visit,
    choose_resources,
    runs_by_lead,
)
from holdfast.scheduling.zones import day_bounds, slide_forward, to_local

_ALTERNATIVES = 3
_Row = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """An occurrence that is wanted: where the rule has it, at which start, and what it would be.

    `starts_at` is None where clocks do not show that time. `preferred` are those who should take part.
    """

    rule_date: date
    local_start: datetime
    starts_at: datetime | None
    zone: ZoneInfo
    visit: VisitPlan
    is_left_out: bool = False
    preferred: frozenset[UUID] = frozenset()

    @property
    def near(self) -> datetime:
        """The start, or the instant nearest to one that does not exist."""
        return self.starts_at or slide_forward(self.local_start, self.zone)

    @property
    def day(self) -> date:
        return to_local(self.near, self.zone).date()


class Look(NamedTuple):
    """What was found of all occurrences at one moment: taken time by occurrence, and when limits count."""

    taken: Mapping[int, Mapping[UUID, list[_Row]]]
    given: Mapping[tuple[UUID, UUID], list[int]]

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Look:
        taken: dict[int, dict[UUID, list[_Row]]] = defaultdict(lambda: defaultdict(list))
        for number, resource_id, lane, start, end in result["taken"]:
            taken[number][UUID(resource_id)].append((lane, start, end))
        given: dict[tuple[UUID, UUID], list[int]] = defaultdict(list)
        for resource_id, service_id, second in result["given"]:
            given[UUID(resource_id), UUID(service_id)].append(second)
        return cls(taken, given)


class Worked(NamedTuple):
    """An occurrence worked out; `chosen` is who fills each role where something is booked."""

    wish: Wish
    entry: SeriesEntry
    chosen: Mapping[str, UUID]

    def claims(self) -> list[Claim]:
        """What it takes, and from whom; nothing where nothing is booked."""
        at = self.entry.starts_at
        return list_claims(self.wish.visit.visit, self.chosen, starts_at=at) if at else []


def look_params(wishes: Sequence[Wish]) -> tuple[Any, ...]:
    """Return whom to ask about, and when, as the looking functions take it."""
    everybody = {each.id for wish in wishes for need in wish.visit.roles for each in need.candidates}
    spans = [_asked(wish) for wish in wishes]
    limited = {service.id for wish in wishes for _, service in limited_services(wish.visit)}
    days = [wish.day for wish in wishes]
    zone = wishes[0].zone
    return (
        sorted(everybody),
        [starts_at for starts_at, _ in spans],
        [ends_at for _, ends_at in spans],
        sorted(limited),
        day_bounds(monday_of(min(days)), zone)[0],
        day_bounds(monday_of(max(days)) + timedelta(days=6), zone)[1],
    )


def work_out(
    schedule: Schedule,
    wishes: Sequence[Wish],
    look: Look,
    *,
    on_conflict: OnConflict,
    shift_minutes: int | None,
    now: datetime,
) -> list[Worked]:
    """Decide every occurrence, in their order. Who can lead most of them is preferred for all."""
    board = _Board(schedule, wishes, look)
    usual = board.most_able()
    worked: list[Worked] = []
    for number, wish in enumerate(wishes):
        candidates = board.candidates(number, wish.preferred or usual)
        refusal = None if wish.is_left_out else _refusal(wish, candidates, now)
        free = () if refusal is None else _alternatives(wish, candidates, shift_minutes, now)
        outcome = decide(
            refusal and refusal[0], free[0] if free else None, on_conflict, is_left_out=wish.is_left_out
        )
        at = {Outcome.FREE: wish.starts_at, Outcome.SHIFTED: free[0] if free else None}.get(outcome)
        chosen = (choose_resources(at, wish.visit.visit, candidates) if at else None) or {}
        entry = SeriesEntry(
            date=wish.rule_date,
            local_start=to_local(at, wish.zone) if at else wish.local_start,
            starts_at=at,
            outcome=outcome,
            reason=str(refusal[0]) if refusal else None,
            role=refusal[1] if refusal else None,
            resource_id=chosen.get(wish.visit.lead.name),
            alternatives=free,
        )
        found = Worked(wish, entry, chosen)
        board.take(number, found)
        worked.append(found)
    return worked


def lead_of_all(worked: Sequence[SeriesEntry]) -> UUID | None:
    """Return who leads everything that is booked, or None where it is not always the same."""
    leads = {each.resource_id for each in worked if each.starts_at is not None}
    return next(iter(leads)) if len(leads) == 1 else None


def _refusal(wish: Wish, candidates: Candidates, now: datetime) -> tuple[WhyNot | str, str | None] | None:
    if wish.starts_at is None:
        return NO_SUCH_TIME, None
    refusal: Refusal | None = check_visit(wish.starts_at, wish.visit.visit, candidates, now=now)
    return None if refusal is None else (refusal.why_not, refusal.role)


def _alternatives(
    wish: Wish, candidates: Candidates, shift_minutes: int | None, now: datetime
) -> tuple[datetime, ...]:
    starts_at, ends_at = day_bounds(wish.day, wish.zone)
    if starts_at >= ends_at:
        return ()
    by_lead = runs_by_lead(wish.visit.visit, candidates, now=now, within=Period(starts_at, ends_at))
    runs = merge_runs(run for runs in by_lead.values() for run in runs)
    return tuple(nearest_starts(wish.near, runs, window_minutes=shift_minutes, most=_ALTERNATIVES))


def _asked(wish: Wish) -> tuple[datetime, datetime]:
    """What may be taken of anybody: for any start of the date, buffers included."""
    starts_at, ends_at = day_bounds(wish.day, wish.zone)
    visit = wish.visit.visit
    return (
        starts_at - timedelta(minutes=visit.buffer_before_minutes),
        ends_at + timedelta(minutes=visit.length_minutes + visit.buffer_after_minutes),
    )


class _Board:
    """What is taken on the dates of a series, and what its own occurrences add to that."""

    def __init__(self, schedule: Schedule, wishes: Sequence[Wish], look: Look) -> None:
        self._schedule = schedule
        self._wishes = wishes
        self._look = look
        self._own: list[tuple[UUID, _Row]] = []
        self._kept: dict[int, tuple[int, Mapping[UUID, Sequence[_Row]], Candidates]] = {}
        self._given = {who: list(seconds) for who, seconds in look.given.items()}

    def most_able(self) -> frozenset[UUID]:
        """Return for each role whoever can fill it at most of the starts, the first of equals."""
        able: Counter[tuple[str, UUID]] = Counter()
        for number, wish in enumerate(self._wishes):
            if wish.starts_at is None or wish.is_left_out or wish.preferred:
                continue
            start = epoch(wish.starts_at)
            for role, calendars in self.candidates(number, ()).items():
                for resource_id, calendar in calendars.items():
                    # Counted even where it is none: the order of equals is that of the candidates.
                    is_able = check_role(start, wish.visit.visit, role, calendar) is None
                    able[role, resource_id] += is_able
        best: dict[str, tuple[int, UUID]] = {}
        for (role, resource_id), times in able.items():
            if role not in best or times > best[role][0]:
                best[role] = (times, resource_id)
        return frozenset(resource_id for _, resource_id in best.values())

    def candidates(self, number: int, preferred: Collection[UUID]) -> Candidates:
        """Return who could fill each role of an occurrence, the preferred first, then who has least to do."""
        wish = self._wishes[number]
        rows, found = self._read(number)
        limited = limited_services(wish.visit)
        return {
            role: {
                resource_id: replace(
                    calendar,
                    full=self._full(wish, resource_id, [each for name, each in limited if name == role]),
                )
                if limited
                else calendar
                for resource_id, calendar in sorted(
                    calendars.items(),
                    key=lambda each: (each[0] not in preferred, len(rows.get(each[0], ()))),
                )
            }
            for role, calendars in found.items()
        }

    def take(self, number: int, worked: Worked) -> None:
        """Let what an occurrence takes be taken for those after it."""
        for claim in worked.claims():
            span = epoch(claim.starts_at), epoch(claim.ends_at)
            self._own.append((claim.resource_id, (self._free_lane(number, claim.resource_id, span), *span)))
        if worked.entry.starts_at is not None:
            for role, service in limited_services(worked.wish.visit):
                given = self._given.setdefault((worked.chosen[role], service.id), [])
                given.append(epoch(worked.entry.starts_at))

    def _read(self, number: int) -> tuple[Mapping[UUID, Sequence[_Row]], Candidates]:
        """What is taken around an occurrence, and the calendars that follow; the same until more is taken."""
        asked = tuple(epoch(each) for each in _asked(self._wishes[number]))
        own = [each for each in self._own if share_a_moment(each[1][1:], (asked[0], asked[1]))]
        kept = self._kept.get(number)
        if kept is not None and kept[0] == len(own):
            return kept[1:]
        rows: dict[UUID, list[_Row]] = dict(self._look.taken.get(number, {}))
        for resource_id, row in own:
            rows[resource_id] = [*rows.get(resource_id, ()), row]
        taken = {resource_id: Taken.of_rows(its_rows) for resource_id, its_rows in rows.items()}
        wish = self._wishes[number]
        found = candidates_of(self._schedule, wish.visit, from_date=wish.day, to_date=wish.day, taken=taken)
        self._kept[number] = (len(own), rows, found)
        return rows, found

    def _free_lane(self, number: int, resource_id: UUID, span: Span) -> int:
        """The first lane in which the span is free: the one that the database will find."""
        rows, _ = self._read(number)
        taken = {row[0] for row in rows.get(resource_id, ()) if share_a_moment(row[1:], span)}
        # What this occurrence has taken itself a moment ago is among its own.
        taken |= {row[0] for who, row in self._own if who == resource_id and share_a_moment(row[1:], span)}
        return next(lane for lane in count() if lane not in taken)

    def _full(self, wish: Wish, resource_id: UUID, services: Sequence[Service]) -> tuple[Period, ...]:
        """The whole date, when the resource gives one of the services as often as is wanted already."""
        day = tuple(epoch(each) for each in day_bounds(wish.day, wish.zone))
        monday = monday_of(wish.day)
        week = (
            epoch(day_bounds(monday, wish.zone)[0]),
            epoch(day_bounds(monday + timedelta(days=6), wish.zone)[1]),
        )
        for service in services:
            seconds = self._given.get((resource_id, service.id), ())
            a_day = sum(day[0] <= second < day[1] for second in seconds)
            a_week = sum(week[0] <= second < week[1] for second in seconds)
            if (service.most_per_day is not None and a_day >= service.most_per_day) or (
                service.most_per_week is not None and a_week >= service.most_per_week
            ):
                return (Period(*day_bounds(wish.day, wish.zone)),)
        return ()
