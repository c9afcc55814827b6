"""Reads of bookings and of free time, inside a tenant's context."""

from holdfast.capabilities.bookings.queries.availability import (
    count_free_starts,
    find_availability,
    nearest_starts,
)
from holdfast.capabilities.bookings.queries.bookings import (
    get_booking,
    get_booking_by_token,
    list_bookings,
)

__all__ = [
    "count_free_starts",
    "find_availability",
    "get_booking",
    "get_booking_by_token",
    "list_bookings",
    "nearest_starts",
]
