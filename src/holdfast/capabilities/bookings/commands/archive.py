"""Put away what has been over for long; and tell whoever tries to move it that it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction

from holdfast.capabilities.bookings.queries.bookings import get_booking
from holdfast.platform.access import Actor
from holdfast.platform.crypto import token_hash
from holdfast.platform.db.rows import fetch_value
from holdfast.platform.errors import Conflict, NotFound, Unavailable
from holdfast.platform.tenancy import current_context, tenant_context

# Some tens of milliseconds each: nobody who books waits for more than that, and only where they meet.
_BATCH = 200
P = ParamSpec("P")
R = TypeVar("R")


def archive_due_bookings(*, batch: int = _BATCH) -> int:
    """Put away what is finished and over for as long as each business wishes; return how many. A chore.

    Each batch is a transaction: what ends it leaves every booking in its table or in the archive.
    """
    archived = 0
    while True:
        with transaction.atomic():
            count = int(fetch_value("select booking_archive_due(%s)", (batch,)))
        archived += count
        if count < batch:
            return archived


def tells_of_archive(command: Callable[P, R]) -> Callable[P, R]:
    """Let a move answer `Conflict` BOOKING_ARCHIVED to whoever may see what is put away.

    Moves look for bookings at hand only. What they find neither there nor still unchanged under its locks
    (`NotFound`, `Unavailable`) may be in the archive.
    """

    @wraps(command)
    def told(*args: P.args, **given: P.kwargs) -> R:
        try:
            return command(*args, **given)
        except (NotFound, Unavailable):
            tenant_id = given.get("tenant_id") or current_context().tenant_id
            actor, booking_id = given.get("actor"), given.get("booking_id")
            if isinstance(tenant_id, UUID) and isinstance(actor, Actor) and isinstance(booking_id, UUID):
                _refuse_archived(tenant_id, actor, booking_id, str(given.get("token") or ""))
            raise

    return told


def _refuse_archived(tenant_id: UUID, actor: Actor, booking_id: UUID, token: str) -> None:
    """Raise `Conflict` for a booking that is put away, with its state, if the caller may see it."""
    with tenant_context(tenant_id, actor.label):
        is_reader = (
            actor.can("bookings:read:own") and get_booking(actor=actor, booking_id=booking_id) is not None
        )
        proof = token_hash(token) if token else None
        found = fetch_value(
            "select booking_archived_answer(%s, %s::bytea, %s)", (booking_id, proof, is_reader)
        )
    if found is not None:
        raise Conflict(
            "This booking is over for so long that it has been put away. It can be read, not changed.",
            code="BOOKING_ARCHIVED",
            current=found,
        )
