"""Bookings to read: the staff's list, and one by id."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from holdfast.capabilities.bookings.api.proofs import find_proof, is_manage_token
from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import BookingOut, Status
from holdfast.capabilities.bookings.queries import get_booking, get_booking_by_token, list_bookings
from holdfast.capabilities.bookings.queries.history import list_bookings_as_of
from holdfast.capabilities.bookings.queries.permitted import moves_now
from holdfast.capabilities.bookings.types import Booking
from holdfast.platform import clock
from holdfast.platform.errors import Invalid, NotFound, Unauthenticated
from holdfast.platform.http.answers import answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import Time, TimeOrDate, end_of, start_of, to_instant
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date

_USUAL_DAYS = 7


@router.get(
    "/bookings",
    response=Envelope[list[BookingOut]],
    operation_id="list_bookings",
    auth=Needs("bookings:read"),
)
def get_bookings(
    request: HttpRequest,
    start: TimeOrDate | None = Query(None),
    end: TimeOrDate | None = Query(None),
    from_at: TimeOrDate | None = Query(None, alias="from"),
    to_at: TimeOrDate | None = Query(None, alias="to"),
    status: list[Status] = Query([]),
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    limit: Annotated[int, Field(ge=1, le=1000)] = 200,
    as_of: Time | None = None,
) -> HttpResponse:
    """List the bookings that touch a period, by start (S0: `start` and `end` dates, both inclusive).

    By default the next seven days. `from` and `to` are other names of the same, for instants. With `as_of`
    the calendar as it was at that instant; nothing can be done with what was, so `moves` is empty.
    """
    caller = caller_of(request)
    zone = caller.zone
    first = start or from_at or local_date(clock.now(), zone)
    starts_at = start_of(first, zone, field="start")
    last = end or to_at
    ends_at = end_of(last, zone, field="end") if last else starts_at + timedelta(days=_USUAL_DAYS)
    if ends_at <= starts_at:
        raise Invalid("The end must be after the start.", field="end")
    seen_at = to_instant(as_of, zone, field="as_of") if as_of else None
    if seen_at is not None and seen_at > clock.now():
        raise Invalid("What will be is not in the log; choose a time that is past.", field="as_of")
    with tenant_context(caller.tenant_id, caller.actor.label):
        look = list_bookings if seen_at is None else partial(list_bookings_as_of, at=seen_at)
        found = look(
            actor=caller.actor,
            starts_at=starts_at,
            ends_at=ends_at,
            statuses=status,
            resource_id=resource_id,
            location_id=location_id,
            limit=limit + 1,
        )
    bookings = [present_booking(each, caller, is_past=seen_at is not None) for each in found[:limit]]
    meta = {
        "count": len(bookings),
        "has_more": len(found) > limit,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    return answer(bookings, meta if seen_at is None else meta | {"as_of": seen_at})


@router.get("/bookings/{booking_id}", response=Envelope[BookingOut], operation_id="get_booking")
def read_booking(request: HttpRequest, booking_id: UUID, token: str | None = None) -> HttpResponse:
    """Return one booking: to staff, or to whoever holds its token (header, query or cookie)."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        booking = _find(request, caller, booking_id, token)
    proof = find_proof(request, caller.tenant_id, booking_id, token)
    is_holder = bool(proof) and is_manage_token(caller.tenant_id, booking_id, proof)
    shown = present_booking(booking, caller, holds_manage_token=is_holder)
    return with_version(answer(shown), booking.version)


def _find(request: HttpRequest, caller: Caller, booking_id: UUID, token: str | None) -> Booking:
    actor = caller.actor
    if actor.can("bookings:read") or actor.only_own("bookings:read"):
        found = get_booking(actor=actor, booking_id=booking_id)
        if found is not None:
            return found
    proof = find_proof(request, caller.tenant_id, booking_id, token)
    if proof:
        owned = get_booking_by_token(proof)
        if owned is not None and owned.id == booking_id:
            return owned
    elif actor.is_guest:
        # Said to everybody without a token, whether or not there is such a booking.
        raise Unauthenticated("Send the booking's token, or sign in.")
    raise NotFound("There is no such booking.")


def present_booking(
    booking: Booking, caller: Caller, *, holds_manage_token: bool = False, is_past: bool = False
) -> BookingOut:
    """Return a booking as this caller may see it, with what the caller may do; of the past: nothing."""
    shown = asdict(booking)
    shown["moves"] = (
        []
        if is_past or booking.is_archived
        else moves_now(
            caller.actor,
            booking.status,
            booking.resource_id,
            holds_manage_token=holds_manage_token,
            slot_id=booking.slot_id,
        )
    )
    shown["customer"] = shown.pop("contact")
    shown["local_start"] = booking.local_start.isoformat()
    return BookingOut.model_validate(shown)
