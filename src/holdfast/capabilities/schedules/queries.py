"""Reads of schedules, inside a tenant's context."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from holdfast.capabilities.catalog.queries import list_services
from holdfast.capabilities.people.queries import list_resources
from holdfast.capabilities.schedules.types import Blackout, Schedule
from holdfast.capabilities.tenants.queries import list_locations
from holdfast.platform.crypto import unseal
from holdfast.platform.db.rows import fetch_tuples, fetch_value
from holdfast.platform.tenancy import current_context, tenant_context
from holdfast.scheduling.hours import OpeningRule, RuleKind

_MOST_REMEMBERED = 500
_remembered: OrderedDict[UUID, Schedule] = OrderedDict()
_lock = Lock()


def current_schedule() -> Schedule:
    """Return the schedule of the context's tenant as it is now: one cheap read when nothing changed."""
    tenant_id = current_context().tenant_id
    version = fetch_value("select version from schedule_version where tenant_id = %s", (tenant_id,)) or 0
    with _lock:
        known = _remembered.get(tenant_id)
    if known is not None and known.version == version:
        return known
    return _load(tenant_id, version)


def remembered_schedule(tenant_id: UUID, *, refresh: bool = False) -> Schedule:
    """Return the last schedule this process read, without asking the database; it may be old.

    For moves that hand the version on and are turned back when it is old; they then `refresh`.
    """
    if not refresh:
        with _lock:
            known = _remembered.get(tenant_id)
        if known is not None:
            return known
    with tenant_context(tenant_id, "system:schedule"):
        return current_schedule()


def forget_schedules() -> None:
    """Drop what this process remembers; between tests."""
    with _lock:
        _remembered.clear()


def list_blackouts(
    *, starts_at: datetime, ends_at: datetime, resource_id: UUID | None = None
) -> list[Blackout]:
    """Return the blackouts that touch the period, weekly ones that have begun by then included."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "select id, location_id, resource_id, starts_at, ends_at, is_recurring, reason from blackout"
        " where tenant_id = %(tenant)s and starts_at < %(to)s and (ends_at > %(from)s or is_recurring)"
        " and (%(resource)s::uuid is null or resource_id = %(resource)s) order by starts_at, id",
        {"tenant": tenant_id, "from": starts_at, "to": ends_at, "resource": resource_id},
    )
    return [_blackout(tenant_id, row) for row in rows]


def get_blackout(blackout_id: UUID) -> Blackout | None:
    """Return one blackout of the context, or None."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "select id, location_id, resource_id, starts_at, ends_at, is_recurring, reason from blackout"
        " where tenant_id = %s and id = %s",
        (tenant_id, blackout_id),
    )
    return _blackout(tenant_id, rows[0]) if rows else None


def _load(tenant_id: UUID, version: int) -> Schedule:
    """Read everything; if the version moved meanwhile the booking's own check still catches it."""
    schedule = Schedule(
        version=version,
        services={service.id: service for service in list_services()},
        resources={resource.id: resource for resource in list_resources()},
        locations={location.id: location for location in list_locations()},
        rules=tuple(_rules(tenant_id)),
        blackouts=tuple(_blackout_times(tenant_id)),
    )
    with _lock:
        _remembered[tenant_id] = schedule
        _remembered.move_to_end(tenant_id)
        while len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return schedule


def _rules(tenant_id: UUID) -> list[OpeningRule]:
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


def _blackout_times(tenant_id: UUID) -> list[Blackout]:
    rows = fetch_tuples(
        "select id, location_id, resource_id, starts_at, ends_at, is_recurring from blackout"
        " where tenant_id = %s and (is_recurring or ends_at > now() - interval '2 days')"
        " order by starts_at, id",
        (tenant_id,),
    )
    return [Blackout(*row) for row in rows]


def _blackout(tenant_id: UUID, row: tuple[Any, ...]) -> Blackout:
    reason = unseal(tenant_id, "blackout", "reason", row[0], row[6]).decode() if row[6] else ""
    return Blackout(*row[:6], reason=reason)
