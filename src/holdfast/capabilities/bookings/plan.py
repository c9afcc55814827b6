"""From a wish to a plan: what exactly would be taken from whom, checked against hours and blackouts.

Nothing here asks what is already taken; that is decided by the database alone, under its locks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.roles import calendars_of, candidates_of, terms_of
from holdfast.capabilities.bookings.types import BookingRequest, VisitPlan, Wanted
from holdfast.capabilities.bookings.visits import find_service, plan_visit
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.errors import Invalid
from holdfast.scheduling.limits import monday_of
from holdfast.scheduling.slots import WhyNot, check_start
from holdfast.scheduling.visits import check_visit
from holdfast.scheduling.zones import day_bounds, local_date, to_local

__all__ = ["Plan", "find_resources", "find_service", "plan_at", "plan_start", "refused_start", "terms_of"]

# Each reason as a caller sees it: a stable code and what to do.
_REFUSALS: dict[WhyNot, tuple[str, str]] = {
    WhyNot.PAST: ("IN_THE_PAST", "This time has already passed; choose a later one."),
    WhyNot.NOTICE: ("TOO_SOON", "This service needs more notice; choose a later time."),
    WhyNot.HORIZON: ("TOO_FAR", "Bookings do not open that far ahead yet; choose an earlier time."),
    WhyNot.CLOSED: ("OUTSIDE_HOURS", "Nobody works then for as long as this takes; choose another time."),
    WhyNot.OFF_GRID: (
        "OFF_GRID",
        "The service does not start at that minute; choose one of the offered times.",
    ),
    WhyNot.BLACKOUT: ("BLACKED_OUT", "This time is blocked out; choose another one."),
    WhyNot.LIMIT: ("LIMIT_REACHED", "No more of these are taken in for that day; choose another one."),
    WhyNot.SKILL: (
        "RESOURCE_UNSUITABLE",
        "Nobody offers this service as asked; choose another person or place.",
    ),
    WhyNot.CAPACITY: (
        "TOO_FEW_RESOURCES",
        "Not as many people or rooms are there at once; choose another time.",
    ),
}
# When several people are asked, the reason of whoever came closest to yes is the one that helps.
_CLOSENESS = (
    WhyNot.SKILL,
    WhyNot.PAST,
    WhyNot.HORIZON,
    WhyNot.NOTICE,
    WhyNot.CLOSED,
    WhyNot.OFF_GRID,
    WhyNot.BLACKOUT,
    WhyNot.LIMIT,
    WhyNot.CAPACITY,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a booking would take: the service time, the claim with buffers, and from whom it may be.

    `candidates` are those who could lead; of a visit that is not simple, the other roles are in `visit`.
    The day and the week are those of the start where the visit would be; limits count by them.
    """

    schedule: Schedule
    visit: VisitPlan
    candidates: tuple[Resource, ...]
    starts_at: datetime
    ends_at: datetime
    claim_starts_at: datetime
    claim_ends_at: datetime
    local_start: datetime
    time_zone: str
    day: date
    day_starts_at: datetime
    day_ends_at: datetime
    week_starts_at: datetime
    week_ends_at: datetime


def find_resources(
    schedule: Schedule, service: Service, *, resource_id: UUID | None, location_id: UUID | None
) -> list[Resource]:
    """Return who may give the service here.

    Raises `NotFound` for ids that are not there, `Invalid` RESOURCE_UNSUITABLE for somebody who does
    not give this service, or not at that place.
    """
    wanted = Wanted((service.id,), resource_id=resource_id, location_id=location_id)
    return list(plan_visit(schedule, wanted).lead.candidates)


def plan_start(schedule: Schedule, request: BookingRequest, now: datetime) -> Plan:
    """Work out what the wish would take. Raises `NotFound` or `Invalid` with the reason as its code."""
    if request.party_size > 1:
        raise Invalid("This is for one at a time.", code="PARTY_TOO_LARGE", field="party_size", most=1)
    return plan_at(schedule, plan_visit(schedule, request.wanted), request.starts_at.astimezone(UTC), now)


def plan_at(schedule: Schedule, visit: VisitPlan, starts_at: datetime, now: datetime) -> Plan:
    """Work out what the visit would take at a start. Raises `Invalid` with the reason as its code."""
    candidates = _open_for(schedule, visit, starts_at, now) if visit.is_simple else visit.lead.candidates
    # One booking has one wall time: with places in several zones, "anyone" means anyone in the first.
    zone = schedule.zone_of(candidates[0].location_id)
    day = local_date(starts_at, zone)
    if not visit.is_simple:
        refusal = check_visit(
            starts_at,
            visit.visit,
            candidates_of(schedule, visit, from_date=day, to_date=day, taken={}),
            now=now,
        )
        if refusal is not None:
            raise refused_start(refusal.why_not, refusal.role)
    ends_at = starts_at + visit.duration
    day_starts_at, day_ends_at = day_bounds(day, zone)
    monday = monday_of(day)
    return Plan(
        schedule=schedule,
        visit=visit,
        candidates=tuple(
            resource for resource in candidates if schedule.zone_of(resource.location_id).key == zone.key
        ),
        starts_at=starts_at,
        ends_at=ends_at,
        claim_starts_at=starts_at - timedelta(minutes=visit.visit.buffer_before_minutes),
        claim_ends_at=ends_at + timedelta(minutes=visit.visit.buffer_after_minutes),
        local_start=to_local(starts_at, zone),
        time_zone=zone.key,
        day=day,
        day_starts_at=day_starts_at,
        day_ends_at=day_ends_at,
        week_starts_at=day_bounds(monday, zone)[0],
        week_ends_at=day_bounds(monday + timedelta(days=6), zone)[1],
    )


def refused_start(why_not: WhyNot, role: str | None = None) -> Invalid:
    """Return the problem of a start that cannot be had whatever is taken; with the role that nobody fills."""
    code, detail = _REFUSALS[why_not]
    extra: dict[str, Any] = {"role": role} if role else {}
    return Invalid(detail, code=code, field="starts_at", **extra)


def _open_for(
    schedule: Schedule, visit: VisitPlan, starts_at: datetime, now: datetime
) -> tuple[Resource, ...]:
    """Those of one role's candidates whose hours and blackouts allow the start, in their order."""
    terms = visit.visit.terms()
    candidates: list[Resource] = []
    reasons: set[WhyNot] = set()
    for resource in visit.lead.candidates:
        day = local_date(starts_at, schedule.zone_of(resource.location_id))
        need = replace(visit.lead, candidates=(resource,))
        calendar = calendars_of(schedule, need, from_date=day, to_date=day, taken={})[resource.id]
        why_not = check_start(starts_at, calendar, terms, now=now)
        if why_not is None:
            candidates.append(resource)
        else:
            reasons.add(why_not)
    if not candidates:
        raise refused_start(max(reasons, key=_CLOSENESS.index))
    return tuple(candidates)
