"""What goes in and comes out of the operations on bookings and free time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, BaseModel, Field, StrictInt, StringConstraints

from holdfast.capabilities.bookings.types import Wanted
from holdfast.platform.errors import Invalid
from holdfast.platform.http.instants import Time
from holdfast.platform.http.schemas import RESOURCE_ID, Ids, Input, Line, Output, Text

Status = Literal[
    "held", "option", "pencil", "pending", "confirmed", "completed", "no_show", "cancelled", "expired"
]
Mode = Literal["flow", "hold"]
MoveName = Literal["confirm", "pencil", "cancel", "complete", "mark_no_show", "reopen", "reschedule"]
Token = Annotated[str, StringConstraints(max_length=100)]
# S3: at most 255.
Title = Annotated[str, StringConstraints(max_length=255)]
Version = Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]


class ContactIn(Input):
    """Who the booking is for, in our words or in S0's (`client_…`)."""

    customer_name: Line | None = Field(None, validation_alias=AliasChoices("customer_name", "client_name"))
    customer_email: Line | None = Field(None, validation_alias=AliasChoices("customer_email", "client_email"))
    customer_phone: Line | None = Field(None, validation_alias=AliasChoices("customer_phone", "client_phone"))
    notes: Text | None = None


class BookingIn(ContactIn):
    """A wish for time. S0: `{service_id, client_name, client_email, client_phone, start_time}`.

    One service, or several in one visit (`service_ids`, in their order), with add-ons. `resource_id` leads;
    `resource_ids` is whoever of them, or with `match` "all" every one of them at once; `roles` names others.
    A published start is named by its `slot_id` instead (S1), for a party of `party_size` where it has seats.
    Managers may `overbook`: take time beside what is there.

    Staff of a studio book a resource and a range instead (S3: `{artistId, startTime, endTime, title,
    notes?}`), with `status` option (S3's word: hold), pencil or confirmed; see `/options`.
    """

    service_id: UUID | None = None
    service_ids: list[UUID] = Field([], max_length=10)
    add_on_ids: list[UUID] = Field([], max_length=10)
    starts_at: Time | None = Field(
        None, validation_alias=AliasChoices("starts_at", "start_time", "startTime")
    )
    ends_at: Time | None = Field(None, validation_alias=AliasChoices("ends_at", "end_time", "endTime"))
    title: Title | None = None
    status: Literal["option", "hold", "pencil", "confirmed"] | None = None
    slot_id: UUID | None = None
    party_size: Annotated[StrictInt, Field(ge=1, le=1000)] = 1
    resource_id: UUID | None = Field(
        None, validation_alias=AliasChoices(*RESOURCE_ID.choices, "resourceId", "artistId")
    )
    resource_ids: list[UUID] = Field([], max_length=50)
    match: Literal["any", "all"] = "any"
    roles: dict[Line, UUID] = Field({}, max_length=20)
    location_id: UUID | None = None
    mode: Mode = "flow"
    overbook: bool = False


class ConfirmIn(ContactIn):
    """What a confirmation may bring: the token, and the contact that the hold did not have."""

    token: Token | None = None
    version: Version | None = None


class BookingChange(Input):
    """A move by name, or to another time or person (S1: "Cancel or reschedule bookings")."""

    status: Literal["cancelled", "confirmed", "completed", "no_show"] | None = None
    starts_at: Time | None = Field(None, validation_alias=AliasChoices("starts_at", "start_time"))
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    service_id: UUID | None = None
    service_ids: list[UUID] = Field([], max_length=10)
    add_on_ids: list[UUID] | None = Field(None, max_length=10)
    overbook: bool = False
    slot_id: UUID | None = None
    party_size: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    reason: Text | None = None
    token: Token | None = None
    version: Version | None = None


class MoveIn(Input):
    """What a move of the staff may bring."""

    version: Version | None = None


class DeclineIn(MoveIn):
    """Why a request is declined."""

    reason: Text | None = None


class TokenIn(Input):
    """A private link for one thing, for some hours."""

    action: Literal["view", "confirm", "cancel", "reschedule"]
    expires_in_hours: Annotated[StrictInt, Field(ge=1, le=24 * 366)] = 72
    token: Token | None = None


class TokenMade(Output):
    """A link's token. It is shown once, and used once where `is_single_use`."""

    booking_id: UUID
    action: Literal["view", "confirm", "cancel", "reschedule"]
    token: str
    expires_at: datetime
    is_single_use: bool


