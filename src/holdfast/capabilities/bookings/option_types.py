"""What others may know of studio bookings: options, pencils and confirmed work on a resource and a range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from holdfast.capabilities.bookings.settings import CHALLENGE_HOURS, OPTION_DAYS

StudioStatus = Literal["option", "pencil", "confirmed"]


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """A business's own terms: business hours to answer a challenge, days that an option stands."""

    challenge_hours: int = CHALLENGE_HOURS.usual
    option_days: int = OPTION_DAYS.usual

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> OptionTerms:
        """Read `challenge_hours` and `option_days`; what is out of bounds counts as unsaid."""
        return cls(
            CHALLENGE_HOURS.read(settings.get("challenge_hours")),
            OPTION_DAYS.read(settings.get("option_days")),
        )


@dataclass(frozen=True, slots=True)
class NewStudioBooking:
    """What staff ask for: a resource and a range. `expires_at` is for options; None is the usual term."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: StudioStatus = "option"
    title: str = ""
    notes: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """An open question: the holder decides by `answer_by`, or gives way."""

    id: UUID
    challenger_id: UUID
    holder_id: UUID
    opened_at: datetime
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class StudioBooking:
    """A studio booking as those who may read it see it. `option_rank` is that of an option only."""

    id: UUID
    status: str
    version: int
    resource_id: UUID
    location_id: UUID
    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    time_zone: str
    option_rank: int | None
    option_expires_at: datetime | None
    title: str
    notes: str
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    challenge: Challenge | None


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A place in a resource's queue as anybody may see it; `booking` only for those who may read it."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: str
    option_rank: int | None
    is_challenged: bool
    booking: StudioBooking | None
