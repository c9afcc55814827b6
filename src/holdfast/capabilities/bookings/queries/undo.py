"""What was done with bookings, read to be taken back: their versions, and which are meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any
from uuid import UUID

from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.undo import UNMADE, Tree, grow

FOLLOWING = frozenset(
    {
        "booking.option_promoted",
        "booking.option_demoted",
        "booking.challenged",
        "booking.challenge_withdrawn",
    }
)
"""Events of a booking that somebody else's move made: there is nothing in them to take back."""
_PASTS = (
    "select booking_id, version, kind, actor, occurred_at, data from booking_event"
    " where tenant_id = %s and booking_id = any (%s) order by booking_id, version, id"
)
# Every move writes the booking's row: so what was moved since then is found without reading the log.
_MOVED_SINCE = "select id from booking where tenant_id = %s and updated_at >= %s order by id limit %s"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a booking: which move made it, and the booking after it (`data`, as the log has it)."""

    version: int
    kind: str
    actor: str
    at: datetime
    data: dict[str, Any]

    @property
    def restores(self) -> int | None:
        found = self.data.get("restores")
        return found if isinstance(found, int) else None

    @property
    def follows(self) -> bool:
        return self.kind in FOLLOWING


@dataclass(frozen=True)
class Past:
    """All versions of one booking, the first one first."""

    booking_id: UUID
    versions: tuple[Version, ...]

    @cached_property
    def tree(self) -> Tree:
        return grow(self.versions)

    @property
    def now(self) -> Version:
        return self.versions[-1]

    def state_of(self, move: int) -> Version | None:
        """Return what the booking was the last time it stood on a move; None before it was made.

        That is not always what the move made of it: restored, it may have got another lane since.
        """
        if move == UNMADE:
            return None
        return next(each for each in reversed(self.versions) if self.tree.standing[each.version] == move)

    def until(self, since: datetime) -> int:
        """Return the last version that was made before an instant, or UNMADE."""
        return max((each.version for each in self.versions if each.at < since), default=UNMADE)


@dataclass(frozen=True, slots=True)
class Meant:
    """Whose moves are to be taken back: those since an instant, narrowed by each that is not None.

    A booking is of a day, a place or a resource when it was so then, or at any time since.
    """

    since: datetime
    day: date | None = None
    location_id: UUID | None = None
    resource_id: UUID | None = None
    made_by: str | None = None

    def moves_of(self, past: Past) -> list[int]:
        """Return the versions of a booking that are meant; none where the booking is not."""
        before = past.until(self.since)
        since = past.versions[before:]
        if not any(
            self._is_here(each.data) for each in (*past.versions[max(0, before - 1) : before], *since)
        ):
            return []
        return [each.version for each in since if self.made_by in (None, each.actor)]

    def _is_here(self, data: dict[str, Any]) -> bool:
        if self.day is not None and not data["local_start"].startswith(self.day.isoformat()):
            return False
        if self.location_id is not None and data["location_id"] != str(self.location_id):
            return False
        return self.resource_id is None or str(self.resource_id) in resources_of(data)


def read_pasts(booking_ids: Collection[UUID]) -> list[Past]:
    """Return the past of each of these bookings of the context that has one, by id."""
    rows = fetch_tuples(_PASTS, (current_context().tenant_id, list(booking_ids)))
    return [
        Past(booking_id, tuple(Version(*columns) for _, *columns in versions))
        for booking_id, versions in groupby(rows, key=lambda row: row[0])
    ]


def find_moved_since(since: datetime, *, limit: int) -> list[UUID]:
    """Return the bookings that were moved since an instant, by id."""
    rows = fetch_tuples(_MOVED_SINCE, (current_context().tenant_id, since, limit))
    return [row[0] for row in rows]


def resources_of(data: dict[str, Any]) -> set[str]:
    """Return everybody whose time a version of a booking is about."""
    led = {data["resource_id"]} if data["resource_id"] else set()
    return led | {each["resource_id"] for each in data["allocations"]}


def all_resources(datas: Iterable[dict[str, Any]]) -> list[UUID]:
    """Return everybody whose time any of these versions is about, by id: to be locked in this order."""
    return sorted({UUID(each) for data in datas for each in resources_of(data)})
