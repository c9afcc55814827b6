"""The history of a booking over HTTP: for the staff, and without names of the staff for its customer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from holdfast.capabilities.bookings.api.proofs import find_proof
from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.history import Change
from holdfast.capabilities.bookings.queries import get_booking, get_booking_by_token
from holdfast.capabilities.bookings.queries.history import Entry, list_history
from holdfast.platform.errors import NotFound, Unauthenticated
from holdfast.platform.http.answers import answer, instant_text
from holdfast.platform.http.callers import caller_of
from holdfast.platform.http.schemas import Envelope, Output
from holdfast.platform.tenancy import tenant_context

# What a customer is told of its booking anyway.
_FOR_CUSTOMERS = frozenset(
    {
        "status",
        "service_id",
        "location_id",
        "resource_id",
        "party_size",
        "starts_at",
        "ends_at",
        "local_start",
        "time_zone",
        "price_minor",
        "currency",
        "title",
        "items",
        "hold_expires_at",
        "confirmed_at",
        "cancelled_at",
    }
)


class ChangeOut(Output):
    """A column before and after; `takes` is the time taken of each resource, buffers included."""

    field: str
    before: Any
    after: Any


class HistoryEntryOut(Output):
    """A move of a booking. `actor` is an id for the staff, for the customer only what kind it was.

    `source` is the door it came by; `restores` the version that an undo went back to.
    """

    version: int
    kind: str
    at: datetime
    actor: str
    source: str | None
    request_id: str | None
    restores: int | None
    changes: list[ChangeOut]


@router.get(
    "/bookings/{booking_id}/history",
    response=Envelope[list[HistoryEntryOut]],
    operation_id="get_booking_history",
)
def read_history(request: HttpRequest, booking_id: UUID, token: str | None = None) -> HttpResponse:
    """List all that was done with a booking, oldest first: to staff, or to whoever holds its token."""
    caller = caller_of(request)
    actor = caller.actor
    with tenant_context(caller.tenant_id, actor.label):
        if actor.can("bookings:read:own") and get_booking(actor=actor, booking_id=booking_id):
            return _answer(list_history(booking_id), is_staff=True)
        proof = find_proof(request, caller.tenant_id, booking_id, token)
        owned = get_booking_by_token(proof) if proof else None
        if owned is not None and owned.id == booking_id:
            return _answer(list_history(booking_id), is_staff=False)
    if not proof and actor.is_guest:
        # Said to everybody without a token, whether or not there is such a booking.
        raise Unauthenticated("Send the booking's token, or sign in.")
    raise NotFound("There is no such booking.")


def _answer(entries: list[Entry], *, is_staff: bool) -> HttpResponse:
    shown = [_present(each, is_staff=is_staff) for each in entries]
    return answer(shown, {"count": len(shown)})


def _present(entry: Entry, *, is_staff: bool) -> HistoryEntryOut:
    return HistoryEntryOut(
        version=entry.version,
        kind=entry.kind,
        at=entry.at,
        actor=entry.actor if is_staff else entry.actor.partition(":")[0],
        source=entry.source if is_staff else None,
        request_id=entry.request_id if is_staff else None,
        restores=entry.restores,
        changes=[_change(each) for each in entry.changes if is_staff or each.field in _FOR_CUSTOMERS],
    )


def _change(change: Change) -> ChangeOut:
    return ChangeOut(
        field=change.field,
        before=_plain(change.field, change.before),
        after=_plain(change.field, change.after),
    )


def _plain(name: str, value: Any) -> Any:
    """Instants as the API writes them everywhere, however the log does."""
    if isinstance(value, list):
        return [_plain(name, each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(key, each) for key, each in value.items()}
    if name.endswith("_at") and isinstance(value, str):
        return instant_text(datetime.fromisoformat(value).astimezone(UTC))
    return value
