"""What others may know of moves that are taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A booking or a published session that has the time; `title` and `status` are those of a booking."""

    booking_id: UUID | None
    slot_id: UUID | None
    title: str
    status: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a booking cannot be what it was: a code, a sentence, and whom, when and what it is about."""

    code: str
    detail: str
    resource_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    in_the_way: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """What a booking is, or was: the part of it that moves change."""

    status: str
    starts_at: datetime
    ends_at: datetime
    location_id: UUID
    resource_id: UUID | None
    party_size: int


@dataclass(frozen=True, slots=True)
class Undone:
    """One booking whose moves were taken back, or would be.

    `undoes` are the versions that no longer count, `restores` is the one that it is like again (0: as before
    it was made). `version` is the booking's own, after the undo if it was made. With `reasons` it cannot be.
    """

    booking_id: UUID
    title: str
    version: int
    undoes: tuple[int, ...]
    restores: int
    was: State
    becomes: State
    reasons: tuple[Reason, ...] = ()
    # What a move answers about the booking as it is after the undo.
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """All bookings of one undo, by start; `is_done` is False for a rehearsal."""

    bookings: tuple[Undone, ...]
    is_done: bool

    @property
    def is_possible(self) -> bool:
        return not any(each.reasons for each in self.bookings)
