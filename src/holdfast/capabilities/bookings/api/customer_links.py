"""A customer's own bookings over HTTP: ask for a link by e-mail, read the list with it, end it everywhere.

The link's token comes in `X-Customer-Token`: not as a bearer, which here is a sign-in, and not in an address,
which is written down on the way.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field, StringConstraints

from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import Status
from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.commands.customer_links import ask_for_link, index_of, revoke_links
from holdfast.capabilities.bookings.queries.customer_links import (
    Group,
    OwnBookings,
    find_link,
    group_of,
    list_own_bookings,
)
from holdfast.capabilities.bookings.queries.permitted import moves_now
from holdfast.capabilities.bookings.types import Booking
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import NotFound, Unauthenticated
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import Caller, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.ratelimit import may_mail_link
from holdfast.platform.http.schemas import Envelope, Input, Output
from holdfast.platform.tenancy import tenant_context

_MOST, _USUAL = 100, 50


class LinkIn(Input):
    """Whose bookings; `language` is the mail's, the business's by default."""

    email: Annotated[str, StringConstraints(max_length=254)]
    language: Literal["en", "ar", "de", "fr"] | None = None


class LinkAsked(Output):
    """Said to everybody, whether or not the address is known."""

    detail: str


class LinksRevoked(Output):
    """How many links were ended."""

    revoked: int


class OwnBookingOut(Output):
    """A booking as its customer sees it in the list.

    `token` opens its own page and lets it be moved or cancelled; it is null for what is too old for that, and
    `moves` empty.
    """

    token: str | None
    moves: list[str]
    group: Group
    id: UUID
    status: Status
    version: int
    title: str
    service_id: UUID | None
    location_id: UUID
    resource_id: UUID | None
    party_size: int
    starts_at: datetime
    ends_at: datetime
    local_start: str
    time_zone: str
    price_minor: int | None
    currency: str
    hold_expires_at: datetime | None
    cancelled_at: datetime | None


@router.post("/customer-links", response={202: Envelope[LinkAsked]}, operation_id="ask_for_customer_link")
def post_link(request: HttpRequest, wanted: LinkIn) -> HttpResponse:
    """Mail a link to a customer's own bookings; the answer is the same for every address.

    Limited by who asks and by business: 429, which says nothing of the address. An address that has had
    enough mails is answered as ever and gets no more.
    """
    caller = caller_of(request)
    index = index_of(caller.tenant_id, wanted.email)
    may_mail = may_mail_link(request, caller.tenant_id, index)

    def work(caller: Caller) -> LinkAsked:
        if may_mail:
            language = wanted.language or ""
            ask_for_link(tenant_id=caller.tenant_id, email_index=index, language=language, now=clock.now())
        return LinkAsked(detail="If we know this address, a mail is on its way.")

    return change(request, work, status=202)


@router.get("/my/bookings", response=Envelope[list[OwnBookingOut]], operation_id="list_own_bookings")
def get_own_bookings(
    request: HttpRequest,
    limit: Annotated[int, Field(ge=1, le=_MOST)] = _USUAL,
    after: UUID | None = None,
) -> HttpResponse:
    """List the bookings of the link's address, latest first. `after` is the last id of the page before."""
    caller = caller_of(request)
    token = _token(request, caller)
    with tenant_context(caller.tenant_id, GUEST.label):
        index = find_link(token)
        if index is None:
            raise NotFound("There is no such link, or it has ended.")
        found = list_own_bookings(index, limit=limit, after=after)
    now = clock.now()
    shown = [_present(caller.tenant_id, each, found, now) for each in found.bookings]
    return answer(
        shown,
        {
            "count": len(shown),
            "has_more": found.has_more,
            "next": str(shown[-1].id) if found.has_more and shown else None,
        },
    )


@router.delete("/customer-links", response=Envelope[LinksRevoked], operation_id="revoke_customer_links")
def delete_links(request: HttpRequest) -> HttpResponse:
    """End every link of the address, on all devices: the one that is shown, and those mailed beside it."""
    token = _token(request, caller_of(request))

    def work(caller: Caller) -> LinksRevoked:
        return LinksRevoked(revoked=revoke_links(tenant_id=caller.tenant_id, token=token))

    return change(request, work)


def _token(request: HttpRequest, caller: Caller) -> str:
    token: str = request.META.get("HTTP_X_CUSTOMER_TOKEN", "")
    if not token and caller.actor.is_guest:
        raise Unauthenticated("Send the link's token in X-Customer-Token.")
    # Whoever is signed in has bookings of its own by a link as well.
    return token


def _present(tenant_id: UUID, booking: Booking, found: OwnBookings, now: datetime) -> OwnBookingOut:
    is_open = booking.id in found.opened
    moves = moves_now(
        GUEST, booking.status, booking.resource_id, holds_manage_token=True, slot_id=booking.slot_id
    )
    return OwnBookingOut.model_validate(
        {
            **asdict(booking),
            "token": manage_token(tenant_id, booking.id) if is_open else None,
            "moves": moves if is_open and not booking.is_archived else [],
            "group": group_of(booking, now),
            "local_start": booking.local_start.isoformat(),
        }
    )
