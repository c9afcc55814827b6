"""What a staff page reads: bookings of some days, with the names of people and places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.queries import list_bookings
from holdfast.capabilities.bookings.queries.series import count_series
from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.people.queries import list_resources
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.tenants.queries import list_locations
from holdfast.capabilities.tenants.types import Location
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import day_bounds, local_date
from holdfast.web.console.staff import Staff

# How far ahead the list of open requests looks, and how many it shows.
_REQUEST_DAYS = 90
MOST_REQUESTS = 6


@dataclass(frozen=True, slots=True)
class Names:
    """People and places by id, those no longer active too: a past booking keeps its names."""

    people: Mapping[UUID, Resource]
    places: Mapping[UUID, Location]
    # How many bookings each series has that is shown.
    series: Mapping[UUID, int] = field(default_factory=dict)

    def person(self, booking: Booking) -> str:
        resource = self.people.get(booking.resource_id) if booking.resource_id else None
        return resource.name if resource else ""

    def place(self, booking: Booking) -> str:
        location = self.places.get(booking.location_id)
        return location.name if location else ""


@dataclass(frozen=True, slots=True)
class Week:
    """The bookings of the week around a day, the requests that wait, and the next one after the day."""

    days: tuple[date, ...]
    bookings: Sequence[Booking]
    requests: Sequence[Booking]
    next_booking: Booking | None
    names: Names


def read_names() -> Names:
    """Read everybody and every place of the context."""
    return Names(
        {resource.id: resource for resource in list_resources(active_only=False)},
        {location.id: location for location in list_locations(active_only=False)},
    )


def with_series(names: Names, bookings: Iterable[Booking]) -> Names:
    """Return the names with the sizes of the series that are shown; one read, if there are any."""
    return replace(names, series=count_series({each.series_id for each in bookings if each.series_id}))


def read_week(staff: Staff, day: date, location_id: UUID | None) -> Week:
    """Read the week of `day`, beginning on the weekday on which weeks begin here."""
    zone = ZoneInfo(staff.tenant.time_zone)
    first = day - timedelta(days=(day.weekday() - staff.reader.first_weekday) % 7)
    days = tuple(first + timedelta(days=number) for number in range(7))
    with tenant_context(staff.tenant_id, staff.actor.label):
        names = read_names()
        zones = {location.time_zone for location in names.places.values()} or {zone.key}
        starts_at = min(day_bounds(days[0], ZoneInfo(each))[0] for each in zones)
        ends_at = max(day_bounds(days[-1], ZoneInfo(each))[1] for each in zones)
        bookings = list_bookings(
            actor=staff.actor, starts_at=starts_at, ends_at=ends_at, location_id=location_id
        )
        requests = list_bookings(
            actor=staff.actor,
            starts_at=staff.now,
            ends_at=staff.now + timedelta(days=_REQUEST_DAYS),
            statuses=("pending",),
            location_id=location_id,
            limit=MOST_REQUESTS + 1,
        )
        after = day_bounds(day, zone)[1]
        following = list_bookings(
            actor=staff.actor,
            starts_at=after,
            ends_at=after + timedelta(days=_REQUEST_DAYS),
            statuses=("pending", "confirmed", "pencil"),
            location_id=location_id,
            limit=1,
        )
        names = with_series(names, bookings)
    return Week(days, bookings, requests, following[0] if following else None, names)


def dates_of(booking: Booking) -> tuple[date, date]:
    """Return the first and last local date that the booking touches, in its own zone."""
    zone = ZoneInfo(booking.time_zone)
    last_instant = booking.ends_at - timedelta(microseconds=1)
    return local_date(booking.starts_at, zone), local_date(last_instant, zone)


def status_now(booking: Booking, now: datetime) -> str:
    """Return the status as it really is: a hold whose time is up has expired, swept or not."""
    if booking.status == "held" and (booking.hold_expires_at is None or booking.hold_expires_at <= now):
        return "expired"
    return booking.status
