"""What others may know of bookings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Contact, Resource
from holdfast.scheduling.segments import Visit

# S1: a hold lives ten minutes.
HOLD_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for, time aside: one service as a rule, or several in the order of the visit.

    `resource_id` fills the lead role. `resource_ids` with `match` "any" is whoever of them, with "all" every
    one of them at once. `roles` names who fills other roles, by (role, resource id).
    """

    service_ids: tuple[UUID, ...]
    add_on_ids: tuple[UUID, ...] = ()
    resource_id: UUID | None = None
    location_id: UUID | None = None
    party_size: int = 1
    resource_ids: tuple[UUID, ...] = ()
    match: Literal["any", "all"] = "any"
    roles: tuple[tuple[str, UUID], ...] = ()


@dataclass(frozen=True, slots=True)
class RoleNeed:
    """A role of a visit and who could fill it, in display order.

    `service` is the one whose opening hours count; where the role serves several of the visit, the hours of
    `also` count too.
    """

    name: str
    service: Service
    kind: str
    required_skills: frozenset[str]
    candidates: tuple[Resource, ...]
    also: tuple[Service, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a visit, with the price it had when it was booked; `role` is who gives it."""

    service_id: UUID
    title: str
    kind: Literal["service", "add_on"]
    price_minor: int | None
    duration_minutes: int
    role: str


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """What a wish comes to before a start is chosen: segments, roles with candidates, price and time.

    `is_simple`: one service given by one resource from beginning to end, which is the quick path. Else all
    candidates are of one place. `price_minor` is None when any part is on request.
    """

    services: tuple[Service, ...]
    add_ons: tuple[Service, ...]
    visit: Visit
    roles: tuple[RoleNeed, ...]
    items: tuple[Item, ...]
    price_minor: int | None
    currency: str
    title: str
    flow: str
    is_simple: bool

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.visit.length_minutes)

    @property
    def lead(self) -> RoleNeed:
        """The role whose hours anchor the grid of starts; the first of `roles`."""
        return self.roles[0]


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A wish for time: a service at an instant, with somebody in particular or anyone.

    `mode` "hold" stops at a hold whatever the service's flow says (S1); "flow" does what the service
    says. `source` is where it came from. `service_ids` are all services of a visit of several, `service_id`
    the first of them; what else a wish may say is as in `Wanted`. `slot_id` is a published start. `overbook`
    takes the time beside what is there, where it is taken: staff only. `hold_seconds` is a hold's life.
    """

    service_id: UUID
    starts_at: datetime
    resource_id: UUID | None = None
    location_id: UUID | None = None
    contact: Contact | None = None
    notes: str = ""
    mode: Literal["flow", "hold"] = "flow"
    source: Literal["api", "page", "staff", "demo", "waitlist"] = "api"
    service_ids: tuple[UUID, ...] = ()
    add_on_ids: tuple[UUID, ...] = ()
    resource_ids: tuple[UUID, ...] = ()
    match: Literal["any", "all"] = "any"
    roles: tuple[tuple[str, UUID], ...] = ()
    party_size: int = 1
    slot_id: UUID | None = None
    overbook: bool = False
    hold_seconds: int = HOLD_SECONDS

    @property
    def wanted(self) -> Wanted:
        """What is asked for, time aside."""
        return Wanted(
            service_ids=self.service_ids or (self.service_id,),
            add_on_ids=self.add_on_ids,
            resource_id=self.resource_id,
            location_id=self.location_id,
            party_size=self.party_size,
            resource_ids=self.resource_ids,
            match=self.match,
            roles=self.roles,
        )


@dataclass(frozen=True, slots=True)
class BookedItem(Item):
    """A thing of a visit that is booked, and who gives it.

    Of a party: which guest it is for, from 1, and how long after the start of the booking it begins.
    """

    resource_id: UUID | None = None
    guest: int | None = None
    offset_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class TakenTime:
    """Time that a booking takes from one resource, buffers included, and for which role."""

    resource_id: UUID
    role: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as its owner or the staff may see it; `contact` is None where nobody gave any.

    `items` is empty for one service given by one resource; `resources` is read for one booking at a time.
    Of a series it has the id and its position in it, from 1.
    Seats of a published session have its `slot_id`, and take no time of their own. What is over for long and
    has been put away (`is_archived`) can be read, not moved.
    """

    id: UUID
    status: str
    service_id: UUID | None
    location_id: UUID
    resource_id: UUID | None
    customer_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    time_zone: str
    hold_expires_at: datetime | None
    price_minor: int | None
    currency: str
    title: str
    source: str
    sequence: int
    version: int
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    party_size: int = 1
    slot_id: UUID | None = None
    is_overbooked: bool = False
    series_id: UUID | None = None
    series_position: int | None = None
    items: tuple[BookedItem, ...] = ()
    resources: tuple[TakenTime, ...] | None = None
    contact: Contact | None = None
    notes: str = ""
    cancellation_reason: str = ""
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """A start that can be booked. `local_start` is wall time without zone; `offset` as "GMT+4" is what
    tells the two instants of an ambiguous hour apart. A start of a group has a `slot_id` and seats."""

    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    offset: str
    resource_ids: tuple[UUID, ...]
    is_ambiguous: bool = False
    slot_id: UUID | None = None
    capacity: int = 1
    seats_left: int = 1


@dataclass(frozen=True, slots=True)
class Day:
    """One local date of a place and the starts it still has."""

    date: date
    starts: tuple[Start, ...] = field(default_factory=tuple)

    @property
    def count(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class Availability:
    """Free starts of one service over local dates of one zone, in order; days without any included."""

    service_id: UUID
    time_zone: str
    days: tuple[Day, ...]
    as_of: datetime
    duration: timedelta
