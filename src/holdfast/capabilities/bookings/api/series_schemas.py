"""What goes in and comes out of the operations on bookings that come round again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, Field, StrictInt

from holdfast.capabilities.bookings.api.schemas import BookingMade, BookingOut, ContactIn, Version
from holdfast.capabilities.bookings.types import Wanted
from holdfast.platform.errors import Invalid
from holdfast.platform.http.instants import Date, Time
from holdfast.platform.http.schemas import RESOURCE_ID, Input, Line, Output, Text
from holdfast.scheduling.series import MOST_OCCURRENCES, OnConflict, Outcome

Position = Annotated[StrictInt, Field(ge=1, le=10_000)]


class RuleIn(Input):
    """How often, and what becomes of an occurrence that cannot be had.

    The rule (RFC 5545) needs COUNT or UNTIL. `skip` and `shift` are what was chosen in a preview, by the
    dates of the rule; `shift_minutes` is how far others may be shifted, by default anywhere on their date.
    """

    rrule: Line
    on_conflict: OnConflict = OnConflict.FAIL
    shift_minutes: Annotated[StrictInt, Field(ge=1, le=1440)] | None = None
    skip: list[Date] = Field([], max_length=MOST_OCCURRENCES)
    shift: dict[Date, Time] = Field({}, max_length=MOST_OCCURRENCES)


class SeriesIn(ContactIn, RuleIn):
    """A wish for a series: a service (or a visit of several, with add-ons), a first start, and an RRULE.

    Without an offset `starts_at` is wall time where the service is given; it stays the same across changes of
    the clocks.
    """

    service_id: UUID | None = None
    service_ids: list[UUID] = Field([], max_length=10)
    add_on_ids: list[UUID] = Field([], max_length=10)
    resource_id: UUID | None = Field(
        None, validation_alias=AliasChoices(*RESOURCE_ID.choices, "resourceId", "artistId")
    )
    resource_ids: list[UUID] = Field([], max_length=50)
    match: Literal["any", "all"] = "any"
    roles: dict[Line, UUID] = Field({}, max_length=20)
    location_id: UUID | None = None
    starts_at: Time = Field(validation_alias=AliasChoices("starts_at", "start_time", "startTime"))

    def wanted(self) -> Wanted:
        """Return the wish, time aside. Raises `Invalid` when it names no service, or two firsts."""
        service_ids = tuple(self.service_ids) or ((self.service_id,) if self.service_id else ())
        if not service_ids:
            raise Invalid("This is missing.", field="service_id")
        if self.service_id not in (None, service_ids[0]):
            raise Invalid("Send service_id or service_ids, not two different things.", field="service_ids")
        return Wanted(
            service_ids,
            add_on_ids=tuple(self.add_on_ids),
            resource_id=self.resource_id,
            location_id=self.location_id,
            resource_ids=tuple(self.resource_ids),
            match=self.match,
            roles=tuple(self.roles.items()),
        )


class RepeatIn(RuleIn):
    """How a booking that is there comes round again: it is the first of the rule's occurrences."""

    version: Version | None = None


class SeriesAlternative(Output):
    """A start that an occurrence could be shifted to."""

    starts_at: datetime
    local_start: str


class SeriesEntryOut(Output):
    """One occurrence: `date` is the rule's; `starts_at` what is booked, or would be (null: nothing).

    `reason` is why its own start cannot be had: a reason as of `/availability/why-not`, or `no_such_time`
    where the clocks jump over it. `proposed` is the nearest start that can, first of `alternatives`.
    """

    date: date
    local_start: str
    starts_at: datetime | None
    status: Outcome
    reason: str | None
    role: str | None
    resource_id: UUID | None
    proposed: SeriesAlternative | None
    alternatives: list[SeriesAlternative]


class SeriesPreviewOut(Output):
    """What a series would come to. `resource_id` leads all of it; null where it is not always the same."""

    rrule: str
    time_zone: str
    resource_id: UUID | None
    occurrences: list[SeriesEntryOut]


class SeriesMadeOut(SeriesPreviewOut):
    """A series that was made: its bookings in order, and what became of every occurrence."""

    id: UUID
    bookings: list[BookingMade]


class SeriesOut(Output):
    """A series with its bookings in order, whatever has become of them."""

    id: UUID
    rrule: str
    bookings: list[BookingOut]


class SeriesPartIn(Input):
    """Which occurrences: the one at `position` and all after it, or `all`. What has begun is left alone.

    `version` (or If-Match) is that of the booking at `position`.
    """

    position: Position = 1
    scope: Literal["following", "all"] = "following"
    version: Version | None = None


class SeriesMoveIn(SeriesPartIn):
    """Where the occurrence at `position` goes, or who leads; the others move as far by the clock."""

    starts_at: Time | None = Field(None, validation_alias=AliasChoices("starts_at", "start_time"))
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)


class SeriesCancelIn(SeriesPartIn):
    """Why, if somebody wants to say it."""

    reason: Text | None = None


class SeriesChanged(Output):
    """The bookings that were meant, as they are now."""

    id: UUID
    bookings: list[BookingMade]
