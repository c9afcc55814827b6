"""The waiting list over HTTP: join, look, leave; the staff's list, and offers by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query
from pydantic import Field

from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.waitlist_schemas import (
    EntryMade,
    EntryOut,
    LeaveIn,
    OfferIn,
    OfferOut,
    ReasonOut,
    WaitlistIn,
    WaitlistStatusName,
)
from holdfast.capabilities.bookings.api.wishes import read_contact
from holdfast.capabilities.bookings.commands.waitlist import (
    join_waitlist,
    leave_waitlist,
    refuse_stranger,
    waitlist_token,
)
from holdfast.capabilities.bookings.commands.waitlist_offers import offer_by_hand
from holdfast.capabilities.bookings.queries.waitlist import list_entries, read_entry
from holdfast.capabilities.bookings.queries.waitlist_openings import explain_entry
from holdfast.capabilities.bookings.waitlist_types import NewEntry, WaitlistEntry, WaitlistWish
from holdfast.platform import clock
from holdfast.platform.errors import Invalid, NotFound, Unauthenticated
from holdfast.platform.http.answers import answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import Date, to_instant
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.waitlist import Window


@router.post("/waitlist", response={201: Envelope[EntryMade]}, operation_id="join_waitlist")
def post_entry(request: HttpRequest, wanted: WaitlistIn) -> HttpResponse:
    """Wait for time to come free: any of the services, with anyone or somebody, within days and hours.

    Where something is free the answer is WAITLIST_NOT_NEEDED with the first of it. The token opens the entry.
    """

    def work(caller: Caller) -> EntryMade:
        contact = read_contact(wanted)
        if contact is None:
            raise Invalid("Please say who it is for.", code="CONTACT_REQUIRED", field="customer_name")
        made = join_waitlist(
            actor=caller.actor,
            now=clock.now(),
            new=NewEntry(
                wish=_wish(wanted),
                contact=contact,
                notes=wanted.notes or "",
                source="api" if caller.actor.is_guest else "staff",
            ),
        )
        return EntryMade(**_present(made), token=waitlist_token(caller.tenant_id, made.id))

    return change(request, work, status=201)


@router.get(
    "/waitlist",
    response=Envelope[list[EntryOut]],
    operation_id="list_waitlist",
    auth=Needs("waitlist:read"),
)
def get_entries(
    request: HttpRequest,
    from_date: Date | None = Query(None, alias="from"),
    to_date: Date | None = Query(None, alias="to"),
    service_id: UUID | None = None,
    status: WaitlistStatusName | None = None,
    limit: Annotated[int, Field(ge=1, le=500)] = 200,
) -> HttpResponse:
    """List who waits, longest waiting first, with each one's place; by default those who still do."""
    caller = caller_of(request)
    if from_date is not None and to_date is not None and to_date < from_date:
        raise Invalid("The last date must not be before the first.", field="to")
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = list_entries(
            actor=caller.actor,
            from_date=from_date,
            to_date=to_date,
            service_id=service_id,
            status=status,
            limit=limit,
        )
    return answer([EntryOut(**_present(each)) for each in found], {"count": len(found)})


