"""Why not: for each start that is not offered the reason, and what is in the way.

Computed from the same reads as free time and by the same core, so the two agree, start by start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from holdfast.capabilities.bookings.queries.free_time.search import in_one_zone
from holdfast.capabilities.bookings.queries.why_not_day import KnownDay, read_day
from holdfast.capabilities.bookings.queries.why_not_words import (
    GROUP_HOURS,
    ONE_SEAT,
    tell,
    tell_instance,
    tell_unsuitable,
)
from holdfast.capabilities.bookings.slot_types import SlotInstance
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.bookings.visits import find_service, plan_visit
from holdfast.capabilities.bookings.why_not_types import InTheWay, MissingStart, OfResource, WhyNotAnswer
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.errors import Forbidden, Invalid
from holdfast.scheduling.intervals import Period, epoch, instant, intersect, normalise, subtract
from holdfast.scheduling.reasons import Missing, list_missing
from holdfast.scheduling.runs import list_runs
from holdfast.scheduling.slots import WhyNot, check_moment, start_runs
from holdfast.scheduling.visit_reasons import list_missing_visits, why_missing, why_unable
from holdfast.scheduling.visits import runs_by_lead
from holdfast.scheduling.zones import day_bounds, local_date

PERMISSION = "bookings:read"
_NO_START = (WhyNot.CLOSED, WhyNot.OFF_GRID)


# Every start of somebody with the reason why it is missing; None where it is offered.
_Starts = dict[datetime, MissingStart | None]


def explain(wanted: Wanted, when: date | datetime, *, actor: Actor, now: datetime) -> WhyNotAnswer:
    """Explain a local date of the place, or (an aware datetime) one start.

    An artist asks about its own calendar only. Raises `Unauthenticated`, `Forbidden`, `NotFound`, and
    `Invalid` as `plan_visit` does; that nobody can do it is an answer.
    """
    require(actor, PERMISSION)
    own_id = actor.resource_id if actor.only_own(PERMISSION) else None
    if actor.only_own(PERMISSION):
        if own_id is None or wanted.resource_id not in (None, own_id):
            raise Forbidden("You may ask about your own calendar.")
        wanted = replace(wanted, resource_id=own_id)
    schedule = current_schedule()
    try:
        plan = in_one_zone(schedule, plan_visit(schedule, wanted))
    except Invalid as refused:
        if refused.code != "RESOURCE_UNSUITABLE":
            raise
        return _unsuitable(schedule, wanted, refused, when)
    day = when
    if isinstance(when, datetime):
        day = local_date(when, schedule.zone_of(plan.lead.candidates[0].location_id))
    explained = _Explained(read_day(schedule, plan, day, now), wanted.party_size, own_id)
    return explained.start(when) if isinstance(when, datetime) else explained.day()


class _Explained:
    """What is known of a day, put into reasons."""

    def __init__(self, known: KnownDay, party_size: int, own_id: UUID | None) -> None:
        self._known, self._plan = known, known.plan
        self._party_size, self._own_id = party_size, own_id

    def day(self) -> WhyNotAnswer:
        """Every start of everybody who could lead."""
        answers: list[OfResource] = []
        offered: dict[datetime, bool] = {}
        for resource, missing, free in self._computed():
            stretches = [each for each in missing if each.ends_at is not None]
            starts = {each.starts_at: self._told(each, resource) for each in missing if each.ends_at is None}
            starts |= {at: self._of_one_seat(at) for at in free}
            starts = self._with_instances(resource, starts)
            for at, reason in starts.items():
                offered[at] = offered.get(at, False) or reason is None
            answers.append(
                _of_resource(resource, self._plan.lead.name, starts, self._closed(stretches, resource))
            )
        return self._answer(None, None, offered.values(), answers)

    def start(self, starts_at: datetime) -> WhyNotAnswer:
        """One start: everybody who could lead, everybody who could fill another role, and the visit."""
        known, visit = self._known, self._plan.visit
        answers: list[OfResource] = []
        for need in self._plan.roles:
            for resource in need.candidates:
                calendar = known.candidates[need.name][resource.id]
                if need is self._plan.lead:
                    team = {**known.candidates, need.name: {resource.id: calendar}}
                    missing = why_missing(starts_at, visit, team, now=known.now)
                    told = self._told(missing, resource) or self._of_one_seat(starts_at)
                    starts = {starts_at: self._of_groups(told, resource)}
                    starts = self._with_instances(resource, starts, only=starts_at)
                else:
                    moment = check_moment(starts_at, visit.terms(), now=known.now)
                    unable = Missing(starts_at, None, moment) if moment else None
                    unable = unable or why_unable(starts_at, visit, need.name, calendar)
                    starts = {starts_at: self._told(unable, resource)}
                if self._own_id in (None, resource.id):
                    answers.append(_of_resource(resource, need.name, starts, ()))
        whole = self._whole(starts_at, answers)
        return self._answer(starts_at, whole, [whole is None], answers)

    def _whole(self, starts_at: datetime, answers: list[OfResource]) -> MissingStart | None:
        leads = [each for each in answers if each.role == self._plan.lead.name]
        if any(each.offered for each in leads):
            return None
        if not self._plan.is_simple:
            missing = why_missing(starts_at, self._plan.visit, self._known.candidates, now=self._known.now)
            return self._told(missing, None) or self._of_one_seat(starts_at)
        return max((each.missing[0] for each in leads), key=_closeness)

    def _computed(self) -> Iterator[tuple[Resource, list[Missing], list[datetime]]]:
        """For each who could lead what is missing, and the starts that follow from hours."""
        known, visit = self._known, self._plan.visit
        within, now = known.within, known.now
        calendars = known.candidates[visit.lead]
        if self._plan.is_simple:
            terms = visit.terms()
            for resource in self._plan.lead.candidates:
                calendar = calendars[resource.id]
                missing = list_missing(calendar, terms, now=now, within=within)
                yield resource, missing, list_runs(start_runs(calendar, terms, now=now, within=within))
            return
        missing_of = list_missing_visits(visit, known.candidates, now=now, within=within)
        runs_of = runs_by_lead(visit, known.candidates, now=now, within=within)
        for resource in self._plan.lead.candidates:
            yield resource, missing_of[resource.id], list_runs(runs_of[resource.id])

    def _told(self, missing: Missing | None, lead: Resource | None) -> MissingStart | None:
        """A reason in words, with what is in the way of the lead, or of those who could fill the role."""
        if missing is None:
            return None
        role = missing.role or self._plan.lead.name
        people = [each.id for need in self._plan.roles if need.name == role for each in need.candidates]
        if lead is not None and lead.id in people:
            people = [lead.id]
        if self._own_id is not None:
            people = [each for each in people if each == self._own_id]
        known = self._known
        served = Period(missing.starts_at, missing.starts_at + self._plan.duration)
        by = known.takers(missing.busy, people) + known.closers(missing.blackouts, served, people)
        return MissingStart(
            starts_at=missing.starts_at,
            ends_at=missing.ends_at,
            reason=missing.why_not,
            detail=tell(missing, self._plan),
            role=None if self._plan.is_simple else missing.role,
            by=by,
        )

    def _of_one_seat(self, at: datetime) -> MissingStart | None:
        """A start that is free, for one: what is computed has one seat."""
        return MissingStart(at, None, WhyNot.CAPACITY, ONE_SEAT) if self._party_size > 1 else None

    def _with_instances(
        self, resource: Resource, starts: _Starts, *, only: datetime | None = None
    ) -> _Starts:
        """The same starts and the published ones of groups: offered counts, else what came closest."""
        told = dict(starts)
        for instance in self._known.instances.get(resource.id, ()):
            at = instance.starts_at
            if only in (None, at):
                reason = self._of_instance(resource, instance)
                before = told.get(at, reason)
                # What is computed has nothing to say where it has no start.
                if before is not None and reason is not None and before.reason not in _NO_START:
                    reason = max(before, reason, key=_closeness)
                told[at] = before and reason
        return told

    def _of_instance(self, resource: Resource, instance: SlotInstance) -> MissingStart | None:
        """Why the published start of a group has no room for the party, or None when it has."""
        at = instance.starts_at
        by: tuple[InTheWay, ...] = (InTheWay(at, instance.ends_at, "instance", instance.id),)
        why_not = check_moment(at, self._plan.visit.terms(), now=self._known.now)
        if why_not is not None:
            by = ()
        elif set(instance.blocked_by) - {"blackout"}:
            why_not = WhyNot.CLOSED
        elif closed := self._known.closed_for(resource, instance):
            why_not, by = WhyNot.BLACKOUT, closed
        elif instance.blocked_by:
            why_not = WhyNot.BLACKOUT
        elif instance.capacity - instance.booked - instance.held < self._party_size:
            why_not = WhyNot.CAPACITY
        else:
            return None
        return MissingStart(at, None, why_not, tell_instance(instance, why_not, self._plan), by=by)

    def _closed(self, stretches: Iterable[Missing], resource: Resource) -> Iterator[MissingStart]:
        """The stretches without computed starts, cut where hours of groups begin and end."""
        groups = normalise(self._known.group_hours(resource))
        for each in stretches:
            told = self._told(each, resource)
            if told is not None and each.ends_at is not None:
                span = epoch(each.starts_at), epoch(each.ends_at)
                for start, end in (*subtract([span], groups), *intersect([span], groups)):
                    part = replace(told, starts_at=instant(start), ends_at=instant(end))
                    yield self._of_groups(part, resource) or part

    def _of_groups(self, told: MissingStart | None, resource: Resource) -> MissingStart | None:
        """What is closed in hours of groups is open, but has its own times."""
        if told is None or told.reason is not WhyNot.CLOSED:
            return told
        second = epoch(told.starts_at)
        if not any(start <= second < end for start, end in self._known.group_hours(resource)):
            return told
        return replace(told, reason=WhyNot.OFF_GRID, detail=GROUP_HOURS)

    def _answer(
        self,
        starts_at: datetime | None,
        missing: MissingStart | None,
        offered: Iterable[bool],
        resources: list[OfResource],
    ) -> WhyNotAnswer:
        counted = list(offered)
        return WhyNotAnswer(
            date=self._known.date,
            time_zone=self._known.zone.key,
            duration=self._plan.duration,
            starts_at=starts_at,
            open=len(counted),
            offered=sum(counted),
            missing=missing,
            resources=tuple(resources),
        )


def _closeness(missing: MissingStart) -> int:
    """How close to yes a reason is: the order in which they are asked."""
    return list(WhyNot).index(missing.reason)


def _of_resource(
    resource: Resource, role: str, starts: _Starts, stretches: Iterable[MissingStart]
) -> OfResource:
    missing = [each for each in starts.values() if each is not None]
    return OfResource(
        resource_id=resource.id,
        name=resource.name,
        role=role,
        open=len(starts),
        offered=len(starts) - len(missing),
        missing=tuple(
            sorted((*missing, *stretches), key=lambda each: (each.starts_at, each.ends_at is None))
        ),
    )


def _unsuitable(schedule: Schedule, wanted: Wanted, refused: Invalid, when: date | datetime) -> WhyNotAnswer:
    """Nobody can do it, or not whoever was named: the same answer for every time of the day."""
    service = find_service(schedule, wanted.service_ids[0])
    named = schedule.resources[wanted.resource_id] if wanted.resource_id else None
    place = wanted.location_id or (named.location_id if named else next(iter(schedule.locations)))
    zone = schedule.zone_of(place)
    starts_at = when if isinstance(when, datetime) else None
    day = local_date(starts_at, zone) if starts_at else when
    begin, end = (starts_at, None) if starts_at else day_bounds(day, zone)
    role = service.lead_role.name if named else refused.extra.get("role") or service.lead_role.name
    detail = tell_unsuitable(named, service.lead_role) if named else refused.detail
    missing = MissingStart(begin, end, WhyNot.SKILL, detail, role)
    return WhyNotAnswer(
        date=day,
        time_zone=zone.key,
        duration=None,
        starts_at=starts_at,
        open=0,
        offered=0,
        missing=missing,
        resources=(OfResource(named.id, named.name, role, 0, 0, (missing,)),) if named else (),
    )
