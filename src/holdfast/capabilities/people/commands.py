"""Writes of people, inside a tenant's context."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from holdfast.platform.access import STAFF_ROLES, Actor, canonical_role, require
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context


def create_resource(
    *,
    actor: Actor,
    location_id: UUID,
    name: str,
    kind: str = "person",
    title: str = "",
    skills: Sequence[str] = (),
    capacity: int = 1,
    display_order: int = 0,
    settings: Mapping[str, Any] | None = None,
) -> UUID:
    """Add something that can be booked."""
    require(actor, "resources:manage")
    resource_id = new_id()
    execute(
        "insert into resource (tenant_id, id, location_id, kind, name, title, skills, capacity,"
        " display_order, settings) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)",
        (
            current_context().tenant_id,
            resource_id,
            location_id,
            kind,
            name,
            title,
            list(skills),
            capacity,
            display_order,
            json.dumps(dict(settings or {})),
        ),
    )
    return resource_id


def add_member(*, actor: Actor, account_id: UUID, role: str, resource_id: UUID | None = None) -> UUID:
    """Give an account a role here; a second call changes the role. Raises `Invalid` for an unknown role."""
    require(actor, "members:manage")
    role = canonical_role(role)
    if role not in STAFF_ROLES:
        raise Invalid("There is no such role.", field="role")
    membership_id = new_id()
    execute(
        "insert into membership (tenant_id, id, account_id, role, resource_id) values (%s, %s, %s, %s, %s)"
        " on conflict (tenant_id, account_id) do update"
        " set role = excluded.role, resource_id = excluded.resource_id, is_active = true",
        (current_context().tenant_id, membership_id, account_id, role, resource_id),
    )
    return membership_id


def remove_member(*, actor: Actor, account_id: UUID) -> None:
    """Take an account's role here away, with effect from its next request. Raises `NotFound`."""
    require(actor, "members:manage")
    removed = execute(
        "update membership set is_active = false where tenant_id = %s and account_id = %s and is_active",
        (current_context().tenant_id, account_id),
    )
    if not removed:
        raise NotFound("Nobody with this account works here.")
