"""Writes of tenants: operators create, suspend and name hosts; nobody reads across them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from holdfast.capabilities.tenants.queries import forget_tenants, read_settings
from holdfast.capabilities.tenants.settings import check_changes
from holdfast.capabilities.tenants.types import Chosen
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import create_tenant_key
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Conflict, Invalid
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


def change_settings(
    *, actor: Actor, changes: Mapping[str, Any], expected_version: int | None = None
) -> Chosen:
    """Set what is named in the context's tenant, each name anew and whole; None takes it back to its default.

    What is not named stays. Raises `Unauthenticated`, `Forbidden`, `Invalid` (UNKNOWN_SETTING,
    VALIDATION_ERROR), `Conflict` (VERSION_CONFLICT).
    """
    require(actor, "tenant:manage")
    checked = check_changes(changes)
    before = _locked(expected_version)
    return _save(
        {
            name: value
            for name, value in {**before.values, **checked}.items()
            if name not in checked or value is not None
        }
    )


def undo_settings(*, actor: Actor, expected_version: int | None = None) -> Chosen:
    """Go back to what was set before the last change; doing so twice brings that change back.

    Raises `Unauthenticated`, `Forbidden`, `Conflict` (VERSION_CONFLICT, NOTHING_TO_UNDO).
    """
    require(actor, "tenant:manage")
    now = _locked(expected_version)
    before = fetch_value(
        "select before from tenant_setting_change where tenant_id = %s and version = %s",
        (current_context().tenant_id, now.version),
    )
    if before is None:
        raise Conflict("Nothing has been changed yet.", code="NOTHING_TO_UNDO")
    return _save(before)


def _locked(expected_version: int | None) -> Chosen:
    """Return what is set, which nobody else changes before this transaction ends."""
    # Whoever refers to the tenant need not wait for this lock.
    execute("select 1 from tenant where id = %s for no key update", (current_context().tenant_id,))
    chosen = read_settings()
    if expected_version is not None and chosen.version != expected_version:
        raise Conflict(
            "These settings have changed since you looked.",
            code="VERSION_CONFLICT",
            current_version=chosen.version,
        )
    return chosen


def _save(values: Mapping[str, Any]) -> Chosen:
    execute(
        "update tenant set settings = %s::jsonb where id = %s",
        (json.dumps(values), current_context().tenant_id),
    )
    # Before the commit others would read the old ones again.
    transaction.on_commit(forget_tenants)
    return read_settings()


def _check_zone(name: str, field: str) -> None:
    try:
        zone(name)
    except KeyError:
        raise Invalid(f"There is no time zone {name!r}.", field=field) from None
