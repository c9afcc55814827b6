"""Writes of tenants: operators create, suspend and name hosts; nobody reads across them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from holdfast.capabilities.tenants.queries import forget_tenants
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import create_tenant_key
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Invalid
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context, tenant_context
from holdfast.platform.timezones import zone


def create_tenant(
    *,
    actor: Actor,
    slug: str,
    name: str,
    time_zone: str,
    currency: str,
    locale: str = "en",
    settings: Mapping[str, Any] | None = None,
) -> UUID:
    """Create a business with its data key; raises `Invalid` for an unknown zone."""
    require(actor, "tenant:manage")
    _check_zone(time_zone, "time_zone")
    tenant_id = new_id()
    with tenant_context(tenant_id, actor.label):
        execute(
            "insert into tenant (id, slug, name, locale, time_zone, currency, settings)"
            " values (%s, %s, %s, %s, %s, %s, %s::jsonb)",
            (tenant_id, slug, name, locale, time_zone, currency, json.dumps(dict(settings or {}))),
        )
        create_tenant_key(tenant_id)
    forget_tenants()
    return tenant_id


def add_domain(*, actor: Actor, host: str) -> None:
    """Let the context's tenant answer on a domain of its own."""
    require(actor, "tenant:manage")
    execute(
        "insert into tenant_domain (host, tenant_id) values (%s, %s)",
        (host.lower(), current_context().tenant_id),
    )
    forget_tenants()


def create_location(
    *, actor: Actor, name: str, time_zone: str, address: str = "", phone: str = "", display_order: int = 0
) -> UUID:
    """Add a place; raises `Invalid` for a zone the pinned data does not know."""
    require(actor, "tenant:manage")
    _check_zone(time_zone, "time_zone")
    location_id = new_id()
    execute(
        "insert into location (tenant_id, id, name, time_zone, address, phone, display_order)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (current_context().tenant_id, location_id, name, time_zone, address, phone, display_order),
    )
    return location_id


def _check_zone(name: str, field: str) -> None:
    try:
        zone(name)
    except KeyError:
        raise Invalid(f"There is no time zone {name!r}.", field=field) from None
