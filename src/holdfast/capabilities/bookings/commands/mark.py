"""What became of a booking: completed, a no-show, or neither after all; by hand, or when it is long over."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from holdfast.capabilities.bookings.commands.answers import MoveAnswer, key_params, read_result, tell
from holdfast.capabilities.bookings.commands.archive import tells_of_archive
from holdfast.capabilities.bookings.queries.permitted import may_move
from holdfast.platform.access import Actor
from holdfast.platform.db.rows import fetch_value
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import call_in_context, tenant_context
from holdfast.scheduling.lifecycle import Move

_BATCH = 500
_KINDS = {
    Move.COMPLETE: "booking.completed",
    Move.MARK_NO_SHOW: "booking.no_show",
    Move.REOPEN: "booking.reopened",
}


@tells_of_archive
def mark_booking(
    *,
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    move: Literal[Move.COMPLETE, Move.MARK_NO_SHOW, Move.REOPEN],
    expected_version: int | None = None,
    key: IdempotencyKey | None = None,
) -> MoveAnswer:
    """Mark it; its time stays taken. What is marked so already answers the same.

    Raises `NotFound` (also for whoever may not mark it) and `Conflict` (VERSION_CONFLICT, BOOKING_CANCELLED,
    MOVE_NOT_ALLOWED for what was never confirmed).
    """
    is_staff = may_move(tenant_id, actor, booking_id, move)
    params = (*key_params(key), booking_id, is_staff, expected_version, move.value)
    with tenant_context(tenant_id, actor.label):
        result = call_in_context(tenant_id, actor.label, "booking_mark", params)
        if result["outcome"] == "ok":
            tell(tenant_id, result, now=now, kind=_KINDS[move])
    return read_result(tenant_id, result)


def complete_due_bookings() -> int:
    """Complete what has been over for as long as each business wishes; return how many. A chore."""
    completed = 0
    while True:
        with transaction.atomic():
            count = int(fetch_value("select booking_complete_due(%s)", (_BATCH,)))
        completed += count
        if count < _BATCH:
            return completed
