"""The event log as others follow it: without gaps, from any position."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.queries.bookings import get_booking, read_items
from holdfast.capabilities.bookings.types import Booking
from holdfast.platform.access import Actor
from holdfast.platform.db.rows import fetch_tuples, fetch_value
from holdfast.platform.tenancy import current_context

_POSITION = re.compile(r"(\d{1,20})-(\d{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a tenant's log: all up to it is known. Written as "tx-id" for clients to hand back."""

    tx: int
    id: int

    def __str__(self) -> str:
        return f"{self.tx}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> Position | None:
        """Read what `str` wrote; None for anything else."""
        found = _POSITION.fullmatch(text)
        if found is None:
            return None
        tx, number = int(found[1]), int(found[2])
        return cls(tx, number) if tx < 2**64 and number < 2**63 else None


START = Position(0, 0)
"""Before the first event."""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One move of a booking, with what tells who may know of it."""

    position: Position
    booking_id: UUID
    kind: str
    version: int
    status: str
    resource_id: UUID | None
    occurred_at: datetime
    # Everybody whose time it is about: who takes part now, and whom it was with before.
    resource_ids: frozenset[UUID] = frozenset()


def read_events(*, after: Position, limit: int = 500) -> list[LoggedEvent]:
    """Return the context's events behind `after`, oldest first; fewer than `limit` when there are no more.

    Only transactions below the oldest one still running are read: a smaller number can no longer
    commit behind our back. Reading by id alone loses events of transactions that commit late (TRUST §4.4).
    """
    rows = fetch_tuples(
        "select e.tx::text, e.id, e.booking_id, e.kind, e.version, e.data->>'status', e.data->>'resource_id',"
        " e.occurred_at, jsonb_path_query_array(e.data, '$.*[*].resource_id ? (@ != null)')"
        " from booking_event e where e.tenant_id = %s and (e.tx, e.id) > (%s::xid8, %s)"
        # Not `order by tx`: that would be the text above, in which 1000 comes before 999.
        " and e.tx < pg_snapshot_xmin(pg_current_snapshot()) order by e.tx, e.id limit %s",
        (current_context().tenant_id, str(after.tx), after.id, limit),
    )
    return [
        LoggedEvent(
            Position(int(tx), number),
            booking,
            kind,
            version,
            status,
            _uuid(resource),
            at,
            frozenset(UUID(each) for each in {*parts, *([resource] if resource else [])}),
        )
        for tx, number, booking, kind, version, status, resource, at, parts in rows
    ]


def newest_position() -> Position:
    """Return where the context's log ends for readers now: for a page that will follow from here."""
    rows = fetch_tuples(
        "select e.tx::text, e.id from booking_event e where e.tenant_id = %s"
        " and e.tx < pg_snapshot_xmin(pg_current_snapshot()) order by e.tx desc, e.id desc limit 1",
        (current_context().tenant_id,),
    )
    return Position(int(rows[0][0]), rows[0][1]) if rows else START


def was_promised(booking_id: UUID) -> bool:
    """Tell whether the booking was ever more than a hold: asked for or confirmed."""
    return bool(
        fetch_value(
            "select 1 from booking_event where tenant_id = %s and booking_id = %s"
            " and kind in ('booking.pending', 'booking.confirmed') limit 1",
            (current_context().tenant_id, booking_id),
        )
    )


def booking_as_of(*, actor: Actor, booking_id: UUID, version: int) -> Booking | None:
    """Return the booking as the move to `version` left it, or None.

    Contact and notes are the present ones: the log holds none, so that they can be erased.
    Raises `Unauthenticated` or `Forbidden`.
    """
    booking = get_booking(actor=actor, booking_id=booking_id)
    rows = fetch_tuples(
        "select data from booking_event where tenant_id = %s and booking_id = %s and version = %s"
        " order by tx desc, id desc limit 1",
        (current_context().tenant_id, booking_id, version),
    )
    if booking is None or not rows:
        return None
    data: dict[str, Any] = rows[0][0]
    return replace(
        booking,
        status=data["status"],
        resource_id=_uuid(data["resource_id"]),
        location_id=UUID(data["location_id"]),
        starts_at=_instant(data["starts_at"]),
        ends_at=_instant(data["ends_at"]),
        local_start=datetime.fromisoformat(data["local_start"]),
        time_zone=data["time_zone"],
        title=data["title"],
        items=read_items(data.get("items", [])),
        sequence=data["sequence"],
        version=data["version"],
        updated_at=_instant(data["updated_at"]),
    )


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
