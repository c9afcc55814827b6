"""What others may know of notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

Kind = Literal["received", "confirmed", "changed", "declined", "cancelled", "reminder", "offer", "expired"]
MessageKind = Kind | Literal["link"]
"""All that is mailed; a link to a customer's own list is about no booking, and in our words only."""
Status = Literal["sending", "sent", "failed", "skipped"]
Language = Literal["en", "ar", "de", "fr"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""The languages that mails are written in."""

KIND_OF_EVENT: dict[str, Kind] = {
    "booking.pending": "received",
    "booking.confirmed": "confirmed",
    "booking.rescheduled": "changed",
    "booking.changed": "changed",
    "booking.declined": "declined",
    "booking.cancelled": "cancelled",
    "booking.offered": "offer",
}
"""Which moves of a booking its customer is told of at once. Reminders, and what expires by itself, fall due
with time (`commands.take_due`)."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One message and what became of it. `reason` says why it was skipped or what went wrong last.

    `recipient` is the address with all but a hint of it hidden, or empty; `lead_minutes` is of reminders; a
    link has no booking.
    """

    id: UUID
    booking_id: UUID | None
    kind: MessageKind
    version: int
    channel: str
    status: str
    attempts: int
    reason: str
    created_at: datetime
    sent_at: datetime | None
    lead_minutes: int = 0
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A message that has fallen due with time."""

    booking_id: UUID
    kind: Kind
    version: int
    lead_minutes: int


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A business's own subject and body for one kind of mail in one language."""

    kind: Kind
    locale: Language
    subject: str
    body: str
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """A calendar to subscribe to: of one person or of one place; `shows` is "details" or "busy"."""

    id: UUID
    resource_id: UUID | None
    location_id: UUID | None
    shows: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
