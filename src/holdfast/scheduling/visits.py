"""When a visit of several segments and roles can start, with whom, and why it cannot.

A start is offered when it lies on the grid of the lead's opening hours, and every role can be filled by a
resource of its own that is not full at the start, whose active segments lie in its open hours, meet none of
its blackouts, and have a lane free with their buffers. A processing segment asks nobody: it may run over a
lunch break.

Each resource gives, by interval arithmetic, the starts at which it could fill its role. One role filled by
anyone is the union of these; all roles are the intersection; where two roles could take the same people, the
line of time is cut where somebody becomes free or taken, and each piece asks whether the roles can be shared
out (Hall's marriage theorem). Nothing walks through minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import combinations
from operator import or_
from typing import NamedTuple
from uuid import UUID

from holdfast.scheduling.intervals import (
    Period,
    Span,
    epoch,
    intersect,
    normalise,
    share_a_moment,
    subtract,
)
from holdfast.scheduling.runs import Run, merge_runs, runs_between
from holdfast.scheduling.segments import Visit
from holdfast.scheduling.slots import Calendar, WhyNot, bounds_of_starts, check_moment
from holdfast.scheduling.taken import starts_that_meet, starts_without_a_lane

Candidates = Mapping[str, Mapping[UUID, Calendar]]
"""For each role who could fill it, the preferred first. Windows are those of one place."""


class Refusal(NamedTuple):
    """Why a visit cannot start: the reason, and the role that nobody can fill (None: it is not about people).

    SKILL when a role has no candidate; CAPACITY when each role could be filled, but not all at once.
    """

    why_not: WhyNot
    role: str | None = None


def visit_runs(
    visit: Visit, candidates: Candidates, *, now: datetime, within: Period | None = None
) -> list[Run]:
    """The starts at which everybody needed can be had, as disjoint runs (with `within`: that lie in it)."""
    by_lead = runs_by_lead(visit, candidates, now=now, within=within)
    return merge_runs(run for runs in by_lead.values() for run in runs)


def runs_by_lead(
    visit: Visit, candidates: Candidates, *, now: datetime, within: Period | None = None
) -> dict[UUID, list[Run]]:
    """The same starts, as disjoint runs for each resource that could lead."""
    bounds = bounds_of_starts(visit.terms(), now=now, within=within)
    free = {
        role: {
            resource_id: _free_starts(visit, role, calendar)
            for resource_id, calendar in candidates.get(role, {}).items()
        }
        for role in visit.roles
    }
    led = free.pop(visit.lead)
    shared = {resource_id for others in free.values() for resource_id in others}
    anyone = _starts_with_all(free, without=None)
    found: dict[UUID, list[Run]] = {}
    for resource_id, starts in led.items():
        others = _starts_with_all(free, without=resource_id) if resource_id in shared else anyone
        possible = intersect(starts, [bounds])
        if others is not None:
            possible = intersect(possible, others)
        found[resource_id] = _on_the_grid(visit, candidates[visit.lead][resource_id], possible)
    return found


def choose_resources(starts_at: datetime, visit: Visit, candidates: Candidates) -> dict[str, UUID] | None:
    """Who fills each role when the visit starts then: the preferred of those who are free, or None.

    All roles are filled, by different resources, or none is. Does not ask whether the start is past or too
    far ahead. Raises ValueError for a naive datetime.
    """
    start = _second(starts_at)
    able = {
        role: [
            resource_id
            for resource_id, calendar in candidates.get(role, {}).items()
            if check_role(start, visit, role, calendar) is None
        ]
        for role in visit.roles
    }
    return _share_out(list(visit.roles), able, {})


def check_visit(
    starts_at: datetime, visit: Visit, candidates: Candidates, *, now: datetime
) -> Refusal | None:
    """Why the visit cannot start then, or None when it can. Agrees with `visit_runs`, start by start.

    Of a role's candidates the reason of whoever came closest to yes counts, of several roles the first.
    Raises ValueError for a naive datetime.
    """
    start = _second(starts_at)
    too_soon_or_late = check_moment(starts_at, visit.terms(), now=now)
    if too_soon_or_late is not None:
        return Refusal(too_soon_or_late)
    if starts_at.microsecond:
        return Refusal(WhyNot.OFF_GRID, visit.lead)
    for role in visit.roles:
        reasons = [check_role(start, visit, role, calendar) for calendar in candidates.get(role, {}).values()]
        if None not in reasons:
            closest = max((each for each in reasons if each), key=_closeness.index, default=WhyNot.SKILL)
            return Refusal(closest, role)
    if choose_resources(starts_at, visit, candidates) is None:
        return Refusal(WhyNot.CAPACITY)
    return None


def check_role(start: int, visit: Visit, role: str, calendar: Calendar) -> WhyNot | None:
    """Why a resource cannot fill the role when the visit starts at that second (since 1970), or None.

    Each moment is asked alone. Does not ask whether the start is past or too far ahead.
    """
    active = [(start + begin, start + end) for begin, end in visit.active_spans(role)]
    for begin, end in active:
        if not any(window.start <= begin and end <= window.open_until for window in calendar.windows):
            return WhyNot.CLOSED
    if role == visit.lead:
        steps = [
            (start - window.start) % ((visit.granularity_minutes or window.granularity_minutes) * 60)
            for window in calendar.windows
            if window.start <= start < window.end and active[0][1] <= window.open_until
        ]
        if not steps:
            return WhyNot.CLOSED
        if all(steps):
            return WhyNot.OFF_GRID
    if any(share_a_moment(each.span, span) for each in calendar.blackouts for span in active):
        return WhyNot.BLACKOUT
    if calendar.is_full_at(start):
        return WhyNot.LIMIT
    if not all(calendar.has_free_lane(span) for span in active):
        return WhyNot.TAKEN
    claimed = [(start + begin, start + end) for begin, end in visit.claimed_spans(role)]
    return None if all(calendar.has_free_lane(span) for span in claimed) else WhyNot.BUFFER


_closeness = list(WhyNot)


def _free_starts(visit: Visit, role: str, calendar: Calendar) -> list[Span]:
    """The starts, grid aside, at which the resource could fill the role; normal."""
    lanes = calendar.taken_lanes()
    blackouts = [blackout.span for blackout in calendar.blackouts]
    free: list[Span] | None = None
    forbidden = [each.span for each in calendar.full]
    # A segment from s + begin to s + end is the range [s - before, s + length) of `taken`, before = -begin.
    for begin, end in visit.active_spans(role):
        is_open = normalise(
            (window.start - begin, window.open_until - end + 1) for window in calendar.windows
        )
        free = is_open if free is None else intersect(free, is_open)
        forbidden += starts_that_meet(blackouts, before=-begin, length=end)
    for begin, end in visit.claimed_spans(role):
        forbidden += starts_without_a_lane(lanes, before=-begin, length=end)
    return subtract(free or [], normalise(forbidden))


def _on_the_grid(visit: Visit, calendar: Calendar, possible: list[Span]) -> list[Run]:
    """The points of the lead's grids among the possible starts."""
    _, first_end = visit.active_spans(visit.lead)[0]
    runs: list[Run] = []
    for window in calendar.windows:
        step = (visit.granularity_minutes or window.granularity_minutes) * 60
        hours = (window.start, min(window.end, window.open_until - first_end + 1))
        if hours[0] < hours[1]:
            for start, end in intersect(possible, [hours]):
                runs += runs_between(window.start, step, start, end)
    return merge_runs(runs)


