"""Publish the starts that the rules give as rows (S1: "Materialize slot instances for a date range").

Each batch is a transaction of its own that holds one resource, so that bookings go on meanwhile. Doing it
again changes nothing; two at once share the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.published import PublishedStart, givers_of, published_starts
from holdfast.capabilities.bookings.queries.slots import list_generated
from holdfast.capabilities.bookings.slot_types import Report
from holdfast.capabilities.bookings.visits import find_service
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.schedules.queries import current_schedule, remembered_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.errors import Invalid, NotFound, Unavailable
from holdfast.platform.http.retries import retry_transient
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import call_in_context, tenant_context
from holdfast.scheduling.intervals import instant
from holdfast.scheduling.zones import day_bounds

MAX_DAYS = 92
MAX_INSTANCES = 20_000
# Starts of one batch: some tens of milliseconds in which bookings with this resource wait.
_BATCH = 300
_TRIES = 5
_FURTHEST_EAST = timedelta(hours=15)
# How far ahead the hourly chore publishes, if the service can be booked that far.
_KEPT_DAYS = 62
_FUNCTIONS = {True: "slot_generate_seats", False: "slot_generate_lanes"}


@dataclass(frozen=True, slots=True)
class _Giving:
    """Who gives what where: instances are brought in line for each."""

    resource_id: UUID
    service_id: UUID
    location_id: UUID


def generate_slots(
    *,
    tenant_id: UUID,
    actor: Actor,
    from_date: date,
    to_date: date,
    now: datetime,
    service_id: UUID | None = None,
    location_id: UUID | None = None,
    resource_id: UUID | None = None,
) -> Report:
    """Publish the starts on the local dates, both inclusive, of every active service or of what is named.

    What has begun is left alone. Raises `NotFound`, and `Invalid` RANGE_TOO_LONG or TOO_MANY_SLOTS, both
    before anything is written.
    """
    require(actor, "slots:manage")
    if not 0 <= (to_date - from_date).days < MAX_DAYS:
        raise Invalid(f"Ask for 1 to {MAX_DAYS} days.", code="RANGE_TOO_LONG", field="to_date")
    with tenant_context(tenant_id, actor.label):
        schedule = current_schedule()
        _check_ids(schedule, service_id, location_id, resource_id)
        services = [service for service in schedule.services.values() if service_id in (None, service.id)]
        givings = [
            giving
            for giving in _givings(schedule, services)
            if location_id in (None, giving.location_id) and resource_id in (None, giving.resource_id)
        ]
        generated = list_generated(
            datetime.combine(from_date, time(), UTC) - _FURTHEST_EAST,
            datetime.combine(to_date + timedelta(days=2), time(), UTC),
            service_id=service_id,
            location_id=location_id,
            resource_id=resource_id,
        )
    _check_size(schedule, givings, from_date, to_date, now)
    return _generate(tenant_id, actor, schedule, givings, generated, from_date, to_date, now)


def keep_slots(*, tenant_id: UUID, actor: Actor, now: datetime) -> Report:
    """Publish two months ahead what the business keeps published: groups, and services that say so."""
    require(actor, "slots:manage")
    with tenant_context(tenant_id, actor.label):
        schedule = current_schedule()
        services = [each for each in schedule.services.values() if _is_kept_published(schedule, each)]
        givings = _givings(schedule, services)
        generated = [
            each
            for service in services
            for each in list_generated(now, now + timedelta(days=_KEPT_DAYS), service_id=service.id)
        ]
    report = Report()
    for service in services:
        its_givings = [giving for giving in givings if giving.service_id == service.id]
        its_generated = [each for each in generated if each[1] == service.id]
        # The first local date anywhere; what has begun is left alone.
        first = now.date() - timedelta(days=1)
        last = now.date() + timedelta(days=min(service.horizon_days, _KEPT_DAYS))
        report += _generate(tenant_id, actor, schedule, its_givings, its_generated, first, last, now)
    return report


def _is_kept_published(schedule: Schedule, service: Service) -> bool:
    # Seats can be had of published sessions only: a group nobody publishes could never be booked.
    return (
        service.publishes_slots
        or service.capacity > 1
        or any(rule.service_id == service.id and (rule.slot_capacity or 1) > 1 for rule in schedule.rules)
    )


def _check_ids(
    schedule: Schedule, service_id: UUID | None, location_id: UUID | None, resource_id: UUID | None
) -> None:
    if service_id is not None:
        find_service(schedule, service_id)
    if location_id is not None and location_id not in schedule.locations:
        raise NotFound("There is no such location.", field="location_id")
    if resource_id is not None and resource_id not in schedule.resources:
        raise NotFound("There is no such resource.", field="resource_id")


def _check_size(
    schedule: Schedule, givings: Sequence[_Giving], from_date: date, to_date: date, now: datetime
) -> None:
    count = 0
    for giving in givings:
        count += len(_wanted(schedule, giving, from_date, to_date, now))
    if count > MAX_INSTANCES:
        raise Invalid(
            f"That would be {count} starts; at most {MAX_INSTANCES} can be generated at once. Ask for fewer"
            " days, or for one service.",
            code="TOO_MANY_SLOTS",
            field="to_date",
            count=count,
            most=MAX_INSTANCES,
        )


def _generate(
    tenant_id: UUID,
    actor: Actor,
    schedule: Schedule,
    givings: Sequence[_Giving],
    generated: Sequence[tuple[UUID, UUID, UUID, bool]],
    from_date: date,
    to_date: date,
    now: datetime,
) -> Report:
    """Bring each giving in line, and those that are given no more."""
    report = Report()
    known = set(generated)
    forgotten = [_Giving(*each[:3]) for each in generated if _Giving(*each[:3]) not in givings]
    # First what has instances although nobody gives it any more: the time may be wanted for something else.
    for giving in dict.fromkeys((*forgotten, *givings)):
        for first, last in _batches(_wanted(schedule, giving, from_date, to_date, now), from_date, to_date):
            for is_group in (True, False):
                if (*_ids(giving), is_group) in known or any(
                    start.is_group is is_group for start in _wanted(schedule, giving, first, last, now)
                ):
                    batch = partial(_run_batch, tenant_id, actor, giving, first, last, now, is_group=is_group)
                    report += retry_transient(batch, has_key=True)
    return report


def _run_batch(
    tenant_id: UUID,
    actor: Actor,
    giving: _Giving,
    first: date,
    last: date,
    now: datetime,
    *,
    is_group: bool,
) -> Report:
    for attempt in range(_TRIES):
        schedule = remembered_schedule(tenant_id, refresh=attempt > 0)
        place = giving.location_id
        zone = schedule.zone_of(place) if place in schedule.locations else ZoneInfo("UTC")
        starts = [
            start for start in _wanted(schedule, giving, first, last, now) if start.is_group is is_group
        ]
        result = call_in_context(
            tenant_id,
            actor.label,
            _FUNCTIONS[is_group],
            (
                schedule.version,
                *_ids(giving),
                max(day_bounds(first, zone)[0], now),
                max(day_bounds(last, zone)[1], now),
                *_columns(starts),
            ),
        )
        if result.pop("outcome") == "ok":
            return Report(**result)
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def _ids(giving: _Giving) -> tuple[UUID, UUID, UUID]:
    return giving.resource_id, giving.service_id, giving.location_id


def _givings(schedule: Schedule, services: Iterable[Service]) -> list[_Giving]:
    """Who gives what where, in menu order: of two groups that want the same time, the first has it."""
    return [
        _Giving(resource.id, service.id, place)
        for service in services
        for place in schedule.locations
        for resource in givers_of(schedule, service, place)
    ]


def _wanted(
    schedule: Schedule, giving: _Giving, from_date: date, to_date: date, now: datetime
) -> list[PublishedStart]:
    service = schedule.services.get(giving.service_id)
    if service is None or giving.location_id not in schedule.locations:
        return []
    givers = givers_of(schedule, service, giving.location_id)
    resource = next((each for each in givers if each.id == giving.resource_id), None)
    if resource is None:
        return []
    earliest = now.timestamp()
    starts = published_starts(schedule, service, resource, from_date, to_date)
    return [start for start in starts if start.start >= earliest]


def _batches(starts: Sequence[PublishedStart], from_date: date, to_date: date) -> Iterator[tuple[date, date]]:
    """Cut the dates so that each part has about as many starts as a batch; all dates are in one of them."""
    first, count = from_date, 0
    for before, start in zip((None, *starts), starts, strict=False):
        if before is not None and count >= _BATCH and start.local_date > before.local_date:
            yield first, before.local_date
            first, count = before.local_date + timedelta(days=1), 0
        count += 1
    yield first, to_date


def _columns(starts: Sequence[PublishedStart]) -> tuple[list[Any], ...]:
    return (
        [new_id() for _ in starts],
        [start.local_date for start in starts],
        [instant(start.start) for start in starts],
        [instant(start.end) for start in starts],
        [instant(start.claim_start) for start in starts],
        [instant(start.claim_end) for start in starts],
        [start.capacity for start in starts],
        [start.is_blacked_out for start in starts],
    )
