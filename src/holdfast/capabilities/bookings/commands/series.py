"""Make bookings that come round again: every occurrence that was agreed, or none at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.commands.answers import manage_token, refusal, sealed_contact
from holdfast.capabilities.bookings.commands.choosing import items_json
from holdfast.capabilities.bookings.series_plan import SeriesPlan, plan_series
from holdfast.capabilities.bookings.series_types import SeriesEntry, SeriesMade, SeriesRequest
from holdfast.capabilities.bookings.series_work import Look, Worked, lead_of_all, look_params, work_out
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import token_hash
from holdfast.platform.errors import Conflict, Unavailable
from holdfast.platform.events import Event, publish
from holdfast.platform.http.answers import instant_text
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import call_in_context, current_context, tenant_context
from holdfast.platform.timezones import tzdb_version
from holdfast.scheduling.series import Outcome
from holdfast.scheduling.zones import to_local

TRIES = 5


class StaleError(Exception):
    """The schedule, or a booking, has moved meanwhile: what was written is undone, and all is read anew."""


def make_series(
    *, actor: Actor, now: datetime, request: SeriesRequest, expected_version: int | None = None
) -> SeriesMade:
    """Book every occurrence that the wish's policy leaves, or nothing; inside the tenant's context.

    Whoever can lead most of them leads wherever they can. All are confirmed at once, whatever the service's
    flow: staff makes them. The customer is told of all of them together.

    Raises what `plan_series` does, `Forbidden`, and `Conflict`: SERIES_CONFLICT with every occurrence that
    cannot be had; VERSION_CONFLICT and MOVE_NOT_ALLOWED about a first booking.
    """
    require(actor, "bookings:create")
    tenant_id = current_context().tenant_id
    for _ in range(TRIES):
        try:
            with tenant_context(tenant_id, actor.label):
                return _make(tenant_id, actor, now, request, expected_version)
        except StaleError:
            continue
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def conflict_of(entries: Sequence[SeriesEntry], zone: ZoneInfo) -> Conflict:
    """Return the refusal that names every occurrence which cannot be had, why, and what could be instead."""
    conflicts = [each for each in entries if each.outcome is Outcome.CONFLICT]
    return Conflict(
        "Some of the times cannot be had; leave them out, move them, or choose others. Nothing was changed.",
        code="SERIES_CONFLICT",
        field="rrule",
        conflicts=[
            {
                "date": entry.date.isoformat(),
                "local_start": entry.local_start.isoformat(),
                "reason": entry.reason,
                "role": entry.role,
                "alternatives": [
                    {"starts_at": instant_text(at), "local_start": to_local(at, zone).isoformat()}
                    for at in entry.alternatives
                ],
            }
            for entry in conflicts or entries
        ],
    )


def _make(
    tenant_id: UUID, actor: Actor, now: datetime, request: SeriesRequest, expected_version: int | None
) -> SeriesMade:
    schedule = current_schedule()
    plan = plan_series(schedule, request)
    booked = request.first_booking
    opened = call_in_context(
        tenant_id,
        actor.label,
        "booking_series_open",
        (schedule.version, *look_params(plan.wishes), booked and booked.id, expected_version),
    )
    if opened["outcome"] == "stale":
        raise StaleError
    if opened["outcome"] != "ok":
        raise refusal(opened["outcome"], opened.get("current"))
    worked = work_out(
        schedule,
        plan.wishes,
        Look.of(opened),
        on_conflict=request.on_conflict,
        shift_minutes=request.shift_minutes,
        now=now,
    )
    entries = tuple(each.entry for each in worked)
    agreed = [each for each in worked if each.entry.starts_at is not None]
    if not agreed or any(each.outcome is Outcome.CONFLICT for each in entries):
        raise conflict_of(entries, plan.zone)
    series_id = new_id()
    rule = json.dumps({"id": str(series_id), "rrule": plan.rrule})
    made = []
    if booked is not None:
        joined = call_in_context(
            tenant_id, actor.label, "booking_series_join", (booked.id, series_id, opened["now"], rule)
        )
        made.append(joined["answer"])
    customer: str | None = str(booked.customer_id) if booked and booked.customer_id else None
    for position, each in enumerate(agreed, start=len(made) + 1):
        taken = call_in_context(
            tenant_id,
            actor.label,
            "booking_series_take",
            (
                opened["now"],
                *claim_arrays(each),
                series_id,
                position,
                rule,
                *_booking_params(tenant_id, schedule, plan, each, request, customer),
            ),
        )
        if taken["outcome"] != "ok":
            raise StaleError
        customer = customer or taken["customer"]
        made.append(taken["answer"])
    told = made[1 if booked else 0]
    publish(Event("booking.confirmed", tenant_id, UUID(told["id"]), now, told))
    return SeriesMade(series_id, plan.rrule, plan.zone.key, lead_of_all(entries), tuple(made), entries)


def claim_arrays(worked: Worked) -> tuple[list[Any], ...]:
    """Return what an occurrence takes as the writing functions take it."""
    claims = worked.claims()
    return (
        [claim.role for claim in claims],
        [claim.resource_id for claim in claims],
        [claim.starts_at for claim in claims],
        [claim.ends_at for claim in claims],
    )


def place_of(schedule: Schedule, worked: Worked, starts_at: datetime) -> UUID:
    """Return where an occurrence is: the place whose hours its lead is in."""
    visit = worked.wish.visit
    if not visit.is_simple:
        return visit.lead.candidates[0].location_id
    lead = next(each for each in visit.lead.candidates if each.id == worked.chosen[visit.lead.name])
    return schedule.place_at(lead, visit.services[0], starts_at)


def _booking_params(
    tenant_id: UUID,
    schedule: Schedule,
    plan: SeriesPlan,
    worked: Worked,
    request: SeriesRequest,
    customer: str | None,
) -> tuple[Any, ...]:
    booking_id = new_id()
    visit, at = worked.wish.visit, worked.entry.starts_at or worked.wish.near
    return (
        booking_id,
        visit.services[0].id,
        place_of(schedule, worked, at),
        worked.chosen[visit.lead.name],
        at,
        at + visit.duration,
        worked.entry.local_start,
        plan.zone.key,
        tzdb_version(),
        visit.price_minor,
        visit.currency,
        "staff",
        visit.title,
        "[]" if visit.is_simple else items_json(visit.items, worked.chosen),
        customer,
        *sealed_contact(tenant_id, booking_id, request.contact, request.notes),
        token_hash(manage_token(tenant_id, booking_id)),
    )
