"""Booking where guests may have only what they were offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.create import create_booking
from holdfast.capabilities.bookings.exposure import (
    STICKY_SECONDS,
    Viewer,
    candidates,
    exposure_salt,
    show_days,
    viewing_of,
)
from holdfast.capabilities.bookings.queries.free_time import find_availability
from holdfast.capabilities.bookings.types import HOLD_SECONDS, BookingRequest, Day, Start, Wanted
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import Actor
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.errors import Conflict, Problem
from holdfast.platform.idempotency import IdempotencyKey, claim
from holdfast.platform.tenancy import current_context, tenant_context
from holdfast.scheduling.exposure import expose, exposure_seed, rotation_hour
from holdfast.scheduling.intervals import epoch
from holdfast.scheduling.zones import local_date

_GRACE = timedelta(seconds=STICKY_SECONDS + HOLD_SECONDS)
"""How long after a look its lot still counts: the minutes that it stays, and those to fill in a form."""
_MOST_FREED = 20


def book_offered(
    *,
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    request: BookingRequest,
    key: IdempotencyKey | None,
    viewer: Viewer | None,
) -> MoveAnswer:
    """Book as `create_booking` does; a viewer that may have only what it is shown, only that.

    Raises also `Conflict` NOT_OFFERED; its alternatives, and those of SLOT_FULL, are what is offered.
    """
    if viewer is None or not viewer.only_exposed:
        return create_booking(tenant_id=tenant_id, actor=actor, now=now, request=request, key=key)
    refuse_unoffered(tenant_id=tenant_id, actor=actor, now=now, request=request, key=key, viewer=viewer)
    try:
        return create_booking(tenant_id=tenant_id, actor=actor, now=now, request=request, key=key)
    except Conflict as problem:
        if "alternatives" in problem.extra:
            with tenant_context(tenant_id, actor.label):
                problem.extra["alternatives"] = _offers(viewer, request, now)
        raise


def refuse_unoffered(
    *,
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    request: BookingRequest,
    key: IdempotencyKey | None,
    viewer: Viewer,
    is_move: bool = False,
) -> None:
    """Raise `Conflict` NOT_OFFERED with what is offered, unless the wished start is; before any transaction.

    A move must be to a start that is free beside the booking: else it could walk anywhere in small steps.
    """
    with tenant_context(tenant_id, actor.label):
        # What was answered before stays answered.
        if key is not None and claim(key) is not None:
            return
        if is_offered(viewer, request, now, otherwise=not is_move):
            return
        raise Conflict(
            "This time is not among those offered right now; please choose one that is.",
            code="NOT_OFFERED",
            field="starts_at",
            alternatives=_offers(viewer, request, now),
        )


def is_offered(viewer: Viewer, request: BookingRequest, now: datetime, *, otherwise: bool = True) -> bool:
    """Tell whether the viewer could have been shown the wished start; inside the tenant's context.

    The lot alone is asked, that of this hour and that of some minutes ago; not what is remembered, which may
    be gone. Of a start that is not free at all the answer is `otherwise`: the booking itself will refuse it.
    """
    wished = epoch(request.starts_at)
    asked = _free_day(request.wanted, request, now)
    if asked is None or not _able(asked, wished):
        return otherwise
    if _is_in_lot(viewer, request.wanted, asked, wished, now):
        return True
    for wanted in _wider(request.wanted, _able(asked, wished)):
        day = _free_day(wanted, request, now)
        if day is not None and _is_in_lot(viewer, wanted, day, wished, now):
            return True
    return False


def _offers(viewer: Viewer, request: BookingRequest, now: datetime) -> list[dict[str, str]]:
    """Return what the viewer is shown of the wished date, as a refusal lists it."""
    day = _free_day(request.wanted, request, now)
    if day is None:
        return []
    (shown,) = show_days(viewer, request.wanted, [day], now=now)
    return [
        {
            "starts_at": f"{start.starts_at:%Y-%m-%dT%H:%M:%SZ}",
            "local_start": start.local_start.isoformat(),
        }
        for start in shown.starts
    ]


def _free_day(wanted: Wanted, request: BookingRequest, now: datetime) -> Day | None:
    """Return what is free on the wished date; None for a wish that cannot be at all."""
    try:
        day = _date_there(wanted, request.starts_at)
        return find_availability(wanted, from_date=day, to_date=day, now=now).days[0]
    except Problem:
        return None


def _date_there(wanted: Wanted, at: datetime) -> date:
    schedule = current_schedule()
    service = schedule.services.get(wanted.service_ids[0])
    able = (
        schedule.resources_for(service, resource_id=wanted.resource_id, location_id=wanted.location_id)
        if service
        else []
    )
    return local_date(at, schedule.zone_of(able[0].location_id)) if able else at.date()


def _able(day: Day, wished: int) -> list[Start]:
    return [start for start in day.starts if epoch(start.starts_at) == wished]


def _wider(wanted: Wanted, able: list[Start]) -> Iterator[Wanted]:
    """Return how else somebody may have looked who now asks for more: for anyone, or at one place only."""
    anyone = replace(wanted, resource_id=None)
    if wanted.resource_id is not None:
        yield anyone
    if wanted.location_id is None:
        resources = current_schedule().resources
        people = [resources[each] for start in able for each in start.resource_ids if each in resources]
        for location_id in dict.fromkeys(each.location_id for each in people):
            yield replace(anyone, location_id=location_id)


def _is_in_lot(viewer: Viewer, wanted: Wanted, day: Day, wished: int, now: datetime) -> bool:
    return any(wished in picks for picks in _lots(viewer, wanted, day, now))


def _lots(viewer: Viewer, wanted: Wanted, day: Day, now: datetime) -> Iterator[tuple[int, ...]]:
    """Return what may have been shown: with all that is free, and without what was freed a moment ago.

    A booking that ended since somebody looked gives back starts, and one of them may have a better ticket.
    """
    viewing, salt = viewing_of(viewer, wanted, day.date), exposure_salt()
    seeds = [
        exposure_seed(viewing, hour=hour, salt=salt)
        for hour in {rotation_hour(now), rotation_hour(now - _GRACE)}
    ]
    freed = _freed_starts(wanted, day, now)
    for gone in (set(), *freed, set().union(*freed)):
        free = [each for each in candidates(day.starts) if each.start not in gone]
        for seed in seeds:
            yield expose(free, seed=seed, variant=viewer.variant).picks


def _freed_starts(wanted: Wanted, day: Day, now: datetime) -> list[set[int]]:
    """Return the starts that each booking which ended a moment ago may have stood in the way of."""
    service = current_schedule().services[wanted.service_ids[0]]
    around = timedelta(minutes=service.buffer_before_minutes + service.buffer_after_minutes)
    ended = fetch_tuples(
        "select starts_at, ends_at from booking where tenant_id = %(tenant)s"
        " and starts_at > %(first)s - interval '1 day' and starts_at < %(last)s"
        " and (status in ('cancelled', 'expired') and updated_at > %(since)s"
        " or status = 'held' and hold_expires_at between %(since)s and clock_timestamp())"
        " order by updated_at desc limit %(most)s",
        {
            "tenant": current_context().tenant_id,
            "first": day.starts[0].starts_at,
            "last": day.starts[-1].ends_at + around,
            "since": now - _GRACE,
            "most": _MOST_FREED,
        },
    )
    return [
        {
            epoch(start.starts_at)
            for start in day.starts
            if start.starts_at < ends_at + around and starts_at < start.ends_at + around
        }
        for starts_at, ends_at in ended
    ]
