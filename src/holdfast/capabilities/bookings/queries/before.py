"""Who made a move of a booking, as the log knows it."""

from __future__ import annotations

from uuid import UUID

from holdfast.platform.db.rows import fetch_value
from holdfast.platform.tenancy import current_context


def actor_of(booking_id: UUID, version: int) -> str:
    """Return the label of whoever moved the booking to `version` ("guest", "account:…"), or nothing."""
    found = fetch_value(
        "select actor from booking_event where tenant_id = %s and booking_id = %s and version = %s"
        " order by tx desc, id desc limit 1",
        (current_context().tenant_id, booking_id, version),
    )
    return str(found or "")
