"""Reads of opening rules."""

from __future__ import annotations

from uuid import UUID

from holdfast.platform.db.rows import fetch_tuples
from holdfast.scheduling.hours import OpeningRule, RuleKind


def read_rules(tenant_id: UUID) -> list[OpeningRule]:
    """Return every rule of a tenant as the core knows it."""
    rows = fetch_tuples(
        "select rule_kind, start_time, end_time, coalesce(days_of_week, '{}'), valid_from, valid_to,"
        " is_closed, location_id, resource_id, service_id, slot_capacity,"
        " coalesce(slot_granularity_minutes, 0)"
        " from opening_rule where tenant_id = %s order by id",
        (tenant_id,),
    )
    return [
        OpeningRule(
            kind=RuleKind(row[0]),
            start_time=row[1],
            end_time=row[2],
            days_of_week=tuple(row[3]),
            valid_from=row[4],
            valid_to=row[5],
            is_closed=row[6],
            location_id=row[7],
            resource_id=row[8],
            service_id=row[9],
            slot_capacity=row[10],
            slot_granularity_minutes=row[11] or 15,
        )
        for row in rows
    ]
