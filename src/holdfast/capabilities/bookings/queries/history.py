"""The record of bookings: a calendar as it was, the history of one booking, and whether the log tells all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.history import SEALED, Change, Difference, Event, changes_between, compare
from holdfast.capabilities.bookings.history import replay as replay_events
from holdfast.capabilities.bookings.queries.bookings import read_items
from holdfast.capabilities.bookings.types import Booking, TakenTime
from holdfast.capabilities.people.types import Contact
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import unseal
from holdfast.platform.db.rows import fetch_tuples, stream_tuples
from holdfast.platform.tenancy import current_context

# Of each booking the newest version that had happened by then; only of those the wide rows are read.
_AS_OF = """
    select e.data, b.contact, b.notes, b.cancellation_reason
    from (
        select booking_id, max(version) as version from booking_event
        where tenant_id = %(tenant)s and occurred_at <= %(at)s group by booking_id) newest
    join booking_event e on e.tenant_id = %(tenant)s and e.booking_id = newest.booking_id
        and e.version = newest.version
    left join every_booking b on b.tenant_id = e.tenant_id and b.id = e.booking_id
    where (e.data ->> 'starts_at')::timestamptz < %(to)s and (e.data ->> 'ends_at')::timestamptz > %(from)s
        and (%(statuses)s::text[] = '{}' or e.data ->> 'status' = any (%(statuses)s::text[]))
        and (%(location)s::uuid is null or (e.data ->> 'location_id')::uuid = %(location)s)
        and (%(resource)s::uuid is null or (e.data ->> 'resource_id')::uuid = %(resource)s or exists (
            select from jsonb_array_elements(e.data -> 'allocations') a
            where (a ->> 'resource_id')::uuid = %(resource)s))
    order by (e.data ->> 'starts_at')::timestamptz, e.booking_id limit %(limit)s
"""
# One statement, hence one snapshot: a move that commits meanwhile is seen in all three or in none.
_LOG_AND_TABLES = """
    select id::text, part, version, data::text from (
        select booking_id as id, 0 as part, version, data from booking_event where tenant_id = %(tenant)s
        union all
        select id, 1, version, to_jsonb(b) - %(sealed)s::text[] from booking b where tenant_id = %(tenant)s
        union all
        select id, 1, version, to_jsonb(b) - %(sealed)s::text[] from archived_booking b
        where tenant_id = %(tenant)s
        union all
        select booking_id, 2, 0, to_jsonb(a) from every_allocation a
        where tenant_id = %(tenant)s and booking_id is not null) every
    order by id, part, version
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One move of a booking: what it was, when, by whom and by which door, and what it changed.

    `source` is "api", "page", "staff", "job", or "unknown" for moves older than the question; `restores` is
    the version that an undo went back to.
    """

    version: int
    kind: str
    at: datetime
    actor: str
    source: str
    request_id: str
    restores: int | None
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Checked:
    """How much a check has read."""

    events: int = 0
    bookings: int = 0
    allocations: int = 0


def list_bookings_as_of(
    *,
    actor: Actor,
    at: datetime,
    starts_at: datetime,
    ends_at: datetime,
    statuses: Sequence[str] = (),
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    limit: int = 1000,
) -> list[Booking]:
    """Return the bookings that touched the period as the log had them at an instant, by start.

    An artist sees what it took part in then. Contact and notes are the present ones, for the log holds none
    so that they can be erased; an artist is told them only while the booking is still its own.

    Raises `Unauthenticated` or `Forbidden`.
    """
    require(actor, "bookings:read")
    only_own = actor.only_own("bookings:read")
    if only_own:
        resource_id = actor.resource_id
        if resource_id is None:
            return []
    rows = fetch_tuples(
        _AS_OF,
        {
            "tenant": current_context().tenant_id,
            "at": at,
            "from": starts_at,
            "to": ends_at,
            "statuses": list(statuses),
            "resource": resource_id,
            "location": location_id,
            "limit": limit,
        },
    )
    still_own = _still_own(actor, [row[0]["id"] for row in rows]) if only_own else None
    return [
        _booking(data, sealed if still_own is None or data["id"] in still_own else (None, None, None))
        for data, *sealed in rows
    ]


def list_history(booking_id: UUID) -> list[Entry]:
    """Return the moves of a booking of the context, oldest first; who may see them is the caller's to ask."""
    rows = fetch_tuples(
        "select version, kind, occurred_at, actor, source, request_id, data from booking_event"
        " where tenant_id = %s and booking_id = %s order by version, id",
        (current_context().tenant_id, booking_id),
    )
    entries: list[Entry] = []
    before = None
    for *columns, data in rows:
        changes = tuple(changes_between(before, data))
        entries.append(Entry(*columns, data.get("restores"), changes))
        before = data
    return entries


