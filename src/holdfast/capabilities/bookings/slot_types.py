"""What others may know of slot instances: starts that are published as rows, with seats that are counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


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
