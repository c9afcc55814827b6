"""Events inside one transaction: a capability announces, `main/wiring.py` says who listens.

Handlers run in the transaction of the change and only enqueue work (a job row); they never call
anything outside the database. An exception in a handler undoes the change: nothing is half-told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened to a tenant's data; `data` holds ids and facts, no contact data."""

    kind: str
    tenant_id: UUID
    subject_id: UUID
    occurred_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


Handler = Callable[[Event], None]
_handlers: dict[str, list[Handler]] = {}
_is_quiet: ContextVar[bool] = ContextVar("holdfast_events_are_quiet", default=False)


def subscribe(kind: str, handler: Handler) -> None:
    """Let `handler` run for each event of `kind`; called at start-up by the wiring only."""
    listeners = _handlers.setdefault(kind, [])
    if handler not in listeners:
        listeners.append(handler)


def has_listeners(kind: str) -> bool:
    """Tell whether anybody listens, so that hot paths skip a transaction nobody needs."""
    return bool(_handlers.get(kind)) and not _is_quiet.get()


@contextmanager
def nobody_listening() -> Iterator[None]:
    """Let the body move bookings without telling anybody: demo data, imports. The log keeps it all."""
    token = _is_quiet.set(True)
    try:
        yield
    finally:
        _is_quiet.reset(token)


def publish(event: Event) -> None:
    """Run the handlers of the event's kind, in order, in the caller's transaction."""
    if _is_quiet.get():
        return
    for handler in _handlers.get(event.kind, ()):
        handler(event)
