"""Writes of schedules, inside a tenant's context. Each raises the schedule version by trigger."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.schedules.queries import get_blackout
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import seal
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Forbidden, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.hours import OpeningRule, RuleKind


def create_opening_rule(
    *,
    actor: Actor,
    location_id: UUID,
    kind: str,
    start_time: time,
    end_time: time,
    days_of_week: tuple[int, ...] = (),
    resource_id: UUID | None = None,
    service_id: UUID | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    is_closed: bool = False,
    slot_granularity_minutes: int | None = None,
) -> UUID:
    """Say when a place, a person or a service is open (or closed). Raises `Invalid` for contradictions."""
    require(actor, "availability:manage")
    try:
        OpeningRule(
            kind=RuleKind(kind),
            start_time=start_time,
            end_time=end_time,
            days_of_week=days_of_week,
            valid_from=valid_from,
            valid_to=valid_to,
            is_closed=is_closed,
        )
    except ValueError as problem:
        raise Invalid(str(problem), field=str(problem).split(" ", 1)[0]) from None
    rule_id = new_id()
    execute(
        "insert into opening_rule (tenant_id, id, location_id, resource_id, service_id, rule_kind,"
        " days_of_week, start_time, end_time, valid_from, valid_to, is_closed, slot_granularity_minutes)"
        " values (%s, %s, %s, %s, %s, %s, %s::smallint[], %s, %s, %s, %s, %s, %s)",
        (
            current_context().tenant_id,
            rule_id,
            location_id,
            resource_id,
            service_id,
            kind,
            list(days_of_week) or None,
            start_time,
            end_time,
            valid_from,
            valid_to,
            is_closed,
            slot_granularity_minutes,
        ),
    )
    return rule_id


def create_blackout(
    *,
    actor: Actor,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    is_recurring: bool = False,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
) -> UUID:
    """Block out time. What is booked stays booked. An artist may block only its own calendar.

    Raises `Invalid` (empty or backward period, longer than a week when weekly), `NotFound`, `Forbidden`.
    """
    require(actor, "blackouts:manage")
    if actor.only_own("blackouts:manage"):
        resource_id = resource_id or actor.resource_id
        if resource_id is None or resource_id != actor.resource_id:
            raise Forbidden("You may block out time in your own calendar only.")
    if starts_at >= ends_at:
        raise Invalid("The end must be after the start.", field="ends_at")
    if is_recurring and (ends_at - starts_at).days >= 7:
        raise Invalid("A blackout that repeats every week must be shorter than a week.", field="ends_at")
    tenant_id = current_context().tenant_id
    if resource_id is not None and get_resource(resource_id) is None:
        raise NotFound("There is no such resource.", field="resource_id")
    if location_id is not None and not fetch_value(
        "select 1 from location where tenant_id = %s and id = %s", (tenant_id, location_id)
    ):
        raise NotFound("There is no such location.", field="location_id")
    blackout_id = new_id()
    sealed = seal(tenant_id, "blackout", "reason", blackout_id, reason.encode()) if reason else None
    execute(
        "insert into blackout (tenant_id, id, location_id, resource_id, starts_at, ends_at, reason,"
        " is_recurring)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (tenant_id, blackout_id, location_id, resource_id, starts_at, ends_at, sealed, is_recurring),
    )
    return blackout_id


def delete_blackout(*, actor: Actor, blackout_id: UUID) -> None:
    """Open the time again. Raises `NotFound`, also for another artist's blackout."""
    require(actor, "blackouts:manage")
    blackout = get_blackout(blackout_id)
    if blackout is None or (actor.only_own("blackouts:manage") and blackout.resource_id != actor.resource_id):
        raise NotFound("There is no such blackout.")
    execute(
        "delete from blackout where tenant_id = %s and id = %s", (current_context().tenant_id, blackout_id)
    )
