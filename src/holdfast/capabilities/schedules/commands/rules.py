"""Writes of opening rules."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Invalid
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
