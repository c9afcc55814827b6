"""Seats of published sessions: which session is meant, whether it can be had, and taking seats of it.

`create_booking` is the door; what it shares with computed time (limits of persons, kept answers) is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.commands.answers import run_move
from holdfast.capabilities.bookings.plan import refused_start
from holdfast.capabilities.bookings.published import givers_of
from holdfast.capabilities.bookings.roles import has_groups, hours_of, is_group, terms_of
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.bookings.visits import find_service, plan_visit
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.errors import Invalid, NotFound, Problem
from holdfast.platform.tenancy import call_in_context
from holdfast.platform.timezones import tzdb_version
from holdfast.scheduling.intervals import Period, epoch, share_a_moment
from holdfast.scheduling.limits import monday_of
from holdfast.scheduling.slots import WhyNot, check_moment
from holdfast.scheduling.zones import day_bounds, local_date, to_local


class Session(NamedTuple):
    """What a slot instance stands for; computed ones are not groups. Fixed while anybody has a seat."""

    slot_id: UUID
    service_id: UUID
    resource_id: UUID
    location_id: UUID
    starts_at: datetime
    ends_at: datetime
    is_group: bool
    capacity: int


def find_session(tenant_id: UUID, actor_label: str, slot_id: UUID) -> Session:
    """Return what an instance stands for. Raises `NotFound`."""
    found = _find(tenant_id, actor_label, (slot_id, None, None, []))
    if not found:
        raise NotFound("There is no such slot.", field="slot_id")
    return found[0]


def wants_seats(schedule: Schedule, request: BookingRequest) -> bool:
    """Tell whether the wish is for seats of a session, not for computed time."""
    if request.slot_id is not None:
        return True
    service = schedule.services.get(request.service_id)
    if service is None or not has_groups(schedule, service):
        return False
    plan = plan_visit(schedule, request.wanted)
    return plan.is_simple and any(
        _is_in_group_hours(schedule, service, resource, place, request.starts_at)
        for resource in plan.lead.candidates
        for place in schedule.places_of(resource)
    )


def find_sessions(
    tenant_id: UUID, actor_label: str, schedule: Schedule, request: BookingRequest, now: datetime
) -> list[Session]:
    """Return the sessions that could be had, in display order: one by id, or those at the start.

    Hours, blackouts, notice and horizon count as they are now, whether or not instances were generated
    since. Raises `NotFound`, and `Invalid`: why the start cannot be had, NOT_PUBLISHED, PARTY_TOO_LARGE.
    """
    if request.slot_id is not None:
        sessions = [find_session(tenant_id, actor_label, request.slot_id)]
    else:
        able = [resource.id for resource in plan_visit(schedule, request.wanted).lead.candidates]
        sessions = [
            session
            for session in _find(tenant_id, actor_label, (None, request.service_id, request.starts_at, able))
            if request.location_id in (None, session.location_id)
        ]
    refused: Problem = Invalid(
        "This session is not open for booking yet; choose another one.",
        code="NOT_PUBLISHED",
        field="starts_at",
    )
    possible: list[Session] = []
    for session in sessions:
        why_not = _why_not(schedule, session, now)
        if why_not is not None:
            refused = refused_start(why_not)
        elif request.party_size > session.capacity:
            refused = Invalid(
                f"A session has {session.capacity} seats.",
                code="PARTY_TOO_LARGE",
                field="party_size",
                most=session.capacity,
            )
        else:
            possible.append(session)
    if not possible:
        raise refused
    return possible


def take_seats(
    *,
    tenant_id: UUID,
    actor_label: str,
    now: datetime,
    schedule: Schedule,
    sessions: Sequence[Session],
    request: BookingRequest,
    booking_id: UUID,
    status: str,
    key: tuple[Any, ...],
    contact: tuple[Any, ...],
    token: bytes,
) -> dict[str, Any]:
    """Take seats for the party of the first session that has them; the result is that of `booking_seat`."""
    result: dict[str, Any] = {}
    for session in sessions:
        service = schedule.services[session.service_id]
        zone = schedule.zone_of(session.location_id)
        price = None if service.price_minor is None else service.price_minor * request.party_size
        tried = run_move(
            tenant_id,
            actor_label,
            "booking_seat",
            (
                *key,
                schedule.version,
                session.slot_id,
                request.party_size,
                booking_id,
                status,
                request.hold_seconds,
                to_local(session.starts_at, zone),
                zone.key,
                tzdb_version(),
                price,
                service.currency,
                request.source,
                service.name,
                *contact,
                token,
                *bounds_of_limits(session, zone),
            ),
            now=now,
            can_tell=status != "held",
        )
        if tried["outcome"] not in ("full", "limit", "blocked"):
            return tried
        result = telling(result, tried)
    return result


def telling(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return of two refusals the one that says more: that seats are gone before that a session is closed."""
    said = ("full", "limit", "blocked")
    return min((each for each in (one, other) if each), key=lambda each: said.index(each["outcome"]))


def bounds_of_limits(session: Session, zone: ZoneInfo) -> tuple[datetime, datetime, datetime, datetime]:
    """Return the day and the week of a session, over which the limits of its service count."""
    day = local_date(session.starts_at, zone)
    monday = monday_of(day)
    return (
        *day_bounds(day, zone),
        day_bounds(monday, zone)[0],
        day_bounds(monday + timedelta(days=6), zone)[1],
    )


def _find(tenant_id: UUID, actor_label: str, params: tuple[Any, ...]) -> list[Session]:
    found = call_in_context(tenant_id, actor_label, "slot_find", params)
    return [
        Session(
            UUID(each["slot_id"]),
            UUID(each["service_id"]),
            UUID(each["resource_id"]),
            UUID(each["location_id"]),
            datetime.fromisoformat(each["starts_at"]).astimezone(UTC),
            datetime.fromisoformat(each["ends_at"]).astimezone(UTC),
            each["is_group"],
            each["capacity"],
        )
        for each in found["slots"]
    ]


def _why_not(schedule: Schedule, session: Session, now: datetime) -> WhyNot | None:
    service = find_service(schedule, session.service_id)
    moment = check_moment(session.starts_at, terms_of(service), now=now)
    if moment is not None:
        return moment
    place = session.location_id
    resource = schedule.resources.get(session.resource_id)
    if resource is None or not _is_in_group_hours(schedule, service, resource, place, session.starts_at):
        return WhyNot.CLOSED
    day = local_date(session.starts_at, schedule.zone_of(place))
    blackouts = schedule.blacked_out(schedule.at_place(resource, place), day, day)
    span = Period(session.starts_at, session.ends_at).span
    return WhyNot.BLACKOUT if any(share_a_moment(each.span, span) for each in blackouts) else None


def _is_in_group_hours(
    schedule: Schedule, service: Service, resource: Resource, place: UUID, starts_at: datetime
) -> bool:
    if place not in schedule.locations:
        return False
    day = local_date(starts_at, schedule.zone_of(place))
    second = epoch(starts_at)
    return any(
        window.start <= second < window.end
        for giver in givers_of(schedule, service, place)
        if giver.id == resource.id
        for window in hours_of(schedule, giver, service, day, day)
        if is_group(window, service)
    )
