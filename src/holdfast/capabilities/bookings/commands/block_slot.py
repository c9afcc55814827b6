"""Close a published session to new bookings, or open it again: the staff's word, which generation keeps."""

from __future__ import annotations

from uuid import UUID

from holdfast.capabilities.bookings.queries.slots import get_slot
from holdfast.capabilities.bookings.slot_types import SlotInstance
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Conflict, NotFound
from holdfast.platform.tenancy import current_context


def block_slot(*, actor: Actor, slot_id: UUID, is_blocked: bool) -> SlotInstance:
    """Let nobody new book the instance, or take that back; whoever has a seat keeps it.

    Raises `NotFound`, and `Conflict` SLOT_IS_COMPUTED for a start without seats of its own, whose time a
    blackout closes.
    """
    require(actor, "slots:manage")
    slot = get_slot(slot_id)
    if slot is None:
        raise NotFound("There is no such slot.")
    if not slot.is_group:
        raise Conflict(
            "This start has no seats of its own; block the person's time out instead.",
            code="SLOT_IS_COMPUTED",
        )
    execute(
        "update slot_instance set updated_at = clock_timestamp(), blocked_by = slot_reasons("
        "case when %(blocked)s then blocked_by || '{staff}' else array_remove(blocked_by, 'staff') end)"
        " where tenant_id = %(tenant)s and id = %(id)s and ('staff' = any (blocked_by)) <> %(blocked)s",
        {"tenant": current_context().tenant_id, "id": slot_id, "blocked": is_blocked},
    )
    changed = get_slot(slot_id)
    if changed is None:
        raise NotFound("There is no such slot.")
    return changed
