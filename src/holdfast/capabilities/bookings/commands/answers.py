"""What a move answers: the exact bytes that a replay gets again, and problems for refusals.

The SQL functions keep the `data` object without its token; the token is derived from the booking's id,
so the whole answer can be made again byte for byte although the database could not make the link.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from holdfast.capabilities.people.contacts import contact_indexes
from holdfast.capabilities.people.types import Contact
from holdfast.platform.access import Actor
from holdfast.platform.crypto import derive_token, seal
from holdfast.platform.errors import Conflict, Invalid, NotFound, Problem
from holdfast.platform.events import Event, has_listeners, publish
from holdfast.platform.idempotency import Answer, IdempotencyKey, raise_for_outcome
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import call_in_context, tenant_context

_STATUS_OF_FLOW = {"instant": "confirmed", "hold": "held", "approval": "pending"}


@dataclass(frozen=True, slots=True)
class MoveAnswer(Answer):
    """An answer with what the caller's own page needs of it."""

    booking_id: UUID | None = None
    token: str = ""
    status_name: str = ""
    kept: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """The `data` member, parsed."""
        return dict(json.loads(self.body)["data"])

    def body_for(self, token: str, moves: Sequence[str]) -> bytes:
        """The body for a caller with this token, naming the moves that it has now: always the same bytes."""
        # Staff may have sent anything beside their permission.
        shown, named = json.dumps(token), json.dumps(list(moves))
        return f'{{"data": {{"token": {shown}, "moves": {named}, {self.kept[1:]}, "meta": {{}}}}'.encode()


def manage_token(tenant_id: UUID, booking_id: UUID) -> str:
    """Return the private link's token of a booking; its hash is stored when the booking is made."""
    return derive_token(tenant_id, "manage", str(booking_id))


def begins_as(flow: str, *, mode: str, contact: Contact | None, actor: Actor) -> str:
    """Return the status in which a booking of this flow begins; `mode` "hold" always stops at a hold.

    Raises `Invalid` CONTACT_REQUIRED where a guest would promise without saying who it is.
    """
    status = "held" if mode == "hold" else _STATUS_OF_FLOW[flow]
    if status != "held" and contact is None and actor.is_guest:
        raise refusal("contact_required", None)
    return status


def key_params(key: IdempotencyKey | None) -> tuple[Any, ...]:
    """Return route, key and fingerprint as the SQL functions take them."""
    return (key.route, key.key, key.fingerprint) if key else (None, None, None)


def sealed_contact(tenant_id: UUID, booking_id: UUID, contact: Contact | None, notes: str) -> tuple[Any, ...]:
    """Return customer id, the customer's contact, both indexes, the booking's contact and notes, sealed."""
    sealed_notes = seal(tenant_id, "booking", "notes", booking_id, notes.encode()) if notes else None
    if contact is None:
        return (None, None, None, None, None, sealed_notes)
    customer_id = new_id()
    plaintext = contact.to_bytes()
    email_index, phone_index = contact_indexes(tenant_id, contact)
    return (
        customer_id,
        seal(tenant_id, "customer", "contact", customer_id, plaintext),
        email_index,
        phone_index,
        seal(tenant_id, "booking", "contact", booking_id, plaintext),
        sealed_notes,
    )


def run_move(
    tenant_id: UUID,
    actor_label: str,
    function: str,
    params: tuple[Any, ...],
    *,
    now: datetime,
    can_tell: bool,
) -> dict[str, Any]:
    """Call a hot function: in one round trip when nobody listens, else with the handlers in its transaction.

    `can_tell` says whether the move may end in something that has listeners (a hold does not).
    """
    if not can_tell:
        return call_in_context(tenant_id, actor_label, function, params)
    with tenant_context(tenant_id, actor_label):
        result = call_in_context(tenant_id, actor_label, function, params)
        if result["outcome"] == "ok":
            tell(tenant_id, result, now=now)
    return result


def tell(tenant_id: UUID, result: dict[str, Any], *, now: datetime, kind: str = "") -> None:
    """Announce what a move has done, in its transaction; by default the status that it led to."""
    data = json.loads(result["answer"])
    # A move that found its work already done tells nobody a second time.
    if data["status"] != result.get("was"):
        kind = kind or f"booking.{data['status']}"
        if has_listeners(kind):
            publish(Event(kind, tenant_id, UUID(data["id"]), now, data))


def read_result(tenant_id: UUID, result: dict[str, Any]) -> MoveAnswer:
    """Turn a function's result into the answer, or raise the problem of its outcome."""
    outcome = result["outcome"]
    raise_for_outcome(outcome)
    if outcome == "replay":
        text = base64.b64decode(result["body"]).decode()
    elif outcome in ("ok", "done"):
        text = result["answer"]
    else:
        raise refusal(outcome, result.get("current"), result)
    return made_answer(tenant_id, result["status_code"], text, is_replay=outcome == "replay")


def made_answer(tenant_id: UUID, status: int, text: str, *, is_replay: bool) -> MoveAnswer:
    """Put the kept `data` object and its derived token together: always the same bytes."""
    data = json.loads(text)
    booking_id = UUID(data["id"])
    token = manage_token(tenant_id, booking_id)
    body = '{"data": {"token": "' + token + '", ' + text[1:] + ', "meta": {}}'
    return MoveAnswer(
        status=status,
        body=body.encode(),
        is_replay=is_replay,
        booking_id=booking_id,
        token=token,
        status_name=data["status"],
        kept=text,
    )


def refusal(
    outcome: str, current: dict[str, Any] | None, more: Mapping[str, Any] = MappingProxyType({})
) -> Problem:
    """Return the problem that a refused move means to the caller; `current` is the booking as it is.

    `more` is what else the database said.
    """
    if outcome == "not_found":
        return NotFound("There is no such booking.")
    if outcome == "expired":
        return Conflict(
            "The time you held has run out. Choose a time again; it may still be free.",
            code="HOLD_EXPIRED",
            current=current,
        )
    if outcome == "cancelled":
        return Conflict("This booking was cancelled.", code="BOOKING_CANCELLED", current=current)
    if outcome == "version_conflict":
        return Conflict(
            "This booking has changed since you looked.",
            code="VERSION_CONFLICT",
            current=current,
            current_version=(current or {}).get("version"),
        )
    if outcome in ("too_late", "too_late_to_move"):
        place, phone = more.get("place", ""), more.get("phone", "")
        whom = f"{place}, {phone}" if phone else place
        is_move = outcome == "too_late_to_move"
        return Conflict(
            f"It is too late to {'move' if is_move else 'cancel'} this online. Please call {whom}.",
            code="TOO_LATE_TO_MOVE" if is_move else "CANCELLATION_TOO_LATE",
            current=current,
            until=more.get("until"),
            call={"name": place, "phone": phone},
        )
    if outcome == "contact_required":
        return Invalid("Please say who the booking is for.", code="CONTACT_REQUIRED", field="client_name")
    return Conflict(
        "This cannot be done with the booking as it is now.", code="MOVE_NOT_ALLOWED", current=current
    )
