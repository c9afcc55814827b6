"""Studio bookings over HTTP: options, pencils and confirmed work on a resource and a range (S3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query
from pydantic import AliasChoices, Field

from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import BookingIn, Status, Title, Version
from holdfast.capabilities.bookings.commands.options import (
    challenge_holder,
    confirm_option,
    make_studio_booking,
    pencil_option,
    release_option,
    withdraw_challenge,
)
from holdfast.capabilities.bookings.option_types import NewStudioBooking, StudioBooking, StudioStatus
from holdfast.capabilities.bookings.queries.options import get_studio_booking, list_queue
from holdfast.platform import clock
from holdfast.platform.access import require
from holdfast.platform.errors import Invalid
from holdfast.platform.http.answers import answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import Time, TimeOrDate, end_of, start_of, to_instant
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope, Input, Output, Text
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date

_USUAL_DAYS = 31
_RANGE = ("resource_id", "starts_at", "ends_at")
_SAYS_RANGE = ("ends_at", "status", "title")
_OF_A_RANGE = frozenset({*_RANGE, "title", "notes", "status"})
_RESOURCE = AliasChoices("resource_id", "artist_id", "stylist_id", "provider_id", "artistId", "resourceId")


class StudioBookingIn(Input):
    """A resource and a range. S3: `{artistId, startTime, endTime, title, notes?}`.

    S3's word `hold` is an option.
    """

    resource_id: UUID = Field(validation_alias=_RESOURCE)
    starts_at: Time = Field(validation_alias=AliasChoices("starts_at", "start_time", "startTime"))
    ends_at: Time = Field(validation_alias=AliasChoices("ends_at", "end_time", "endTime"))
    title: Title = ""
    notes: Text | None = None
    status: Literal["option", "hold", "pencil", "confirmed"] = "option"
    expires_at: Time | None = Field(None, validation_alias=AliasChoices("expires_at", "expiresAt"))


class StudioMoveIn(Input):
    """What a move may bring: the version that was seen."""

    version: Version | None = None


class ReleaseIn(StudioMoveIn):
    """What a release may bring: why."""

    reason: Text | None = None


class ChallengeIn(StudioMoveIn):
    """Whom to challenge; by default whoever is first in the queue."""

    holder_id: UUID | None = None


class ChallengeOut(Output):
    """An open question: the holder decides by `answer_by`, or gives way."""

    id: UUID
    challenger_id: UUID
    holder_id: UUID
    opened_at: datetime
    answer_by: datetime


class StudioBookingOut(Output):
    """A studio booking. `option_rank` (1 to 3) is that of an option only."""

    id: UUID
    status: Status
    version: int
    resource_id: UUID
    location_id: UUID
    starts_at: datetime
    ends_at: datetime
    local_start: str
    time_zone: str
    option_rank: int | None
    option_expires_at: datetime | None
    title: str
    notes: str
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    challenge: ChallengeOut | None


class QueueEntryOut(Output):
    """A place in a queue; `booking` is null for whoever may not read it."""

    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: Status
    option_rank: int | None
    is_challenged: bool
    booking: StudioBookingOut | None


@router.post(
    "/options",
    response={201: Envelope[StudioBookingOut]},
    operation_id="create_option",
    auth=Needs("bookings:create"),
)
def post_option(request: HttpRequest, wanted: StudioBookingIn) -> HttpResponse:
    """Book a resource for a range: an option in its queue, a pencil that takes time, or confirmed work."""

    return _make(request, wanted)


def is_range(booking: BookingIn) -> bool:
    """Tell whether a body of `POST /bookings` asks for a resource and a range, in S3's words or ours."""
    return any(getattr(booking, name) is not None for name in _SAYS_RANGE)


def book_range(request: HttpRequest, booking: BookingIn) -> HttpResponse:
    """Make the studio booking that a body of `POST /bookings` asks for.

    Raises `Unauthenticated`, `Forbidden`, and `Invalid` for a body with a service too, or without a range.
    """
    require(caller_of(request).actor, "bookings:create")
    if booking.model_fields_set - _OF_A_RANGE:
        # A service brings its own length, name and flow: what was said of a range is what is wrong.
        said = next(name for name in _SAYS_RANGE if getattr(booking, name) is not None)
        raise Invalid("This is for a resource and a range only, without a service.", field=said)
    if booking.resource_id is None or booking.starts_at is None or booking.ends_at is None:
        missing = next(name for name in _RANGE if getattr(booking, name) is None)
        raise Invalid("This is missing.", field=missing)
    wanted = StudioBookingIn.model_construct(
        resource_id=booking.resource_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        title=booking.title or "",
        notes=booking.notes,
        status=booking.status or "option",
        expires_at=None,
    )
    return _make(request, wanted)


def _make(request: HttpRequest, wanted: StudioBookingIn) -> HttpResponse:
    def work(caller: Caller) -> StudioBookingOut:
        expires_at = wanted.expires_at
        made = make_studio_booking(
            actor=caller.actor,
            now=clock.now(),
            wanted=NewStudioBooking(
                resource_id=wanted.resource_id,
                starts_at=to_instant(wanted.starts_at, caller.zone, field="starts_at"),
                ends_at=to_instant(wanted.ends_at, caller.zone, field="ends_at"),
                status=_status_of(wanted.status),
                title=wanted.title,
                notes=wanted.notes or "",
                expires_at=to_instant(expires_at, caller.zone, field="expires_at") if expires_at else None,
            ),
        )
        return _present(made)

    return change(request, work, status=201)


