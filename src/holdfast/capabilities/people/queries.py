"""Reads of people, inside a tenant's context."""

from __future__ import annotations

from uuid import UUID

from holdfast.capabilities.people.types import Contact, Membership, Resource
from holdfast.platform.crypto import unseal
from holdfast.platform.db.rows import fetch_all, fetch_one, fetch_tuples
from holdfast.platform.tenancy import current_context

_RESOURCE = (
    "select id, location_id, kind, name, title, skills, capacity, is_active, display_order, settings"
    " from resource where tenant_id = %s"
)


def list_resources(*, active_only: bool = True) -> list[Resource]:
    """Return the context's resources in display order."""
    return fetch_all(
        Resource,
        f"{_RESOURCE} and (is_active or not %s) order by display_order, name, id",
        (current_context().tenant_id, active_only),
    )


def get_resource(resource_id: UUID) -> Resource | None:
    """Return one resource of the context, or None."""
    return fetch_one(Resource, f"{_RESOURCE} and id = %s", (current_context().tenant_id, resource_id))


def find_membership(account_id: UUID) -> Membership | None:
    """Return what the account may do in the context's tenant, or None."""
    return fetch_one(
        Membership,
        "select id, account_id, role, resource_id, is_active from membership"
        " where tenant_id = %s and account_id = %s and is_active",
        (current_context().tenant_id, account_id),
    )


def find_contact(email_index: bytes) -> Contact | None:
    """Return the contact of the context's customer with this e-mail address, or None."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "select id, contact from customer where tenant_id = %s and email_index = %s", (tenant_id, email_index)
    )
    for customer_id, sealed in rows:
        return Contact.from_bytes(unseal(tenant_id, "customer", "contact", customer_id, sealed))
    return None
