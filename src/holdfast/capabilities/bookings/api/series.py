"""Bookings that come round again, over HTTP: preview, make, read, and change the rest or all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Body

from holdfast.capabilities.bookings.api.lists import present_booking
from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import BookingMade
from holdfast.capabilities.bookings.api.series_schemas import (
    RepeatIn,
    RuleIn,
    SeriesAlternative,
    SeriesCancelIn,
    SeriesChanged,
    SeriesEntryOut,
    SeriesIn,
    SeriesMadeOut,
    SeriesMoveIn,
    SeriesOut,
    SeriesPartIn,
    SeriesPreviewOut,
)
from holdfast.capabilities.bookings.api.wishes import read_contact
from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.commands.series import make_series
from holdfast.capabilities.bookings.commands.series_change import cancel_series, move_series
from holdfast.capabilities.bookings.queries.permitted import moves_now
from holdfast.capabilities.bookings.queries.series import get_series, preview_series, repeat_of
from holdfast.capabilities.bookings.series_types import (
    SeriesEntry,
    SeriesMade,
    SeriesPart,
    SeriesPreview,
    SeriesRequest,
)
from holdfast.platform import clock
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context
from holdfast.platform.timezones import zone
from holdfast.scheduling.zones import to_local


@router.post(
    "/series/preview",
    response=Envelope[SeriesPreviewOut],
    operation_id="preview_series",
    auth=Needs("bookings:create"),
)
def post_preview(request: HttpRequest, wish: SeriesIn) -> HttpResponse:
    """Say of every occurrence what would become of it, and where else it could be. Nothing is written."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = preview_series(actor=caller.actor, now=clock.now(), request=_request(wish))
    return answer(SeriesPreviewOut(**_shown(found)), {"count": len(found.entries)})


@router.post(
    "/series",
    response={201: Envelope[SeriesMadeOut]},
    operation_id="create_series",
    auth=Needs("bookings:create"),
)
def post_series(request: HttpRequest, wish: SeriesIn) -> HttpResponse:
    """Book every occurrence in one transaction, as the rule, the policy and the choices say; or nothing.

    SERIES_CONFLICT names every occurrence that cannot be had. All are confirmed: staff makes them.
    """
    return _made(
        request, lambda caller: make_series(actor=caller.actor, now=clock.now(), request=_request(wish))
    )


@router.post(
    "/bookings/{booking_id}/repeat/preview",
    response=Envelope[SeriesPreviewOut],
    operation_id="preview_repeat",
    auth=Needs("bookings:create"),
)
def post_repeat_preview(request: HttpRequest, booking_id: UUID, rule: RepeatIn) -> HttpResponse:
    """Say what would become of the occurrences after this booking. Nothing is written."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        wish = _repeat(caller, booking_id, rule)
        found = preview_series(actor=caller.actor, now=clock.now(), request=wish)
    return answer(SeriesPreviewOut(**_shown(found)), {"count": len(found.entries)})


@router.post(
    "/bookings/{booking_id}/repeat",
    response={201: Envelope[SeriesMadeOut]},
    operation_id="repeat_booking",
    auth=Needs("bookings:create"),
)
def post_repeat(request: HttpRequest, booking_id: UUID, rule: RepeatIn) -> HttpResponse:
    """Let a booking be the first of a series: the same for the same customer, with the same people."""
    version = expected_version(request, rule.version)
    return _made(
        request,
        lambda caller: make_series(
            actor=caller.actor,
            now=clock.now(),
            request=_repeat(caller, booking_id, rule),
            expected_version=version,
        ),
    )


@router.get(
    "/series/{series_id}",
    response=Envelope[SeriesOut],
    operation_id="get_series",
    auth=Needs("bookings:read"),
)
def read_series(request: HttpRequest, series_id: UUID) -> HttpResponse:
    """Return a series with its bookings; an artist sees those that it leads."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = get_series(actor=caller.actor, series_id=series_id)
    if found is None:
        raise NotFound("There is no such series.")
    bookings = [present_booking(each, caller) for each in found.bookings]
    return answer(SeriesOut(id=found.id, rrule=found.rrule, bookings=bookings), {"count": len(bookings)})