def _starts_with_all(
    free: Mapping[str, Mapping[UUID, list[Span]]], *, without: UUID | None
) -> list[Span] | None:
    """The starts at which all these roles can be filled at once, without one resource; None: always."""
    roles = [
        {resource_id: spans for resource_id, spans in others.items() if resource_id != without}
        for others in free.values()
    ]
    starts: list[Span] | None = None
    for group in _groups_that_share(roles):
        spans = (
            normalise(span for its_spans in group[0].values() for span in its_spans)
            if len(group) == 1
            else _shared_out(group)
        )
        starts = spans if starts is None else intersect(starts, spans)
    return starts


def _groups_that_share(
    roles: Iterable[dict[UUID, list[Span]]],
) -> list[list[dict[UUID, list[Span]]]]:
    """The roles in groups, such that no resource could fill a role of two groups."""
    groups: list[tuple[set[UUID], list[dict[UUID, list[Span]]]]] = []
    for role in roles:
        people, members = set(role), [role]
        apart = []
        for group in groups:
            if people & group[0]:
                people |= group[0]
                members = [*group[1], *members]
            else:
                apart.append(group)
        groups = [*apart, (people, members)]
    return [members for _, members in groups]


def _shared_out(group: Sequence[Mapping[UUID, list[Span]]]) -> list[Span]:
    """The starts at which every role of the group can have a resource of its own; normal."""
    people = {resource_id for role in group for resource_id in role}
    bit_of = {resource_id: 1 << number for number, resource_id in enumerate(people)}
    changes = sorted(
        (at, number, bit_of[resource_id])
        for number, role in enumerate(group)
        for resource_id, spans in role.items()
        for span in spans
        for at in span
    )
    able = [0] * len(group)
    known: dict[tuple[int, ...], bool] = {}
    starts: list[Span] = []
    previous = 0
    for at, number, bit in changes:
        if at > previous:
            key = tuple(able)
            if key not in known:
                known[key] = _has_one_each(key)
            if known[key]:
                starts.append((previous, at))
            previous = at
        able[number] ^= bit
    return normalise(starts)


def _has_one_each(able: tuple[int, ...]) -> bool:
    """Whether every role can have a resource of its own: any n roles need n between them (Hall)."""
    return all(
        reduce(or_, roles).bit_count() >= size
        for size in range(1, len(able) + 1)
        for roles in combinations(able, size)
    )


def _share_out(
    roles: list[str], able: Mapping[str, list[UUID]], chosen: dict[str, UUID]
) -> dict[str, UUID] | None:
    """The first assignment, in the order of preference, that fills the remaining roles too."""
    if not roles:
        return chosen
    for resource_id in able[roles[0]]:
        if resource_id not in chosen.values():
            found = _share_out(roles[1:], able, {**chosen, roles[0]: resource_id})
            if found is not None:
                return found
    return None


def _second(starts_at: datetime) -> int:
    if starts_at.utcoffset() is None:
        raise ValueError("a start needs an aware datetime")
    return epoch(starts_at.astimezone(UTC))
