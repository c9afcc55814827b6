"""The log of bookings, replayed: what the tables must hold if every change is an event.

Pure: rows and events come in as PostgreSQL's `to_jsonb` writes them. An event holds the whole booking after
its move, sealed columns aside, and all that it takes; so the newest event of a booking is its state, and two
events beside each other are what a move changed.

Newest is the highest version, not the last in (tx, id). A transaction gets its number when it claims its
idempotency key, before it waits for the booking's lock: of two moves of one booking the one with the lower
number may come second. Versions are given out under the lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Row = Mapping[str, Any]

SEALED = ("contact", "notes", "cancellation_reason")
"""Columns that the log never holds, so that they can be erased."""
_TAKEN = "allocations"
# Columns that events of earlier versions do not have, where they were not null. The others were null.
_BEFORE_THEY_WERE: Row = {"items": [], "party_size": 1, "is_overbooked": False}
# What every move changes, or none does: nobody asks what it was before.
_NEVER_TOLD = frozenset(
    {
        "tenant_id",
        "id",
        "version",
        "sequence",
        "tzdb",
        "created_at",
        "updated_at",
        # Not of the booking, but of the move.
        "restores",
        "undoes",
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One event: which version of which booking it made, and the booking after it."""

    booking_id: str
    version: int
    data: Row


@dataclass(slots=True)
class Replayed:
    """The tables as the log has them, by id; the versions for which there is no event, or more than one."""

    bookings: dict[str, Row] = field(default_factory=dict)
    allocations: dict[int, Row] = field(default_factory=dict)
    missing: list[tuple[str, int]] = field(default_factory=list)
    repeated: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which log and tables do not agree; `logged` and `stored` are what each says.

    `kind` "changed" is a column; "lost" a row that the log has and the table has not; "unknown" one that no
    event explains; "twice" one that is at hand and in the archive too; "missing" and "repeated" are about the
    events of a version, which is `logged`.
    """

    kind: Literal["changed", "lost", "unknown", "twice", "missing", "repeated"]
    table: Literal["booking", "allocation", "booking_event"]
    id: str
    column: str = ""
    logged: Any = None
    stored: Any = None

    def __str__(self) -> str:
        match self.kind:
            case "changed":
                return (
                    f"{self.table} {self.id}: {self.column} is {_said(self.logged)} in the log"
                    f" and {_said(self.stored)} in the table"
                )
            case "lost":
                return f"{self.table} {self.id}: in the log, not in the table"
            case "unknown":
                return f"{self.table} {self.id}: in the table, not in the log"
            case "twice":
                return f"{self.table} {self.id}: in the table and in the archive"
            case "missing":
                return f"booking {self.id}: no event made version {self.logged}"
            case "repeated":
                return f"booking {self.id}: several events made version {self.logged}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a move did to one column; for the first event of a booking `before` is None."""

    field: str
    before: Any
    after: Any


def replay(events: Iterable[Event]) -> Replayed:
    """Return the tables that these events lead to; the events may come in any order."""
    newest: dict[str, Event] = {}
    seen: dict[str, set[int]] = {}
    found = Replayed()
    for event in events:
        versions = seen.setdefault(event.booking_id, set())
        if event.version in versions:
            found.repeated.append((event.booking_id, event.version))
        versions.add(event.version)
        known = newest.get(event.booking_id)
        if known is None or event.version >= known.version:
            newest[event.booking_id] = event
    for booking_id, event in newest.items():
        versions = seen[booking_id]
        if len(versions) != event.version:
            found.missing += [
                (booking_id, version) for version in range(1, event.version) if version not in versions
            ]
        found.bookings[booking_id] = event.data
        for taken in event.data.get(_TAKEN, ()):
            found.allocations[taken["id"]] = {**taken, "booking_id": booking_id}
    return found


def compare(replayed: Replayed, bookings: Iterable[Row], allocations: Iterable[Row]) -> list[Difference]:
    """Return all that differs between the replayed log and rows of the tables, in the order of the rows.

    Of the rows, sealed columns and allocations without a booking are to be left out.
    """
    found = [
        Difference("missing", "booking_event", each, logged=version) for each, version in replayed.missing
    ]
    found += [
        Difference("repeated", "booking_event", each, logged=version) for each, version in replayed.repeated
    ]
    found += _compare("booking", replayed.bookings, bookings)
    found += _compare("allocation", replayed.allocations, allocations)
    return found


def changes_between(before: Row | None, after: Row) -> list[Change]:
    """Return what a move changed of the plain columns, by name; `takes` is the time that is taken.

    For the first event: what the booking began with, nulls left out.
    """
    earlier = _told(before) if before is not None else {}
    later = _told(after)
    return [
        Change(name, earlier.get(name), value)
        for name, value in sorted(later.items())
        if not same(
            name, earlier.get(name, _BEFORE_THEY_WERE.get(name) if before is not None else None), value
        )
    ]


def same(column: str, one: Any, other: Any) -> bool:
    """Tell whether two values of a column mean the same: instants in whatever zone they are written."""
    if one == other:
        return True
    if column.endswith("_at") and isinstance(one, str) and isinstance(other, str):
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    return False


def _compare(
    table: Literal["booking", "allocation"], logged: Mapping[Any, Row], rows: Iterable[Row]
) -> list[Difference]:
    found: list[Difference] = []
    seen = set()
    for row in rows:
        if row["id"] in seen:
            found.append(Difference("twice", table, str(row["id"])))
        seen.add(row["id"])
        known = logged.get(row["id"])
        if known is None:
            found.append(Difference("unknown", table, str(row["id"])))
            continue
        for column, stored in row.items():
            said = known[column] if column in known else _unsaid(table, column, row)
            if not same(column, said, stored):
                found.append(Difference("changed", table, str(row["id"]), column, said, stored))
    found += [Difference("lost", table, str(each)) for each in logged if each not in seen]
    return found


def _unsaid(table: str, column: str, row: Row) -> Any:
    if column == "tenant_id":
        # An allocation is its booking's: events do not repeat whose.
        return row[column]
    return _BEFORE_THEY_WERE.get(column) if table == "booking" else None


def _told(data: Row) -> dict[str, Any]:
    told = {
        name: value
        for name, value in data.items()
        if name not in _NEVER_TOLD and name != _TAKEN and not (isinstance(value, dict))
    }
    told["takes"] = [
        {name: taken.get(name) for name in ("resource_id", "role", "starts_at", "ends_at")}
        for taken in data.get(_TAKEN, ())
    ]
    return told


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value)
