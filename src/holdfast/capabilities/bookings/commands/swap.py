"""Bookings that change places: every one gives its time up before any takes its new one, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.agreed import Agreed, plan_move, read_agreed
from holdfast.capabilities.bookings.commands.answers import key_params, refusal
from holdfast.capabilities.bookings.commands.archive import tells_of_archive
from holdfast.capabilities.bookings.commands.choosing import open_params
from holdfast.capabilities.bookings.commands.create import not_free
from holdfast.capabilities.bookings.commands.reschedule import take_new_time
from holdfast.capabilities.bookings.commands.visit import NotAllTakenError
from holdfast.capabilities.bookings.plan import Plan
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.errors import Invalid, NotFound, Problem, Unavailable
from holdfast.platform.tenancy import call_in_context, current_context, tenant_context
from holdfast.scheduling.slots import WhyNot
from holdfast.scheduling.visits import Refusal

_TRIES = 5


class _Stale(Exception):
    """Somebody has changed the schedule or one of the bookings since it was read: begin anew."""


class _NotFree(Exception):
    """One of the bookings does not fit where it is to go; what was done is rolled back first."""

    def __init__(self, move: _Move, why: Refusal) -> None:
        super().__init__(why)
        self.move, self.why = move, why


@dataclass(frozen=True, slots=True)
class _Move:
    """A booking as it was read, and what it would take where the other is."""

    booking_id: UUID
    agreed: Agreed
    plan: Plan
    lead_id: UUID | None


@tells_of_archive
def swap_bookings(
    *,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    other_id: UUID,
    expected_version: int | None = None,
    other_version: int | None = None,
) -> list[dict[str, Any]]:
    """Give each of two bookings the start and the lead of the other; in the tenant's context.

    Each keeps its id, length, items and price, and the people and rooms beside its lead as far as they are
    free. Returns both as they are then, in the order in which they were named. Both are moved or none: raises
    `NotFound`, `Forbidden`, `Invalid` (why one cannot be at the other's start), and `Conflict`
    (VERSION_CONFLICT, MOVE_NOT_ALLOWED, SLOT_FULL, LIMIT_REACHED) with the `booking_id` that it is about.
    """
    require(actor, "bookings:update")
    if booking_id == other_id:
        raise Invalid("Name two bookings.", field="other_id")
    tenant_id = current_context().tenant_id
    ids, versions = (booking_id, other_id), (expected_version, other_version)
    for _ in range(_TRIES):
        try:
            with tenant_context(tenant_id, actor.label):
                moves = _plan(ids, versions, now)
                _open(actor, moves)
                return [json.loads(_move(actor, now, each)["answer"]) for each in moves]
        except _Stale:
            continue
        except _NotFree as found:
            raise _refused(tenant_id, found.move, now, found.why) from None
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def _plan(ids: Sequence[UUID], versions: Sequence[int | None], now: datetime) -> list[_Move]:
    """Read both, and work out what each would take where the other is."""
    schedule = current_schedule()
    named = zip(ids, versions, ("booking_id", "other_id"), strict=True)
    read = [_read(booking_id, version, field) for booking_id, version, field in named]
    moves = []
    for booking_id, agreed, other in zip(ids, read, reversed(read), strict=True):
        lead_id = other.resource_id
        try:
            plan = plan_move(schedule, agreed, starts_at=other.starts_at, lead_id=lead_id, now=now)
        except Problem as problem:
            problem.extra["booking_id"] = str(booking_id)
            raise
        moves.append(_Move(booking_id, agreed, plan, lead_id))
    return moves


def _read(booking_id: UUID, version: int | None, field: str) -> Agreed:
    agreed = read_agreed(booking_id, token_hash=None, is_staff=True)
    if agreed is None:
        raise NotFound("There is no such booking.", field=field)
    if version not in (None, agreed.version):
        raise refusal("version_conflict", {"id": str(booking_id), "version": agreed.version})
    return agreed


def _open(actor: Actor, moves: Sequence[_Move]) -> None:
    """Lock everything in order, and give both times up."""
    schedule = moves[0].plan.schedule
    everybody = {each.id for move in moves for need in move.plan.visit.roles for each in need.candidates}
    opened = call_in_context(
        current_context().tenant_id,
        actor.label,
        "booking_swap_open",
        (
            [move.booking_id for move in moves],
            [move.agreed.version for move in moves],
            schedule.version,
            sorted(everybody),
        ),
    )
    if opened["outcome"] == "stale":
        raise _Stale
    if opened["outcome"] != "ok":
        raise refusal(opened["outcome"], opened["current"])


def _move(actor: Actor, now: datetime, move: _Move) -> dict[str, Any]:
    """Take the new time under the locks of `_open`."""
    tenant_id = current_context().tenant_id
    agreed = move.agreed
    opened = call_in_context(
        tenant_id,
        actor.label,
        "booking_reschedule_open",
        (
            *key_params(None),
            *(move.booking_id, None, True, None),
            agreed.version,
            *open_params(move.plan),
            # Where it is already, it has given its time up all the same.
            None,
            None,
        ),
    )
    if opened["outcome"] != "ok":
        raise _Stale
    try:
        done = take_new_time(
            tenant_id,
            actor.label,
            now,
            None,
            move.booking_id,
            agreed,
            move.plan,
            opened,
            None,
            False,
            is_other=False,
        )
    except NotAllTakenError:
        raise _NotFree(move, Refusal(WhyNot.TAKEN)) from None
    if isinstance(done, Refusal):
        raise _NotFree(move, done)
    return done


def _refused(tenant_id: UUID, move: _Move, now: datetime, why: Refusal) -> Problem:
    wanted = Wanted(
        move.agreed.service_ids,
        move.agreed.add_on_ids,
        resource_id=move.lead_id,
        location_id=move.agreed.location_id,
    )
    problem = not_free(tenant_id, wanted, move.plan.starts_at, now, why)
    problem.extra["booking_id"] = str(move.booking_id)
    return problem
