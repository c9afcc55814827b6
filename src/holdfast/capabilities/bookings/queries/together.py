"""Bookings of a series that one move has moved together: their customer is told once of all of them."""

from __future__ import annotations

from holdfast.capabilities.bookings.queries.events import booking_as_of
from holdfast.capabilities.bookings.types import Booking
from holdfast.platform.access import system_actor
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context

# One transaction, one kind of move, one series.
_TOGETHER = (
    "select e.booking_id, e.version from booking_event named join booking_event e"
    " on e.tenant_id = named.tenant_id and e.tx = named.tx and e.kind = named.kind"
    " and e.data ->> 'series_id' = named.data ->> 'series_id'"
    " where named.tenant_id = %s and named.booking_id = %s and named.version = %s"
    " order by (e.data ->> 'series_position')::integer"
)


def moved_together(booking: Booking, *, version: int) -> tuple[Booking, ...]:
    """Return all that the move to `version` moved with this booking, itself included, as it left them.

    In the order of their positions; empty where it was moved alone.
    """
    if booking.series_id is None:
        return ()
    rows = fetch_tuples(_TOGETHER, (current_context().tenant_id, booking.id, version))
    if len(rows) < 2:
        return ()
    reader = system_actor("mail")
    found = (booking_as_of(actor=reader, booking_id=one, version=its) for one, its in rows)
    return tuple(each for each in found if each is not None)
