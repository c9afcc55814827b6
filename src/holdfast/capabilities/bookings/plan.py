"""From a wish to a plan: what exactly would be taken from whom, checked against hours and blackouts.

Nothing here asks what is already taken; that is decided by the database alone, under its locks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from holdfast.capabilities.bookings.roles import terms_of
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.bookings.visits import find_service
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.errors import Invalid, NotFound
from holdfast.scheduling.slots import Calendar, WhyNot, check_start
from holdfast.scheduling.zones import day_bounds, local_date, to_local

__all__ = ["Plan", "find_resources", "find_service", "plan_start", "terms_of"]

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
}
# When several people are asked, the reason of whoever came closest to yes is the one that helps.
_CLOSENESS = (
    WhyNot.PAST,
    WhyNot.HORIZON,
    WhyNot.NOTICE,
    WhyNot.CLOSED,
    WhyNot.OFF_GRID,
    WhyNot.BLACKOUT,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a booking would take: the service time, the claim with buffers, and from whom it may be."""

    schedule_version: int
    service: Service
    candidates: tuple[Resource, ...]
    starts_at: datetime
    ends_at: datetime
    claim_starts_at: datetime
    claim_ends_at: datetime
    local_start: datetime
    time_zone: str
    day_starts_at: datetime
    day_ends_at: datetime


def find_resources(
    schedule: Schedule, service: Service, *, resource_id: UUID | None, location_id: UUID | None
) -> list[Resource]:
    """Return who may give the service here.

    Raises `NotFound` for ids that are not there, `Invalid` RESOURCE_UNSUITABLE for somebody who does
    not give this service, or not at that place.
    """
    if location_id is not None and location_id not in schedule.locations:
        raise NotFound("There is no such location.", field="location_id")
    if resource_id is not None and resource_id not in schedule.resources:
        raise NotFound("There is no such resource.", field="resource_id")
    found = schedule.resources_for(service, resource_id=resource_id, location_id=location_id)
    if not found:
        raise Invalid(
            "Nobody offers this service as asked; choose another person or place.",
            code="RESOURCE_UNSUITABLE",
            field="resource_id" if resource_id else "service_id",
        )
    return found


def plan_start(schedule: Schedule, request: BookingRequest, now: datetime) -> Plan:
    """Work out what the wish would take. Raises `NotFound` or `Invalid` with the reason as its code."""
    service = find_service(schedule, request.service_id)
    resources = find_resources(
        schedule, service, resource_id=request.resource_id, location_id=request.location_id
    )
    terms = terms_of(service)
    starts_at = request.starts_at.astimezone(UTC)
    candidates: list[Resource] = []
    reasons: set[WhyNot] = set()
    for resource in resources:
        zone = schedule.zone_of(resource.location_id)
        day = local_date(starts_at, zone)
        calendar = Calendar(
            schedule.windows(resource, service, day, day), schedule.blacked_out(resource, day, day)
        )
        why_not = check_start(starts_at, calendar, terms, now=now)
        if why_not is None:
            candidates.append(resource)
        else:
            reasons.add(why_not)
    if not candidates:
        code, detail = _REFUSALS[max(reasons, key=_CLOSENESS.index)]
        raise Invalid(detail, code=code, field="starts_at")
    return _plan(schedule, service, candidates, starts_at)


def _plan(schedule: Schedule, service: Service, candidates: list[Resource], starts_at: datetime) -> Plan:
    # One booking has one wall time: with places in several zones, "anyone" means anyone in the first.
    zone = schedule.zone_of(candidates[0].location_id)
    same_zone = tuple(
        resource for resource in candidates if schedule.zone_of(resource.location_id).key == zone.key
    )
    ends_at = starts_at + service.duration
    day_starts_at, day_ends_at = day_bounds(local_date(starts_at, zone), zone)
    return Plan(
        schedule_version=schedule.version,
        service=service,
        candidates=same_zone,
        starts_at=starts_at,
        ends_at=ends_at,
        claim_starts_at=starts_at - timedelta(minutes=service.buffer_before_minutes),
        claim_ends_at=ends_at + timedelta(minutes=service.buffer_after_minutes),
        local_start=to_local(starts_at, zone),
        time_zone=zone.key,
        day_starts_at=day_starts_at,
        day_ends_at=day_ends_at,
    )
