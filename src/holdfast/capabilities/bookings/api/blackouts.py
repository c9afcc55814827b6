"""Blackouts over HTTP: time that is not to be had (S0 `blackouts`, S2 `blocked_periods`).

They are of schedules, but live here: what blocks time out asks about the bookings that it meets.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from holdfast.capabilities.bookings.api.blackout_schemas import (
    BlackoutBody,
    BlackoutChange,
    BlackoutDeleted,
    BlackoutIn,
    BlackoutOut,
    BlackoutWithTimes,
    DecisionsIn,
    OccurrenceOut,
    ResolutionIn,
)
from holdfast.capabilities.bookings.commands.block_out import (
    BlockedOut,
    Decisions,
    NewBlackout,
    Resolution,
    block_out,
    change_block_out,
)
from holdfast.capabilities.schedules.commands import delete_blackout
from holdfast.capabilities.schedules.commands.blackouts import existing_blackout
from holdfast.capabilities.schedules.queries import list_blackouts
from holdfast.capabilities.schedules.queries.blackouts import list_occurrences, zone_of_scope
from holdfast.capabilities.schedules.types import Blackout
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.http.answers import WithMeta, answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import TimeOrDate, end_of, start_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.recurrence_text import parse
from holdfast.scheduling.recurrence_words import in_words
from holdfast.scheduling.zones import local_date, to_local

router = Router(tags=["blackouts"])

_USUAL_DAYS = 90


@router.get(
    "/blackouts",
    response=Envelope[list[BlackoutWithTimes]],
    operation_id="list_blackouts",
    auth=Needs("blackouts:read"),
)
def get_blackouts(
    request: HttpRequest,
    start: TimeOrDate | None = Query(None),
    end: TimeOrDate | None = Query(None),
    resource_id: UUID | None = None,
    expand: bool = Query(False),
) -> HttpResponse:
    """List the blackouts that touch a period, by default the next 90 days; an artist sees its own.

    Of what comes round, all that may still come. With `expand`, each with its `occurrences` in the period,
    and only those that have some.
    """
    caller = caller_of(request)
    starts_at = start_of(start, caller.zone, field="start") if start else clock.now()
    ends_at = end_of(end, caller.zone, field="end") if end else starts_at + timedelta(days=_USUAL_DAYS)
    if ends_at <= starts_at:
        raise Invalid("The end must be after the start.", field="end")
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = list_blackouts(starts_at=starts_at, ends_at=ends_at, resource_id=resource_id)
    visible = [each for each in found if _may_see(caller.actor, each)]
    if not expand:
        return answer([_present(each) for each in visible], {"total": len(visible)})
    expanded = list_occurrences(visible, starts_at=starts_at, ends_at=ends_at)
    listed = [
        BlackoutWithTimes(**_fields(blackout), occurrences=_times(blackout, times))
        for blackout, times in expanded
    ]
    return answer(listed, {"total": len(listed), "occurrences": sum(len(times) for _, times in expanded)})


@router.post(
    "/blackouts",
    response={201: Envelope[BlackoutOut]},
    operation_id="create_blackout",
    auth=Needs("blackouts:manage"),
)
def post_blackout(request: HttpRequest, blackout: BlackoutIn) -> HttpResponse:
    """Block out dates or times, once, every week (`is_recurring`) or by a rule (`rrule`, RFC 5545).

    When bookings are met, nothing is stored: 409 BLACKOUT_MEETS_BOOKINGS lists them. Send again with
    `conflicts` "keep", or `resolutions` that keep, cancel or move each of them; `meta.resolutions` says what
    was done.
    """

    def work(caller: Caller) -> WithMeta:
        zone = zone_of_scope(resource_id=blackout.resource_id, location_id=blackout.location_id)
        done = block_out(
            actor=caller.actor,
            now=clock.now(),
            wanted=NewBlackout(
                starts_at=start_of(blackout.starts_at, zone, field="starts_at"),
                ends_at=end_of(blackout.ends_at, zone, field="ends_at"),
                reason=blackout.reason,
                is_recurring=blackout.is_recurring,
                rrule=blackout.rrule,
                except_dates=tuple(blackout.except_dates),
                resource_id=blackout.resource_id,
                location_id=blackout.location_id,
            ),
            decisions=_decisions(blackout),
        )
        return _blocked(done)

    return change(request, work, status=201)


@router.get(
    "/blackouts/{blackout_id}",
    response=Envelope[BlackoutOut],
    operation_id="get_blackout",
    auth=Needs("blackouts:read"),
)
def get_one_blackout(request: HttpRequest, blackout_id: UUID) -> HttpResponse:
    """Show a blackout; ETag is its version."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        blackout = existing_blackout(blackout_id)
    if not _may_see(caller.actor, blackout):
        raise NotFound("There is no such blackout.")
    return with_version(answer(_present(blackout)), blackout.version)


