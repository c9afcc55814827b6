"""What a link for one action is about, whether or not it may still be used: pages tell people kindly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from holdfast.capabilities.bookings.queries.bookings import booking_of_link
from holdfast.capabilities.bookings.types import Booking
from holdfast.platform.crypto import token_hash
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context


@dataclass(frozen=True, slots=True)
class ActionLink:
    """A link that has not expired, for one action on one booking; `used_at` is when that was done with it."""

    action: str
    used_at: datetime | None
    booking: Booking


def find_action_link(token: str) -> ActionLink | None:
    """Return what the link of the context is about, or None for one that is unknown or too old."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "select action, used_at, booking_id from booking_token"
        " where tenant_id = %s and token_hash = %s and expires_at > clock_timestamp()",
        (tenant_id, token_hash(token)),
    )
    for action, used_at, booking_id in rows:
        booking = booking_of_link(booking_id)
        return ActionLink(action, used_at, booking) if booking else None
    return None