def check_log(checked: Checked | None = None) -> Iterator[Difference]:
    """Replay the context's log and yield all in which it differs from the tables, booking by booking.

    Allocations of published groups are nobody's booking, and not looked at.
    """
    read = checked or Checked()
    params = {"tenant": current_context().tenant_id, "sealed": list(SEALED)}
    for booking_id, rows in groupby(stream_tuples(_LOG_AND_TABLES, params), key=lambda row: row[0]):
        parts: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        for _, part, version, text in rows:
            data = json.loads(text)
            parts[part].append(Event(booking_id, version, data) if part == 0 else data)
        events, bookings, allocations = parts
        read.events += len(events)
        read.bookings += len(bookings)
        read.allocations += len(allocations)
        yield from compare(replay_events(events), bookings, allocations)


def _still_own(actor: Actor, booking_ids: list[str]) -> set[str]:
    rows = fetch_tuples(
        "select b.id::text from every_booking b"
        " where b.tenant_id = %(tenant)s and b.id = any (%(ids)s::uuid[])"
        " and (b.resource_id = %(resource)s or exists (select from every_allocation a"
        " where a.tenant_id = b.tenant_id and a.booking_id = b.id and a.resource_id = %(resource)s))",
        {"tenant": current_context().tenant_id, "ids": booking_ids, "resource": actor.resource_id},
    )
    return {row[0] for row in rows}


def _booking(data: dict[str, Any], sealed: Sequence[bytes | None]) -> Booking:
    booking_id = UUID(data["id"])

    def opened(column: str, value: bytes | None) -> bytes:
        return unseal(current_context().tenant_id, "booking", column, booking_id, value) if value else b""

    contact, notes, reason = (opened(column, value) for column, value in zip(SEALED, sealed, strict=True))
    return Booking(
        id=booking_id,
        status=data["status"],
        service_id=_uuid(data["service_id"]),
        location_id=UUID(data["location_id"]),
        resource_id=_uuid(data["resource_id"]),
        customer_id=_uuid(data["customer_id"]),
        starts_at=_instant(data["starts_at"]),
        ends_at=_instant(data["ends_at"]),
        local_start=datetime.fromisoformat(data["local_start"]),
        time_zone=data["time_zone"],
        hold_expires_at=_instant_or_none(data["hold_expires_at"]),
        price_minor=data["price_minor"],
        currency=data["currency"],
        title=data["title"],
        source=data["source"],
        sequence=data["sequence"],
        version=data["version"],
        created_at=_instant(data["created_at"]),
        updated_at=_instant(data["updated_at"]),
        confirmed_at=_instant_or_none(data["confirmed_at"]),
        cancelled_at=_instant_or_none(data["cancelled_at"]),
        party_size=data["party_size"],
        slot_id=_uuid(data.get("slot_id")),
        is_overbooked=data.get("is_overbooked", False),
        series_id=_uuid(data.get("series_id")),
        series_position=data.get("series_position"),
        items=read_items(data.get("items", [])),
        resources=tuple(_taken(each) for each in data["allocations"]),
        contact=Contact.from_bytes(contact) if contact else None,
        notes=notes.decode(),
        # The reason belongs to a cancellation: before it there was none.
        cancellation_reason=reason.decode() if data["status"] == "cancelled" else "",
    )


def _taken(taken: dict[str, Any]) -> TakenTime:
    return TakenTime(
        UUID(taken["resource_id"]), taken["role"], _instant(taken["starts_at"]), _instant(taken["ends_at"])
    )


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _instant_or_none(text: str | None) -> datetime | None:
    return _instant(text) if text else None
