"""The waiting list as rows: one by id or by its private link, the staff's list, and the queue for offers."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.waitlist_types import OpenOffer, WaitlistEntry, WaitlistWish
from holdfast.capabilities.people.types import Contact
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import token_hash, unseal
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.waitlist import Window

# The place, where it is asked for, counts those who could want the same and wait longer.
_ENTRY = """
select e.id, e.status, e.service_ids, e.add_on_ids, e.resource_id, e.location_id, e.from_date, e.to_date,
    e.from_time, e.to_time, e.party_size, e.contact, e.notes, e.source, e.language, e.version, e.created_at,
    e.closes_at, array(
        select f.starts_at from waitlist_offer f where f.tenant_id = e.tenant_id and f.entry_id = e.id
            and f.outcome in ('declined', 'lapsed', 'withdrawn') order by f.starts_at),
    case when %(place)s and e.status in ('waiting', 'offered') then 1 + (
        select count(*) from waitlist_entry o
        where o.tenant_id = e.tenant_id and o.status in ('waiting', 'offered')
            and (o.created_at, o.id) < (e.created_at, e.id) and waitlist_is_same_wish(o, e)
            and (o.resource_id is null or e.resource_id is null or o.resource_id = e.resource_id)
            and (o.location_id is null or e.location_id is null or o.location_id = e.location_id))
        else 0 end,
    f.booking_id, f.service_id, f.resource_id, f.starts_at, f.expires_at
from waitlist_entry e left join waitlist_offer f
    on f.tenant_id = e.tenant_id and f.entry_id = e.id and f.outcome = 'open'
where e.tenant_id = %(tenant)s"""
_BY_ID = _ENTRY + " and e.id = %(id)s"
_BY_TOKEN = _ENTRY + " and e.token_hash = %(hash)s"
_LIST = (
    _ENTRY + " and case when %(status)s::text is null then e.status in ('waiting', 'offered')"
    " else e.status = %(status)s end and (%(from)s::date is null or e.to_date >= %(from)s)"
    " and (%(to)s::date is null or e.from_date <= %(to)s)"
    " and (%(service)s::uuid is null or %(service)s = any (e.service_ids))"
    " order by e.created_at, e.id limit %(limit)s"
)
# Of one person's wishes for the same, the first.
_QUEUE = (
    _ENTRY + " and e.status = 'waiting' and e.closes_at > clock_timestamp() and not exists ("
    "select from waitlist_entry o where o.tenant_id = e.tenant_id and o.status in ('waiting', 'offered')"
    " and (o.created_at, o.id) < (e.created_at, e.id)"
    " and (o.email_index = e.email_index or o.phone_index = e.phone_index)"
    " and waitlist_is_same_wish(o, e))"
    " order by e.created_at, e.id limit %(limit)s"
)
_MOST_IN_QUEUE = 2000


def get_entry(*, actor: Actor, entry_id: UUID) -> WaitlistEntry | None:
    """Return an entry of the context, or None. Raises `Unauthenticated` or `Forbidden`."""
    require(actor, "waitlist:read")
    return read_entry(entry_id)


def read_entry(entry_id: UUID) -> WaitlistEntry | None:
    """Return an entry of the context for whoever has been let in, or None."""
    rows = fetch_tuples(_BY_ID, {"tenant": current_context().tenant_id, "place": True, "id": entry_id})
    return _entry(rows[0]) if rows else None


def get_entry_by_token(token: str) -> WaitlistEntry | None:
    """Return the entry that a private link opens, or None."""
    rows = fetch_tuples(
        _BY_TOKEN, {"tenant": current_context().tenant_id, "place": True, "hash": token_hash(token)}
    )
    return _entry(rows[0]) if rows else None


def find_entry_of_offer(booking_id: UUID) -> UUID | None:
    """Return whose offer a booking is, or None for one that no list has made."""
    rows = fetch_tuples(
        "select entry_id from waitlist_offer where tenant_id = %s and booking_id = %s",
        (current_context().tenant_id, booking_id),
    )
    return rows[0][0] if rows else None


def list_entries(
    *,
    actor: Actor,
    from_date: date | None = None,
    to_date: date | None = None,
    service_id: UUID | None = None,
    status: str | None = None,
    limit: int = 200,
) -> list[WaitlistEntry]:
    """Return entries whose window meets the dates, longest waiting first; by default those that are open.

    Raises `Unauthenticated` or `Forbidden`.
    """
    require(actor, "waitlist:read")
    rows = fetch_tuples(
        _LIST,
        {
            "tenant": current_context().tenant_id,
            "place": True,
            "status": status,
            "from": from_date,
            "to": to_date,
            "service": service_id,
            "limit": limit,
        },
    )
    return [_entry(row) for row in rows]


def read_queue() -> list[WaitlistEntry]:
    """Return who may be offered something, longest waiting first.

    Of one person's wishes for the same, the first counts. Without their places.
    """
    rows = fetch_tuples(
        _QUEUE, {"tenant": current_context().tenant_id, "place": False, "limit": _MOST_IN_QUEUE}
    )
    return [_entry(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> WaitlistEntry:
    entry_id, status, service_ids, add_on_ids, resource_id, location_id, *window, party_size = row[:11]
    contact, notes, source, language, version, created_at, closes_at, refused, place, *offer = row[11:]
    tenant_id = current_context().tenant_id
    return WaitlistEntry(
        id=entry_id,
        status=status,
        wish=WaitlistWish(
            tuple(service_ids), Window(*window), tuple(add_on_ids), resource_id, location_id, party_size
        ),
        contact=Contact.from_bytes(unseal(tenant_id, "waitlist_entry", "contact", entry_id, contact)),
        notes=unseal(tenant_id, "waitlist_entry", "notes", entry_id, notes).decode() if notes else "",
        source=source,
        language=language,
        version=version,
        created_at=created_at,
        closes_at=closes_at,
        refused=tuple(refused),
        place=place,
        offer=OpenOffer(*offer) if offer[0] is not None else None,
    )
