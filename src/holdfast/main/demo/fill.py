"""Books the demo calendars through the same commands that customers and staff use."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking, create_booking
from holdfast.capabilities.bookings.queries import list_free_days
from holdfast.capabilities.bookings.types import BookingRequest, Wanted
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.queries import list_resources
from holdfast.capabilities.people.types import Resource
from holdfast.main.demo.build import Built
from holdfast.main.demo.customers import Customers
from holdfast.main.demo.shapes import Business
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.intervals import instant

_DAYS_BACK = 3
_DAYS_AHEAD = 13
# The share of the fullness that is left at the end of the two weeks: who books, books soon.
_FAR_SHARE = 0.3
_NOTED = 0.25
_CANCELLED = 0.06
# Requests from so many days ahead on are still waiting for their answer.
_UNANSWERED_FROM_DAY = 2
_UNANSWERED = 0.4


@dataclass(slots=True)
class _Calendar:
    """One person's free starts, by service and date, and the claims that the demo has made."""

    resource: Resource
    starts: dict[UUID, dict[date, list[datetime]]]
    claims: list[tuple[datetime, datetime]] = field(default_factory=list)

    def take(self, service: Service, day: date, chance: random.Random) -> datetime | None:
        """Choose a start that nothing of ours overlaps, rather one on the half hour; None for none."""
        free = [at for at in self.starts[service.id].get(day, []) if self._is_free(service, at)]
        round_ones = [at for at in free if at.minute % 30 == 0]
        if not free:
            return None
        starts_at = chance.choice(round_ones or free)
        self.claims.append(_claim(service, starts_at))
        return starts_at

    def _is_free(self, service: Service, starts_at: datetime) -> bool:
        begin, end = _claim(service, starts_at)
        return all(begin >= taken_until or end <= taken_from for taken_from, taken_until in self.claims)


def fill_calendars(
    built: Built, business: Business, *, actor: Actor, today: date, chance: random.Random
) -> None:
    """Book a few days back and two weeks ahead, leaving plenty free; some requests stay unanswered."""
    zone = ZoneInfo(business.time_zone)
    # Booked as if some days ago, so that today has its mornings too at whatever hour the demo is loaded.
    as_of = datetime.combine(today - timedelta(days=_DAYS_BACK + 3), time(0), zone)
    customers = Customers(chance, business.phone_format)
    for calendar in _calendars(built, actor, as_of, today):
        for number in range(-_DAYS_BACK, _DAYS_AHEAD + 1):
            wanted = business.fullness * (1 - (1 - _FAR_SHARE) * max(0, number) / _DAYS_AHEAD)
            day = today + timedelta(days=number)
            for service, starts_at in _choose(calendar, built, day, wanted, chance):
                notes = chance.choice(business.notes) if chance.random() < _NOTED else ""
                request = BookingRequest(
                    service_id=service.id,
                    starts_at=starts_at,
                    resource_id=calendar.resource.id,
                    contact=customers.any_one(),
                    notes=notes,
                    source="demo",
                )
                may_wait = number >= _UNANSWERED_FROM_DAY
                _book(built.tenant_id, request, as_of, actor, chance, may_wait=may_wait)


def _calendars(built: Built, actor: Actor, as_of: datetime, today: date) -> list[_Calendar]:
    from_date, to_date = today - timedelta(days=_DAYS_BACK), today + timedelta(days=_DAYS_AHEAD)
    calendars: list[_Calendar] = []
    with tenant_context(built.tenant_id, actor.label):
        for resource in list_resources():
            starts: dict[UUID, dict[date, list[datetime]]] = {}
            for service in built.services:
                if not set(service.required_skills) <= set(resource.skills):
                    continue
                found = list_free_days(
                    Wanted((service.id,), resource_id=resource.id),
                    from_date=from_date,
                    to_date=to_date,
                    now=as_of,
                )
                starts[service.id] = {
                    day: [instant(second) for second in seconds] for day, seconds in found.days.items()
                }
            calendars.append(_Calendar(resource, starts))
    return calendars


def _choose(
    calendar: _Calendar, built: Built, day: date, wanted: float, chance: random.Random
) -> list[tuple[Service, datetime]]:
    """Pick services and starts until about the wanted share of an eight-hour day is taken."""
    offered = [service for service in built.services if calendar.starts.get(service.id, {}).get(day)]
    chosen: list[tuple[Service, datetime]] = []
    minutes_left = wanted * 480 * chance.uniform(0.5, 1.4)
    while offered and chance.random() < minutes_left / offered[0].duration_minutes:
        # Services that come first in the menu are what most people come for.
        service = offered[min(chance.randrange(len(offered)), chance.randrange(len(offered)))]
        starts_at = calendar.take(service, day, chance)
        if starts_at is None:
            offered.remove(service)
            continue
        chosen.append((service, starts_at))
        minutes_left -= service.duration_minutes
    return chosen


def _book(
    tenant_id: UUID,
    request: BookingRequest,
    as_of: datetime,
    actor: Actor,
    chance: random.Random,
    *,
    may_wait: bool,
) -> None:
    answer = create_booking(tenant_id=tenant_id, actor=GUEST, now=as_of, request=request, key=None)
    if answer.booking_id is None:
        return
    if answer.status_name == "held":
        confirm_booking(
            tenant_id=tenant_id, actor=GUEST, now=as_of, booking_id=answer.booking_id, token=answer.token
        )
    is_waiting = answer.status_name == "pending" and may_wait and chance.random() < _UNANSWERED
    if answer.status_name == "pending" and not is_waiting:
        confirm_booking(tenant_id=tenant_id, actor=actor, now=as_of, booking_id=answer.booking_id)
    if not is_waiting and chance.random() < _CANCELLED:
        cancel_booking(
            tenant_id=tenant_id,
            # By telephone: online it is too late for what the demo puts into the past.
            actor=actor,
            now=as_of,
            booking_id=answer.booking_id,
            reason="Something came up, sorry.",
        )


def _claim(service: Service, starts_at: datetime) -> tuple[datetime, datetime]:
    """The time that a booking takes, buffers included."""
    return (
        starts_at - timedelta(minutes=service.buffer_before_minutes),
        starts_at + timedelta(minutes=service.duration_minutes + service.buffer_after_minutes),
    )