@router.get("/waitlist/{entry_id}", response=Envelope[EntryOut], operation_id="get_waitlist_entry")
def get_one(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return an entry and why it still waits: to its owner, by its token, and to staff."""
    caller = caller_of(request)
    now = clock.now()
    token = _token(request, caller, None)
    with tenant_context(caller.tenant_id, caller.actor.label):
        refuse_stranger(caller.actor, entry_id, token, "waitlist:read")
        entry = read_entry(entry_id)
        if entry is None:
            raise NotFound("There is no such entry.")
        body = EntryOut(**_present(entry, why=_why(entry, now)))
    return with_version(answer(body, {"as_of": now}), entry.version)


@router.delete("/waitlist/{entry_id}", response=Envelope[EntryOut], operation_id="leave_waitlist")
def delete_entry(request: HttpRequest, entry_id: UUID, sent: LeaveIn | None = Body(None)) -> HttpResponse:
    """Leave the list; a time that is held for the entry is given back. Leaving twice answers the same."""
    caller = caller_of(request)
    token = _token(request, caller, sent.token if sent else None)
    with tenant_context(caller.tenant_id, caller.actor.label):
        # Before the kept answers: knowing a key must not be enough to be told about an entry.
        refuse_stranger(caller.actor, entry_id, token, "waitlist:manage")

    def work(caller: Caller) -> EntryOut:
        leave_waitlist(actor=caller.actor, now=clock.now(), entry_id=entry_id, token=token)
        entry = read_entry(entry_id)
        if entry is None:
            raise NotFound("There is no such entry.")
        return EntryOut(**_present(entry))

    return change(request, work)


@router.post(
    "/waitlist/{entry_id}/offer",
    response=Envelope[EntryOut],
    operation_id="offer_to_waitlist_entry",
    auth=Needs("waitlist:manage"),
)
def post_offer(request: HttpRequest, entry_id: UUID, sent: OfferIn) -> HttpResponse:
    """Hold a start for an entry and tell its owner, whatever its place in the queue."""

    def work(caller: Caller) -> EntryOut:
        offered = offer_by_hand(
            actor=caller.actor,
            now=clock.now(),
            entry_id=entry_id,
            starts_at=to_instant(sent.starts_at, caller.zone, field="starts_at").astimezone(UTC),
            service_id=sent.service_id,
            resource_id=sent.resource_id,
            slot_id=sent.slot_id,
        )
        return EntryOut(**_present(offered))

    return change(request, work)


def _token(request: HttpRequest, caller: Caller, sent: str | None) -> str:
    token: str = sent or request.META.get("HTTP_X_BOOKING_TOKEN", "") or request.GET.get("token", "")
    if not token and caller.actor.is_guest:
        raise Unauthenticated("Send the entry's token, or sign in.")
    return token


def _wish(wanted: WaitlistIn) -> WaitlistWish:
    service_ids = tuple(dict.fromkeys(wanted.service_ids)) or (
        (wanted.service_id,) if wanted.service_id else ()
    )
    if not service_ids:
        raise Invalid("This is missing.", field="service_id")
    if wanted.service_id is not None and wanted.service_id not in service_ids:
        raise Invalid("Send service_id or service_ids, not two different things.", field="service_ids")
    last: date = wanted.to_date or wanted.from_date
    if last < wanted.from_date:
        raise Invalid("The last date must not be before the first.", field="to_date")
    if wanted.from_time is not None and wanted.to_time is not None and wanted.to_time <= wanted.from_time:
        raise Invalid("The end must be after the start.", field="to_time")
    return WaitlistWish(
        service_ids=service_ids,
        window=Window(wanted.from_date, last, wanted.from_time, wanted.to_time),
        add_on_ids=tuple(wanted.add_on_ids),
        resource_id=wanted.resource_id,
        location_id=wanted.location_id,
        party_size=wanted.party_size,
    )


def _why(entry: WaitlistEntry, now: datetime) -> list[ReasonOut]:
    return [ReasonOut(code=each.why.value, number=each.number) for each in explain_entry(entry, now=now)]


def _present(entry: WaitlistEntry, *, why: list[ReasonOut] | None = None) -> dict[str, Any]:
    wish, window = entry.wish, entry.wish.window
    return {
        "id": entry.id,
        "status": entry.status,
        "version": entry.version,
        "place": entry.place,
        "service_ids": list(wish.service_ids),
        "add_on_ids": list(wish.add_on_ids),
        "resource_id": wish.resource_id,
        "location_id": wish.location_id,
        "from_date": window.from_date,
        "to_date": window.to_date,
        "from_time": f"{window.from_time:%H:%M}" if window.from_time else None,
        "to_time": f"{window.to_time:%H:%M}" if window.to_time else None,
        "party_size": wish.party_size,
        "customer": {
            "name": entry.contact.name,
            "email": entry.contact.email,
            "phone": entry.contact.phone,
        },
        "notes": entry.notes,
        "source": entry.source,
        "created_at": entry.created_at,
        "closes_at": entry.closes_at,
        "offer": OfferOut.model_validate(entry.offer) if entry.offer else None,
        "reasons": why,
    }
