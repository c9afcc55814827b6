"""Book a party: everybody's time with several artists in one booking, all of it or nothing."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import (
    MoveAnswer,
    begins_as,
    key_params,
    manage_token,
    read_result,
    sealed_contact,
    tell,
)
from holdfast.capabilities.bookings.commands.choosing import Opened
from holdfast.capabilities.bookings.commands.kept import kept_answer
from holdfast.capabilities.bookings.commands.visit import NotAllTakenError
from holdfast.capabilities.bookings.parties import claims_of, describe, solve
from holdfast.capabilities.bookings.party_question import Question, read_party
from holdfast.capabilities.bookings.party_types import PartyAnswer, PartyRequest, Planned
from holdfast.capabilities.bookings.types import HOLD_SECONDS
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import token_hash
from holdfast.platform.errors import Problem, Unavailable
from holdfast.platform.http.ratelimit import count_booking, has_booked_enough, too_many_bookings
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import call_in_context, tenant_context
from holdfast.platform.timezones import tzdb_version
from holdfast.scheduling.intervals import instant
from holdfast.scheduling.parties import PartyPlan, Shortfall
from holdfast.scheduling.zones import day_bounds

_TRIES = 5


class PlanIsGoneError(Exception):
    """The plan that was seen cannot be had any more; `answer` is the next best, or why there is none."""

    def __init__(self, answer: PartyAnswer) -> None:
        super().__init__("the plan is gone")
        self.answer = answer


def book_party(
    *, tenant_id: UUID, actor: Actor, now: datetime, request: PartyRequest, key: IdempotencyKey | None
) -> MoveAnswer:
    """Plan the party again with everybody locked who could work for it, and take the best plan.

    One booking: its items are the guests' services by number and by how long after its start; what the guests
    are called is sealed with the notes. With `plan_id` only that plan is taken.

    Raises `PlanIsGoneError` (the plan that was seen is gone, or there is none at all), what `read_party`
    raises, `Invalid` CONTACT_REQUIRED, `RateLimited`, and the idempotency problems.
    """
    require(actor, "bookings:create:guest")
    booking_id = new_id()
    contact = sealed_contact(tenant_id, booking_id, request.contact, _notes(request))
    person = contact[2:4] if actor.is_guest and request.source != "demo" else ()
    if has_booked_enough(tenant_id, person):
        replayed = kept_answer(tenant_id, actor.label, key)
        if replayed is not None:
            return replayed
        raise too_many_bookings(tenant_id, person)
    for attempt in range(_TRIES):
        schedule = remembered_schedule(tenant_id, refresh=attempt > 0)
        try:
            question = read_party(schedule, request.wish, now)
        except Problem:
            # What was remembered may be old, and what was answered before stays answered.
            if attempt == 0:
                continue
            replayed = kept_answer(tenant_id, actor.label, key)
            if replayed is not None:
                return replayed
            raise
        status = begins_as(question.flow, mode=request.mode, contact=request.contact, actor=actor)
        try:
            with tenant_context(tenant_id, actor.label):
                result = call_in_context(
                    tenant_id, actor.label, "booking_visit_open", (*key_params(key), *_open_params(question))
                )
                if result["outcome"] == "ok":
                    opened = Opened.of(result)
                    found = solve(question, opened.taken, opened.given)
                    answer = describe(question, found)
                    planned = answer.plan
                    if (
                        isinstance(found, Shortfall)
                        or planned is None
                        or request.plan_id not in ("", planned.id)
                    ):
                        raise PlanIsGoneError(answer)
                    result = call_in_context(
                        tenant_id,
                        actor.label,
                        "booking_party_take",
                        (
                            *key_params(key),
                            opened.now,
                            *_claim_params(question, found),
                            *_booking_params(question, planned, found, booking_id, status, request),
                            *contact,
                            token_hash(manage_token(tenant_id, booking_id)),
                        ),
                    )
                    if result["outcome"] != "ok":
                        raise NotAllTakenError
                    tell(tenant_id, result, now=now)
        except NotAllTakenError:
            # What was free under the locks is taken only where somebody writes without them: look again.
            continue
        if result["outcome"] != "stale":
            made = read_result(tenant_id, result)
            if status != "held" and not made.is_replay:
                count_booking(tenant_id, person)
            return made
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def _notes(request: PartyRequest) -> str:
    """What the guests are called stands before the notes: it is theirs, and sealed like them."""
    labels = [
        f"{number}. {guest.label}" for number, guest in enumerate(request.wish.guests, 1) if guest.label
    ]
    return "\n".join((*labels, request.notes) if request.notes else labels)


def _open_params(question: Question) -> tuple[Any, ...]:
    period, week = question.period, question.week
    return (
        question.schedule.version,
        [artist.id for artist in question.artists],
        period.starts_at,
        period.ends_at,
        question.limited,
        *day_bounds(question.day, question.zone),
        week.starts_at,
        week.ends_at,
    )


def _role(artist: int) -> str:
    return f"artist {artist + 1}"


def _claim_params(question: Question, plan: PartyPlan) -> tuple[Any, ...]:
    claims = sorted(claims_of(question, plan), key=lambda claim: (question.artists[claim[0]].id, claim[1]))
    return (
        [_role(artist) for artist, _, _ in claims],
        [question.artists[artist].id for artist, _, _ in claims],
        [instant(start) for _, start, _ in claims],
        [instant(end) for _, _, end in claims],
    )


def _booking_params(
    question: Question,
    planned: Planned,
    plan: PartyPlan,
    booking_id: UUID,
    status: str,
    request: PartyRequest,
) -> tuple[Any, ...]:
    lead = question.artists[plan.parts[0].artist]
    return (
        booking_id,
        question.services[plan.parts[0].guest][0].id,
        question.place,
        lead.id,
        status,
        HOLD_SECONDS,
        planned.starts_at,
        planned.ready_at,
        planned.local_start,
        planned.time_zone,
        tzdb_version(),
        planned.price_minor,
        planned.currency,
        request.source,
        _title(question),
        json.dumps(_items(question, plan)),
        len(question.wish.guests),
    )


def _title(question: Question) -> str:
    counts = Counter(service.name for services in question.services for service in services)
    return ", ".join(f"{count} × {name}" if count > 1 else name for name, count in counts.items())


def _items(question: Question, plan: PartyPlan) -> list[dict[str, Any]]:
    """Every service of every guest, by guest; when, in minutes after the party starts."""
    first = plan.first_start
    items: list[dict[str, Any]] = []
    for part in sorted(plan.parts, key=lambda part: part.guest):
        offset = (part.start - first) // 60
        for service in question.services[part.guest]:
            items.append(
                {
                    "service_id": str(service.id),
                    "title": service.name,
                    "kind": "service",
                    "price_minor": service.price_minor,
                    "duration_minutes": service.duration_minutes,
                    "role": _role(part.artist),
                    "resource_id": str(question.artists[part.artist].id),
                    "guest": part.guest + 1,
                    "offset_minutes": offset,
                }
            )
            offset += service.duration_minutes
    return items
