"""Where to read bookings from: the tables of today, or every booking that there ever was.

What is over for long has been put away (`sql/archive.sql`). A statement about `booking b` and `allocation a`
is written once, for today, and turned here into the same one for the others.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from holdfast.platform import clock

# The archive waits thirty days and an hour at the least: half of that hour is for clocks that differ.
_KEPT_AT_HAND = timedelta(days=30, minutes=30)
_TABLE = re.compile(r"\b(from|join) (booking b|allocation a)\b")
_NOT_ARCHIVED = "false as is_archived"


def everywhere(statement: str) -> str:
    """Return the statement for every booking, put away or not."""
    return _TABLE.sub(r"\1 every_\2", statement).replace(_NOT_ARCHIVED, "b.is_archived")


def in_archive(statement: str) -> str:
    """Return the statement for bookings that have been put away."""
    return _TABLE.sub(r"\1 archived_\2", statement).replace(_NOT_ARCHIVED, "true as is_archived")


def may_be_archived(since: datetime) -> bool:
    """Tell whether anything that was made, or ended, after an instant may have been put away by now."""
    return since < clock.now() - _KEPT_AT_HAND
