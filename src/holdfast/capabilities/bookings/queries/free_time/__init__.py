"""Free time: rules minus allocations, one read of each however many people are asked.

What is taken is always read fresh; only the schedule may be remembered, by its version.
"""

from holdfast.capabilities.bookings.queries.free_time.days import FreeDays, count_free_starts, list_free_days
from holdfast.capabilities.bookings.queries.free_time.starts import find_availability, nearest_starts

__all__ = ["FreeDays", "count_free_starts", "find_availability", "list_free_days", "nearest_starts"]
