"""Reads of blackouts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.schedules.types import Blackout
from holdfast.platform.crypto import unseal
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context


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


def read_blackout_times(tenant_id: UUID) -> list[Blackout]:
    """Return what may still matter, without its reason: a schedule is read often."""
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
