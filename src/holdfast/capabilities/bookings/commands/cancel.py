"""Cancel a booking: its time is free at once, its row and its history stay."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import MoveAnswer, key_params, read_result, run_move
from holdfast.capabilities.bookings.commands.archive import tells_of_archive
from holdfast.capabilities.bookings.queries.permitted import may_move
from holdfast.platform.access import Actor
from holdfast.platform.crypto import seal, token_hash
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.scheduling.lifecycle import Move


@tells_of_archive
def cancel_booking(
    *,
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    token: str = "",
    expected_version: int | None = None,
    reason: str = "",
    key: IdempotencyKey | None = None,
    only: Literal["pending", "held"] | None = None,
) -> MoveAnswer:
    """Give the time back. Cancelling twice answers the same.

    A guest proves itself by the booking's token, or by one for this action, and cancels what is confirmed
    only as long before the start as the business wishes. `only` "pending" declines a request, "held" an
    offer, nothing else. Raises `NotFound` and `Conflict` (VERSION_CONFLICT, CANCELLATION_TOO_LATE with whom
    to call, MOVE_NOT_ALLOWED for what has expired or already happened).
    """
    sealed = (
        seal(tenant_id, "booking", "cancellation_reason", booking_id, reason.encode()) if reason else None
    )
    params = (
        *key_params(key),
        booking_id,
        token_hash(token) if token else None,
        may_move(tenant_id, actor, booking_id, Move.CANCEL),
        expected_version,
        sealed,
        only,
    )
    result = run_move(tenant_id, actor.label, "booking_cancel", params, now=now, can_tell=True)
    return read_result(tenant_id, result)
