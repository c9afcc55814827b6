"""The moves on bookings: make, confirm, reschedule, cancel."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body

from holdfast.capabilities.bookings.api.exposure import find_caller_viewer, refuse_unoffered_move
from holdfast.capabilities.bookings.api.proofs import find_proof, keep_proof
from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import (
    BookingChange,
    BookingIn,
    BookingMade,
    CancelIn,
    ConfirmIn,
    Mode,
)
from holdfast.capabilities.bookings.api.wishes import read_contact, read_wish
from holdfast.capabilities.bookings.commands import (
    cancel_booking,
    confirm_booking,
    reschedule_booking,
)
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.offered import book_offered
from holdfast.platform import clock
from holdfast.platform.access import require
from holdfast.platform.errors import Invalid, Unauthenticated
from holdfast.platform.http.answers import json_answer, with_version
from holdfast.platform.http.callers import Caller, caller_of
from holdfast.platform.http.keys import key_of
from holdfast.platform.http.retries import retry_transient
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.http.versions import expected_version


@router.post("/bookings", response={201: Envelope[BookingMade]}, operation_id="create_booking")
def post_booking(request: HttpRequest, booking: BookingIn, mode: Mode | None = None) -> HttpResponse:
    """Book a service at a start: at once, or as a hold, as the service says.

    `mode=hold` (and the `/v1` surface) always stops at a hold of ten minutes, to be confirmed.
    """
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
    response = json_answer(made.body, status=made.status, is_replay=made.is_replay)
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

    return _moved(request, booking_id, sent.token, "bookings:update", move)


@router.patch("/bookings/{booking_id}", response=Envelope[BookingMade], operation_id="change_booking")
def patch_booking(request: HttpRequest, booking_id: UUID, change: BookingChange) -> HttpResponse:
    """Cancel, confirm or reschedule a booking (S1). Send the version you saw, in If-Match or as `version`.

    With `starts_at` or `resource_id` it is moved there, all of it or nothing; its old time is given up only
    when the new one is taken.
    """
    version = expected_version(request, change.version)
    is_move = change.starts_at is not None or change.resource_id is not None
    if is_move == (change.status is not None):
        raise Invalid("Send a status, or where to move the booking.", field="status")

    def move(caller: Caller, token: str) -> MoveAnswer:
        if is_move:
            refuse_unoffered_move(request, caller, token, change.starts_at, change.resource_id)
            return reschedule_booking(
                tenant_id=caller.tenant_id,
                actor=caller.actor,
                now=clock.now(),
                booking_id=booking_id,
                starts_at=change.starts_at,
                resource_id=change.resource_id,
                token=token,
                expected_version=version,
                key=key_of(request, caller),
            )
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

    permission = "bookings:cancel" if change.status == "cancelled" else "bookings:update"
    return _moved(request, booking_id, change.token, permission, move)


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
    proof = find_proof(request, caller.tenant_id, booking_id, token)
    if not proof:
        if caller.actor.is_guest:
            raise Unauthenticated("Send the booking's token, or sign in.")
        require(caller.actor, permission)
    # A move that found its work already done answers the same: safe to repeat after a lost connection.
    moved = retry_transient(lambda: move(caller, proof), has_key=True)
    response = json_answer(moved.body, status=moved.status, is_replay=moved.is_replay)
    return with_version(response, moved.data["version"])
