"""What others may know of bookings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from holdfast.capabilities.people.types import Contact

# S1: a hold lives ten minutes.
HOLD_SECONDS = 600


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A wish for time: a service at an instant, with somebody in particular or anyone.

    `mode` "hold" stops at a hold whatever the service's flow says (S1); "flow" does what the service
    says. `offered_by` is where it came from: api, page, staff or demo.
    """

    service_id: UUID
    starts_at: datetime
    resource_id: UUID | None = None
    location_id: UUID | None = None
    contact: Contact | None = None
    notes: str = ""
    mode: Literal["flow", "hold"] = "flow"
    source: Literal["api", "page", "staff", "demo"] = "api"


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as its owner or the staff may see it; `contact` is None where nobody gave any."""

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
    contact: Contact | None = None
    notes: str = ""
    cancellation_reason: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """A start that can be booked. `local_start` is wall time without zone; `offset` as "GMT+4" is what
    tells the two instants of an ambiguous hour apart."""

    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    offset: str
    resource_ids: tuple[UUID, ...]
    is_ambiguous: bool = False


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
