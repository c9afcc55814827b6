"""Confirm a hold; by staff, also approve a request and make a pencil firm."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import (
    MoveAnswer,
    key_params,
    read_result,
    run_move,
    sealed_contact,
)
from holdfast.capabilities.bookings.commands.archive import tells_of_archive
from holdfast.capabilities.bookings.queries.permitted import may_move
from holdfast.capabilities.people.types import Contact
from holdfast.platform.access import Actor
from holdfast.platform.crypto import token_hash
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.scheduling.lifecycle import Move


@tells_of_archive
def confirm_booking(
    *,
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    token: str = "",
    expected_version: int | None = None,
    contact: Contact | None = None,
    notes: str = "",
    key: IdempotencyKey | None = None,
    only: Literal["pending"] | None = None,
) -> MoveAnswer:
    """Turn the hold into a promise. Confirming twice answers the same; a late confirm is refused.

    A guest proves itself by the booking's token, or by one for this action. `only` "pending" approves a
    request and nothing else; of two who approve at once, the second finds it done.
    Raises `NotFound`, `Conflict` (HOLD_EXPIRED, BOOKING_CANCELLED, VERSION_CONFLICT, MOVE_NOT_ALLOWED) and
    `Invalid` CONTACT_REQUIRED.
    """
    is_staff = may_move(tenant_id, actor, booking_id, Move.CONFIRM)
    params = (
        *key_params(key),
        booking_id,
        token_hash(token) if token else None,
        is_staff,
        expected_version,
        *sealed_contact(tenant_id, booking_id, contact, notes),
        only,
    )
    result = run_move(tenant_id, actor.label, "booking_confirm", params, now=now, can_tell=True)
    return read_result(tenant_id, result)
