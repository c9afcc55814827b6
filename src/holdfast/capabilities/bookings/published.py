"""Which starts are published for a service on a resource: pure arithmetic over the schedule.

In a group's window sessions stand back to back: each begins at the first point of the grid at which its claim
no longer meets the claim before it, and ends inside the window. Elsewhere every start of the grid is one.
What is taken is not looked at here, so the same rules give the same starts on every day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple
from uuid import UUID

from holdfast.capabilities.bookings.roles import able_for, hours_of, is_group, roles_of, terms_of
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.scheduling.hours import OpenWindow
from holdfast.scheduling.intervals import normalise, overlaps
from holdfast.scheduling.slots import Terms
from holdfast.scheduling.zones import wall_clock


class PublishedStart(NamedTuple):
    """A start to publish, in seconds since 1970; the claim is the service time with its buffers."""

    local_date: date
    start: int
    end: int
    claim_start: int
    claim_end: int
    capacity: int
    is_group: bool
    is_blacked_out: bool


def givers_of(schedule: Schedule, service: Service, location_id: UUID) -> tuple[Resource, ...]:
    """Return who leads the service at a place, in display order, as far as that place goes.

    Nobody for what is only sold with another service.
    """
    if service.is_add_on:
        return ()
    return able_for(schedule, service, roles_of(service)[0], location_id=location_id)


def published_starts(
    schedule: Schedule, service: Service, resource: Resource, from_date: date, to_date: date
) -> list[PublishedStart]:
    """Return the starts on local dates of the place that the resource stands for, both inclusive, sorted."""
    zone = schedule.zone_of(resource.location_id)
    terms = terms_of(service)
    blackouts = normalise(each.span for each in schedule.blacked_out(resource, from_date, to_date))
    capacities: dict[int, tuple[int, bool]] = {}
    for window in hours_of(schedule, resource, service, from_date, to_date):
        seats = window.slot_capacity or service.capacity
        if is_group(window, service):
            for start in _back_to_back(window, terms):
                if not capacities.get(start, (0, False))[1]:
                    capacities[start] = seats, True
        else:
            for start in _every_start(window, terms):
                capacities.setdefault(start, (resource.capacity, False))
    found: list[PublishedStart] = []
    for start, (capacity, is_of_group) in sorted(capacities.items()):
        day = wall_clock(start, zone)[0].date()
        if from_date <= day <= to_date:
            span = terms.service_span(start)
            claim = terms.claimed_span(start)
            is_blacked_out = overlaps(blackouts, span)
            found.append(PublishedStart(day, *span, *claim, capacity, is_of_group, is_blacked_out))
    return found


def _back_to_back(window: OpenWindow, terms: Terms) -> Iterator[int]:
    step = _step(window, terms)
    start = window.start
    while terms.service_span(start)[1] <= window.end:
        yield start
        free_from = terms.claimed_span(start)[1] + terms.buffer_before_minutes * 60
        start += -(-(free_from - start) // step) * step


def _every_start(window: OpenWindow, terms: Terms) -> Iterator[int]:
    last = min(window.end - 1, window.open_until - terms.duration_minutes * 60)
    yield from range(window.start, last + 1, _step(window, terms))


def _step(window: OpenWindow, terms: Terms) -> int:
    return (terms.granularity_minutes or window.granularity_minutes) * 60
