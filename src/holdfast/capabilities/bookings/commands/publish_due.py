"""The chore that keeps starts published: every hour, and soon after the schedule has changed (S1).

What was done when is remembered in this process only: to forget it costs one more run, which changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError

from holdfast.capabilities.bookings.commands.generate_slots import keep_slots
from holdfast.capabilities.tenants.queries import list_tenants
from holdfast.platform.access import system_actor
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context

log = structlog.get_logger("holdfast.slots")
_EVERY = timedelta(hours=1)
_ACTOR = system_actor("slots")
_done: dict[UUID, tuple[int, datetime]] = {}


def publish_due_slots(*, now: datetime) -> int:
    """Publish for every tenant that keeps starts published and is due; return how many rows that changed."""
    changed = 0
    for tenant in list_tenants():
        version = _publishing_version(tenant.id)
        if version is None:
            continue
        known_version, done_at = _done.get(tenant.id, (None, now))
        if known_version == version and now - done_at < _EVERY:
            continue
        try:
            report = keep_slots(tenant_id=tenant.id, actor=_ACTOR, now=now)
        except (Problem, DatabaseError) as failure:
            # One business must not keep the others waiting; it comes round again.
            log.warning("slots_not_published", tenant=str(tenant.id), problem=type(failure).__name__)
            continue
        _done[tenant.id] = version, now
        changed += report.created + report.changed + report.removed
    return changed


def forget_publishing() -> None:
    """Drop what this process remembers; between tests."""
    _done.clear()


def _publishing_version(tenant_id: UUID) -> int | None:
    """Return the version of the schedule, or None for a tenant without a service that is kept published."""
    with tenant_context(tenant_id, _ACTOR.label):
        rows = fetch_tuples(
            "select v.version from schedule_version v where v.tenant_id = %(tenant)s and exists ("
            "select from service s where s.tenant_id = %(tenant)s and s.is_active"
            " and (s.publishes_slots or s.capacity > 1 or exists ("
            "select from opening_rule r where r.tenant_id = %(tenant)s and r.service_id = s.id"
            " and r.slot_capacity > 1)))",
            {"tenant": tenant_id},
        )
    return int(rows[0][0]) if rows else None
