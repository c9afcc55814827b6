"""Writes of the catalog, inside a tenant's context."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal
from uuid import UUID

from holdfast.capabilities.catalog.queries import get_service, list_services
from holdfast.capabilities.catalog.types import AddOn, Role, Service
from holdfast.capabilities.catalog.validation import check_add_ons, check_service
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Conflict, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.segments import Segment

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
    "capacity",
    "most_per_day",
    "most_per_week",
    "segments",
    "roles",
    "is_add_on",
    "exposure",
    "publishes_slots",
)
_COLUMNS = (*(column for column in CHANGEABLE if column != "is_active"), "location_id")
_DOCUMENTS = frozenset({"segments", "roles"})


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
    slot_granularity_minutes: int | None = None
    minimum_notice_minutes: int = 0
    horizon_days: int = 365
    display_order: int = 0
    capacity: int = 1
    most_per_day: int | None = None
    most_per_week: int | None = None
    segments: tuple[Segment, ...] = ()
    roles: tuple[Role, ...] = ()
    is_add_on: bool = False
    exposure: Literal["all", "curated"] | None = None
    publishes_slots: bool = False
    add_ons: tuple[AddOn, ...] = ()


def create_service(*, actor: Actor, service: NewService) -> Service:
    """Add a service to the menu.

    Raises `NotFound` for a location that is not there, `Invalid` for what `catalog.validation` refuses.
    """
    require(actor, "services:manage")
    tenant_id = current_context().tenant_id
    if service.location_id is not None and not fetch_value(
        "select 1 from location where tenant_id = %s and id = %s", (tenant_id, service.location_id)
    ):
        raise NotFound("There is no such location.", field="location_id")
    service_id = new_id()
    _check(service_id, service)
    values = {column: _stored(column, getattr(service, column)) for column in _COLUMNS}
    execute(
        " ".join(
            (
                "insert into service (tenant_id, id,",
                ", ".join(_COLUMNS),
                ") values (%(tenant)s, %(id)s,",
                ", ".join(f"%({column})s" for column in _COLUMNS),
                ")",
            )
        ),
        {**values, "tenant": tenant_id, "id": service_id},
    )
    _store_add_ons(service_id, service.add_ons)
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
    """Change or archive a service; bookings keep what they were promised. Lists are replaced as a whole.

    Raises `NotFound`, `Invalid` for what `catalog.validation` refuses, and `Conflict` (VERSION_CONFLICT)
    when somebody changed it since.
    """
    require(actor, "services:manage")
    tenant_id = current_context().tenant_id
    # Locked, so that two changes that go well alone do not go wrong together.
    fetch_value(
        "select 1 from service where tenant_id = %s and id = %s for no key update", (tenant_id, service_id)
    )
    before = existing_service(service_id)
    if expected_version not in (None, before.version):
        raise Conflict(
            "Somebody changed this service since you looked.",
            code="VERSION_CONFLICT",
            current_version=before.version,
        )
    named = {column: changes[column] for column in CHANGEABLE if column in changes}
    add_ons = tuple(changes.get("add_ons", before.add_ons))
    after = replace(before, **named, add_ons=add_ons)
    _check(service_id, after, before=before)
    # Only names of the list above reach the statement; values are bound.
    assignments = [f"{column} = %({column})s" for column in named]
    execute(
        " ".join(
            (
                "update service set",
                ", ".join([*assignments, "version = version + 1", "updated_at = now()"]),
                "where tenant_id = %(tenant)s and id = %(id)s",
            )
        ),
        {
            **{column: _stored(column, value) for column, value in named.items()},
            "tenant": tenant_id,
            "id": service_id,
        },
    )
    if add_ons != before.add_ons:
        execute(
            "delete from service_add_on where tenant_id = %s and service_id = %s", (tenant_id, service_id)
        )
        _store_add_ons(service_id, add_ons)
    return existing_service(service_id)


def _check(service_id: UUID, service: NewService | Service, *, before: Service | None = None) -> None:
    """Refuse contradictions, of a change only those that it brings in itself."""
    steps = ("duration_minutes", "capacity", "segments", "roles")
    changed = {name for name in steps if before is None or getattr(service, name) != getattr(before, name)}
    if changed:
        check_service(
            duration_minutes=service.duration_minutes,
            capacity=service.capacity,
            segments=service.segments,
            roles=service.roles,
            changed=changed,
        )
    sold_with = ("add_ons", "is_add_on", "currency", "duration_minutes")
    is_new = before is None or any(getattr(service, name) != getattr(before, name) for name in sold_with)
    if service.add_ons and is_new:
        check_add_ons(
            service.add_ons,
            {each.id: each for each in list_services(active_only=False)},
            service_id=service_id,
            location_id=service.location_id,
            currency=service.currency,
            duration_minutes=service.duration_minutes,
            is_add_on=service.is_add_on,
        )
    if before is not None and before.is_add_on and not service.is_add_on:
        sellers = [
            each.name
            for each in list_services(active_only=False)
            if service_id in {add_on.service_id for add_on in each.add_ons}
        ]
        if sellers:
            raise Invalid(f"This is still an add-on of: {', '.join(sellers)}.", field="is_add_on")


def _store_add_ons(service_id: UUID, add_ons: Sequence[AddOn]) -> None:
    for number, each in enumerate(add_ons):
        execute(
            "insert into service_add_on (tenant_id, service_id, add_on_id, at_minutes, display_order)"
            " values (%s, %s, %s, %s, %s)",
            (current_context().tenant_id, service_id, each.service_id, each.at_minutes, number),
        )


def _stored(column: str, value: Any) -> Any:
    """A value as its column takes it."""
    if column in _DOCUMENTS:
        return json.dumps([asdict(each) for each in value])
    return list(value) if isinstance(value, tuple) else value
