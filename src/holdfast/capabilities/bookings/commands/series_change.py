"""Move or cancel the rest of a series, or all of it: everything that is still to come, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.agreed import Agreed, plan_agreed, read_agreed
from holdfast.capabilities.bookings.commands.answers import refusal
from holdfast.capabilities.bookings.commands.choosing import items_json
from holdfast.capabilities.bookings.commands.series import (
    TRIES,
    StaleError,
    claim_arrays,
    conflict_of,
    place_of,
)
from holdfast.capabilities.bookings.series_plan import without_horizon
from holdfast.capabilities.bookings.series_types import SeriesPart
from holdfast.capabilities.bookings.series_work import Look, Wish, Worked, look_params, work_out
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import seal
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.errors import Conflict, NotFound, Unavailable
from holdfast.platform.events import Event, publish
from holdfast.platform.tenancy import call_in_context, current_context, tenant_context
from holdfast.platform.timezones import tzdb_version, zone
from holdfast.scheduling.series import Occurrence, OnConflict, Outcome, occurrence_at
from holdfast.scheduling.zones import to_local

_NOTHING_TAKEN: tuple[Any, ...] = ([], [], [], [], None, None)
_MOVABLE = ("held", "pencil", "pending", "confirmed")
_CANCELLABLE = (*_MOVABLE, "option")
_OF_SERIES = (
    "select id, series_position, version, status, starts_at, local_start, time_zone, resource_id from booking"
    " where tenant_id = %s and series_id = %s order by series_position"
)


@dataclass(frozen=True, slots=True)
class _Member:
    """A booking of the series, as it was read before the locks."""

    id: UUID
    position: int
    version: int
    status: str
    starts_at: datetime
    local_start: datetime
    time_zone: str
    resource_id: UUID | None


def move_series(
    *,
    actor: Actor,
    now: datetime,
    part: SeriesPart,
    starts_at: datetime | None = None,
    resource_id: UUID | None = None,
) -> list[dict[str, Any]]:
    """Give the named occurrence another start or lead, and the others of the part the same; in the context.

    They move as far by the clock on the wall, and their own old times count as free. What has begun, or is
    over, is left alone. Returns each that was meant, as it is now. All are moved, or none: raises `NotFound`,
    `Forbidden`, `Invalid`, and `Conflict` (SERIES_CONFLICT, VERSION_CONFLICT, MOVE_NOT_ALLOWED).
    """
    require(actor, "bookings:update")

    def move(named: _Member, rest: Sequence[_Member], schedule: Schedule) -> list[dict[str, Any]]:
        by = timedelta()
        if starts_at is not None:
            is_wall_time = starts_at.tzinfo is None
            local = starts_at if is_wall_time else to_local(starts_at, zone(named.time_zone))
            by = local - named.local_start
        meant = [each for each in rest if by or (resource_id is not None and each.resource_id != resource_id)]
        return _move(actor, now, part, named, meant, schedule, by, resource_id)

    return _changed(actor, now, part, _MOVABLE, move)


def cancel_series(*, actor: Actor, now: datetime, part: SeriesPart, reason: str = "") -> list[dict[str, Any]]:
    """Cancel the part of a series that is still to come; in the tenant's context.

    Cancelling twice answers the same. Returns each that was meant, as it is now. Raises `NotFound`,
    `Forbidden` and `Conflict` (VERSION_CONFLICT; MOVE_NOT_ALLOWED where nothing is left to cancel).
    """
    require(actor, "bookings:cancel")
    tenant_id = current_context().tenant_id

    def cancel(named: _Member, rest: Sequence[_Member], schedule: Schedule) -> list[dict[str, Any]]:
        _open(actor, part, named, rest, (None, *_NOTHING_TAKEN))
        done = []
        for each in rest:
            sealed = (
                seal(tenant_id, "booking", "cancellation_reason", each.id, reason.encode())
                if reason
                else None
            )
            done.append(_call(actor, "booking_cancel", (None, None, None, each.id, None, True, None, sealed)))
        _tell(actor, now, "booking.cancelled", done)
        return done

    return _changed(actor, now, part, _CANCELLABLE, cancel)


def _changed(
    actor: Actor,
    now: datetime,
    part: SeriesPart,
    statuses: Sequence[str],
    change: Callable[[_Member, Sequence[_Member], Schedule], list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Read the part, change what of it is still to come, and answer with all of it as it is then."""
    tenant_id = current_context().tenant_id
    for _ in range(TRIES):
        try:
            with tenant_context(tenant_id, actor.label):
                members = [_Member(*row) for row in fetch_tuples(_OF_SERIES, (tenant_id, part.series_id))]
                named = next((each for each in members if each.position == part.position), None)
                if named is None:
                    raise NotFound("There is no such series, or nothing at this position.")
                meant = [each for each in members if part.includes(each.position) and each.starts_at > now]
                rest = [each for each in meant if each.status in statuses]
                if not rest and not any(each.status == "cancelled" for each in meant):
                    raise Conflict("Nothing of it is still to come.", code="MOVE_NOT_ALLOWED")
                if rest:
                    change(named, rest, current_schedule())
                return _read(part, meant)
        except StaleError:
            continue
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def _move(
    actor: Actor,
    now: datetime,
    part: SeriesPart,
    named: _Member,
    meant: Sequence[_Member],
    schedule: Schedule,
    by: timedelta,
    resource_id: UUID | None,
) -> list[dict[str, Any]]:
    if not meant:
        _open(actor, part, named, meant, (None, *_NOTHING_TAKEN))
        return []
    agreed = [_agreed(each) for each in meant]
    wishes = [_wish(schedule, each, its, by, resource_id) for each, its in zip(meant, agreed, strict=True)]
    opened = _open(actor, part, named, meant, (schedule.version, *look_params(wishes)))
    worked = work_out(
        schedule, wishes, Look.of(opened), on_conflict=OnConflict.FAIL, shift_minutes=None, now=now
    )
    if any(each.entry.outcome is not Outcome.FREE for each in worked):
        raise conflict_of([each.entry for each in worked], wishes[0].zone)
    _call(actor, "booking_series_give_up", ([each.id for each in meant],))
    done = [
        _call(actor, "booking_reschedule_take", _take_params(schedule, opened["now"], *each))
        for each in zip(meant, agreed, worked, strict=True)
    ]
    _tell(actor, now, "booking.rescheduled", done)
    return done


