"""What goes in and comes out of the operations on the waiting list."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AliasChoices, Field, PlainValidator, StrictInt, WithJsonSchema

from holdfast.capabilities.bookings.api.schemas import ContactIn, CustomerOut, Token
from holdfast.platform.http.instants import Date, Time
from holdfast.platform.http.schemas import RESOURCE_ID, Input, Output

WaitlistStatusName = Literal["waiting", "offered", "booked", "left", "lapsed"]
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def _parse_time_of_day(value: Any) -> time:
    if isinstance(value, time):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a time of day like 09:00")
    return time(int(found[1]), int(found[2]))


TimeOfDay = Annotated[
    time,
    PlainValidator(_parse_time_of_day),
    WithJsonSchema({"type": "string", "description": "Wall-clock time of the location, like 09:00."}),
]


class WaitlistIn(ContactIn):
    """Who waits, and for what: one service or any of several, with add-ons; days, both inclusive, and hours.

    A start suits from `from_time` on and before `to_time`. Without a resource anyone will do, without a
    location anywhere.
    """

    service_id: UUID | None = None
    service_ids: list[UUID] = Field([], max_length=10)
    add_on_ids: list[UUID] = Field([], max_length=10)
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    location_id: UUID | None = None
    from_date: Date = Field(validation_alias=AliasChoices("from_date", "date"))
    to_date: Date | None = None
    from_time: TimeOfDay | None = None
    to_time: TimeOfDay | None = None
    party_size: Annotated[StrictInt, Field(ge=1, le=1000)] = 1


class LeaveIn(Input):
    """How a guest proves that the entry is its own."""

    token: Token | None = None


class OfferIn(Input):
    """A start to offer by hand; the service is one of those waited for, by default the first."""

    starts_at: Time = Field(validation_alias=AliasChoices("starts_at", "start_time"))
    service_id: UUID | None = None
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    slot_id: UUID | None = None


class OfferOut(Output):
    """The time that is held: a booking, to be confirmed before `expires_at`."""

    booking_id: UUID
    service_id: UUID
    resource_id: UUID
    starts_at: datetime
    expires_at: datetime


class ReasonOut(Output):
    """Why an entry still waits; `number` counts what the code is about, else 0."""

    code: Literal[
        "offered",
        "not_open_yet",
        "unsuitable",
        "not_at_work",
        "nothing_free",
        "too_short",
        "party_too_large",
        "let_go",
        "too_soon",
        "others_ahead",
        "being_offered",
        "ends_soon",
    ]
    number: int


class EntryOut(Output):
    """An entry as its owner or the staff may see it.

    `place` counts from 1 among those who wait for the same, 0 for who does not wait any more. `reasons` are
    told of one entry at a time.
    """

    id: UUID
    status: WaitlistStatusName
    version: int
    place: int
    service_ids: list[UUID]
    add_on_ids: list[UUID]
    resource_id: UUID | None
    location_id: UUID | None
    from_date: date
    to_date: date
    from_time: str | None
    to_time: str | None
    party_size: int
    customer: CustomerOut
    notes: str
    source: str
    created_at: datetime
    closes_at: datetime
    offer: OfferOut | None
    reasons: list[ReasonOut] | None


class EntryMade(EntryOut):
    """A new entry with its private token, told once."""

    token: str
