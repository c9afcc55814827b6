"""What was answered before stays answered."""

from __future__ import annotations

from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import MoveAnswer, made_answer
from holdfast.platform.idempotency import IdempotencyKey, claim
from holdfast.platform.tenancy import tenant_context


def kept_answer(tenant_id: UUID, actor_label: str, key: IdempotencyKey | None) -> MoveAnswer | None:
    """Return the answer of the first try when a retry comes so late that it could not be had any more."""
    if key is None:
        return None
    with tenant_context(tenant_id, actor_label):
        kept = claim(key)
    return None if kept is None else made_answer(tenant_id, kept.status, kept.body.decode(), is_replay=True)
