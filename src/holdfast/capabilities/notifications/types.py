"""What others may know of notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Kind = Literal["received", "confirmed", "cancelled"]
Status = Literal["sending", "sent", "failed", "skipped"]

KIND_OF_EVENT: dict[str, Kind] = {
    "booking.pending": "received",
    "booking.confirmed": "confirmed",
    "booking.cancelled": "cancelled",
}
"""Which moves of a booking its customer is told of."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One message and what became of it. `reason` says why it was skipped or what went wrong last."""

    id: UUID
    booking_id: UUID
    kind: str
    version: int
    channel: str
    status: str
    attempts: int
    reason: str
    created_at: datetime
    sent_at: datetime | None
