"""The moves on bookings: make, confirm, reschedule, cancel, approve and decline, mark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body

from holdfast.capabilities.bookings.api.exposure import find_caller_viewer, refuse_unoffered_move
from holdfast.capabilities.bookings.api.options import StudioBookingOut, book_range, is_range
from holdfast.capabilities.bookings.api.proofs import find_proof, is_manage_token, keep_proof
from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import (
    BookingChange,
    BookingIn,
    BookingMade,
    CancelIn,
    ConfirmIn,
    DeclineIn,
    Mode,
    MoveIn,
    TokenIn,
    TokenMade,
)
from holdfast.capabilities.bookings.api.wishes import read_contact, read_wish
from holdfast.capabilities.bookings.commands import (
    cancel_booking,
    confirm_booking,
    make_token,
    mark_booking,
    reschedule_booking,
)
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.offered import book_offered
from holdfast.capabilities.bookings.commands.seats import find_session
from holdfast.capabilities.bookings.queries.permitted import moves_now
from holdfast.platform import clock
from holdfast.platform.access import require
from holdfast.platform.errors import Invalid, Unauthenticated
from holdfast.platform.http.answers import json_answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import key_of
from holdfast.platform.http.retries import retry_transient
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.http.versions import expected_version
from holdfast.scheduling.lifecycle import Move


@router.post(
    "/bookings",
    response={201: Envelope[BookingMade | StudioBookingOut]},
    operation_id="create_booking",
)
def post_booking(request: HttpRequest, booking: BookingIn, mode: Mode | None = None) -> HttpResponse:
    """Book a service at a start: at once, or as a hold, as the service says.

    `mode=hold` (and the `/v1` surface) always stops at a hold of ten minutes, to be confirmed. With a
    resource and a range instead of a service it is a studio's booking, made by staff.
    """
    if is_range(booking):
        return book_range(request, booking)
    caller = caller_of(request)
    is_hold = caller.surface.stops_at_hold or "hold" in (mode, booking.mode)
    key = key_of(request, caller, variant=b"hold:" if is_hold else b"")
    wish = read_wish(caller, booking, is_hold=is_hold)
    made = retry_transient(
        lambda: book_offered(
            tenant_id=caller.tenant_id,
            actor=caller.actor,
            now=clock.now(),
            request=wish,
            key=key,
            viewer=find_caller_viewer(request, caller, wish.service_id),
        ),
        has_key=key is not None,
    )
    response = answer_move(caller, made, made.token)
    if caller.actor.is_guest:
        keep_proof(request, response, made.token)
    return response


@router.post("/bookings/{booking_id}/confirm", response=Envelope[BookingMade], operation_id="confirm_booking")
def post_confirmation(
    request: HttpRequest, booking_id: UUID, confirmation: ConfirmIn | None = Body(None)
) -> HttpResponse:
    """Turn a hold into a promise. Confirming twice answers the same; too late is HOLD_EXPIRED."""
    sent = confirmation or ConfirmIn()
    contact = read_contact(sent)

    def move(caller: Caller, token: str) -> MoveAnswer:
        return confirm_booking(
            tenant_id=caller.tenant_id,
            actor=caller.actor,
            now=clock.now(),
            booking_id=booking_id,
            token=token,
            expected_version=expected_version(request, sent.version),
            contact=contact,
            notes=sent.notes or "",
            key=key_of(request, caller),
        )

    return _moved(request, booking_id, sent.token, "bookings:respond", move)


@router.patch("/bookings/{booking_id}", response=Envelope[BookingMade], operation_id="change_booking")
def patch_booking(request: HttpRequest, booking_id: UUID, change: BookingChange) -> HttpResponse:
    """Cancel, confirm or reschedule a booking (S1). Send the version you saw, in If-Match or as `version`.

    With `starts_at` or `resource_id` it is moved there, all of it or nothing; its old time is given up only
    when the new one is taken. With `service_id` or `service_ids` (staff) it becomes that, at today's price.
    Seats of a session move to the session of `slot_id`, or to one at `starts_at`; `party_size` is how many.
    """
    version = expected_version(request, change.version)
    service_ids = change.service_ids or ([change.service_id] if change.service_id else [])
    is_move = bool(service_ids) or any(
        each is not None
        for each in (
            change.starts_at,
            change.resource_id,
            change.add_on_ids,
            change.slot_id,
            change.party_size,
        )
    )
    if is_move == (change.status is not None) or (change.overbook and not is_move):
        raise Invalid("Send a status, or where to move the booking.", field="status")

    def move(caller: Caller, token: str) -> MoveAnswer:
        if is_move:
            refuse_unoffered_move(request, caller, token, _start_asked(caller, change), change.resource_id)
            return reschedule_booking(
                tenant_id=caller.tenant_id,
                actor=caller.actor,
                now=clock.now(),
                booking_id=booking_id,
                starts_at=change.starts_at,
                resource_id=change.resource_id,
                service_ids=service_ids,
                add_on_ids=change.add_on_ids,
                token=token,
                expected_version=version,
                key=key_of(request, caller),
                overbook=change.overbook,
                slot_id=change.slot_id,
                party_size=change.party_size,
            )
        if change.status in ("completed", "no_show"):
            marked = Move.COMPLETE if change.status == "completed" else Move.MARK_NO_SHOW
            return _mark(request, caller, booking_id, marked, version)
        if change.status == "confirmed":
            return confirm_booking(
                tenant_id=caller.tenant_id,
                actor=caller.actor,
                now=clock.now(),
                booking_id=booking_id,
                token=token,
                expected_version=version,
                key=key_of(request, caller),
            )
        return _cancel(request, caller, booking_id, token, version, change.reason)

    permission = {"cancelled": "bookings:cancel", "confirmed": "bookings:respond"}.get(change.status or "")
    return _moved(request, booking_id, change.token, permission or "bookings:update", move)


@router.delete("/bookings/{booking_id}", response=Envelope[BookingMade], operation_id="cancel_booking")
def delete_booking(
    request: HttpRequest, booking_id: UUID, cancellation: CancelIn | None = Body(None)
) -> HttpResponse:
    """Cancel a booking (S0): its time is free at once, its row and its history stay."""
    sent = cancellation or CancelIn()
    version = expected_version(request, sent.version)
    return _moved(
        request,
        booking_id,
        sent.token,
        "bookings:cancel",
        lambda caller, token: _cancel(request, caller, booking_id, token, version, sent.reason),
    )


@router.post(
    "/bookings/{booking_id}/approve",
    response=Envelope[BookingMade],
    operation_id="approve_booking",
    auth=Needs("bookings:respond"),
)
def approve(request: HttpRequest, booking_id: UUID, approval: MoveIn | None = Body(None)) -> HttpResponse:
    """Confirm a request (S2: pending). Artists approve what is asked of themselves."""
    version = expected_version(request, (approval or MoveIn()).version)
    return _moved_by_staff(
        request,
        lambda caller: confirm_booking(
            tenant_id=caller.tenant_id,
            actor=caller.actor,
            now=clock.now(),
            booking_id=booking_id,
            expected_version=version,
            key=key_of(request, caller),
            only="pending",
        ),
    )


@router.post(
    "/bookings/{booking_id}/decline",
    response=Envelope[BookingMade],
    operation_id="decline_booking",
    auth=Needs("bookings:respond"),
)
def decline(request: HttpRequest, booking_id: UUID, refusal: DeclineIn | None = Body(None)) -> HttpResponse:
    """Decline a request: the customer is told, its time is free at once."""
    sent = refusal or DeclineIn()
    version = expected_version(request, sent.version)
    return _moved_by_staff(
        request,
        lambda caller: cancel_booking(
            tenant_id=caller.tenant_id,
            actor=caller.actor,
            now=clock.now(),
            booking_id=booking_id,
            expected_version=version,
            reason=sent.reason or "",
            key=key_of(request, caller),
            only="pending",
        ),
    )


@router.post(
    "/bookings/{booking_id}/complete",
    response=Envelope[BookingMade],
    operation_id="complete_booking",
    auth=Needs("bookings:update"),
)
def complete(request: HttpRequest, booking_id: UUID, sent: MoveIn | None = Body(None)) -> HttpResponse:
    """Say that it took place. Long after its end a booking is completed by itself."""
    version = expected_version(request, (sent or MoveIn()).version)
    return _moved_by_staff(request, lambda caller: _mark(request, caller, booking_id, Move.COMPLETE, version))


@router.post(
    "/bookings/{booking_id}/no-show",
    response=Envelope[BookingMade],
    operation_id="mark_no_show",
    auth=Needs("bookings:update"),
)
def no_show(request: HttpRequest, booking_id: UUID, sent: MoveIn | None = Body(None)) -> HttpResponse:
    """Say that the customer did not come; the time was taken all the same."""
    version = expected_version(request, (sent or MoveIn()).version)
    return _moved_by_staff(
        request, lambda caller: _mark(request, caller, booking_id, Move.MARK_NO_SHOW, version)
    )


@router.post(
    "/bookings/{booking_id}/reopen",
    response=Envelope[BookingMade],
    operation_id="reopen_booking",
    auth=Needs("bookings:update"),
)
def reopen(request: HttpRequest, booking_id: UUID, sent: MoveIn | None = Body(None)) -> HttpResponse:
    """Take back that it is completed or a no-show."""
    version = expected_version(request, (sent or MoveIn()).version)
    return _moved_by_staff(request, lambda caller: _mark(request, caller, booking_id, Move.REOPEN, version))


@router.post(
    "/bookings/{booking_id}/tokens", response={201: Envelope[TokenMade]}, operation_id="create_booking_token"
)
def post_token(request: HttpRequest, booking_id: UUID, wanted: TokenIn) -> HttpResponse:
    """Make a private link's token for one action (S2): by staff, or with the booking's own token."""
    caller = caller_of(request)
    proof = _proof(request, caller, booking_id, wanted.token, "bookings:update")
    made = retry_transient(
        lambda: make_token(
            tenant_id=caller.tenant_id,
            actor=caller.actor,
            booking_id=booking_id,
            action=wanted.action,
            lifetime=timedelta(hours=wanted.expires_in_hours),
            token=proof,
            key=key_of(request, caller),
        ),
        has_key=key_of(request, caller) is not None,
    )
    return json_answer(made.body, status=made.status, is_replay=made.is_replay)


def _start_asked(caller: Caller, change: BookingChange) -> datetime | None:
    """Return where a booking is to be moved; a session says when it is."""
    if change.slot_id is None:
        return change.starts_at
    session = find_session(caller.tenant_id, caller.actor.label, change.slot_id)
    if change.starts_at is not None and change.starts_at != session.starts_at:
        raise Invalid("This slot starts at another time.", field="starts_at")
    return session.starts_at


def _mark(
    request: HttpRequest,
    caller: Caller,
    booking_id: UUID,
    move: Literal[Move.COMPLETE, Move.MARK_NO_SHOW, Move.REOPEN],
    version: int | None,
) -> MoveAnswer:
    return mark_booking(
        tenant_id=caller.tenant_id,
        actor=caller.actor,
        now=clock.now(),
        booking_id=booking_id,
        move=move,
        expected_version=version,
        key=key_of(request, caller),
    )


def _cancel(
    request: HttpRequest,
    caller: Caller,
    booking_id: UUID,
    token: str,
    version: int | None,
    reason: str | None,
) -> MoveAnswer:
    return cancel_booking(
        tenant_id=caller.tenant_id,
        actor=caller.actor,
        now=clock.now(),
        booking_id=booking_id,
        token=token,
        expected_version=version,
        reason=reason or "",
        key=key_of(request, caller),
    )


def _moved(
    request: HttpRequest,
    booking_id: UUID,
    token: str | None,
    permission: str,
    move: Callable[[Caller, str], MoveAnswer],
) -> HttpResponse:
    """Run a move for staff, or for a guest with its token, and answer with its exact bytes."""
    caller = caller_of(request)
    proof = _proof(request, caller, booking_id, token, permission)
    # A move that found its work already done answers the same: safe to repeat after a lost connection.
    moved = retry_transient(lambda: move(caller, proof), has_key=True)
    return with_version(answer_move(caller, moved, proof), moved.data["version"])


def _moved_by_staff(request: HttpRequest, move: Callable[[Caller], MoveAnswer]) -> HttpResponse:
    """Run a move that no token is for; its permission has been looked at."""
    caller = caller_of(request)
    moved = retry_transient(lambda: move(caller), has_key=True)
    return with_version(answer_move(caller, moved, ""), moved.data["version"])


def _proof(request: HttpRequest, caller: Caller, booking_id: UUID, token: str | None, permission: str) -> str:
    """Return the token that the caller shows; without one it must hold the permission."""
    proof = find_proof(request, caller.tenant_id, booking_id, token)
    if not proof:
        if caller.actor.is_guest:
            raise Unauthenticated("Send the booking's token, or sign in.")
        require(caller.actor, permission)
    return proof


def answer_move(caller: Caller, moved: MoveAnswer, proof: str) -> HttpResponse:
    """Answer with what the caller may do next; who came with a link for one thing is not handed the whole."""
    data = moved.data
    is_holder = bool(proof) and is_manage_token(caller.tenant_id, UUID(data["id"]), proof)
    moves = moves_now(
        caller.actor,
        data["status"],
        UUID(data["resource_id"]) if data["resource_id"] else None,
        holds_manage_token=is_holder,
        slot_id=data.get("slot_id"),
    )
    body = moved.body_for(proof if proof and not is_holder else moved.token, moves)
    return json_answer(body, status=moved.status, is_replay=moved.is_replay)
