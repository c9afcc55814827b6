"""Parties: several guests ready by one time, planned backwards over several artists, and booked as one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field, StrictBool, StrictInt

from holdfast.capabilities.bookings.api.moves import answer_move
from holdfast.capabilities.bookings.api.proofs import keep_proof
from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import BookingMade, ContactIn, Mode
from holdfast.capabilities.bookings.api.wishes import read_contact
from holdfast.capabilities.bookings.commands.parties import PlanIsGoneError, book_party
from holdfast.capabilities.bookings.party_types import (
    MOST_GUESTS,
    PartyAnswer,
    PartyGuest,
    PartyRequest,
    PartyWish,
    Planned,
    PlannedGuest,
)
from holdfast.capabilities.bookings.queries.parties import find_party_plan
from holdfast.platform import clock
from holdfast.platform.errors import Conflict, Invalid
from holdfast.platform.http.answers import answer, instant_text
from holdfast.platform.http.callers import caller_of
from holdfast.platform.http.instants import Time
from holdfast.platform.http.keys import key_of
from holdfast.platform.http.ratelimit import BOOKING_WRITES, READS, count_request
from holdfast.platform.http.retries import retry_transient
from holdfast.platform.http.schemas import Envelope, Input, Line, Output
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.party_days import Breaks

Minutes = Annotated[StrictInt, Field(ge=1, le=24 * 60)]


class GuestIn(Input):
    """One guest, or `count` of them who want the same: services one after another, by one artist.

    `ready_by` is this guest's own limit; nobody is ready after the one who is `last` (the bride).
    """

    service_id: UUID | None = None
    service_ids: list[UUID] = Field([], max_length=5)
    label: Line = ""
    count: Annotated[StrictInt, Field(ge=1, le=MOST_GUESTS)] = 1
    resource_id: UUID | None = None
    ready_by: Time | None = None
    last: StrictBool = False


class PartyIn(Input):
    """Who is to be ready by when. Times without an offset are wall time of the place.

    Each artist gets a break of `break_minutes` after at most `work_minutes` of work, and `travel_minutes` for
    the way there and back.
    """

    guests: list[GuestIn] = Field(min_length=1, max_length=MOST_GUESTS)
    ready_by: Time
    start_from: Time | None = None
    location_id: UUID | None = None
    resource_ids: list[UUID] = Field([], max_length=50)
    work_minutes: Minutes | None = None
    break_minutes: Minutes | None = None
    travel_minutes: Annotated[StrictInt, Field(ge=0, le=240)] = 0


class PartyBookingIn(PartyIn, ContactIn):
    """A party to be booked; with `plan_id` only the plan that was seen."""

    plan_id: Annotated[str, Field(max_length=64)] = ""
    mode: Mode = "flow"


class PlannedGuestOut(Output):
    """A guest's place in the plan, by number from 1, in the order in which they were sent."""

    guest: int
    label: str
    service_ids: list[UUID]
    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    local_start: str
    local_end: str


class PlannedOut(Output):
    """A plan by time. `id` books exactly this one. `is_best` where none better exists, else no plan starts
    later than `at_best`."""

    id: str
    guests: list[PlannedGuestOut]
    starts_at: datetime
    ready_at: datetime
    local_start: str
    time_zone: str
    location_id: UUID
    is_best: bool
    at_best: datetime
    price_minor: int | None
    currency: str


class PartyWhyNotOut(Output):
    """Why there is no plan, and what would help; guests by number from 1."""

    left_out: list[int]
    unable: list[int]
    one_more_artist: bool
    earlier_start: datetime | None
    minutes_short: int
    details: list[str]


class ArtistOut(Output):
    """Somebody who could work for the party."""

    id: UUID
    name: str


class PartyPlanOut(Output):
    """The best plan as things stand, or why there is none. Nothing is taken by asking."""

    plan: PlannedOut | None
    why_not: PartyWhyNotOut | None
    resources: list[ArtistOut]


@router.post("/parties/plan", response=Envelope[PartyPlanOut], operation_id="plan_party")
def post_plan(request: HttpRequest, party: PartyIn) -> HttpResponse:
    """Plan a party backwards from the time by which everybody is to be ready: who, by whom, from when on.

    The best plan starts as late as can be, with as few artists as that needs.
    """
    caller = caller_of(request)
    if caller.actor.is_guest:
        count_request(request, caller.tenant_id, READS)
    wish = read_party_wish(party)
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = find_party_plan(wish, clock.now())
    return answer(party_data(found))


