"""Writes of blackouts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.schedules.queries import get_blackout
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import seal
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Forbidden, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context


def create_blackout(
    *,
    actor: Actor,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    is_recurring: bool = False,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
) -> UUID:
    """Block out time. What is booked stays booked. An artist may block only its own calendar.

    Raises `Invalid` (empty or backward period, longer than a week when weekly), `NotFound`, `Forbidden`.
    """
    require(actor, "blackouts:manage")
    if actor.only_own("blackouts:manage"):
        resource_id = resource_id or actor.resource_id
        if resource_id is None or resource_id != actor.resource_id:
            raise Forbidden("You may block out time in your own calendar only.")
    if starts_at >= ends_at:
        raise Invalid("The end must be after the start.", field="ends_at")
    if is_recurring and (ends_at - starts_at).days >= 7:
        raise Invalid("A blackout that repeats every week must be shorter than a week.", field="ends_at")
    tenant_id = current_context().tenant_id
    if resource_id is not None and get_resource(resource_id) is None:
        raise NotFound("There is no such resource.", field="resource_id")
    if location_id is not None and not fetch_value(
        "select 1 from location where tenant_id = %s and id = %s", (tenant_id, location_id)
    ):
        raise NotFound("There is no such location.", field="location_id")
    blackout_id = new_id()
    sealed = seal(tenant_id, "blackout", "reason", blackout_id, reason.encode()) if reason else None
    execute(
        "insert into blackout (tenant_id, id, location_id, resource_id, starts_at, ends_at, reason,"
        " is_recurring)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (tenant_id, blackout_id, location_id, resource_id, starts_at, ends_at, sealed, is_recurring),
    )
    return blackout_id


def delete_blackout(*, actor: Actor, blackout_id: UUID) -> None:
    """Open the time again. Raises `NotFound`, also for another artist's blackout."""
    require(actor, "blackouts:manage")
    blackout = get_blackout(blackout_id)
    if blackout is None or (actor.only_own("blackouts:manage") and blackout.resource_id != actor.resource_id):
        raise NotFound("There is no such blackout.")
    execute(
        "delete from blackout where tenant_id = %s and id = %s", (current_context().tenant_id, blackout_id)
    )
