"""Writes of the catalog, inside a tenant's context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.capabilities.catalog.queries import get_service
from holdfast.capabilities.catalog.types import Service
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Conflict, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context

# Columns that a change may name; the statement is built from this list only.
CHANGEABLE = (
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
)


@dataclass(frozen=True, slots=True)
class NewService:
    """What is needed to sell something new; the defaults are those of the table."""

    name: str
    duration_minutes: int
    currency: str
    price_minor: int | None = None
    description: str = ""
    location_id: UUID | None = None
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    flow: str = "instant"
    required_skills: tuple[str, ...] = ()
    slot_granularity_minutes: int = 15
    minimum_notice_minutes: int = 0
    horizon_days: int = 365
    display_order: int = 0


def create_service(*, actor: Actor, service: NewService) -> Service:
    """Add a service to the menu. Raises `NotFound` for a location that is not there."""
    require(actor, "services:manage")
    tenant_id = current_context().tenant_id
    if service.location_id is not None and not fetch_value(
        "select 1 from location where tenant_id = %s and id = %s", (tenant_id, service.location_id)
    ):
        raise NotFound("There is no such location.", field="location_id")
    service_id = new_id()
    execute(
        "insert into service (tenant_id, id, location_id, name, description, duration_minutes,"
        " buffer_before_minutes, buffer_after_minutes, price_minor, currency, flow, required_skills,"
        " slot_granularity_minutes, minimum_notice_minutes, horizon_days, display_order)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            tenant_id,
            service_id,
            service.location_id,
            service.name,
            service.description,
            service.duration_minutes,
            service.buffer_before_minutes,
            service.buffer_after_minutes,
            service.price_minor,
            service.currency,
            service.flow,
            list(service.required_skills),
            service.slot_granularity_minutes,
            service.minimum_notice_minutes,
            service.horizon_days,
            service.display_order,
        ),
    )
    return existing_service(service_id)


def existing_service(service_id: UUID) -> Service:
    """Return the service; raises `NotFound`."""
    service = get_service(service_id)
    if service is None:
        raise NotFound("There is no such service.")
    return service


def update_service(
    *, actor: Actor, service_id: UUID, changes: Mapping[str, Any], expected_version: int | None
) -> Service:
    """Change or archive a service; bookings keep what they were promised.

    Raises `NotFound`, and `Conflict` (VERSION_CONFLICT) when somebody changed it since.
    """
    require(actor, "services:manage")
    tenant_id = current_context().tenant_id
    existing_service(service_id)
    named = {column: changes[column] for column in CHANGEABLE if column in changes}
    assignments = [f"{column} = %({column})s" for column in named]
    # Only names of the list above reach the statement; values are bound.
    changed = ", ".join([*assignments, "version = version + 1", "updated_at = now()"])
    touched = execute(
        " ".join(
            (
                "update service set",
                changed,
                "where tenant_id = %(tenant)s and id = %(id)s",
                "and (%(version)s::integer is null or version = %(version)s)",
            )
        ),
        {**named, "tenant": tenant_id, "id": service_id, "version": expected_version},
    )
    after = existing_service(service_id)
    if not touched:
        raise Conflict(
            "Somebody changed this service since you looked.",
            code="VERSION_CONFLICT",
            current_version=after.version,
        )
    return after
