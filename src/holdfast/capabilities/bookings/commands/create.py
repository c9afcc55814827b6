"""Make a booking: a hold for a checkout, or a promise at once, as the service's flow says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import (
    MoveAnswer,
    begins_as,
    key_params,
    made_answer,
    manage_token,
    read_result,
    run_move,
    sealed_contact,
)
from holdfast.capabilities.bookings.commands.seats import Session, find_sessions, take_seats, wants_seats
from holdfast.capabilities.bookings.commands.visit import take_visit
from holdfast.capabilities.bookings.plan import Plan, plan_start, refused_start
from holdfast.capabilities.bookings.queries.free_time import nearest_starts
from holdfast.capabilities.bookings.types import BookingRequest, Start, Wanted
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import token_hash
from holdfast.platform.errors import Conflict, Invalid, Problem, Unavailable
from holdfast.platform.http.ratelimit import count_booking, has_booked_enough, too_many_bookings
from holdfast.platform.idempotency import IdempotencyKey, claim
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from holdfast.platform.timezones import tzdb_version
from holdfast.scheduling.slots import WhyNot
from holdfast.scheduling.visits import Refusal

# The schedule can move between our check and the database's; more than a few times in a row means that
# somebody is editing it continuously.
_TRIES = 5
_ALTERNATIVES = 3
# What the database's outcomes mean to the caller, and the reasons that come with alternatives.
_WHY_NOT = {"full": WhyNot.TAKEN, "limit": WhyNot.LIMIT, "blocked": WhyNot.BLACKOUT}
_SLOT_FULL = ("SLOT_FULL", "Somebody else has just taken this time.")
_REFUSALS = {
    WhyNot.TAKEN: _SLOT_FULL,
    WhyNot.BUFFER: _SLOT_FULL,
    WhyNot.CAPACITY: _SLOT_FULL,
    WhyNot.LIMIT: ("LIMIT_REACHED", "No more of these are taken in for that day or week."),
}


def create_booking(
    *, tenant_id: UUID, actor: Actor, now: datetime, request: BookingRequest, key: IdempotencyKey | None
) -> MoveAnswer:
    """Take the time, or say exactly why not; one transaction, one round trip for a hold.

    To overbook needs a permission of its own.

    Raises `NotFound` (service, resource, location, slot), `Invalid` (why the start cannot be had, by field
    and code; what `plan_visit` and `find_sessions` raise), `Conflict` SLOT_FULL or LIMIT_REACHED with
    alternatives, `RateLimited` for a person who books without end, and the idempotency problems.
    """
    require(actor, "bookings:create:guest")
    if request.overbook:
        require(actor, "bookings:overbook")
    booking_id = new_id()
    token = token_hash(manage_token(tenant_id, booking_id))
    contact = sealed_contact(tenant_id, booking_id, request.contact, request.notes)
    # S0, "Security": whoever books is counted by e-mail and by phone; staff and demo data are not.
    person = contact[2:4] if actor.is_guest and request.source != "demo" else ()
    if has_booked_enough(tenant_id, person):
        replayed = _kept_answer(tenant_id, actor, key)
        if replayed is not None:
            return replayed
        raise too_many_bookings(tenant_id, person)
    for attempt in range(_TRIES):
        schedule = remembered_schedule(tenant_id, refresh=attempt > 0)
        plan: Plan | None = None
        sessions: list[Session] = []
        try:
            if wants_seats(schedule, request):
                if request.overbook:
                    raise Invalid(
                        "A group has the seats that it has.", code="NOT_FOR_GROUPS", field="overbook"
                    )
                sessions = find_sessions(tenant_id, actor.label, schedule, request, now)
            else:
                plan = plan_start(schedule, request, now)
        except Problem:
            # What was remembered may be old, and what was answered before stays answered.
            if attempt == 0:
                continue
            replayed = _kept_answer(tenant_id, actor, key)
            if replayed is not None:
                return replayed
            raise
        flow = plan.visit.flow if plan else schedule.services[sessions[0].service_id].flow
        status = begins_as(flow, mode=request.mode, contact=request.contact, actor=actor)
        result: dict[str, Any] | Refusal
        if plan is None:
            result = take_seats(
                tenant_id=tenant_id,
                actor_label=actor.label,
                now=now,
                schedule=schedule,
                sessions=sessions,
                request=request,
                booking_id=booking_id,
                status=status,
                key=key_params(key),
                contact=contact,
                token=token,
            )
        elif plan.visit.is_simple and not request.overbook:
            result = run_move(
                tenant_id,
                actor.label,
                "booking_hold",
                (*key_params(key), *_plan_params(plan, booking_id, status, request), *contact, token),
                now=now,
                can_tell=status != "held",
            )
        else:
            result = take_visit(
                tenant_id=tenant_id,
                actor_label=actor.label,
                now=now,
                plan=plan,
                request=request,
                booking_id=booking_id,
                status=status,
                key=key_params(key),
                contact=contact,
                token=token,
            )
        if isinstance(result, Refusal):
            raise not_free(tenant_id, request.wanted, request.starts_at, now, result)
        if plan is None and result["outcome"] in _WHY_NOT:
            raise no_seats(tenant_id, request.wanted, request.starts_at, now, result["outcome"])
        if result["outcome"] in _WHY_NOT:
            raise not_free(
                tenant_id, request.wanted, request.starts_at, now, Refusal(_WHY_NOT[result["outcome"]])
            )
        if result["outcome"] != "stale":
            answer = read_result(tenant_id, result)
            if status != "held" and not answer.is_replay:
                count_booking(tenant_id, person)
            return answer
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def not_free(
    tenant_id: UUID, wanted: Wanted, starts_at: datetime, now: datetime, refusal: Refusal
) -> Problem:
    """Return the refusal of a start that is taken, or of which there are enough, with the nearest free ones.

    Where the start itself cannot be had, whatever is taken, that is the answer.
    """
    if refusal.why_not not in _REFUSALS:
        return refused_start(refusal.why_not, refusal.role)
    code, detail = _REFUSALS[refusal.why_not]
    with tenant_context(tenant_id, "system:alternatives"):
        alternatives = nearest_starts(wanted, around=starts_at, now=now, limit=_ALTERNATIVES)
    named: dict[str, Any] = {"role": refusal.role} if refusal.role else {}
    return Conflict(
        detail,
        code=code,
        field="starts_at",
        alternatives=[
            {
                "starts_at": f"{start.starts_at:%Y-%m-%dT%H:%M:%SZ}",
                "local_start": start.local_start.isoformat(),
                **_seats_of(start),
            }
            for start in alternatives
        ],
        **named,
    )


def no_seats(tenant_id: UUID, wanted: Wanted, starts_at: datetime, now: datetime, outcome: str) -> Problem:
    """Return the refusal of seats: the nearest sessions with room for all of them, whoever leads them."""
    anyone = replace(wanted, resource_id=None, resource_ids=())
    return not_free(tenant_id, anyone, starts_at, now, Refusal(_WHY_NOT[outcome]))


def _seats_of(start: Start) -> dict[str, Any]:
    """What there is to say of a session: which it is, whose, and how many seats are left."""
    if start.slot_id is None:
        return {}
    return {
        "slot_id": str(start.slot_id),
        "resource_id": str(start.resource_ids[0]),
        "seats_left": start.seats_left,
    }


def _plan_params(plan: Plan, booking_id: UUID, status: str, request: BookingRequest) -> tuple[Any, ...]:
    service = plan.visit.services[0]
    has_limit = service.most_per_day is not None or service.most_per_week is not None
    return (
        plan.schedule.version,
        [resource.id for resource in plan.candidates],
        [plan.schedule.place_at(resource, service, plan.starts_at) for resource in plan.candidates],
        plan.day_starts_at,
        plan.day_ends_at,
        plan.week_starts_at if has_limit else None,
        plan.week_ends_at if has_limit else None,
        service.most_per_day,
        service.most_per_week,
        booking_id,
        service.id,
        plan.visit.lead.name,
        status,
        request.hold_seconds,
        plan.starts_at,
        plan.ends_at,
        plan.claim_starts_at,
        plan.claim_ends_at,
        plan.local_start,
        plan.time_zone,
        tzdb_version(),
        service.price_minor,
        service.currency,
        request.source,
        service.name,
    )


def _kept_answer(tenant_id: UUID, actor: Actor, key: IdempotencyKey | None) -> MoveAnswer | None:
    """Return the answer of the first try when a retry comes so late that the start has passed."""
    if key is None:
        return None
    with tenant_context(tenant_id, actor.label):
        kept = claim(key)
    return None if kept is None else made_answer(tenant_id, kept.status, kept.body.decode(), is_replay=True)
