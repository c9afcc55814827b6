"""What others may know of bookings that come round again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from holdfast.capabilities.bookings.types import Booking, Wanted
from holdfast.capabilities.people.types import Contact
from holdfast.scheduling.series import OnConflict, Outcome

Scope = Literal["following", "all"]
"""Which of a series a change is for: the named occurrence and all after it, or every one still to come."""


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """A wish for a series: what, from which first start, how often, and what to do where it cannot be had.

    `first_at` is wall time where the service is given, or an instant. `left_out` and `moved` are what was
    chosen in a preview, by the dates of the rule; a moved start is wall time or an instant. `shift_minutes`
    is how far from its time an occurrence may be shifted, by default anywhere on its date. `first_booking` is
    one that is there already and becomes the first of the series.
    """

    wanted: Wanted
    first_at: datetime
    rrule: str
    on_conflict: OnConflict = OnConflict.FAIL
    shift_minutes: int | None = None
    left_out: frozenset[date] = frozenset()
    moved: Mapping[date, datetime] = field(default_factory=dict)
    contact: Contact | None = None
    notes: str = ""
    first_booking: Booking | None = None


@dataclass(frozen=True, slots=True)
class SeriesEntry:
    """One occurrence and what becomes of it.

    `starts_at` is what is booked, or would be; None where nothing is. `local_start` is the wall time of that,
    else of the rule. `reason` says why the rule's own start (or the one chosen for it) cannot be had: a
    `WhyNot`, or "no_such_time". `alternatives` are the nearest starts of the date that can.
    """

    date: date
    local_start: datetime
    starts_at: datetime | None
    outcome: Outcome
    reason: str | None = None
    role: str | None = None
    resource_id: UUID | None = None
    alternatives: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class SeriesPreview:
    """What a series would come to; nothing is promised yet. `resource_id` leads all of it, if one does."""

    rrule: str
    time_zone: str
    resource_id: UUID | None
    entries: tuple[SeriesEntry, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A series and its bookings in the order of their positions; the rule is the one that it was made by."""

    id: UUID
    rrule: str
    bookings: tuple[Booking, ...]


@dataclass(frozen=True, slots=True)
class SeriesMade:
    """What was made: each booking as moves answer it, in order, and what became of every occurrence."""

    id: UUID
    rrule: str
    time_zone: str
    resource_id: UUID | None
    bookings: tuple[dict[str, Any], ...]
    entries: tuple[SeriesEntry, ...]


@dataclass(frozen=True, slots=True)
class SeriesPart:
    """Which bookings of a series are meant; `expected_version` is that of the one at `position`."""

    series_id: UUID
    position: int = 1
    scope: Scope = "following"
    expected_version: int | None = None

    def includes(self, position: int) -> bool:
        return self.scope == "all" or position >= self.position
