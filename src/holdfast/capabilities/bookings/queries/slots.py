"""Reads of slot instances, inside a tenant's context."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from holdfast.capabilities.bookings.slot_types import SeatStart
from holdfast.platform.db.rows import fetch_all
from holdfast.platform.tenancy import current_context


def list_open_seats(
    service_id: UUID, resource_ids: Sequence[UUID], from_at: datetime, to_at: datetime, party_size: int = 1
) -> list[SeatStart]:
    """Return the group starts in `from_at <= start < to_at` with room for a party, sorted by start.

    A hold whose time is up counts as free at once. What staff or a blackout blocked when instances were
    last generated is left out; a blackout made since then is for the caller to leave out.
    """
    return fetch_all(
        SeatStart,
        "select slot_id, starts_at, ends_at, resource_id, location_id, capacity, seats_left from ("
        "select i.id as slot_id, i.starts_at, i.ends_at, i.resource_id, i.location_id, i.capacity,"
        " i.capacity - i.booked - i.held + case when i.held = 0 then 0 else ("
        "select coalesce(sum(b.party_size), 0) from booking b where b.tenant_id = i.tenant_id"
        " and b.slot_id = i.id and b.status = 'held' and b.hold_expires_at <= clock_timestamp()) end"
        " as seats_left from slot_instance i where i.tenant_id = %(tenant)s and i.service_id = %(service)s"
        " and i.starts_at >= %(from)s and i.starts_at < %(to)s and i.is_group and not i.is_blocked"
        " and i.resource_id = any (%(resources)s::uuid[])) open where seats_left >= %(party)s"
        " order by starts_at, array_position(%(resources)s::uuid[], resource_id)",
        {
            "tenant": current_context().tenant_id,
            "service": service_id,
            "resources": list(resource_ids),
            "from": from_at,
            "to": to_at,
            "party": party_size,
        },
    )
