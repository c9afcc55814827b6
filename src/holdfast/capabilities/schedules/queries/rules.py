"""Reads of opening rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from holdfast.capabilities.schedules.types import StoredRule
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.hours import OpeningRule, RuleKind

_RULE = (
    "select id, version, rule_kind, start_time, end_time, coalesce(days_of_week, '{}'), valid_from, valid_to,"
    " is_closed, location_id, resource_id, service_id, slot_capacity, coalesce(slot_granularity_minutes, 15)"
    " from opening_rule where tenant_id = %(tenant)s"
)


def list_opening_rules(
    *,
    location_id: UUID | None = None,
    resource_id: UUID | None = None,
    service_id: UUID | None = None,
    kind: RuleKind | None = None,
) -> list[StoredRule]:
    """Return the context's rules, those that were made first first; an id narrows to rules that name it."""
    rows = fetch_tuples(
        _RULE + " and (%(location)s::uuid is null or location_id = %(location)s)"
        " and (%(resource)s::uuid is null or resource_id = %(resource)s)"
        " and (%(service)s::uuid is null or service_id = %(service)s)"
        " and (%(kind)s::text is null or rule_kind = %(kind)s) order by id",
        {
            "tenant": current_context().tenant_id,
            "location": location_id,
            "resource": resource_id,
            "service": service_id,
            "kind": kind,
        },
    )
    return [_stored(row) for row in rows]


def get_opening_rule(rule_id: UUID) -> StoredRule | None:
    """Return one rule of the context, or None."""
    rows = fetch_tuples(_RULE + " and id = %(id)s", {"tenant": current_context().tenant_id, "id": rule_id})
    return _stored(rows[0]) if rows else None


def read_rules(tenant_id: UUID) -> list[OpeningRule]:
    """Return every rule of a tenant as the core knows it."""
    return [_stored(row).rule for row in fetch_tuples(_RULE + " order by id", {"tenant": tenant_id})]


def _stored(row: tuple[Any, ...]) -> StoredRule:
    rule = OpeningRule(
        kind=RuleKind(row[2]),
        start_time=row[3],
        end_time=row[4],
        days_of_week=tuple(row[5]),
        valid_from=row[6],
        valid_to=row[7],
        is_closed=row[8],
        location_id=row[9],
        resource_id=row[10],
        service_id=row[11],
        slot_capacity=row[12],
        slot_granularity_minutes=row[13],
    )
    return StoredRule(row[0], row[1], rule)
