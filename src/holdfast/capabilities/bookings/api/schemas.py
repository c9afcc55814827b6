"""What goes in and comes out of the operations on bookings and free time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, Field, StrictInt, StringConstraints

from holdfast.platform.http.instants import Time
from holdfast.platform.http.schemas import RESOURCE_ID, Input, Line, Output, Text

Status = Literal[
    "held", "option", "pencil", "pending", "confirmed", "completed", "no_show", "cancelled", "expired"
]
Mode = Literal["flow", "hold"]
Token = Annotated[str, StringConstraints(max_length=100)]
Version = Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]


class ContactIn(Input):
    """Who the booking is for, in our words or in S0's (`client_…`)."""

    customer_name: Line | None = Field(None, validation_alias=AliasChoices("customer_name", "client_name"))
    customer_email: Line | None = Field(None, validation_alias=AliasChoices("customer_email", "client_email"))
    customer_phone: Line | None = Field(None, validation_alias=AliasChoices("customer_phone", "client_phone"))
    notes: Text | None = None


class BookingIn(ContactIn):
    """A wish for time. S0: `{service_id, client_name, client_email, client_phone, start_time}`."""

    service_id: UUID
    starts_at: Time = Field(validation_alias=AliasChoices("starts_at", "start_time"))
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    location_id: UUID | None = None
    mode: Mode = "flow"


class ConfirmIn(ContactIn):
    """What a confirmation may bring: the token, and the contact that the hold did not have."""

    token: Token | None = None
    version: Version | None = None


class BookingChange(Input):
    """A move by name (S1: PATCH cancels)."""

    status: Literal["cancelled", "confirmed"]
    reason: Text | None = None
    token: Token | None = None
    version: Version | None = None


class CancelIn(Input):
    """What a cancellation may bring."""

    reason: Text | None = None
    token: Token | None = None
    version: Version | None = None


class BookingMade(Output):
    """A booking as every move answers it: without contact data, with its private token."""

    token: str
    id: UUID
    status: Status
    version: int
    service_id: UUID | None
    location_id: UUID
    resource_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    local_start: str
    time_zone: str
    price_minor: int | None
    currency: str
    hold_expires_at: datetime | None
    created_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None


class CustomerOut(Output):
    """The contact as it was given for this booking."""

    name: str
    email: str
    phone: str


class BookingOut(Output):
    """A booking as staff, or its own customer, may see it."""

    id: UUID
    status: Status
    version: int
    service_id: UUID | None
    location_id: UUID
    resource_id: UUID | None
    title: str
    starts_at: datetime
    ends_at: datetime
    local_start: str
    time_zone: str
    price_minor: int | None
    currency: str
    source: str
    hold_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    customer: CustomerOut | None
    notes: str
    cancellation_reason: str


class FreeStart(Output):
    """A start that can be booked. `local_start` is wall time, `offset` tells a repeated hour apart."""

    starts_at: datetime
    ends_at: datetime
    local_start: str
    offset: str
    is_ambiguous: bool


class FreeSlot(FreeStart):
    """A start with whoever could take it."""

    resource_ids: list[UUID]


class FreeDay(Output):
    """A local date and its free starts."""

    date: date
    count: int
    slots: list[FreeStart]


class FreeMonth(Output):
    """A month of one service."""

    service_id: UUID
    month: str
    time_zone: str
    days: list[FreeDay]


class FreeDate(Output):
    """A local date and how many starts it has."""

    date: date
    count: int
