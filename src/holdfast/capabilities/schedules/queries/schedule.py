"""The whole schedule, remembered per version."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from uuid import UUID

from holdfast.capabilities.catalog.queries import list_services
from holdfast.capabilities.people.queries import list_resources
from holdfast.capabilities.schedules.queries.blackouts import read_blackout_times
from holdfast.capabilities.schedules.queries.rules import read_rules
from holdfast.capabilities.schedules.types import Schedule
from holdfast.capabilities.tenants.queries import list_locations
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context, tenant_context

_MOST_REMEMBERED = 500
_remembered: OrderedDict[UUID, Schedule] = OrderedDict()
_lock = Lock()


def current_schedule() -> Schedule:
    """Return the schedule of the context's tenant as it is now: one cheap read when nothing changed.

    In a transaction that has changed it, it is read anew and not remembered: the version may never commit,
    and then means something else.
    """
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "select version, coalesce(current_setting('app.schedule_changed', true) = 'true', false)"
        " from schedule_version where tenant_id = %s",
        (tenant_id,),
    )
    version, is_changed_here = rows[0] if rows else (0, False)
    if is_changed_here:
        return _read(tenant_id, version)
    with _lock:
        known = _remembered.get(tenant_id)
    if known is not None and known.version == version:
        return known
    schedule = _read(tenant_id, version)
    with _lock:
        _remembered[tenant_id] = schedule
        _remembered.move_to_end(tenant_id)
        while len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return schedule


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


def _read(tenant_id: UUID, version: int) -> Schedule:
    """Read everything; if the version moved meanwhile the booking's own check still catches it."""
    return Schedule(
        version=version,
        services={service.id: service for service in list_services()},
        resources={resource.id: resource for resource in list_resources()},
        locations={location.id: location for location in list_locations()},
        rules=tuple(read_rules(tenant_id)),
        blackouts=tuple(read_blackout_times(tenant_id)),
    )
