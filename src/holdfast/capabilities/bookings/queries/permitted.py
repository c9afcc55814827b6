"""Which moves somebody may make on a booking: the core's table, narrowed by what the role is granted.

A holder of the booking's manage token moves it as a guest does; whoever signed in moves by permission, an
artist only what it leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.queries.bookings import may_manage
from holdfast.capabilities.bookings.settings import NOTICE_MINUTES
from holdfast.platform.access import Actor
from holdfast.scheduling.lifecycle import Move, Party, Status, moves_from

_PERMISSIONS: dict[Move, tuple[str, ...]] = {
    Move.CONFIRM: ("bookings:respond",),
    Move.CANCEL: ("bookings:cancel", "bookings:respond"),
    Move.PENCIL: ("bookings:create",),
    Move.COMPLETE: ("bookings:update",),
    Move.MARK_NO_SHOW: ("bookings:update",),
    Move.REOPEN: ("bookings:update",),
}
"""Any one of them will do. To submit is how a confirmation ends where the service asks for approval: nobody
calls it by name; to expire is the clock's."""

RESCHEDULE = "reschedule"
_MOVABLE = ("held", "pending", "confirmed")
"""The statuses in which a booking can go to another time; a studio's staff also move pencils."""


def may_move(tenant_id: UUID, actor: Actor, booking_id: UUID, move: Move) -> bool:
    """Tell whether the actor may make this move on this booking without a token."""
    return any(may_manage(tenant_id, actor, booking_id, each) for each in _PERMISSIONS[move])


def moves_of_staff(actor: Actor, status: str, resource_id: UUID | None) -> list[Move]:
    """Return what somebody signed in may do to a booking with this lead, in the table's order."""
    is_own = resource_id is not None and resource_id == actor.resource_id
    return [
        move
        for move in moves_from(Status(status), Party.STAFF)
        if any(actor.can(each) or (is_own and actor.only_own(each)) for each in _PERMISSIONS.get(move, ()))
    ]


def cancel_until(starts_at: datetime, settings: Mapping[str, Any]) -> datetime:
    """Return until when a guest may cancel what is confirmed (`booking_cancel_until` decides, this tells).

    The business's setting `cancellation_notice_minutes` says how long before the start; by default 0.
    """
    return starts_at - timedelta(minutes=_notice(settings.get("cancellation_notice_minutes")) or 0)


def reschedule_until(starts_at: datetime, settings: Mapping[str, Any]) -> datetime:
    """Return until when a guest may move what is confirmed (`booking_reschedule_until` decides, this tells).

    The business's setting `reschedule_notice_minutes`; by default as for cancelling.
    """
    minutes = _notice(settings.get("reschedule_notice_minutes"))
    if minutes is None:
        return cancel_until(starts_at, settings)
    return starts_at - timedelta(minutes=minutes)


def _notice(minutes: object) -> int | None:
    if isinstance(minutes, bool) or not isinstance(minutes, (int, float)):
        return None
    return round(min(NOTICE_MINUTES.most, max(NOTICE_MINUTES.least, minutes)))


def moves_of_guest(status: str) -> list[Move]:
    """Return what the holder of a booking's manage token may do, in the table's order.

    Whether it is still in time is said when it is tried: a hold can run out, a cancellation be too late.
    """
    return [move for move in moves_from(Status(status), Party.GUEST) if move in _PERMISSIONS]


def moves_now(
    actor: Actor,
    status: str,
    resource_id: UUID | None,
    *,
    holds_manage_token: bool,
    slot_id: UUID | str | None = None,
) -> list[str]:
    """Return what this caller may do to a booking, in the table's order: the buttons to show.

    Last comes `reschedule`, which changes no status and is in no table of moves.
    """
    found = set(moves_of_guest(status)) if holds_manage_token else set()
    if not actor.is_guest:
        found.update(moves_of_staff(actor, status, resource_id))
    moves = [str(move) for move in Move if move in found]
    if slot_id is None and can_reschedule(actor, status, resource_id, holds_manage_token=holds_manage_token):
        moves.append(RESCHEDULE)
    return moves


def can_reschedule(actor: Actor, status: str, resource_id: UUID | None, *, holds_manage_token: bool) -> bool:
    """Tell whether this caller may move a booking that has time of its own, if it is still in time."""
    if holds_manage_token and status in _MOVABLE:
        return True
    is_own = resource_id is not None and resource_id == actor.resource_id
    may_update = actor.can("bookings:update") or (is_own and actor.only_own("bookings:update"))
    return may_update and status in (*_MOVABLE, "pencil")
