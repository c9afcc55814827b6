"""What others may know of slot instances: starts that are published as rows, with seats that are counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

SlotStatus = Literal["open", "partial", "full", "blocked"]


@dataclass(frozen=True, slots=True)
class SlotInstance:
    """A published start. `ends_at` is when the service is over; buffers are not part of it.

    Of a group, `capacity`, `booked` and `held` count seats; else they count the lanes of the resource that a
    booking at this start would need. A hold whose time is up counts as free. `blocked_by` says why nobody
    new may come: `blackout`, `rules` (which no longer give the start), `staff`.
    """

    id: UUID
    location_id: UUID
    service_id: UUID
    resource_id: UUID
    date: date
    starts_at: datetime
    ends_at: datetime
    is_group: bool
    capacity: int
    booked: int
    held: int
    status: SlotStatus
    blocked_by: list[str]


@dataclass(frozen=True, slots=True)
class SeatStart:
    """A published start of a group that has seats left. `ends_at` is when the service is over."""

    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    resource_id: UUID
    location_id: UUID
    capacity: int
    seats_left: int


@dataclass(frozen=True, slots=True)
class Report:
    """What generating slot instances did.

    Of the starts that the rules give: `created`, `unchanged`, `changed` (seats, length, blackout, counters),
    and `taken`, groups whose time something else has already. Of the instances that they no longer give:
    `removed`, and `kept` because somebody has a seat. `blocked` counts the given starts that nobody may book
    for a blackout or because the staff said so.
    """

    created: int = 0
    unchanged: int = 0
    changed: int = 0
    removed: int = 0
    blocked: int = 0
    kept: int = 0
    taken: int = 0

    def __add__(self, other: Report) -> Report:
        return Report(
            self.created + other.created,
            self.unchanged + other.unchanged,
            self.changed + other.changed,
            self.removed + other.removed,
            self.blocked + other.blocked,
            self.kept + other.kept,
            self.taken + other.taken,
        )
