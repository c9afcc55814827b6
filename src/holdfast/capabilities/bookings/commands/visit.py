"""Take a visit of several segments, roles or resources: all of it in one transaction, or nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import tell
from holdfast.capabilities.bookings.commands.choosing import (
    Opened,
    choose,
    claim_params,
    items_json,
    open_params,
)
from holdfast.capabilities.bookings.plan import Plan
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.platform.tenancy import call_in_context, tenant_context
from holdfast.platform.timezones import tzdb_version
from holdfast.scheduling.visits import Refusal


class NotAllTakenError(Exception):
    """A claim was not to be had after all: what was written of the others is undone with the transaction."""


def take_visit(
    *,
    tenant_id: UUID,
    actor_label: str,
    now: datetime,
    plan: Plan,
    request: BookingRequest,
    booking_id: UUID,
    status: str,
    key: tuple[Any, ...],
    contact: tuple[Any, ...],
    token: bytes,
) -> dict[str, Any] | Refusal:
    """Lock everybody who could take part, choose among those who are free, and write all claims.

    Where the wish is to overbook, whoever is taken can still be chosen, and the time is in a lane of its own.
    Returns what the database says as `booking_hold` does, or why nobody could be found for a role.
    """
    try:
        with tenant_context(tenant_id, actor_label):
            result = call_in_context(tenant_id, actor_label, "booking_visit_open", (*key, *open_params(plan)))
            if result["outcome"] != "ok":
                return result
            opened = Opened.of(result)
            chosen = choose(plan, opened)
            if isinstance(chosen, Refusal) and request.overbook:
                chosen = choose(plan, opened.as_if_free())
            if isinstance(chosen, Refusal):
                return chosen
            visit = plan.visit
            lead = plan.schedule.resources[chosen[visit.lead.name]]
            params = (
                *key,
                opened.now,
                *claim_params(plan, chosen),
                booking_id,
                visit.services[0].id,
                plan.schedule.place_at(lead, visit.services[0], plan.starts_at)
                if visit.is_simple
                else visit.lead.candidates[0].location_id,
                lead.id,
                status,
                request.hold_seconds,
                plan.starts_at,
                plan.ends_at,
                plan.local_start,
                plan.time_zone,
                tzdb_version(),
                visit.price_minor,
                visit.currency,
                request.source,
                visit.title,
                "[]" if visit.is_simple else items_json(visit.items, chosen),
                *contact,
                token,
                request.overbook,
            )
            result = call_in_context(tenant_id, actor_label, "booking_visit_take", params)
            if result["outcome"] != "ok":
                raise NotAllTakenError
            tell(tenant_id, result, now=now)
            return result
    except NotAllTakenError:
        return {"outcome": "full"}