@router.get("/options", response=Envelope[list[QueueEntryOut]], operation_id="list_options")
def get_options(
    request: HttpRequest,
    resource_id: UUID,
    from_at: TimeOrDate | None = Query(None, alias="from"),
    to_at: TimeOrDate | None = Query(None, alias="to"),
    limit: Annotated[int, Field(ge=1, le=500)] = 200,
) -> HttpResponse:
    """List the queue of a resource over a period, by default of the next 31 days.

    Everybody sees times, statuses and ranks; titles, notes and ids only who may read the bookings.
    """
    caller = caller_of(request)
    first = from_at or local_date(clock.now(), caller.zone)
    starts_at = start_of(first, caller.zone, field="from")
    ends_at = end_of(to_at, caller.zone, field="to") if to_at else starts_at + timedelta(days=_USUAL_DAYS)
    if ends_at <= starts_at:
        raise Invalid("The end must be after the start.", field="to")
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = list_queue(
            actor=caller.actor, resource_id=resource_id, from_at=starts_at, to_at=ends_at, limit=limit
        )
    entries = [
        QueueEntryOut(
            resource_id=each.resource_id,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            status=each.status,
            option_rank=each.option_rank,
            is_challenged=each.is_challenged,
            booking=_present(each.booking) if each.booking else None,
        )
        for each in found
    ]
    return answer(entries, {"count": len(entries), "starts_at": starts_at, "ends_at": ends_at})


@router.get(
    "/options/{booking_id}",
    response=Envelope[StudioBookingOut],
    operation_id="get_option",
    auth=Needs("bookings:read"),
)
def get_option(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Return one studio booking with its open challenge; an artist sees those of its own calendar."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        booking = get_studio_booking(actor=caller.actor, booking_id=booking_id)
    return with_version(answer(_present(booking)), booking.version)


@router.post(
    "/options/{booking_id}/pencil",
    response=Envelope[StudioBookingOut],
    operation_id="pencil_option",
    auth=Needs("bookings:create"),
)
def post_pencil(
    request: HttpRequest, booking_id: UUID, sent: StudioMoveIn | None = Body(None)
) -> HttpResponse:
    """Take the time for the first option; others get OPTION_NOT_FIRST."""
    version = expected_version(request, sent.version if sent else None)
    return _moved(
        request,
        lambda caller: pencil_option(
            actor=caller.actor, now=clock.now(), booking_id=booking_id, expected_version=version
        ),
    )


@router.post(
    "/options/{booking_id}/confirm",
    response=Envelope[StudioBookingOut],
    operation_id="confirm_option",
    auth=Needs("bookings:create"),
)
def post_option_confirmation(
    request: HttpRequest, booking_id: UUID, sent: StudioMoveIn | None = Body(None)
) -> HttpResponse:
    """Promise the time of a pencil, or of the first option. This also answers a challenge."""
    version = expected_version(request, sent.version if sent else None)
    return _moved(
        request,
        lambda caller: confirm_option(
            actor=caller.actor, now=clock.now(), booking_id=booking_id, expected_version=version
        ),
    )


@router.post(
    "/options/{booking_id}/release",
    response=Envelope[StudioBookingOut],
    operation_id="release_option",
    auth=Needs("bookings:cancel"),
)
def post_release(request: HttpRequest, booking_id: UUID, sent: ReleaseIn | None = Body(None)) -> HttpResponse:
    """Give way; whoever waits behind moves up at once. DELETE of the booking does the same."""
    version = expected_version(request, sent.version if sent else None)
    return _moved(
        request,
        lambda caller: release_option(
            actor=caller.actor,
            now=clock.now(),
            booking_id=booking_id,
            expected_version=version,
            reason=(sent.reason if sent else None) or "",
        ),
    )


@router.post(
    "/options/{booking_id}/challenge",
    response=Envelope[StudioBookingOut],
    operation_id="challenge_option",
    auth=Needs("bookings:create"),
)
def post_challenge(
    request: HttpRequest, booking_id: UUID, sent: ChallengeIn | None = Body(None)
) -> HttpResponse:
    """Ask whoever is first to confirm or give way within the business hours that the business has set."""
    version = expected_version(request, sent.version if sent else None)
    return _moved(
        request,
        lambda caller: challenge_holder(
            actor=caller.actor,
            now=clock.now(),
            booking_id=booking_id,
            holder_id=sent.holder_id if sent else None,
            expected_version=version,
        ),
    )


@router.delete(
    "/options/{booking_id}/challenge",
    response=Envelope[StudioBookingOut],
    operation_id="withdraw_challenge",
    auth=Needs("bookings:create"),
)
def delete_challenge(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Take this option's challenge back."""
    return _moved(
        request,
        lambda caller: withdraw_challenge(actor=caller.actor, now=clock.now(), booking_id=booking_id),
    )


def _moved(request: HttpRequest, move: Callable[[Caller], StudioBooking]) -> HttpResponse:
    return change(request, lambda caller: _present(move(caller)))


def _status_of(sent: Literal["option", "hold", "pencil", "confirmed"]) -> StudioStatus:
    return "option" if sent == "hold" else sent


def _present(booking: StudioBooking) -> StudioBookingOut:
    known = {name: getattr(booking, name) for name in StudioBookingOut.model_fields if name != "challenge"}
    challenge = booking.challenge and ChallengeOut.model_validate(booking.challenge)
    return StudioBookingOut.model_validate(
        known | {"local_start": booking.local_start.isoformat(), "challenge": challenge}
    )
