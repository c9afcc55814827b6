"""Reads of tenants. Finding one by host is the only read that happens before a context is set."""

from __future__ import annotations

import time
from uuid import UUID

from holdfast.capabilities.tenants.types import Chosen, Location, Tenant
from holdfast.platform.db.rows import fetch_all, fetch_one, fetch_value
from holdfast.platform.errors import NotFound
from holdfast.platform.tenancy import current_context

_TENANT = "select t.id, t.slug, t.name, t.status, t.locale, t.time_zone, t.currency, t.settings from tenant t"
# A tenant's row changes once in a blue moon and is asked for on every request; a suspended or renamed
# tenant, and what it sets, is noticed within this many seconds.
_REMEMBERED_SECONDS = 5.0
_remembered: dict[str, tuple[float, Tenant | None]] = {}


def find_tenant(host: str, *, base_domain: str) -> Tenant | None:
    """Return the tenant that answers on `host` (without port): `<slug>.<base_domain>` or its own domain."""
    host = host.lower().rstrip(".")
    known = _remembered.get(host)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    suffix = f".{base_domain}"
    if host.endswith(suffix):
        tenant = fetch_one(Tenant, f"{_TENANT} where t.slug = %s", (host.removesuffix(suffix),))
    else:
        tenant = fetch_one(
            Tenant, f"{_TENANT} join tenant_domain d on d.tenant_id = t.id where d.host = %s", (host,)
        )
    if len(_remembered) > 10_000:
        _remembered.clear()
    _remembered[host] = (time.monotonic() + _REMEMBERED_SECONDS, tenant)
    return tenant


def forget_tenants() -> None:
    """Drop what is remembered of tenants; for tests and after a change made in this process."""
    _remembered.clear()


def get_tenant(tenant_id: UUID) -> Tenant | None:
    """Return the tenant by id; needs no context."""
    return fetch_one(Tenant, f"{_TENANT} where t.id = %s", (tenant_id,))


def read_settings() -> Chosen:
    """Return what the context's tenant has set, as it is now."""
    chosen = fetch_one(
        Chosen,
        "select settings as values, settings_version as version from tenant where id = %s",
        (current_context().tenant_id,),
    )
    if chosen is None:
        raise NotFound
    return chosen


def home_host(tenant: Tenant, *, base_domain: str) -> str:
    """Return the host that links to the tenant name: a domain of its own, else `<slug>.<base_domain>`."""
    own = fetch_value(
        "select host from tenant_domain where tenant_id = %s order by host limit 1", (tenant.id,)
    )
    return own or f"{tenant.slug}.{base_domain}"


def list_tenants() -> list[Tenant]:
    """Return every tenant by slug; for operators and the development start page."""
    return fetch_all(Tenant, f"{_TENANT} order by t.slug")


def list_locations(*, active_only: bool = True) -> list[Location]:
    """Return the context's locations in display order."""
    return fetch_all(
        Location,
        "select id, name, time_zone, address, phone, is_active, display_order from location"
        " where tenant_id = %s and (is_active or not %s) order by display_order, name",
        (current_context().tenant_id, active_only),
    )
