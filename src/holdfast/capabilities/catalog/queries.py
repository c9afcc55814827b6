"""Reads of the catalog, inside a tenant's context."""

from __future__ import annotations

from uuid import UUID

from holdfast.capabilities.catalog.types import Service
from holdfast.platform.db.rows import fetch_all, fetch_one
from holdfast.platform.tenancy import current_context

_SERVICE = (
    "select id, location_id, name, description, duration_minutes, buffer_before_minutes,"
    " buffer_after_minutes, price_minor, currency, flow, required_skills,"
    " slot_granularity_minutes, minimum_notice_minutes,"
    " horizon_days, is_active, display_order, version, created_at from service"
)


def list_services(*, active_only: bool = True) -> list[Service]:
    """Return the context's services in menu order."""
    return fetch_all(
        Service,
        _SERVICE + " where tenant_id = %s and (is_active or not %s) order by display_order, name, id",
        (current_context().tenant_id, active_only),
    )


def get_service(service_id: UUID) -> Service | None:
    """Return one service of the context, archived ones too, or None."""
    return fetch_one(
        Service,
        _SERVICE + " where tenant_id = %s and id = %s",
        (current_context().tenant_id, service_id),
    )
