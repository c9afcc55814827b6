"""Reads of blackouts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.schedules.recurrence import MOST_OCCURRENCES, is_over, too_many_occurrences
from holdfast.capabilities.schedules.types import Blackout
from holdfast.platform import clock
from holdfast.platform.crypto import unseal
from holdfast.platform.db.rows import fetch_tuples, fetch_value
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.intervals import Period

# A time zone comes with each: what comes round keeps its wall time.
_BLACKOUT = (
    "select b.id, b.location_id, b.resource_id, b.starts_at, b.ends_at, b.is_recurring, b.rrule,"
    " b.except_dates, b.version, coalesce(home.time_zone, place.time_zone, t.time_zone), b.reason"
    " from blackout b join tenant t on t.id = b.tenant_id"
    " left join location place on place.tenant_id = b.tenant_id and place.id = b.location_id"
    " left join resource r on r.tenant_id = b.tenant_id and r.id = b.resource_id"
    " left join location home on home.tenant_id = r.tenant_id and home.id = r.location_id"
    " where b.tenant_id = %(tenant)s"
)


def list_blackouts(
    *, starts_at: datetime, ends_at: datetime, resource_id: UUID | None = None
) -> list[Blackout]:
    """Return the blackouts that touch the period; of what comes round, what has begun and may still come."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        _BLACKOUT
        + " and b.starts_at < %(to)s and (b.ends_at > %(from)s or b.is_recurring or b.rrule is not null)"
        " and (%(resource)s::uuid is null or b.resource_id = %(resource)s) order by b.starts_at, b.id",
        {"tenant": tenant_id, "from": starts_at, "to": ends_at, "resource": resource_id},
    )
    found = (_blackout(tenant_id, row) for row in rows)
    return [blackout for blackout in found if _may_come(blackout, starts_at)]


def get_blackout(blackout_id: UUID) -> Blackout | None:
    """Return one blackout of the context, or None."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(_BLACKOUT + " and b.id = %(id)s", {"tenant": tenant_id, "id": blackout_id})
    return _blackout(tenant_id, rows[0]) if rows else None


def lock_blackout(blackout_id: UUID) -> Blackout | None:
    """Return one blackout of the context, not to be changed by others in this transaction, or None."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        _BLACKOUT + " and b.id = %(id)s for update of b", {"tenant": tenant_id, "id": blackout_id}
    )
    return _blackout(tenant_id, rows[0]) if rows else None


def list_occurrences(
    blackouts: Iterable[Blackout], *, starts_at: datetime, ends_at: datetime
) -> list[tuple[Blackout, list[Period]]]:
    """Return the times of each blackout that meet the period; blackouts without any are left out.

    Raises `Invalid` TOO_MANY_OCCURRENCES where there would be more, of all together, than anybody reads.
    """
    expanded = [(blackout, blackout.occurrences(starts_at, ends_at)) for blackout in blackouts]
    if sum(len(times) for _, times in expanded) > MOST_OCCURRENCES:
        raise too_many_occurrences()
    return [(blackout, times) for blackout, times in expanded if times]


def zone_of_scope(*, resource_id: UUID | None, location_id: UUID | None) -> ZoneInfo:
    """Return the zone of a blackout's wall times: of its resource's place, its place, else the business's."""
    found = fetch_value(
        "select coalesce("
        " (select l.time_zone from resource r"
        " join location l on l.tenant_id = r.tenant_id and l.id = r.location_id"
        " where r.tenant_id = t.id and r.id = %(resource)s),"
        " (select l.time_zone from location l where l.tenant_id = t.id and l.id = %(location)s), t.time_zone)"
        " from tenant t where t.id = %(tenant)s",
        {"tenant": current_context().tenant_id, "resource": resource_id, "location": location_id},
    )
    return ZoneInfo(found)


def read_blackout_times(tenant_id: UUID) -> list[Blackout]:
    """Return what may still matter, without its reason: a schedule is read often."""
    rows = fetch_tuples(
        _BLACKOUT + " and (b.is_recurring or b.rrule is not null or b.ends_at > now() - interval '2 days')"
        " order by b.starts_at, b.id",
        {"tenant": tenant_id},
    )
    now = clock.now()
    return [blackout for row in rows if _may_come(blackout := _without_reason(row), now)]


def _may_come(blackout: Blackout, at: datetime) -> bool:
    rule = blackout.rule
    return rule is None or not is_over(
        blackout.starts_at, blackout.ends_at, rule, ZoneInfo(blackout.time_zone), at
    )


def _blackout(tenant_id: UUID, row: tuple[Any, ...]) -> Blackout:
    reason = unseal(tenant_id, "blackout", "reason", row[0], row[-1]).decode() if row[-1] else ""
    return replace(_without_reason(row), reason=reason)


def _without_reason(row: tuple[Any, ...]) -> Blackout:
    columns = (*row[:7], tuple(row[7]), *row[8:10])
    return Blackout(*columns)
