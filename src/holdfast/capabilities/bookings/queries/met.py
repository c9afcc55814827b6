"""Which bookings a blackout meets: whoever closes time is told whom it was promised to."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.capabilities.people.types import Contact
from holdfast.capabilities.schedules.types import Blackout
from holdfast.platform.crypto import unseal
from holdfast.platform.db.rows import execute, fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.intervals import Span, epoch, normalise

# How far what comes round is compared with bookings; a single time is compared however far it is.
HORIZON = timedelta(days=731)
# Plain columns of a btree, resource by resource: range operators cannot use an index under row security.
# Seconds instead of timestamps: of ten thousand rows, reading dates would be nearly all of the time.
_MET = """
with claim as (
    select a.booking_id, a.slot_id, a.starts_at, a.ends_at from allocation a
    where a.tenant_id = %(tenant)s and a.ends_at > %(from)s and a.starts_at < %(to)s
        and a.resource_id in (
            select r.id from resource r where r.tenant_id = %(tenant)s
                and (%(resource)s::uuid is null or r.id = %(resource)s))
)
select id, floor(extract(epoch from from_at))::bigint, ceil(extract(epoch from to_at))::bigint from (
    select b.*, greatest(c.starts_at, b.starts_at) as from_at, least(c.ends_at, b.ends_at) as to_at
    from claim c join booking b on b.tenant_id = %(tenant)s and b.id = c.booking_id
    union all
    select b.*, b.starts_at, b.ends_at
    from claim c join booking b on b.tenant_id = %(tenant)s and b.slot_id = c.slot_id
) promised
where (status in ('pencil', 'pending', 'confirmed')
        or (status = 'held' and hold_expires_at > clock_timestamp()))
    and (%(location)s::uuid is null or location_id = %(location)s)
"""
_SESSIONS = """
select i.id, floor(extract(epoch from i.starts_at))::bigint, ceil(extract(epoch from i.ends_at))::bigint
from allocation a
join slot_instance i on i.tenant_id = a.tenant_id and i.id = a.slot_id
where a.tenant_id = %(tenant)s and a.ends_at > %(from)s and a.starts_at < %(to)s
    and a.resource_id in (
        select r.id from resource r where r.tenant_id = %(tenant)s
            and (%(resource)s::uuid is null or r.id = %(resource)s))
"""


@dataclass(frozen=True, slots=True)
class MetBooking:
    """A booking whose service time a blackout overlaps."""

    id: UUID
    status: str
    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    resource_id: UUID | None
    title: str
    version: int
    customer_name: str


def find_met(blackout: Blackout, *, now: datetime) -> list[MetBooking]:
    """Return the bookings of the blackout's scope that take time and that it overlaps from now on, by start.

    To be asked after the blackout was written, in its transaction: the schedule's locks are held then, so
    that a booking is either here or still to be made, against the blackout. Of a visit with several people
    the part counts that somebody of the scope has.
    """
    times = blackout.occurrences(now, max(now + HORIZON, blackout.ends_at))
    if not times:
        return []
    closed = normalise(period.span for period in times)
    params = {
        "tenant": current_context().tenant_id,
        "resource": blackout.resource_id,
        "location": blackout.location_id,
        "from": max(now, times[0].starts_at),
        "to": times[-1].ends_at,
    }
    _lock_sessions(closed, params)
    rows = fetch_tuples(_MET, params)
    met = {row[0] for row in rows if _meets(closed, max(row[1], epoch(now)), row[2])}
    return _details(met) if met else []


def _lock_sessions(closed: list[Span], params: dict[str, Any]) -> None:
    """Wait for whoever is taking a seat of a session: seats lock their instance, not its resource."""
    rows = fetch_tuples(_SESSIONS, params)
    met = [row[0] for row in rows if _meets(closed, row[1], row[2])]
    if met:
        execute(
            "select 1 from slot_instance where tenant_id = %s and id = any (%s)"
            " order by id for no key update",
            (params["tenant"], met),
        )


def _meets(closed: list[Span], start: int, end: int) -> bool:
    """Whether a half-open time meets any of the sorted spans."""
    place = bisect_left(closed, (end, 0))
    return start < end and place > 0 and closed[place - 1][1] > start


def _details(ids: set[UUID]) -> list[MetBooking]:
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "select id, status, starts_at, ends_at, local_start, resource_id, title, version, contact"
        " from booking where tenant_id = %s and id = any (%s) order by starts_at, id",
        (tenant_id, list(ids)),
    )
    named = ([*row[:-1], _name(tenant_id, row[0], row[-1])] for row in rows)
    return [MetBooking(*columns) for columns in named]


def _name(tenant_id: UUID, booking_id: UUID, contact: bytes | None) -> str:
    if contact is None:
        return ""
    return Contact.from_bytes(unseal(tenant_id, "booking", "contact", booking_id, contact)).name
