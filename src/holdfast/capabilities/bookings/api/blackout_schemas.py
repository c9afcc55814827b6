"""What goes in and comes out of the operations on blackouts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AliasChoices, Field, StrictBool, StringConstraints

from holdfast.capabilities.bookings.api.schemas import Version
from holdfast.platform.errors import Invalid
from holdfast.platform.http.instants import Date, Time, TimeOrDate
from holdfast.platform.http.schemas import RESOURCE_ID, Input, Line, Output

Rule = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Dates = Annotated[list[Date], Field(max_length=500)]
_START = AliasChoices("starts_at", "start_time", "start_datetime")
_END = AliasChoices("ends_at", "end_time", "end_datetime")


class ResolutionIn(Input):
    """What to do with one booking: keep it, cancel it, or move it to another start or to somebody else."""

    booking_id: UUID
    action: Literal["keep", "cancel", "move"]
    starts_at: Time | None = Field(None, validation_alias=AliasChoices("starts_at", "start_time"))
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    version: Version | None = None


class DecisionsIn(Input):
    """What is to become of the bookings that are met: all kept, or decided one by one."""

    conflicts: Literal["keep"] | None = None
    resolutions: list[ResolutionIn] = Field([], max_length=500)


class BlackoutIn(DecisionsIn):
    """S0's and S2's payloads, with our names too. A date stands for the whole local day, the last included.

    `rrule` is a rule of RFC 5545 without DTSTART: `FREQ=WEEKLY;BYDAY=MO`. The first time must be one of the
    rule's; on `except_dates` it does not take place.
    """

    starts_at: TimeOrDate = Field(validation_alias=_START)
    ends_at: TimeOrDate = Field(validation_alias=_END)
    reason: Line = ""
    is_recurring: StrictBool = False
    rrule: Rule | None = None
    except_dates: Dates = Field([])
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    location_id: UUID | None = None


class BlackoutChange(DecisionsIn):
    """What is to change; whose blackout it is stays. A `rrule` of null ends coming round."""

    starts_at: TimeOrDate | None = Field(None, validation_alias=_START)
    ends_at: TimeOrDate | None = Field(None, validation_alias=_END)
    reason: Line | None = None
    is_recurring: StrictBool | None = None
    rrule: Rule | None = None
    except_dates: Dates | None = None
    version: Version | None = None

    def changes(self) -> dict[str, Any]:
        """Return what was sent of the blackout itself; raises `Invalid` where a null means nothing."""
        names = self.model_fields_set - {"version", "conflicts", "resolutions"}
        if not names:
            raise Invalid("Say what is to change.", field="body")
        for name in sorted(names - {"rrule"}):
            if getattr(self, name) is None:
                raise Invalid("This cannot be empty.", field=name)
        return {name: getattr(self, name) for name in names}


class BlackoutBody(Output):
    """Blocked time as it was said: of one resource, of one location, or (neither) of the whole business."""

    location_id: UUID | None
    resource_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    is_recurring: bool
    rrule: str | None
    except_dates: list[date]
    reason: str


class BlackoutOut(BlackoutBody):
    """A blackout; `repeats` says in words how it comes round, in wall time of `time_zone`."""

    id: UUID
    version: int
    time_zone: str
    local_start: str
    local_end: str
    repeats: str | None


class OccurrenceOut(Output):
    """One time of what comes round."""

    starts_at: datetime
    ends_at: datetime
    local_start: str
    local_end: str


class BlackoutWithTimes(BlackoutOut):
    """A blackout with its times in the period that was asked for (with `expand`)."""

    occurrences: list[OccurrenceOut] | None = None


class BlackoutDeleted(Output):
    """What is gone, and what to send to have it back."""

    id: UUID
    is_deleted: bool
    restore: BlackoutBody
