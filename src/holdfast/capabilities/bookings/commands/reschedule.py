"""Move a booking to another time, to somebody else, or to another service; it stays the same booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.agreed import Agreed, plan_move, read_agreed
from holdfast.capabilities.bookings.commands.answers import MoveAnswer, key_params, read_result, tell
from holdfast.capabilities.bookings.commands.archive import tells_of_archive
from holdfast.capabilities.bookings.commands.choosing import (
    Opened,
    choose,
    claim_params,
    items_json,
    open_params,
)
from holdfast.capabilities.bookings.commands.create import not_free
from holdfast.capabilities.bookings.commands.seat_moves import move_seats
from holdfast.capabilities.bookings.commands.seats import wants_seats
from holdfast.capabilities.bookings.commands.visit import NotAllTakenError
from holdfast.capabilities.bookings.plan import Plan, plan_at
from holdfast.capabilities.bookings.queries.bookings import may_manage
from holdfast.capabilities.bookings.types import BookingRequest, VisitPlan, Wanted
from holdfast.capabilities.bookings.visits import plan_visit
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import token_hash
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Unavailable
from holdfast.platform.http.instants import to_instant
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import call_in_context, tenant_context
from holdfast.platform.timezones import tzdb_version, zone
from holdfast.scheduling.slots import WhyNot
from holdfast.scheduling.visits import Refusal

_TRIES = 5


@tells_of_archive
def reschedule_booking(
    *,
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    starts_at: datetime | None = None,
    resource_id: UUID | None = None,
    service_ids: Sequence[UUID] = (),
    add_on_ids: Sequence[UUID] | None = None,
    token: str = "",
    expected_version: int | None = None,
    key: IdempotencyKey | None = None,
    overbook: bool = False,
    slot_id: UUID | None = None,
    party_size: int | None = None,
) -> MoveAnswer:
    """Give the booking another start, lead or services; its old time is given up with the new one taken.

    None leaves the start or the lead as it is; a naive start is wall time where the booking is. Length, items
    and price stay as they were agreed. People stay the same, rooms and the like are chosen anew where they
    must be. With other services or add-ons (staff only) it takes as long and costs what those do today; who
    led still does, where nobody else is named. A guest proves itself by the booking's token, or by one for
    this action, and may move what has not begun. Moving a booking to where it is changes nothing. To overbook
    needs a permission of its own. Seats of a session move to another session of the service (`slot_id`, or
    one at the start), or become more or fewer (`party_size`).

    May be called in an open transaction of the tenant, also in one that has changed the schedule. Raises
    `NotFound`, `Forbidden` (an artist who hands a booking to somebody else), `Invalid` (why the start cannot
    be had), `Conflict` (VERSION_CONFLICT, HOLD_EXPIRED, BOOKING_CANCELLED, MOVE_NOT_ALLOWED, TOO_LATE_TO_MOVE
    with whom to call, and SLOT_FULL or LIMIT_REACHED with alternatives); the booking then is as it was.
    """
    if overbook:
        require(actor, "bookings:overbook")
    is_staff = may_manage(tenant_id, actor, booking_id, "bookings:update")
    if (service_ids or add_on_ids is not None) and not is_staff:
        require(actor, "bookings:update")
    if is_staff and not actor.can("bookings:update") and resource_id not in (None, actor.resource_id):
        raise Forbidden("You may not give your bookings to somebody else.", field="resource_id")
    proof = token_hash(token) if token else None
    who = (booking_id, proof, is_staff, expected_version)
    seats: Agreed | None = None
    for attempt in range(_TRIES):
        schedule = remembered_schedule(tenant_id, refresh=attempt > 0)
        try:
            with tenant_context(tenant_id, actor.label):
                agreed = read_agreed(booking_id, token_hash=proof, is_staff=is_staff)
                if agreed is None:
                    raise NotFound("There is no such booking.")
                if agreed.is_party and (service_ids or add_on_ids is not None):
                    raise Invalid(
                        "A party keeps what was planned.", code="MOVE_NOT_ALLOWED", field="service_ids"
                    )
                asked_at = starts_at or agreed.starts_at
                if asked_at.tzinfo is None:
                    asked_at = to_instant(asked_at, zone(agreed.time_zone), field="starts_at")
                if agreed.slot_id is not None or slot_id is not None or party_size is not None:
                    if service_ids or add_on_ids is not None or overbook:
                        raise Invalid(
                            "A group has the seats that it has.", code="NOT_FOR_GROUPS", field="service_ids"
                        )
                    seats = agreed
                    break
                lead_id = resource_id or agreed.resource_id
                wanted = _wanted(agreed, lead_id, service_ids, add_on_ids)
                is_other = (wanted.service_ids, wanted.add_on_ids) != (agreed.service_ids, agreed.add_on_ids)
                plan = _plan(schedule, agreed, asked_at, wanted if is_other else None, lead_id, now)
                opened = call_in_context(
                    tenant_id,
                    actor.label,
                    "booking_reschedule_open",
                    (
                        *key_params(key),
                        *who,
                        agreed.version,
                        *_seen(schedule, plan),
                        # At the same start another service is another thing.
                        None if is_other else asked_at,
                        lead_id,
                    ),
                )
                if opened["outcome"] == "ok":
                    if isinstance(plan, Problem):
                        raise plan
                    found = take_new_time(
                        tenant_id,
                        actor.label,
                        now,
                        key,
                        booking_id,
                        agreed,
                        plan,
                        opened,
                        proof,
                        overbook,
                        is_other=is_other,
                    )
                else:
                    found = opened
        except NotAllTakenError:
            found = Refusal(WhyNot.TAKEN)
        if isinstance(found, Refusal):
            if agreed.is_party:
                raise Conflict(
                    "Not all of the party's people are free then.", code="SLOT_FULL", field="starts_at"
                )
            raise not_free(tenant_id, wanted, asked_at, now, found)
        if found["outcome"] != "stale":
            return read_result(tenant_id, found)
    if seats is not None:
        return move_seats(
            tenant_id=tenant_id,
            actor=actor,
            now=now,
            booking_id=booking_id,
            agreed=seats,
            starts_at=starts_at and asked_at,
            resource_id=resource_id,
            slot_id=slot_id,
            party_size=party_size,
            proof=proof,
            is_staff=is_staff,
            expected_version=expected_version,
            key=key,
        )
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def _plan(
    schedule: Schedule,
    agreed: Agreed,
    starts_at: datetime,
    other: Wanted | None,
    lead_id: UUID | None,
    now: datetime,
) -> Plan | Problem:
    """Work out what the move would take, or why it cannot be: said only of what may be moved at all."""
    try:
        if other is not None:
            return _plan_other(schedule, other, starts_at, now)
        return plan_move(schedule, agreed, starts_at=starts_at, lead_id=lead_id, now=now)
    except Problem as problem:
        return problem


def _plan_other(schedule: Schedule, wanted: Wanted, starts_at: datetime, now: datetime) -> Plan:
    """Work out what other services would take. Seats of a group are booked anew, not changed into."""
    visit = plan_visit(schedule, wanted)
    if wants_seats(
        schedule,
        BookingRequest(
            wanted.service_ids[0],
            starts_at,
            resource_id=wanted.resource_id,
            location_id=wanted.location_id,
            service_ids=wanted.service_ids,
            add_on_ids=wanted.add_on_ids,
        ),
    ):
        raise Invalid("Book the seat of a group anew.", code="NOT_FOR_GROUPS", field="service_id")
    return plan_at(schedule, visit, starts_at.astimezone(UTC), now)


def _become(tenant_id: UUID, booking_id: UUID, visit: VisitPlan) -> None:
    """Write what is sold now; the version is raised, and the event written, with the time that it takes."""
    execute(
        "update booking set service_id = %s, price_minor = %s, currency = %s, title = %s"
        " where tenant_id = %s and id = %s",
        (visit.services[0].id, visit.price_minor, visit.currency, visit.title, tenant_id, booking_id),
    )


def _seen(schedule: Schedule, plan: Plan | Problem) -> tuple[Any, ...]:
    if isinstance(plan, Plan):
        return open_params(plan)
    return (schedule.version, [], None, None, [], None, None, None, None)


def take_new_time(
    tenant_id: UUID,
    actor_label: str,
    now: datetime,
    key: IdempotencyKey | None,
    booking_id: UUID,
    agreed: Agreed,
    plan: Plan,
    opened: dict[str, Any],
    proof: bytes | None,
    overbook: bool,
    *,
    is_other: bool,
) -> dict[str, Any] | Refusal:
    """Choose who takes part and write it, under the locks of booking_reschedule_open; tell of it.

    Raises `NotAllTakenError`: then roll back.
    """
    under_locks = Opened.of(opened)
    preferred = {claim.resource_id for claim in agreed.claims}
    chosen = choose(plan, under_locks, preferred=preferred)
    if isinstance(chosen, Refusal) and overbook:
        chosen = choose(plan, under_locks.as_if_free(), preferred=preferred)
    if isinstance(chosen, Refusal):
        return chosen
    lead = next(each for each in plan.candidates if each.id == chosen[plan.visit.lead.name])
    if is_other:
        _become(tenant_id, booking_id, plan.visit)
    result = call_in_context(
        tenant_id,
        actor_label,
        "booking_reschedule_take",
        (
            *key_params(key),
            under_locks.now,
            *claim_params(plan, chosen),
            booking_id,
            plan.schedule.place_at(lead, plan.visit.services[0], plan.starts_at),
            lead.id,
            plan.starts_at,
            plan.ends_at,
            plan.local_start,
            plan.time_zone,
            tzdb_version(),
            "[]" if plan.visit.is_simple else items_json(plan.visit.items, chosen),
            proof,
            overbook,
        ),
    )
    if result["outcome"] != "ok":
        raise NotAllTakenError
    tell(tenant_id, result, now=now, kind="booking.rescheduled")
    return result


def _wanted(
    agreed: Agreed, lead_id: UUID | None, service_ids: Sequence[UUID], add_on_ids: Sequence[UUID] | None
) -> Wanted:
    return Wanted(
        tuple(service_ids) or agreed.service_ids,
        # What was added to one service is not asked for with another.
        tuple(add_on_ids) if add_on_ids is not None else () if service_ids else agreed.add_on_ids,
        resource_id=lead_id,
        location_id=agreed.location_id,
    )
