"""The search that all answers about free time are made of: who has which starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.queries.free_time.limits import full_spans, with_limits
from holdfast.capabilities.bookings.queries.free_time.taken import read_taken, without
from holdfast.capabilities.bookings.queries.slots import list_open_seats
from holdfast.capabilities.bookings.roles import candidates_of, has_groups, hours_of, is_group
from holdfast.capabilities.bookings.slot_types import SeatStart
from holdfast.capabilities.bookings.types import TakenTime, VisitPlan, Wanted
from holdfast.capabilities.bookings.visits import plan_visit
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import ResourceAtPlace, Schedule
from holdfast.platform.errors import Invalid
from holdfast.scheduling.intervals import Period, epoch, share_a_moment
from holdfast.scheduling.runs import Run, merge_runs
from holdfast.scheduling.slots import bounds_of_starts, start_runs
from holdfast.scheduling.visits import runs_by_lead
from holdfast.scheduling.zones import day_bounds

# A year and a day at most in one question; a page asks for a month.
MAX_DAYS = 366
_ANY_STEP = 900


@dataclass(frozen=True, slots=True)
class FreeTime:
    """What is free: the starts of each who could lead, and the published ones with seats left.

    `others` are those who take part at every start beside whoever leads (match "all").
    """

    zone: ZoneInfo
    duration: timedelta
    by_lead: list[tuple[UUID, list[Run]]]
    others: tuple[UUID, ...]
    seats: list[SeatStart]

    def runs(self) -> list[Run]:
        """Return every start once, whoever gives it, as disjoint runs in order of their first."""
        computed = [run for _, runs in self.by_lead for run in runs]
        # A run of one may have any step; theirs needs no common one to be found.
        step = computed[0].step if computed else _ANY_STEP
        return merge_runs([*computed, *(Run(epoch(seat.starts_at), 1, step) for seat in self.seats)])


class Moved(NamedTuple):
    """A booking that is to go elsewhere, with all the time that it takes now."""

    booking_id: UUID
    claims: tuple[TakenTime, ...]


def find_free_time(wanted: Wanted, *, from_date: date, to_date: date, now: datetime) -> FreeTime:
    """Find the starts on these local dates of the place, both inclusive.

    The same few reads for any number of people. Raises `NotFound` and `Invalid` (RANGE_TOO_LONG, and what
    `plan_visit` raises).
    """
    if not 0 <= (to_date - from_date).days < MAX_DAYS:
        raise Invalid(f"Ask for 1 to {MAX_DAYS} days.", code="RANGE_TOO_LONG", field="to")
    schedule = current_schedule()
    plan = in_one_zone(schedule, plan_visit(schedule, wanted))
    zone = schedule.zone_of(plan.lead.candidates[0].location_id)
    within = Period(day_bounds(from_date, zone)[0], day_bounds(to_date, zone)[1])
    named = (wanted.resource_id, *wanted.resource_ids) if wanted.match == "all" else ()
    lead_id = plan.lead.candidates[0].id
    return FreeTime(
        zone=zone,
        duration=plan.duration,
        # What is computed has one seat.
        by_lead=[]
        if wanted.party_size > 1
        else _computed(schedule, plan, from_date, to_date, within, zone, now),
        others=tuple(dict.fromkeys(each for each in named if each is not None and each != lead_id)),
        seats=_published(schedule, plan, wanted.party_size, from_date, to_date, within, now),
    )


def find_times_to_move(
    schedule: Schedule, plan: VisitPlan, moved: Moved, *, from_date: date, to_date: date, now: datetime
) -> FreeTime:
    """Find where a booking could go on these local dates, both inclusive; its own time counts as free.

    `plan` is what was agreed (`plan_agreed`, with its schedule). Raises `Invalid` RANGE_TOO_LONG.
    """
    if not 0 <= (to_date - from_date).days < MAX_DAYS:
        raise Invalid(f"Ask for 1 to {MAX_DAYS} days.", code="RANGE_TOO_LONG", field="to")
    zone = schedule.zone_of(plan.lead.candidates[0].location_id)
    within = Period(day_bounds(from_date, zone)[0], day_bounds(to_date, zone)[1])
    runs = _computed(schedule, plan, from_date, to_date, within, zone, now, moved)
    return FreeTime(zone=zone, duration=plan.duration, by_lead=runs, others=(), seats=[])


def in_one_zone(schedule: Schedule, plan: VisitPlan) -> VisitPlan:
    """One booking has one wall time: with places in several zones, "anyone" is anyone in the first."""
    lead = plan.lead
    zones = {schedule.zone_of(place).key for place in {each.location_id for each in lead.candidates}}
    if len(zones) == 1:
        return plan
    first = schedule.zone_of(lead.candidates[0].location_id).key
    near = tuple(each for each in lead.candidates if schedule.zone_of(each.location_id).key == first)
    return replace(plan, roles=(replace(lead, candidates=near), *plan.roles[1:]))


def _computed(
    schedule: Schedule,
    plan: VisitPlan,
    from_date: date,
    to_date: date,
    within: Period,
    zone: ZoneInfo,
    now: datetime,
    moved: Moved | None = None,
) -> list[tuple[UUID, list[Run]]]:
    """The starts that follow from hours minus what is taken, of each who could lead."""
    visit = plan.visit
    taken = read_taken(
        {each.id: each for need in plan.roles for each in need.candidates}.values(),
        within.starts_at - timedelta(minutes=visit.buffer_before_minutes),
        within.ends_at + timedelta(minutes=visit.length_minutes + visit.buffer_after_minutes),
    )
    if moved is not None:
        taken = without(taken, moved.claims)
    candidates = with_limits(
        plan,
        candidates_of(schedule, plan, from_date=from_date, to_date=to_date, taken=taken),
        from_date=from_date,
        to_date=to_date,
        zone=zone,
        but=moved.booking_id if moved else None,
    )
    if not plan.is_simple:
        return list(runs_by_lead(visit, candidates, now=now, within=within).items())
    terms = visit.terms()
    return [
        (resource_id, start_runs(calendar, terms, now=now, within=within))
        for resource_id, calendar in candidates[plan.lead.name].items()
    ]


def _published(
    schedule: Schedule,
    plan: VisitPlan,
    party_size: int,
    from_date: date,
    to_date: date,
    within: Period,
    now: datetime,
) -> list[SeatStart]:
    """The starts of groups that have seats left for the party; reads once where the service has groups."""
    if not plan.is_simple or not has_groups(schedule, plan.services[0]):
        return []
    people = {resource.id: resource for resource in plan.lead.candidates}
    seats = list_open_seats(plan.services[0].id, list(people), within.starts_at, within.ends_at, party_size)
    first, last = bounds_of_starts(plan.visit.terms(), now=now, within=within)
    service = plan.services[0]
    asked = {seat.resource_id: people[seat.resource_id] for seat in seats}
    blackouts = {
        resource_id: [each.span for each in schedule.blacked_out(resource, from_date, to_date)]
        for resource_id, resource in asked.items()
    }
    # Rules may have changed since the session was published.
    hours = {
        resource_id: [
            (window.start, window.open_until)
            for window in hours_of(schedule, resource, service, from_date, to_date)
            if is_group(window, service)
        ]
        for resource_id, resource in asked.items()
    }
    zone = schedule.zone_of(plan.lead.candidates[0].location_id)
    full = full_spans(service, list(asked), from_date=from_date, to_date=to_date, zone=zone)
    return [
        seat
        for seat in seats
        if first <= epoch(seat.starts_at) < last
        and not _meets(seat, blackouts[seat.resource_id])
        and any(start <= epoch(seat.starts_at) < end for start, end in hours[seat.resource_id])
        and is_meant(schedule, people[seat.resource_id], seat.location_id)
        # A session in which somebody has a seat is counted already, and given anyway.
        and (seat.seats_left < seat.capacity or not _meets(seat, full.get(seat.resource_id, ())))
    ]


def is_meant(schedule: Schedule, resource: Resource, place: UUID) -> bool:
    """Whether a place counts: the one that was asked for, else all whose clocks show the same."""
    if place not in schedule.locations or isinstance(resource, ResourceAtPlace):
        return place == resource.location_id
    return schedule.zone_of(place).key == schedule.zone_of(resource.location_id).key


def _meets(seat: SeatStart, spans: Iterable[tuple[int, int]]) -> bool:
    its_span = epoch(seat.starts_at), epoch(seat.ends_at)
    return any(share_a_moment(span, its_span) for span in spans)