@router.patch(
    "/blackouts/{blackout_id}",
    response=Envelope[BlackoutOut],
    operation_id="change_blackout",
    auth=Needs("blackouts:manage"),
)
def patch_blackout(request: HttpRequest, blackout_id: UUID, blackout: BlackoutChange) -> HttpResponse:
    """Change the time, the reason, how it comes round or the dates left out. Send the version you saw.

    When its times change, bookings that it then meets are asked about as when one is made.
    """
    version = expected_version(request, blackout.version)
    changes = blackout.changes()

    def work(caller: Caller) -> WithMeta:
        named = dict(changes)
        zone = ZoneInfo(existing_blackout(blackout_id).time_zone)
        if "starts_at" in named:
            named["starts_at"] = start_of(named["starts_at"], zone, field="starts_at")
        if "ends_at" in named:
            named["ends_at"] = end_of(named["ends_at"], zone, field="ends_at")
        done = change_block_out(
            actor=caller.actor,
            now=clock.now(),
            blackout_id=blackout_id,
            changes=named,
            expected_version=version,
            decisions=_decisions(blackout),
        )
        return _blocked(done)

    return change(request, work)


@router.delete(
    "/blackouts/{blackout_id}",
    response=Envelope[BlackoutDeleted],
    operation_id="delete_blackout",
    auth=Needs("blackouts:manage"),
)
def remove_blackout(request: HttpRequest, blackout_id: UUID) -> HttpResponse:
    """Open the time again. `restore` in the answer, sent as a new one, brings it back."""
    version = expected_version(request)

    def work(caller: Caller) -> BlackoutDeleted:
        gone = delete_blackout(actor=caller.actor, blackout_id=blackout_id, expected_version=version)
        return BlackoutDeleted(id=blackout_id, is_deleted=True, restore=BlackoutBody.model_validate(gone))

    return change(request, work)


def _may_see(actor: Actor, blackout: Blackout) -> bool:
    return not actor.only_own("blackouts:read") or blackout.resource_id in (None, actor.resource_id)


def _decisions(sent: DecisionsIn) -> Decisions:
    return Decisions(
        keeps_all=sent.conflicts == "keep",
        resolutions=tuple(_resolution(each) for each in sent.resolutions),
    )


def _resolution(sent: ResolutionIn) -> Resolution:
    return Resolution(
        booking_id=sent.booking_id,
        action=sent.action,
        starts_at=sent.starts_at,
        resource_id=sent.resource_id,
        version=sent.version,
    )


def _blocked(done: BlockedOut) -> WithMeta:
    resolutions = [
        {
            "booking_id": str(each.booking_id),
            "action": each.action,
            "is_met": each.is_met,
            "status": each.status,
            "starts_at": each.starts_at,
            "resource_id": str(each.resource_id) if each.resource_id else None,
            "version": each.version,
        }
        for each in done.done
    ]
    return WithMeta(_present(done.blackout), {"resolutions": resolutions})


def _present(blackout: Blackout) -> BlackoutOut:
    return BlackoutOut(**_fields(blackout))


def _fields(blackout: Blackout) -> dict[str, Any]:
    zone = ZoneInfo(blackout.time_zone)
    first = local_date(blackout.starts_at, zone)
    return BlackoutBody.model_validate(blackout).model_dump() | {
        "id": blackout.id,
        "version": blackout.version,
        "time_zone": blackout.time_zone,
        "local_start": to_local(blackout.starts_at, zone).isoformat(),
        "local_end": to_local(blackout.ends_at, zone).isoformat(),
        "repeats": in_words(parse(blackout.rule), first) if blackout.rule else None,
    }


def _times(blackout: Blackout, periods: list[Period]) -> list[OccurrenceOut]:
    zone = ZoneInfo(blackout.time_zone)
    return [
        OccurrenceOut(
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            local_start=to_local(period.starts_at, zone).isoformat(),
            local_end=to_local(period.ends_at, zone).isoformat(),
        )
        for period in periods
    ]
