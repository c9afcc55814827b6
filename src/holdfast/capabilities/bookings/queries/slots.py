"""Reads of slot instances, inside a tenant's context."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from holdfast.capabilities.bookings.slot_types import SeatStart, SlotInstance, SlotStatus
from holdfast.platform.db.rows import fetch_all, fetch_tuples
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


# An instance as it is now: holds whose time is up are not there any more, whoever has noticed.
_LIVE = """
select id, location_id, service_id, resource_id, local_date as date, starts_at, ends_at, is_group, capacity,
    booked, held, case when blocked_by <> '{}' then 'blocked' when booked + held = 0 then 'open'
        when booked + held < capacity then 'partial' else 'full' end as status, blocked_by
from (
    select i.id, i.location_id, i.service_id, i.resource_id, i.local_date, i.starts_at, i.ends_at,
        i.is_group, i.capacity, i.booked, i.blocked_by,
        case when i.held = 0 then 0 when i.is_group then i.held - (
            select coalesce(sum(b.party_size), 0) from booking b
            where b.tenant_id = i.tenant_id and b.slot_id = i.id and b.status = 'held'
                and b.hold_expires_at <= clock_timestamp())
        else (
            select count(*) from (
                select from allocation a
                where a.tenant_id = i.tenant_id and a.resource_id = i.resource_id and a.lane < i.capacity
                    and a.ends_at > i.claim_starts_at and a.starts_at < i.claim_ends_at
                    and (a.expires_at is null or a.expires_at > clock_timestamp())
                group by a.lane having bool_and(a.expires_at is not null)) lane) end as held
    from slot_instance i where i.tenant_id = %(tenant)s and"""
_ONE = " ".join((_LIVE, "i.id = %(id)s) live"))
# By service, as the index goes: there are few of them.
_OF_PERIOD = """ i.service_id in (
        select s.id from service s
        where s.tenant_id = %(tenant)s and (%(service)s::uuid is null or s.id = %(service)s))
    and i.starts_at >= %(from)s and i.starts_at < %(to)s
    and (%(resource)s::uuid is null or i.resource_id = %(resource)s)
    and (%(location)s::uuid is null or i.location_id = %(location)s)) live"""
_LIST = " ".join(
    (
        "select * from (",
        _LIVE,
        _OF_PERIOD,
        ") listed where %(status)s::text is null or status = %(status)s",
        "order by starts_at, service_id, resource_id limit %(limit)s",
    )
)


def list_slots(
    *,
    from_at: datetime,
    to_at: datetime,
    service_id: UUID | None = None,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    status: SlotStatus | None = None,
    limit: int,
) -> list[SlotInstance]:
    """Return the instances in `from_at <= start < to_at`, by start; as they are now, expired holds aside."""
    return fetch_all(
        SlotInstance,
        _LIST,
        {
            "tenant": current_context().tenant_id,
            "service": service_id,
            "resource": resource_id,
            "location": location_id,
            "from": from_at,
            "to": to_at,
            "status": status,
            "limit": limit,
        },
    )


def get_slot(slot_id: UUID) -> SlotInstance | None:
    """Return one instance of the context, or None."""
    found = fetch_all(SlotInstance, _ONE, {"tenant": current_context().tenant_id, "id": slot_id})
    return found[0] if found else None


def list_generated(
    from_at: datetime,
    to_at: datetime,
    *,
    service_id: UUID | None = None,
    location_id: UUID | None = None,
    resource_id: UUID | None = None,
) -> list[tuple[UUID, UUID, UUID, bool]]:
    """Return for whom instances exist in the period: resource, service, location, whether of a group."""
    rows = fetch_tuples(
        "select distinct i.resource_id, i.service_id, i.location_id, i.is_group from slot_instance i"
        " where i.tenant_id = %(tenant)s and i.service_id in ("
        "select s.id from service s where s.tenant_id = %(tenant)s"
        " and (%(service)s::uuid is null or s.id = %(service)s))"
        " and i.starts_at >= %(from)s and i.starts_at < %(to)s"
        " and (%(location)s::uuid is null or i.location_id = %(location)s)"
        " and (%(resource)s::uuid is null or i.resource_id = %(resource)s) order by 1, 2, 3, 4",
        {
            "tenant": current_context().tenant_id,
            "service": service_id,
            "from": from_at,
            "to": to_at,
            "location": location_id,
            "resource": resource_id,
        },
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