@router.post("/parties", response={201: Envelope[BookingMade]}, operation_id="book_party")
def post_party(request: HttpRequest, party: PartyBookingIn, mode: Mode | None = None) -> HttpResponse:
    """Book a party: one booking, everybody's time, all of it or nothing.

    Its `items` are the guests' services, by number and by minutes after the start. When the plan that was
    seen (`plan_id`) is gone, 409 PLAN_GONE brings the next best; PARTY_DOES_NOT_FIT says what would help.
    """
    caller = caller_of(request)
    if caller.actor.is_guest:
        count_request(request, caller.tenant_id, BOOKING_WRITES)
    is_hold = caller.surface.stops_at_hold or "hold" in (mode, party.mode)
    key = key_of(request, caller, variant=b"hold:" if is_hold else b"")
    wanted = PartyRequest(
        read_party_wish(party),
        plan_id=party.plan_id,
        contact=read_contact(party),
        notes=party.notes or "",
        mode="hold" if is_hold else "flow",
        source="api" if caller.actor.is_guest else "staff",
    )
    try:
        made = retry_transient(
            lambda: book_party(
                tenant_id=caller.tenant_id,
                actor=caller.actor,
                now=clock.now(),
                request=wanted,
                key=key,
            ),
            has_key=key is not None,
        )
    except PlanIsGoneError as gone:
        raise refused_party(gone.answer) from None
    response = answer_move(caller, made, made.token)
    if caller.actor.is_guest:
        keep_proof(request, response, made.token)
    return response


def read_party_wish(party: PartyIn) -> PartyWish:
    """Return the wish, each guest for themselves. Raises `Invalid`."""
    if (party.work_minutes is None) != (party.break_minutes is None):
        raise Invalid("A break needs to know after how much work.", field="work_minutes")
    guests: list[PartyGuest] = []
    for sent in party.guests:
        service_ids = tuple(sent.service_ids) or ((sent.service_id,) if sent.service_id else ())
        if sent.service_id not in (None, *service_ids[:1]):
            raise Invalid("Send service_id or service_ids, not two different things.", field="guests")
        guest = PartyGuest(service_ids, sent.label.strip(), sent.resource_id, sent.ready_by, sent.last)
        guests += [guest] * sent.count
    breaks = None
    if party.work_minutes and party.break_minutes:
        breaks = Breaks(party.work_minutes * 60, party.break_minutes * 60)
    return PartyWish(
        tuple(guests),
        party.ready_by,
        party.start_from,
        party.location_id,
        tuple(party.resource_ids),
        breaks,
        party.travel_minutes,
    )


def refused_party(found: PartyAnswer) -> Conflict:
    """Return the refusal of a party, with the next best plan, or why there is none."""
    data = party_data(found)
    if found.plan is not None:
        return Conflict("Somebody has just taken some of this time.", code="PLAN_GONE", plan=data["plan"])
    return Conflict(
        " ".join(found.why_not.details) if found.why_not else "",
        code="PARTY_DOES_NOT_FIT",
        field="ready_by",
        why_not=data["why_not"],
    )


def party_data(found: PartyAnswer) -> dict[str, Any]:
    """Return a plan, or why there is none, as the API writes it."""
    why_not = found.why_not
    return {
        "plan": _plan_data(found.plan) if found.plan else None,
        "why_not": {
            "left_out": list(why_not.left_out),
            "unable": list(why_not.unable),
            "one_more_artist": why_not.one_more_artist,
            "earlier_start": instant_text(why_not.earlier_start) if why_not.earlier_start else None,
            "minutes_short": why_not.minutes_short,
            "details": list(why_not.details),
        }
        if why_not
        else None,
        "resources": [{"id": str(each.id), "name": each.name} for each in found.resources.values()],
    }


def _plan_data(plan: Planned) -> dict[str, Any]:
    return {
        "id": plan.id,
        "guests": [_guest_data(guest) for guest in plan.guests],
        "starts_at": instant_text(plan.starts_at),
        "ready_at": instant_text(plan.ready_at),
        "local_start": plan.local_start.isoformat(),
        "time_zone": plan.time_zone,
        "location_id": str(plan.location_id),
        "is_best": plan.is_best,
        "at_best": instant_text(plan.at_best),
        "price_minor": plan.price_minor,
        "currency": plan.currency,
    }


def _guest_data(guest: PlannedGuest) -> dict[str, Any]:
    return {
        "guest": guest.guest,
        "label": guest.label,
        "service_ids": [str(each) for each in guest.service_ids],
        "resource_id": str(guest.resource_id),
        "starts_at": instant_text(guest.starts_at),
        "ends_at": instant_text(guest.ends_at),
        "local_start": guest.local_start.isoformat(),
        "local_end": guest.local_end.isoformat(),
    }
