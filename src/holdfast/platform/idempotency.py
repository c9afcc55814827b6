"""Idempotency keys: a retried request has one effect and gets the same bytes again.

Hot commands claim and remember inside their SQL function; everything else does it here, in the
transaction of the work. The rules are those of `db/sql/idempotency.sql` and DESIGN §6.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from holdfast.platform import crypto
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Conflict, Invalid, Malformed
from holdfast.platform.tenancy import current_context

_ACCEPTABLE = re.compile(r"[A-Za-z0-9_.:\-]{8,200}")


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key on one route, and the hash of what was sent with it."""

    route: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer that is kept: status and exact bytes; `is_replay` when it was kept before."""

    status: int
    body: bytes
    is_replay: bool = False


def read_key(raw: str | None, *, route: str, payload: bytes, is_required: bool) -> IdempotencyKey | None:
    """Check the header's value and tie it to the payload.

    Raises `Malformed` with IDEMPOTENCY_KEY_MISSING or IDEMPOTENCY_KEY_INVALID.
    """
    if raw is None or raw == "":
        if is_required:
            raise Malformed(
                "Send an Idempotency-Key header: a fresh random value for each thing you want done.",
                code="IDEMPOTENCY_KEY_MISSING",
                field="Idempotency-Key",
            )
        return None
    if not _ACCEPTABLE.fullmatch(raw):
        raise Malformed(
            "An Idempotency-Key has 8 to 200 letters, digits or - _ . :  A UUID is best.",
            code="IDEMPOTENCY_KEY_INVALID",
            field="Idempotency-Key",
        )
    return IdempotencyKey(route, raw, hashlib.sha256(payload).digest())


def raise_for_outcome(outcome: str) -> None:
    """Turn a claim that was refused into its problem."""
    if outcome == "in_progress":
        raise Conflict(
            "The same request is still being worked on; ask again in a moment.",
            code="IDEMPOTENCY_IN_PROGRESS",
            retry_after=1,
        )
    if outcome == "key_reused":
        raise Invalid(
            "This Idempotency-Key was already used for something else; choose a new one.",
            code="IDEMPOTENCY_KEY_REUSED",
            field="Idempotency-Key",
        )


def claim(key: IdempotencyKey) -> Answer | None:
    """Claim `key` in the current transaction; return the kept answer when the work is already done.

    Raises `Conflict` while a twin is running and `Invalid` when the payload differs.
    """
    found = fetch_value(
        "select idempotency_claim(%s::text, %s::text, %s::bytea)", (key.route, key.key, key.fingerprint)
    )
    if found is None:
        return None
    raise_for_outcome(found["outcome"])
    body = base64.b64decode(found["body"])
    if found["is_sealed"]:
        tenant_id = current_context().tenant_id
        body = crypto.unseal(tenant_id, "idempotency_record", "body", _row_id(key), body)
    return Answer(found["status_code"], body, is_replay=True)


def remember(key: IdempotencyKey, status: int, body: bytes) -> None:
    """Keep the answer, sealed, in the transaction of the work."""
    tenant_id = current_context().tenant_id
    sealed = crypto.seal(tenant_id, "idempotency_record", "body", _row_id(key), body)
    fetch_value(
        "select idempotency_remember(%s::text, %s::text, %s::bytea, %s::integer, %s::bytea, true)",
        (key.route, key.key, key.fingerprint, status, sealed),
    )


def forget_old_answers() -> int:
    """Delete the context's records that no longer count, a few thousand at most; return how many."""
    return execute(
        "delete from idempotency_record where tenant_id = %s and ctid = any (array("
        "select ctid from idempotency_record where tenant_id = %s"
        " and created_at <= clock_timestamp() - interval '24 hours' limit 5000))",
        (current_context().tenant_id, current_context().tenant_id),
    )


def _row_id(key: IdempotencyKey) -> UUID:
    return uuid5(NAMESPACE_URL, f"{current_context().actor}|{key.route}|{key.key}")
