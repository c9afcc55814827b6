"""Reads of bookings and of free time, inside a tenant's context."""

from holdfast.capabilities.bookings.queries.bookings import (
    get_booking,
    get_booking_by_token,
    list_bookings,
)
from holdfast.capabilities.bookings.queries.free_time import (
    count_free_starts,
    find_availability,
    list_free_days,
    nearest_starts,
)

__all__ = [
    "count_free_starts",
    "find_availability",
    "get_booking",
    "get_booking_by_token",
    "list_bookings",
    "list_free_days",
    "nearest_starts",
]
