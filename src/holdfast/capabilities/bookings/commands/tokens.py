"""Private links for one thing each: to look at a booking, or to confirm, cancel or move it once (S2)."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Literal
from uuid import UUID

from holdfast.capabilities.bookings.commands.archive import tells_of_archive
from holdfast.capabilities.bookings.queries.bookings import may_manage
from holdfast.platform.access import Actor
from holdfast.platform.crypto import token_hash
from holdfast.platform.db.rows import fetch_value
from holdfast.platform.errors import NotFound
from holdfast.platform.idempotency import Answer, IdempotencyKey, claim, remember
from holdfast.platform.tenancy import tenant_context

TokenAction = Literal["view", "confirm", "cancel", "reschedule"]
# 256 bits, twice what is asked for.
_RANDOM_BYTES = 32
_INSERT = (
    "insert into booking_token (tenant_id, token_hash, booking_id, action, expires_at, created_at)"
    " select b.tenant_id, %s::bytea, b.id, %s, clock.at + %s, clock.at"
    " from booking b, (select clock_timestamp() as at) clock"
    " where b.tenant_id = %s and b.id = %s and booking_may_touch(b.id, %s::bytea, %s)"
    " returning booking_instant(expires_at)"
)


@tells_of_archive
def make_token(
    *,
    tenant_id: UUID,
    actor: Actor,
    booking_id: UUID,
    action: TokenAction,
    lifetime: timedelta,
    token: str = "",
    key: IdempotencyKey | None = None,
) -> Answer:
    """Make a link's token for one action; by staff, or by whoever holds the booking's manage token.

    It is told once: only its hash is stored (the answer kept for retries is sealed). What changes something
    can be used once. Raises `NotFound`.
    """
    is_staff = may_manage(tenant_id, actor, booking_id, "bookings:update")
    proof = token_hash(token) if token else None
    with tenant_context(tenant_id, actor.label):
        if not fetch_value("select booking_may_touch(%s, %s::bytea, %s)", (booking_id, proof, is_staff)):
            raise NotFound("There is no such booking.")
        kept = claim(key) if key else None
        if kept is not None:
            return kept
        made = secrets.token_urlsafe(_RANDOM_BYTES)
        expires_at = fetch_value(
            _INSERT, (token_hash(made), action, lifetime, tenant_id, booking_id, proof, is_staff)
        )
        if expires_at is None:
            raise NotFound("There is no such booking.")
        data = {
            "booking_id": str(booking_id),
            "action": action,
            "token": made,
            "expires_at": expires_at,
            "is_single_use": action != "view",
        }
        answer = Answer(201, json.dumps({"data": data, "meta": {}}).encode())
        if key:
            remember(key, answer.status, answer.body)
    return answer
