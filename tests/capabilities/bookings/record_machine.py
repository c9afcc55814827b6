"""A salon in which anything may happen in any order, and any of it may be cut off in the middle.

Every move is made through the real commands against the real database; some lose their connection at a
failpoint and are tried again under the same key, as the API does. After each step the log must give the
tables, and no time may be taken by what takes none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from holdfast.capabilities.bookings.commands import (
    cancel_booking,
    confirm_booking,
    create_booking,
    mark_booking,
    reschedule_booking,
)
from holdfast.capabilities.bookings.commands.swap import swap_bookings
from holdfast.capabilities.bookings.commands.undo import undo_booking, undo_since
from holdfast.capabilities.bookings.queries.undo import Meant, Past, read_pasts
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Problem
from holdfast.platform.http.retries import retry_transient
from holdfast.platform.idempotency import IdempotencyKey, claim, remember
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.lifecycle import Move
from tests.capabilities.bookings import studio
from tests.capabilities.bookings.classes import publish_class, slots
from tests.capabilities.bookings.moves import key, sweep
from tests.capabilities.bookings.record_truths import BROKEN, restored
from tests.capabilities.bookings.replaying import checked
from tests.capabilities.business import ANN, make_business
from tests.cluster import Database

BEA = Actor(kind="staff", role="frontdesk", account_id=new_id())
OWNER = Actor(kind="staff", role="owner", account_id=new_id())
# The clock moves on for a hold: log and tables alike, as if it had been made earlier.
_MOVE_ON = [
    "update booking set hold_expires_at = %(at)s where id = %(id)s",
    "update allocation set expires_at = %(at)s where booking_id = %(id)s",
    (
        "update booking_event set data = data || jsonb_build_object('hold_expires_at', %(at)s::timestamptz,"
        " 'allocations', (select coalesce(jsonb_agg(a || jsonb_build_object("
        "'expires_at', %(at)s::timestamptz)), '[]') from jsonb_array_elements(data -> 'allocations') a))"
        " where booking_id = %(id)s and data ->> 'status' = 'held'"
    ),
]

services = st.sampled_from(("cut", "book", "ask"))
starts = st.integers(0, 5)
bookings = st.integers(0, 11)
crashes = st.sampled_from((None,) * 6 + ("event", "booking", "allocation", "commit"))
someone = st.sampled_from((GUEST, BEA, OWNER))


class RecordMachine(RuleBasedStateMachine):
    """Moves in any order. `counted` says over all runs which were made, refused and cut off."""

    database: ClassVar[Database]
    counted: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.admin: psycopg.Connection[Any] = self.database.cluster.connect()
        self.numbers = 0

    def teardown(self) -> None:
        self.admin.close()

    @initialize(has_class=st.booleans(), known=st.lists(st.tuples(services, starts), min_size=2, max_size=4))
    def open_business(self, has_class: bool, known: list[tuple[str, int]]) -> None:
        self.business = make_business(people=2)
        self.has_class = has_class
        if has_class:
            publish_class(self.business, days=9)
        self.made: list[tuple[UUID, str]] = []
        self.options: list[UUID] = []
        self.instants = [clock.now()]
        for service, start in known:
            self.book(service, start, None, GUEST, overbook=False, crash=None)

    @rule(
        service=services,
        start=starts,
        person=st.sampled_from((None, 0, 1)),
        actor=someone,
        overbook=st.booleans(),
        crash=crashes,
    )
    def book(
        self, service: str, start: int, person: int | None, actor: Actor, overbook: bool, crash: str | None
    ) -> None:
        wish = BookingRequest(
            self.business.services[service],
            self._start(start),
            resource_id=None if person is None else self.business.resource_ids[person],
            contact=ANN,
            overbook=overbook and actor is OWNER,
        )
        self._create(wish, actor, crash)

    @rule(party=st.integers(1, 4), crash=crashes)
    def take_seats(self, party: int, crash: str | None) -> None:
        if self.has_class:
            slot = slots(self.business, "yoga", days=9)[0]
            wish = BookingRequest(
                slot.service_id, slot.starts_at, contact=ANN, slot_id=slot.id, party_size=party
            )
            self._create(wish, GUEST, crash)

    @rule(which=bookings, actor=someone, only=st.booleans(), crash=crashes)
    def confirm(self, which: int, actor: Actor, only: bool, crash: str | None) -> None:
        self._on_one(confirm_booking, which, actor, crash, only="pending" if only else None)

    @rule(which=bookings, actor=someone, only=st.booleans(), crash=crashes)
    def cancel(self, which: int, actor: Actor, only: bool, crash: str | None) -> None:
        self._on_one(cancel_booking, which, actor, crash, only="pending" if only else None)

    @rule(which=bookings, start=starts, person=st.integers(0, 1), overbook=st.booleans(), crash=crashes)
    def reschedule(self, which: int, start: int, person: int, overbook: bool, crash: str | None) -> None:
        self._on_one(
            reschedule_booking,
            which,
            OWNER,
            crash,
            starts_at=self._start(start),
            resource_id=self.business.resource_ids[person],
            overbook=overbook,
        )

    @rule(which=bookings, service=services, crash=crashes)
    def change_service(self, which: int, service: str, crash: str | None) -> None:
        service_ids = [self.business.services[service]]
        self._on_one(reschedule_booking, which, OWNER, crash, service_ids=service_ids)

    @rule(which=bookings, party=st.integers(1, 5), hour=st.integers(0, 1), crash=crashes)
    def change_seats(self, which: int, party: int, hour: int, crash: str | None) -> None:
        if self.has_class:
            slot_id = slots(self.business, "yoga", days=9)[hour].id
            self._on_one(reschedule_booking, which, OWNER, crash, slot_id=slot_id, party_size=party)

    @rule(one=bookings, other=bookings, crash=crashes)
    def change_places(self, one: int, other: int, crash: str | None) -> None:
        ids = [self.made[each % len(self.made)][0] for each in (one, other)] if self.made else []
        if len(set(ids)) == 2:
            self._once(
                "swap",
                lambda: swap_bookings(actor=OWNER, now=clock.now(), booking_id=ids[0], other_id=ids[1]),
                crash,
            )

    @rule(
        which=bookings,
        move=st.sampled_from((Move.COMPLETE, Move.MARK_NO_SHOW, Move.REOPEN)),
        crash=crashes,
    )
    def mark(self, which: int, move: Move, crash: str | None) -> None:
        self._on_one(mark_booking, which, BEA, crash, move=move)

    @rule(start=starts, status=st.sampled_from(("option", "option", "pencil")), crash=crashes)
    def ask_for_a_range(self, start: int, status: Any, crash: str | None) -> None:
        def work() -> None:
            made = studio.option(self.business, self._start(start, days=30), status=status, hours=2)
            self.options.append(made.id)

        self._once("option", work, crash)

    @rule(
        which=bookings,
        what=st.sampled_from(("pencil", "confirm", "release", "challenge", "withdraw")),
        crash=crashes,
    )
    def move_in_the_queue(self, which: int, what: str, crash: str | None) -> None:
        if self.options:
            option = self.options[which % len(self.options)]
            self._once(what, lambda: studio.move(self.business, what, option), crash)

    @rule(which=bookings, is_noticed=st.booleans())
    def let_a_hold_run_out(self, which: int, is_noticed: bool) -> None:
        held = [
            row[0]
            for row in self.admin.execute(
                "select id from booking where tenant_id = %s and status = 'held' order by created_at, id",
                [self.business.tenant_id],
            )
        ]
        if held:
            over = {"id": held[which % len(held)], "at": clock.now() - timedelta(seconds=1)}
            self.admin.execute("set session_replication_role = replica")
            for statement in _MOVE_ON:
                self.admin.execute(statement.encode(), over)
            self.admin.execute("set session_replication_role = origin")
            self.counted["run out"] += 1
        if is_noticed:
            sweep()

    @rule()
    def remember_this_instant(self) -> None:
        self.instants.append(clock.now())

    @rule(which=bookings, to=st.integers(-5, 4), overbook=st.booleans(), crash=crashes)
    def undo(self, which: int, to: int, overbook: bool, crash: str | None) -> None:
        known = [booking_id for booking_id, _ in self.made] + self.options
        if known:
            work = partial(
                undo_booking,
                actor=OWNER,
                now=clock.now(),
                booking_id=known[which % len(known)],
                to_version=None if to < 0 else to,
                overbook=overbook,
            )
            self._once("undo", work, crash)
            self._check_restored(known[which % len(known)])

    @rule(
        since=st.integers(-3, -1),
        narrowed=st.sampled_from(("day", "resource", "place", "guests", "mine")),
        is_rehearsal=st.booleans(),
        crash=crashes,
    )
    def undo_all(self, since: int, narrowed: str, is_rehearsal: bool, crash: str | None) -> None:
        at = self.instants[max(since, -len(self.instants))]
        business = self.business
        meant = {
            "day": Meant(at, day=business.start().astimezone(business.zone).date()),
            "resource": Meant(at, resource_id=business.resource_ids[0]),
            "place": Meant(at, location_id=business.location_id),
            "guests": Meant(at, made_by=GUEST.label),
            "mine": Meant(at, made_by=OWNER.label),
        }[narrowed]
        work = partial(undo_since, actor=OWNER, now=clock.now(), meant=meant, dry_run=is_rehearsal)
        self._once("undo all", work, crash)

    @invariant()
    def the_log_gives_the_tables(self) -> None:
        if hasattr(self, "business"):
            assert [str(each) for each in checked(self.business)] == []

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "business"):
            asked = {"tenant": self.business.tenant_id}
            for name, query in BROKEN.items():
                found = self.admin.execute(query.encode(), asked).fetchall()
                assert not found, f"{name}: {found}"

    def _start(self, number: int, *, days: int = 7) -> datetime:
        return self.business.start(days=days, hour=9) + timedelta(minutes=30 * number)

    def _create(self, wish: BookingRequest, actor: Actor, crash: str | None) -> None:
        def move(with_key: IdempotencyKey) -> None:
            made = create_booking(
                tenant_id=self.business.tenant_id, actor=actor, now=clock.now(), request=wish, key=with_key
            )
            assert made.booking_id is not None
            if (made.booking_id, made.token) not in self.made:
                self.made.append((made.booking_id, made.token))

        self._run("create", move, crash)

    def _on_one(
        self, command: Callable[..., object], which: int, actor: Actor, crash: str | None, **more: Any
    ) -> None:
        if not self.made:
            return
        booking_id, token = self.made[which % len(self.made)]
        if actor is GUEST:
            more["token"] = token

        def move(with_key: IdempotencyKey) -> None:
            command(
                tenant_id=self.business.tenant_id,
                actor=actor,
                now=clock.now(),
                booking_id=booking_id,
                key=with_key,
                **more,
            )

        self._run(command.__name__, move, crash)

    def _once(self, name: str, work: Callable[[], object], crash: str | None) -> None:
        """Once a key, as the API does it for what is not one function."""

        def move(with_key: IdempotencyKey) -> None:
            with tenant_context(self.business.tenant_id, OWNER.label):
                if claim(with_key) is None:
                    work()
                    remember(with_key, 200, b"{}")

        self._run(name, move, crash)

    def _run(self, name: str, move: Callable[[IdempotencyKey], None], crash: str | None) -> None:
        """Make a move, cut off at a failpoint if so wished; made again under its key it changes nothing."""
        self.numbers += 1
        attempt = partial(move, key(f"the-key-{self.numbers}", route=name))
        was_cut_off = False
        if crash:
            with connection.cursor() as cursor:
                cursor.execute("select set_config('app.crash', %s, false), pg_backend_pid()", [crash])
                session = cursor.fetchone()[1]
        try:
            retry_transient(attempt, has_key=True)
        except Problem as refused:
            self.counted[f"{name}: {refused.code}"] += 1
        else:
            self.counted[name] += 1
            if crash:
                before = self._events()
                attempt()
                assert self._events() == before, f"{name} had two effects under one key"
        if crash:
            with connection.cursor() as cursor:
                cursor.execute("select set_config('app.crash', '', false), pg_backend_pid()")
                was_cut_off = cursor.fetchone()[1] != session
        self.counted["cut off"] += was_cut_off

    def _check_restored(self, booking_id: UUID) -> None:
        """What came back is what was: each column, and each time taken, but not in which lane."""
        with tenant_context(self.business.tenant_id, OWNER.label):
            (past,) = read_pasts([booking_id])
        if past.now.kind == "booking.undone" and past.now.restores:
            earlier = Past(booking_id, past.versions[:-1])
            goal = earlier.state_of(past.now.restores)
            assert goal is not None
            assert restored(past.now.data) == restored(goal.data)

    def _events(self) -> int:
        found = self.admin.execute(
            "select count(*) from booking_event where tenant_id = %s", [self.business.tenant_id]
        ).fetchone()
        assert found is not None
        return int(found[0])
