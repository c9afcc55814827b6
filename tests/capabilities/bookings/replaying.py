"""The log replayed beside the tables, and moves drawn by lot."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.block_out import (
    Decisions,
    NewBlackout,
    Resolution,
    block_out,
)
from holdfast.capabilities.bookings.commands.mark import mark_booking
from holdfast.capabilities.bookings.history import Difference, Event, compare, replay
from holdfast.capabilities.bookings.queries.history import check_log
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import NotFound, Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.lifecycle import Move
from tests.capabilities.bookings.classes import book_seats, publish_class, slots
from tests.capabilities.bookings.moves import cancel, confirm, key, sweep
from tests.capabilities.bookings.salon import make_salon, visit
from tests.capabilities.business import TESTER, Business
from tests.cluster import Database

_SEALED = "contact,notes,cancellation_reason"


def differences(database: Database) -> list[Difference]:
    """All events of the database in (tx, id) order, replayed and compared with the tables row by row."""
    events = [
        Event(booking_id, version, data)
        for booking_id, version, data in database.rows(
            "select booking_id::text, version, data from booking_event order by tx, id"
        )
    ]
    bookings = database.rows(
        "select to_jsonb(b) - string_to_array(%s, ',') - 'is_archived' from every_booking b order by id",
        [_SEALED],
    )
    allocations = database.rows(
        "select to_jsonb(a) from every_allocation a where booking_id is not null order by id"
    )
    return compare(replay(events), (row for (row,) in bookings), (row for (row,) in allocations))


def checked(business: Business) -> list[Difference]:
    """What an operator's check finds."""
    with tenant_context(business.tenant_id, TESTER.label):
        return list(check_log())


def move_somewhere(business: Business, booking_id: UUID, starts_at: datetime) -> None:
    """Move a booking to another start, with whom it was."""
    reschedule_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=booking_id,
        starts_at=starts_at,
        resource_id=None,
    )


class Lot:
    """A salon in which moves are drawn by lot: some are refused, and a refused one leaves nothing."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.chance = random.Random(seed)
        self.business, self.people = make_salon()
        publish_class(self.business, days=9)
        self.made: list[MoveAnswer] = []
        self.done: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self.left_out: set[str] = set()

    def leave_out(self, *kinds: str) -> None:
        """Make no moves of these kinds."""
        self.left_out.update(kinds)

    def move(self) -> None:
        """Make one move, or try to."""
        kinds: list[Callable[[], object]] = [self._book, self._book, self._seats, self._blackout]
        if self.made:
            kinds += [self._confirm, self._confirm, self._cancel, self._reschedule, self._expire, self._mark]
        kind = self.chance.choice([each for each in kinds if each.__name__ not in self.left_out])
        try:
            kind()
        except Problem as refused:
            self.refused[refused.code] = self.refused.get(refused.code, 0) + 1
            return
        self.done[kind.__name__] = self.done.get(kind.__name__, 0) + 1

    def _when(self) -> datetime:
        return self.business.start(hour=self.chance.randint(8, 18), minute=self.chance.choice((0, 30)))

    def _any(self) -> MoveAnswer:
        return self.chance.choice(self.made)

    def _book(self) -> None:
        names = self.chance.sample(("cut", "wash", "colour", "massage", "talk"), self.chance.randint(1, 2))
        add_ons = ("nails",) if "colour" in names and self.chance.random() < 0.5 else ()
        self.made.append(
            visit(
                self.business,
                *names,
                starts_at=self._when(),
                add_ons=add_ons,
                key=key(f"a-key-{self.chance.random()}") if self.chance.random() < 0.5 else None,
            )
        )

    def _seats(self) -> None:
        slot = self.chance.choice(slots(self.business, "yoga", days=9))
        self.made.append(book_seats(self.business, slot, self.chance.randint(1, 3)))

    def _confirm(self) -> None:
        confirm(self.business, self._any(), actor=self.chance.choice((GUEST, TESTER)))

    def _cancel(self) -> None:
        cancel(self.business, self._any(), actor=self.chance.choice((GUEST, TESTER)), reason="a reason")

    def _mark(self) -> None:
        made = self._any()
        assert made.booking_id is not None
        mark_booking(
            tenant_id=self.business.tenant_id,
            actor=TESTER,
            now=clock.now(),
            booking_id=made.booking_id,
            move=self.chance.choice((Move.COMPLETE, Move.MARK_NO_SHOW, Move.REOPEN)),
        )

    def _reschedule(self) -> None:
        made = self._any()
        assert made.booking_id is not None
        move_somewhere(self.business, made.booking_id, self._when())

    def _expire(self) -> None:
        held = self.database.rows("select id from booking where status = 'held' order by id")
        due = [made for made in self.made if (made.booking_id,) in held]
        if due:
            over = self.chance.choice(due).booking_id
            for change in (
                "update booking set hold_expires_at = clock_timestamp() where id = %s returning 1",
                "update allocation set expires_at = clock_timestamp() where booking_id = %s returning 1",
            ):
                self.database.rows(change, [over])
            assert sweep() == 1

    def _blackout(self) -> None:
        business = self.business
        starts_at = self._when()
        resolutions = tuple(
            Resolution(made.booking_id, "cancel")
            if self.chance.random() < 0.5
            else Resolution(made.booking_id, "move", starts_at=self._when())
            for made in self.made
            if made.booking_id is not None
        )
        with tenant_context(business.tenant_id, TESTER.label):
            blocked = block_out(
                actor=TESTER,
                now=clock.now(),
                wanted=NewBlackout(
                    starts_at,
                    starts_at + timedelta(minutes=5),
                    resource_id=self.chance.choice(sorted(self.people.values())),
                ),
                decisions=Decisions(resolutions=resolutions),
            )
        if not any(each.is_met for each in blocked.done):
            raise NotFound("Nobody was met.")
