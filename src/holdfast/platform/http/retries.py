"""Try again, a few times, what the database undid by itself to keep others safe.

A deadlock, a serialization failure or a lock timeout means that the transaction was rolled back whole:
running it again has no effect twice. A lost connection leaves the outcome unknown, so that is tried
again only where an idempotency key makes it safe (TRUST §4.3).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, connection

log = structlog.get_logger("holdfast.retry")
T = TypeVar("T")

MOST_TRIES = 4
SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS = 10, 200
_ROLLED_BACK = ("40001", "40P01", "55P03")
_LOST = ("57P01", "57P02", "57P03", "08")


def retry_transient(move: Callable[[], T], *, has_key: bool) -> T:
    """Run `move`, at most four times. It must open its own transaction."""
    for attempt in range(1, MOST_TRIES):
        try:
            return move()
        except (DatabaseError, InterfaceError) as exception:
            if not _may_retry(exception, has_key=has_key):
                raise
            log.info("retried", attempt=attempt, error=type(exception).__name__)
        connection.close_if_unusable_or_obsolete()
        # Jitter parts those who met.
        pause_ms = SHORTEST_PAUSE_MS + secrets.randbelow(LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS + 1)
        time.sleep(pause_ms / 1000)
    return move()


def _may_retry(exception: DatabaseError | InterfaceError, *, has_key: bool) -> bool:
    if connection.in_atomic_block:
        return False
    state = getattr(exception.__cause__, "sqlstate", None) or ""
    if state in _ROLLED_BACK:
        return True
    return has_key and (state.startswith(_LOST) or not state)