def _agreed(member: _Member) -> Agreed:
    agreed = read_agreed(member.id, token_hash=None, is_staff=True)
    if agreed is None or agreed.version != member.version:
        raise StaleError
    return agreed


def _wish(
    schedule: Schedule, member: _Member, agreed: Agreed, by: timedelta, resource_id: UUID | None
) -> Wish:
    """Where an occurrence would be: as far from where it is as the named one moves, by the clock."""
    its_zone = zone(member.time_zone)
    local = member.local_start + by
    at = Occurrence(local.date(), local, member.starts_at) if not by else occurrence_at(local, its_zone)
    _, visit = plan_agreed(schedule, agreed, lead_id=resource_id or agreed.resource_id)
    return Wish(
        rule_date=at.date,
        local_start=at.local_start,
        starts_at=at.starts_at,
        zone=its_zone,
        visit=without_horizon(visit),
        preferred=frozenset(claim.resource_id for claim in agreed.claims),
    )


def _take_params(
    schedule: Schedule, taken_at: str, member: _Member, agreed: Agreed, worked: Worked
) -> tuple[Any, ...]:
    visit = worked.wish.visit
    at = worked.entry.starts_at or worked.wish.near
    return (
        *(None, None, None),
        taken_at,
        *claim_arrays(worked),
        member.id,
        place_of(schedule, worked, at),
        worked.chosen[visit.lead.name],
        at,
        at + visit.duration,
        worked.entry.local_start,
        member.time_zone,
        tzdb_version(),
        items_json(visit.items, worked.chosen) if agreed.items else "[]",
        None,
        False,
    )


def _open(
    actor: Actor, part: SeriesPart, named: _Member, meant: Sequence[_Member], look: tuple[Any, ...]
) -> dict[str, Any]:
    """Lock everything in order, and see that all is as it was read."""
    opened = call_in_context(
        current_context().tenant_id,
        actor.label,
        "booking_series_open_change",
        (
            part.series_id,
            named.id,
            part.expected_version,
            [each.id for each in meant],
            [each.version for each in meant],
            *look,
        ),
    )
    if opened["outcome"] == "stale":
        raise StaleError
    if opened["outcome"] != "ok":
        raise refusal(opened["outcome"], opened.get("current"))
    return opened


def _call(actor: Actor, function: str, params: tuple[Any, ...]) -> dict[str, Any]:
    """Make one move under the locks; one that is refused undoes them all."""
    done = call_in_context(current_context().tenant_id, actor.label, function, params)
    if done["outcome"] != "ok":
        raise StaleError
    return done


def _tell(actor: Actor, now: datetime, kind: str, done: Sequence[dict[str, Any]]) -> None:
    """Announce what was done to all of them at the first; who listens finds the others beside it."""
    if done:
        data = json.loads(done[0]["answer"])
        publish(Event(kind, current_context().tenant_id, UUID(data["id"]), now, data))


def _read(part: SeriesPart, meant: Sequence[_Member]) -> list[dict[str, Any]]:
    rows = fetch_tuples(
        "select booking_answer(b) from booking b where b.tenant_id = %s and b.id = any (%s)"
        " order by b.series_position",
        (current_context().tenant_id, [each.id for each in meant]),
    )
    return [answer for (answer,) in rows]
