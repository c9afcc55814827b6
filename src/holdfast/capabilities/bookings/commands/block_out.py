"""Block out time that may have been promised: say which bookings it meets, and do what is decided of each.

Everything is one transaction, the caller's: the blackout and what happens to the bookings, or nothing. The
blackout is written first; its trigger takes the locks of the schedule, so that no booking slips in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from holdfast.capabilities.bookings.commands.cancel import cancel_booking
from holdfast.capabilities.bookings.commands.reschedule import reschedule_booking
from holdfast.capabilities.bookings.queries.met import MetBooking, find_met
from holdfast.capabilities.schedules.commands.blackouts import (
    change_blackout,
    create_blackout,
    existing_blackout,
)
from holdfast.capabilities.schedules.types import Blackout
from holdfast.platform.access import Actor, require
from holdfast.platform.errors import Conflict, Invalid, Problem
from holdfast.platform.http.answers import instant_text
from holdfast.platform.tenancy import current_context

Action = Literal["keep", "cancel", "move"]
# What of a blackout decides whom it meets.
_TIMES = ("starts_at", "ends_at", "is_recurring", "rrule", "except_dates")
_PERMISSIONS = {"cancel": "bookings:cancel", "move": "bookings:update"}
_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class NewBlackout:
    """What is to be blocked out; see `Blackout`."""

    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    is_recurring: bool = False
    rrule: str | None = None
    except_dates: tuple[date, ...] = ()
    resource_id: UUID | None = None
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What to do with one booking that is met; a move says when, or with whom, or both."""

    booking_id: UUID
    action: Action
    starts_at: datetime | None = None
    resource_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the caller has decided: `keeps_all` speaks for every booking without a resolution of its own."""

    keeps_all: bool = False
    resolutions: tuple[Resolution, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What was done with a booking. `is_met` is False for one that the blackout does not (any longer) meet:
    then nothing was done."""

    booking_id: UUID
    action: Action
    is_met: bool
    status: str | None = None
    starts_at: str | None = None
    resource_id: str | UUID | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class BlockedOut:
    """The blackout as it is stored, and what became of the bookings that it meets."""

    blackout: Blackout
    done: tuple[Done, ...] = field(default_factory=tuple)


def block_out(*, actor: Actor, now: datetime, wanted: NewBlackout, decisions: Decisions) -> BlockedOut:
    """Block out time, once every booking that it meets is decided.

    Raises what `create_blackout` raises; `Conflict` BLACKOUT_MEETS_BOOKINGS with the bookings that nobody has
    decided about; `Forbidden` for who may not cancel or move; and the problem of a cancellation or move that
    cannot be, with its `booking_id`.
    """
    _check(actor, decisions)
    blackout_id = create_blackout(
        actor=actor,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        reason=wanted.reason,
        is_recurring=wanted.is_recurring,
        rrule=wanted.rrule,
        except_dates=wanted.except_dates,
        resource_id=wanted.resource_id,
        location_id=wanted.location_id,
    )
    blackout = existing_blackout(blackout_id)
    return BlockedOut(blackout, _resolve(actor, now, blackout, decisions))


def change_block_out(
    *,
    actor: Actor,
    now: datetime,
    blackout_id: UUID,
    changes: Mapping[str, Any],
    expected_version: int | None,
    decisions: Decisions,
) -> BlockedOut:
    """Change a blackout; when its times change, every booking that it then meets is to be decided.

    Raises what `change_blackout` and `block_out` raise.
    """
    _check(actor, decisions)
    blackout = change_blackout(
        actor=actor, blackout_id=blackout_id, changes=changes, expected_version=expected_version
    )
    if not any(column in changes for column in _TIMES):
        return BlockedOut(blackout)
    return BlockedOut(blackout, _resolve(actor, now, blackout, decisions))