@router.patch(
    "/series/{series_id}",
    response=Envelope[SeriesChanged],
    operation_id="change_series",
    auth=Needs("bookings:update"),
)
def patch_series(request: HttpRequest, series_id: UUID, sent: SeriesMoveIn) -> HttpResponse:
    """Move an occurrence and all after it, or all that is still to come: all of them, or none.

    They may take each other's places. One alone is moved by its own address.
    """
    if sent.starts_at is None and sent.resource_id is None:
        raise Invalid("Say where to move them: a start, or whom with.", field="starts_at")
    part = _part(request, series_id, sent)
    return _changed(
        request,
        series_id,
        lambda caller: move_series(
            actor=caller.actor,
            now=clock.now(),
            part=part,
            starts_at=sent.starts_at,
            resource_id=sent.resource_id,
        ),
    )


@router.delete(
    "/series/{series_id}",
    response=Envelope[SeriesChanged],
    operation_id="cancel_series",
    auth=Needs("bookings:cancel"),
)
def delete_series(
    request: HttpRequest, series_id: UUID, sent: SeriesCancelIn | None = Body(None)
) -> HttpResponse:
    """Cancel an occurrence and all after it, or all that is still to come."""
    wanted = sent or SeriesCancelIn()
    part = _part(request, series_id, wanted)
    return _changed(
        request,
        series_id,
        lambda caller: cancel_series(
            actor=caller.actor, now=clock.now(), part=part, reason=wanted.reason or ""
        ),
    )


def _request(wish: SeriesIn) -> SeriesRequest:
    return SeriesRequest(
        wanted=wish.wanted(),
        first_at=wish.starts_at,
        contact=read_contact(wish),
        notes=wish.notes or "",
        **_rule(wish),
    )


def _repeat(caller: Caller, booking_id: UUID, rule: RepeatIn) -> SeriesRequest:
    found = repeat_of(actor=caller.actor, booking_id=booking_id)
    if found is None:
        raise NotFound("There is no such booking.")
    return SeriesRequest(**found, **_rule(rule))


def _rule(sent: RuleIn) -> dict[str, Any]:
    return {
        "rrule": sent.rrule,
        "on_conflict": sent.on_conflict,
        "shift_minutes": sent.shift_minutes,
        "left_out": frozenset(sent.skip),
        "moved": sent.shift,
    }


def _part(request: HttpRequest, series_id: UUID, sent: SeriesPartIn) -> SeriesPart:
    return SeriesPart(series_id, sent.position, sent.scope, expected_version(request, sent.version))


def _made(request: HttpRequest, make: Callable[[Caller], SeriesMade]) -> HttpResponse:
    def work(caller: Caller) -> SeriesMadeOut:
        made = make(caller)
        return SeriesMadeOut(id=made.id, bookings=_bookings(caller, made.bookings), **_shown(made))

    return change(request, work, status=201)


def _changed(
    request: HttpRequest, series_id: UUID, work: Callable[[Caller], Sequence[dict[str, Any]]]
) -> HttpResponse:
    return change(
        request,
        lambda caller: SeriesChanged(id=series_id, bookings=_bookings(caller, work(caller))),
    )


def _bookings(caller: Caller, answers: Sequence[dict[str, Any]]) -> list[BookingMade]:
    shown = []
    for data in answers:
        lead = UUID(data["resource_id"]) if data["resource_id"] else None
        shown.append(
            BookingMade.model_validate(
                {
                    **data,
                    "token": manage_token(caller.tenant_id, UUID(data["id"])),
                    "moves": moves_now(caller.actor, data["status"], lead, holds_manage_token=False),
                }
            )
        )
    return shown


def _shown(found: SeriesPreview | SeriesMade) -> dict[str, Any]:
    its_zone = zone(found.time_zone)
    return {
        "rrule": found.rrule,
        "time_zone": found.time_zone,
        "resource_id": found.resource_id,
        "occurrences": [_entry(each, its_zone) for each in found.entries],
    }


def _entry(entry: SeriesEntry, its_zone: ZoneInfo) -> SeriesEntryOut:
    def start(at: datetime) -> SeriesAlternative:
        return SeriesAlternative(starts_at=at, local_start=to_local(at, its_zone).isoformat())

    alternatives = [start(at) for at in entry.alternatives]
    return SeriesEntryOut(
        date=entry.date,
        local_start=entry.local_start.isoformat(),
        starts_at=entry.starts_at,
        status=entry.outcome,
        reason=entry.reason,
        role=entry.role,
        resource_id=entry.resource_id,
        proposed=alternatives[0] if alternatives else None,
        alternatives=alternatives,
    )
