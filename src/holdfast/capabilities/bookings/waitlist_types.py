"""What others may know of the waiting list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from holdfast.capabilities.bookings.settings import OFFER_MINUTES
from holdfast.capabilities.people.types import Contact
from holdfast.scheduling.waitlist import Reason, Window

WaitlistStatus = Literal["waiting", "offered", "booked", "left", "lapsed"]
WaitlistSource = Literal["api", "page", "staff"]
OfferOutcome = Literal["open", "taken", "declined", "lapsed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class WaitlistTerms:
    """What a business wants of its list: whether guests may join, and how long an offer stays open."""

    is_open: bool = True
    offer_minutes: int = OFFER_MINUTES.usual

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> WaitlistTerms:
        """Read `waitlist` of a business's settings; what is no such value is the usual one."""
        chosen = settings.get("waitlist")
        if not isinstance(chosen, Mapping):
            return cls()
        return cls(
            is_open=chosen.get("is_open") is not False,
            offer_minutes=OFFER_MINUTES.read(chosen.get("offer_minutes")),
        )


@dataclass(frozen=True, slots=True)
class WaitlistWish:
    """What somebody waits for: any one of the services, with anyone or somebody, within a window."""

    service_ids: tuple[UUID, ...]
    window: Window
    add_on_ids: tuple[UUID, ...] = ()
    resource_id: UUID | None = None
    location_id: UUID | None = None
    party_size: int = 1


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A wish and whose it is."""

    wish: WaitlistWish
    contact: Contact
    notes: str = ""
    source: WaitlistSource = "api"
    language: str = ""


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """The time that is held for an entry: a booking, to be confirmed before `expires_at`."""

    booking_id: UUID
    service_id: UUID
    resource_id: UUID
    starts_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """An entry as its owner or the staff may see it.

    `place` counts from 1 among those who wait for the same, 0 for who does not wait any more; `refused` are
    the starts that were offered and let go.
    """

    id: UUID
    status: WaitlistStatus
    wish: WaitlistWish
    contact: Contact
    notes: str
    source: WaitlistSource
    language: str
    version: int
    created_at: datetime
    closes_at: datetime
    refused: tuple[datetime, ...] = ()
    place: int = 0
    offer: OpenOffer | None = None


@dataclass(frozen=True, slots=True)
class ExplainedEntry:
    """An entry and why it still waits; no reasons where it does not."""

    entry: WaitlistEntry
    reasons: tuple[Reason, ...]
