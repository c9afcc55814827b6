"""What a customer's link opens: the bookings of one e-mail address, in the archive too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from holdfast.capabilities.bookings.queries.bookings import bookings_of_customer
from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.people.contacts import normalise_email
from holdfast.platform.crypto import blind_index, token_hash
from holdfast.platform.db.rows import fetch_tuples, fetch_value
from holdfast.platform.tenancy import current_context

Group = Literal["upcoming", "waiting", "past", "cancelled"]
GROUPS: tuple[Group, ...] = ("waiting", "upcoming", "past", "cancelled")
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class OwnBookings:
    """A customer's bookings, latest first; `opened` are those whose own page still opens."""

    bookings: tuple[Booking, ...]
    opened: frozenset[UUID]
    has_more: bool


def find_link(token: str) -> bytes | None:
    """Return the blind index of the address that a link of the context was mailed to, while it opens."""
    found = fetch_value(
        "select email_index from customer_link where tenant_id = %s and token_hash = %s"
        " and revoked_at is null and expires_at > clock_timestamp()",
        (current_context().tenant_id, token_hash(token)),
    )
    return bytes(found) if found is not None else None


def list_own_bookings(email_index: bytes, *, limit: int, after: UUID | None = None) -> OwnBookings:
    """Return the bookings that were made with an address, latest first, beginning after one of them.

    A hold without contact data is nobody's yet. What was made with another address, or with none, is left
    out even where it is the same customer's: a telephone number proves nothing.
    """
    found: list[Booking] = []
    while len(found) <= limit:
        rows = bookings_of_customer(email_index, after=after, limit=_CHUNK)
        found += [booking for booking in rows if _was_made_with(booking, email_index)]
        if len(rows) < _CHUNK:
            break
        after = rows[-1].id
    shown = tuple(found[:limit])
    return OwnBookings(shown, _opened([each.id for each in shown]), len(found) > limit)


def group_of(booking: Booking, now: datetime) -> Group:
    """Return under which heading a customer looks for the booking."""
    is_held = booking.status == "held" and booking.hold_expires_at and booking.hold_expires_at > now
    if is_held or (booking.status in ("pending", "option", "pencil") and booking.ends_at > now):
        return "waiting"
    if booking.status in ("held", "expired", "cancelled"):
        return "cancelled"
    if booking.status == "confirmed" and booking.ends_at > now:
        return "upcoming"
    return "past"


def _was_made_with(booking: Booking, email_index: bytes) -> bool:
    if booking.contact is None or not booking.contact.email:
        return False
    tenant_id = current_context().tenant_id
    return blind_index(tenant_id, "email", normalise_email(booking.contact.email)) == email_index


def _opened(booking_ids: list[UUID]) -> frozenset[UUID]:
    """Which of them have a private page that still opens."""
    rows = fetch_tuples(
        "select booking_id from booking_token where tenant_id = %s and booking_id = any (%s)"
        " and action = 'manage' and expires_at > clock_timestamp()",
        (current_context().tenant_id, booking_ids),
    )
    return frozenset(booking_id for (booking_id,) in rows)