def _check(actor: Actor, decisions: Decisions) -> None:
    named: set[UUID] = set()
    for place, resolution in enumerate(decisions.resolutions):
        if resolution.action in _PERMISSIONS:
            require(actor, _PERMISSIONS[resolution.action])
        moves = resolution.starts_at is not None or resolution.resource_id is not None
        if moves != (resolution.action == "move"):
            raise Invalid(
                "A move says starts_at or resource_id or both; nothing else does.",
                field=f"resolutions.{place}.starts_at",
            )
        if resolution.booking_id in named:
            raise Invalid("Every booking can be decided once.", field=f"resolutions.{place}.booking_id")
        named.add(resolution.booking_id)


def _resolve(actor: Actor, now: datetime, blackout: Blackout, decisions: Decisions) -> tuple[Done, ...]:
    met = {booking.id: booking for booking in find_met(blackout, now=now)}
    decided = {resolution.booking_id: resolution for resolution in decisions.resolutions}
    if decisions.keeps_all:
        decided |= {
            booking_id: Resolution(booking_id, "keep") for booking_id in met if booking_id not in decided
        }
    undecided = [booking for booking in met.values() if booking.id not in decided]
    if undecided:
        raise _meets_bookings(undecided)
    done: dict[UUID, Done] = {}
    # Time is given back before it is taken anew.
    for resolution in sorted(decided.values(), key=lambda each: each.action == "move"):
        booking = met.get(resolution.booking_id)
        if booking is None:
            done[resolution.booking_id] = Done(resolution.booking_id, resolution.action, is_met=False)
            continue
        try:
            done[booking.id] = _do(actor, now, booking, resolution)
        except Problem as problem:
            problem.extra["booking_id"] = str(booking.id)
            problem.field = f"resolutions.{_place(decisions, booking.id)}"
            raise
    return tuple(done[booking_id] for booking_id in decided)


def _do(actor: Actor, now: datetime, booking: MetBooking, resolution: Resolution) -> Done:
    if resolution.version not in (None, booking.version):
        raise Conflict(
            "This booking has changed since you looked.",
            code="VERSION_CONFLICT",
            current_version=booking.version,
        )
    tenant_id = current_context().tenant_id
    if resolution.action == "keep":
        after: Mapping[str, Any] = {
            "status": booking.status,
            "starts_at": instant_text(booking.starts_at),
            "resource_id": booking.resource_id,
            "version": booking.version,
        }
    elif resolution.action == "cancel":
        after = cancel_booking(
            tenant_id=tenant_id,
            actor=actor,
            now=now,
            booking_id=booking.id,
            expected_version=booking.version,
        ).data
    else:
        after = reschedule_booking(
            tenant_id=tenant_id,
            actor=actor,
            now=now,
            booking_id=booking.id,
            starts_at=resolution.starts_at,
            resource_id=resolution.resource_id,
            expected_version=booking.version,
        ).data
    return Done(
        booking.id,
        resolution.action,
        is_met=True,
        status=after["status"],
        starts_at=after["starts_at"],
        resource_id=after["resource_id"],
        version=after["version"],
    )


def _place(decisions: Decisions, booking_id: UUID) -> int:
    return [each.booking_id for each in decisions.resolutions].index(booking_id)


def _meets_bookings(bookings: Sequence[MetBooking]) -> Conflict:
    return Conflict(
        f"This time is promised to {len(bookings)} booking{'s' if len(bookings) > 1 else ''}."
        " Say for each whether to keep, cancel or move it.",
        code="BLACKOUT_MEETS_BOOKINGS",
        total=len(bookings),
        bookings=[
            {
                "id": str(booking.id),
                "starts_at": instant_text(booking.starts_at),
                "ends_at": instant_text(booking.ends_at),
                "local_start": booking.local_start.isoformat(),
                "resource_id": str(booking.resource_id) if booking.resource_id else None,
                "status": booking.status,
                "title": booking.title,
                "customer_name": booking.customer_name,
                "version": booking.version,
            }
            for booking in bookings[:_MOST_LISTED]
        ],
    )
