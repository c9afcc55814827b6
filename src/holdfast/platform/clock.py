"""The one clock. Commands take `now` as an argument; only the edge reads it from here.

The instant that decides whether a hold has expired is taken by the database *after* its locks
(`clock_timestamp()` in `sql/`): a clock read before waiting for a lock is too early.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("holdfast_frozen_clock", default=None)


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at `at` for the body; for tests of rules that depend on the time."""
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
