"""Reads of the catalog, inside a tenant's context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.catalog.types import AddOn, Role, Service
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.segments import Segment, SegmentKind

_COLUMNS = (
    "id",
    "location_id",
    "name",
    "description",
    "duration_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "price_minor",
    "currency",
    "flow",
    "required_skills",
    "slot_granularity_minutes",
    "minimum_notice_minutes",
    "horizon_days",
    "is_active",
    "display_order",
    "version",
    "created_at",
    "capacity",
    "most_per_day",
    "most_per_week",
    "segments",
    "roles",
    "is_add_on",
    "exposure",
    "publishes_slots",
)
# One read with the add-ons: the menu is read on every page.
_ADD_ONS = (
    ", (select jsonb_agg(jsonb_build_array(a.add_on_id, a.at_minutes) order by a.display_order, a.add_on_id)"
    " from service_add_on a where a.tenant_id = service.tenant_id and a.service_id = service.id)"
)
_SERVICE = " ".join(("select", ", ".join(_COLUMNS), _ADD_ONS, "from service"))


def list_services(*, active_only: bool = True) -> list[Service]:
    """Return the context's services in menu order."""
    rows = fetch_tuples(
        _SERVICE + " where tenant_id = %s and (is_active or not %s) order by display_order, name, id",
        (current_context().tenant_id, active_only),
    )
    return [_service(row) for row in rows]


def get_service(service_id: UUID) -> Service | None:
    """Return one service of the context, archived ones too, or None."""
    rows = fetch_tuples(
        _SERVICE + " where tenant_id = %s and id = %s", (current_context().tenant_id, service_id)
    )
    return _service(rows[0]) if rows else None


def list_changes() -> dict[UUID, datetime]:
    """Return when each service of the context was last changed, archived ones too."""
    rows = fetch_tuples(
        "select id, updated_at from service where tenant_id = %s", (current_context().tenant_id,)
    )
    return dict(rows)


def _service(row: Sequence[Any]) -> Service:
    *values, add_ons = row
    named = dict(zip(_COLUMNS, values, strict=True))
    named["segments"] = tuple(_segment(each) for each in named["segments"])
    named["roles"] = tuple(
        Role(each["name"], each["kind"], tuple(each["required_skills"])) for each in named["roles"]
    )
    return Service(
        **named, add_ons=tuple(AddOn(UUID(add_on), at_minutes) for add_on, at_minutes in add_ons or ())
    )


def _segment(stored: Mapping[str, Any]) -> Segment:
    return Segment(
        stored["role"], stored["offset_minutes"], stored["duration_minutes"], SegmentKind(stored["kind"])
    )
