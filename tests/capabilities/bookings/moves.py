"""The moves on a booking, short to write in a test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking, expire_due_holds
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.people.types import Contact
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Problem
from holdfast.platform.idempotency import IdempotencyKey
from tests.capabilities.business import TESTER, Business
from tests.cluster import Database

OWNER = Actor(kind="staff", role="owner", account_id=UUID(int=7))


def confirm(
    business: Business,
    made: MoveAnswer,
    *,
    actor: Actor = GUEST,
    token: str | None = None,
    version: int | None = None,
    contact: Contact | None = None,
    notes: str = "",
    key: IdempotencyKey | None = None,
) -> MoveAnswer:
    """Confirm with the booking's own token, unless told otherwise."""
    return confirm_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=clock.now(),
        booking_id=_id(made),
        token=made.token if token is None else token,
        expected_version=version,
        contact=contact,
        notes=notes,
        key=key,
    )


def cancel(
    business: Business,
    made: MoveAnswer,
    *,
    actor: Actor = GUEST,
    token: str | None = None,
    version: int | None = None,
    reason: str = "",
    key: IdempotencyKey | None = None,
) -> MoveAnswer:
    """Cancel with the booking's own token, unless told otherwise."""
    return cancel_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=clock.now(),
        booking_id=_id(made),
        token=made.token if token is None else token,
        expected_version=version,
        reason=reason,
        key=key,
    )


def let_expire(database: Database, made: MoveAnswer) -> None:
    """Let the hold's time be up; nobody has noticed yet."""
    change = "update booking set hold_expires_at = clock_timestamp() where id = %s returning slot_id is null"
    ((has_time,),) = database.rows(change, [_id(made)])
    change = "update allocation set expires_at = clock_timestamp() where booking_id = %s returning true"
    # Seats take no time of their own.
    assert database.rows(change, [_id(made)]) == [(True,)] * has_time


def let_all_expire(database: Database) -> None:
    """Let the time of every hold be up; nobody has noticed yet."""
    for change in (
        "update booking set hold_expires_at = clock_timestamp() where status = 'held' returning 1",
        "update allocation set expires_at = clock_timestamp() where expires_at is not null returning 1",
    ):
        assert database.rows(change)


def become(database: Database, made: MoveAnswer, status: str) -> None:
    """Bring a booking into a status that no move of this version reaches."""
    change = "update booking set status = %s, hold_expires_at = null where id = %s returning 1"
    assert database.rows(change, [status, _id(made)]) == [(1,)]


def outcome(move: Any) -> str:
    """The status after a move, or the code of its refusal."""
    try:
        made: MoveAnswer = move()
    except Problem as refused:
        return refused.code
    return made.status_name


def status(database: Database, made: MoveAnswer) -> str:
    """What is stored."""
    ((found,),) = database.rows("select status from booking where id = %s", [_id(made)])
    return str(found)


def everything(database: Database) -> list[tuple[Any, ...]]:
    """All that a refused move must leave as it was."""
    return [
        row
        for table in ("booking", "allocation", "booking_event", "customer", "idempotency_record")
        for row in database.rows(f"select to_jsonb(t)::text from {table} t order by 1")
    ]


def sweep() -> int:
    """What the worker does every few seconds."""
    return expire_due_holds()


def key(text: str = "a-key-of-ours", route: str = "POST /bookings", payload: bytes = b"f") -> IdempotencyKey:
    """An idempotency key."""
    return replace(IdempotencyKey(route, text, b""), fingerprint=payload.ljust(32, b"."))


def _id(made: MoveAnswer) -> UUID:
    assert made.booking_id is not None
    return made.booking_id


__all__ = [
    "OWNER",
    "TESTER",
    "become",
    "cancel",
    "confirm",
    "everything",
    "key",
    "let_all_expire",
    "let_expire",
    "outcome",
    "status",
    "sweep",
]
