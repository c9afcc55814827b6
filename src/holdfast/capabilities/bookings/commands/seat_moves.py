"""Move seats to another session of their service, or change how many they are; it stays the same booking."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.agreed import Agreed, read_agreed
from holdfast.capabilities.bookings.commands.answers import MoveAnswer, key_params, read_result, tell
from holdfast.capabilities.bookings.commands.create import no_seats
from holdfast.capabilities.bookings.commands.kept import kept_answer
from holdfast.capabilities.bookings.commands.seats import (
    Session,
    bounds_of_limits,
    find_session,
    find_sessions,
    telling,
)
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import Actor
from holdfast.platform.errors import Invalid, NotFound, Problem, Unavailable
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import call_in_context, tenant_context
from holdfast.platform.timezones import tzdb_version
from holdfast.scheduling.zones import to_local

_TRIES = 5
_REFUSED = ("full", "limit", "blocked")


def move_seats(
    *,
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    agreed: Agreed,
    starts_at: datetime | None,
    resource_id: UUID | None,
    slot_id: UUID | None,
    party_size: int | None,
    proof: bytes | None,
    is_staff: bool,
    expected_version: int | None,
    key: IdempotencyKey | None,
) -> MoveAnswer:
    """Give the booking seats of another session, or another number of them: all of them, or it stays.

    The session is named, or is one of those at a start: with the same person first. Raises what
    `find_sessions` raises, `Invalid` SERVICE_MIXED for a session of another service, and `Conflict` as
    `reschedule_booking`.
    """
    for attempt in range(_TRIES):
        schedule = remembered_schedule(tenant_id, refresh=attempt > 0)
        if attempt > 0:
            agreed = _read_again(tenant_id, actor, booking_id, proof, is_staff=is_staff)
        if agreed.slot_id is None or agreed.service_id is None:
            raise Invalid("This booking has no seats.", code="NOT_FOR_GROUPS", field="party_size")
        wish = BookingRequest(
            agreed.service_id,
            starts_at or agreed.starts_at,
            resource_id=resource_id,
            slot_id=slot_id,
            party_size=party_size or agreed.party_size,
        )
        stays = slot_id in (None, agreed.slot_id) and starts_at is None and resource_id is None
        try:
            sessions = _targets(tenant_id, actor, now, schedule, wish, None if not stays else agreed.slot_id)
        except Problem:
            # What was remembered may be old, and what was answered before stays answered.
            if attempt == 0:
                continue
            replayed = kept_answer(tenant_id, actor.label, key)
            if replayed is not None:
                return replayed
            raise
        result: dict[str, Any] = {}
        for session in sorted(sessions, key=lambda each: each.resource_id != agreed.resource_id):
            zone = schedule.zone_of(session.location_id)
            with tenant_context(tenant_id, actor.label):
                tried = call_in_context(
                    tenant_id,
                    actor.label,
                    "booking_seat_move",
                    (
                        *key_params(key),
                        booking_id,
                        proof,
                        is_staff,
                        expected_version,
                        agreed.slot_id,
                        schedule.version,
                        session.slot_id,
                        party_size,
                        to_local(session.starts_at, zone),
                        zone.key,
                        tzdb_version(),
                        *bounds_of_limits(session, zone),
                    ),
                )
                if tried["outcome"] == "ok":
                    tell(tenant_id, tried, now=now, kind="booking.rescheduled")
            if tried["outcome"] not in _REFUSED:
                result = tried
                break
            result = telling(result, tried)
        if result["outcome"] in _REFUSED:
            raise no_seats(tenant_id, wish.wanted, sessions[0].starts_at, now, result["outcome"])
        if result["outcome"] != "stale":
            return read_result(tenant_id, result)
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def _targets(
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    schedule: Schedule,
    wish: BookingRequest,
    own_slot_id: UUID | None,
) -> list[Session]:
    """The sessions that are meant; where the booking stays (`own_slot_id`), hours are not asked again."""
    if own_slot_id is not None:
        return [find_session(tenant_id, actor.label, own_slot_id)]
    sessions = find_sessions(tenant_id, actor.label, schedule, wish, now)
    if any(session.service_id != wish.service_id for session in sessions):
        raise Invalid("This session is of another service.", code="SERVICE_MIXED", field="slot_id")
    return sessions


def _read_again(
    tenant_id: UUID, actor: Actor, booking_id: UUID, proof: bytes | None, *, is_staff: bool
) -> Agreed:
    with tenant_context(tenant_id, actor.label):
        agreed = read_agreed(booking_id, token_hash=proof, is_staff=is_staff)
    if agreed is None:
        raise NotFound("There is no such booking.")
    return agreed