class CancelIn(Input):
    """What a cancellation may bring."""

    reason: Text | None = None
    token: Token | None = None
    version: Version | None = None


class ItemOut(Output):
    """A thing of a visit, with the price it was booked at, and who gives it.

    Of a party, `guest` counts its guests from 1, and the service begins `offset_minutes` after the booking.
    """

    service_id: UUID
    title: str
    kind: Literal["service", "add_on"]
    price_minor: int | None
    duration_minutes: int
    role: str
    resource_id: UUID | None
    guest: int | None = None
    offset_minutes: int | None = None


class TakenTimeOut(Output):
    """Time that a booking takes from one resource, buffers included, and for which role."""

    resource_id: UUID
    role: str
    starts_at: datetime
    ends_at: datetime


class BookingMade(Output):
    """A booking as every move answers it: without contact data, with its private token.

    `moves` is what the caller may do with it now.
    """

    token: str
    moves: list[MoveName]
    id: UUID
    status: Status
    version: int
    service_id: UUID | None
    location_id: UUID
    resource_id: UUID | None
    slot_id: UUID | None
    series_id: UUID | None
    series_position: int | None
    is_overbooked: bool
    party_size: int
    starts_at: datetime
    ends_at: datetime
    local_start: str
    time_zone: str
    price_minor: int | None
    currency: str
    items: list[ItemOut]
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
    """A booking as staff, or its own customer, may see it.

    `items` is empty for one service given by one resource; `resources`, all that it takes, is told of one
    booking at a time. `moves` is what the caller may do with it now.
    """

    moves: list[MoveName]
    id: UUID
    status: Status
    version: int
    service_id: UUID | None
    location_id: UUID
    resource_id: UUID | None
    slot_id: UUID | None
    series_id: UUID | None
    series_position: int | None
    is_overbooked: bool
    party_size: int
    title: str
    starts_at: datetime
    ends_at: datetime
    local_start: str
    time_zone: str
    price_minor: int | None
    currency: str
    items: list[ItemOut]
    resources: list[TakenTimeOut] | None
    source: str
    hold_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    customer: CustomerOut | None
    notes: str
    cancellation_reason: str
    is_archived: bool


class FreeWish(BaseModel):
    """What somebody asks free time for; a list is ids with commas between.

    One service or several in one visit, with add-ons; with one person, whoever of several (`match` "any") or
    all of them at once.
    """

    service_id: UUID | None = None
    service_ids: Ids = ()
    add_on_ids: Ids = ()
    resource_id: UUID | None = None
    resource_ids: Ids = ()
    match: Literal["any", "all"] = "any"
    location_id: UUID | None = None
    party_size: Annotated[int, Field(ge=1, le=1000)] = 1

    def wanted(self) -> Wanted:
        """Return the wish; raises `Invalid` when it names no service."""
        service_ids = self.service_ids or ((self.service_id,) if self.service_id else ())
        if not service_ids:
            raise Invalid("This is missing.", field="service_id")
        if self.service_id not in (None, service_ids[0]):
            raise Invalid("The first of several services is another one.", field="service_id")
        return Wanted(
            service_ids,
            add_on_ids=self.add_on_ids,
            resource_id=self.resource_id,
            location_id=self.location_id,
            party_size=self.party_size,
            resource_ids=self.resource_ids,
            match=self.match,
        )


class StartLabel(Output):
    """What clocks show at a start. `is_ambiguous`: they show it twice that day, and `offset` says which."""

    local_start: str
    offset: str
    is_ambiguous: bool


class FreeSlot(StartLabel):
    """A start that can be booked, with whoever could take it; of a group, with its seats."""

    starts_at: datetime
    ends_at: datetime
    resource_ids: list[UUID]
    slot_id: UUID | None
    capacity: int
    seats_left: int


class FreeDay(Output):
    """A local date of the business and its free starts, as instants in UTC.

    `offset` is what makes wall time of each of them. On a date on which the clocks are changed it is null,
    and `labels` say it start by start, in the same order.
    """

    date: date
    count: int
    offset: str | None
    starts: list[datetime]
    labels: list[StartLabel] | None = None


class FreeDays(Output):
    """A month, or some days, of free time. A start ends `duration_minutes` later.

    Dates are those of `time_zone`; `label_zone`, which a client may choose, is that of offsets and labels.
    """

    service_id: UUID
    month: str | None
    time_zone: str
    label_zone: str
    duration_minutes: int
    days: list[FreeDay]


class FreeDate(Output):
    """A local date and how many starts it has."""

    date: date
    count: int
