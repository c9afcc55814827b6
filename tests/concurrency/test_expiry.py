"""TRUST G6: no confirm after the hold has run out; expired time is free at once, with the sweeper stopped."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg
import pytest

from holdfast.capabilities.bookings.commands import (
    cancel_booking,
    confirm_booking,
    create_booking,
    expire_due_holds,
)
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.queries import count_free_starts
from holdfast.capabilities.bookings.types import BookingRequest, Wanted
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Conflict
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import ANN, TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.planted import planted
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import untruths

RACERS = 50
LOCK_SECONDS = 2.0
AROUND = timedelta(milliseconds=50)


pytestmark = pytest.mark.usefixtures("no_deadlocks")


class Race:
    """Confirms that wait behind a lock on their resource, which ends about when their holds do."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.business = make_business(people=RACERS)
        self.holds = [book(self.business, resource_id=each) for each in self.business.resource_ids]
        self.expires_at: dict[UUID, datetime] = {}
        self.outcomes: dict[UUID, str] = {}
        self.choose = random.Random(seed)

    def run(self) -> None:
        """Hold all resources for two seconds while every hold waits to be confirmed."""
        with psycopg.connect(self.database.app_url) as holder:
            holder.execute("select set_config('app.tenant', %s, true)", [str(self.business.tenant_id)])
            holder.execute("select id from resource order by id for no key update")
            self._set_expiries(_clock(holder) + timedelta(seconds=LOCK_SECONDS))
            with ThreadPoolExecutor(RACERS) as pool:
                waiting = {hold.booking_id: pool.submit(self._confirm, hold) for hold in self.holds}
                time.sleep(LOCK_SECONDS)
                self.released_at = _clock(holder)
                holder.commit()
                self.outcomes = {booking: each.result() for booking, each in waiting.items() if booking}

    @property
    def late(self) -> Counter[str]:
        """What became of the confirms whose hold had run out before the lock was given back."""
        return Counter(
            outcome
            for booking, outcome in self.outcomes.items()
            if self.expires_at[booking] <= self.released_at
        )

    def _set_expiries(self, around: datetime) -> None:
        with self.database.cluster.connect() as admin:
            for hold in self.holds:
                assert hold.booking_id
                at = around + AROUND * self.choose.uniform(-1, 1)
                self.expires_at[hold.booking_id] = at
                for change in (
                    "update booking set hold_expires_at = %s where id = %s",
                    "update allocation set expires_at = %s where booking_id = %s",
                ):
                    admin.execute(change.encode(), [at, hold.booking_id])

    def _confirm(self, hold: MoveAnswer) -> str:
        with psycopg.connect(self.database.app_url, autocommit=True) as mine:
            mine.execute("set lock_timeout = '20s'")
            row = mine.execute(
                "with c as materialized (select set_config('app.tenant', %s, true))"
                " select booking_confirm(null, null, null, %s, null, true, null, null, null, null, null,"
                " null, null) ->> 'outcome' from c",
                [str(self.business.tenant_id), hold.booking_id],
            ).fetchone()
        assert row
        return str(row[0])


def _clock(connection: psycopg.Connection) -> datetime:
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row
    return row[0]


def test_no_confirm_is_accepted_late(database: Database) -> None:
    race = Race(database, new_seed())
    race.run()
    assert set(race.outcomes.values()) <= {"ok", "expired"}
    assert race.late.total() > 0, "no hold ran out before the lock was given back; nothing was tested"
    assert set(race.late) == {"expired"}
    confirmed = database.rows("select id, confirmed_at from booking where status = 'confirmed'")
    assert {booking for booking, _ in confirmed} == {
        booking for booking, outcome in race.outcomes.items() if outcome == "ok"
    }
    assert all(at < race.expires_at[booking] for booking, at in confirmed)
    assert database.rows("select count(*) from booking where status not in ('confirmed', 'expired')") == [
        (0,)
    ]
    assert database.rows("select count(*) from booking_event where kind = 'booking.expired'") == [
        (Counter(race.outcomes.values())["expired"],)
    ]
    assert untruths(database) == {}


def test_a_clock_read_before_the_lock_lets_a_late_confirm_through(database: Database) -> None:
    """Negative control: `now()` is the start of the transaction, before it waited."""
    seed = new_seed()
    with planted(database, "confirm.sql", {"v_now := clock_timestamp();": "v_now := now();"}):
        race = Race(database, seed)
        race.run()
    assert race.late["ok"] > 0


def book_briefly(
    business: Business, starts_at: datetime | None = None, *, resource_id: UUID | None = None
) -> MoveAnswer:
    """A hold of one second, cut to the whole second before: it ends within one second from now."""
    return create_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        request=BookingRequest(
            business.services["cut"],
            starts_at or business.start(),
            resource_id=resource_id,
            contact=ANN,
            hold_seconds=1,
        ),
        key=None,
    )


def _wait_for_end(database: Database) -> None:
    """Return just after the last hold has run out; nobody sweeps."""
    with database.cluster.connect() as admin:
        admin.execute(
            "select pg_sleep(greatest(0, extract(epoch from max(hold_expires_at) - clock_timestamp())))"
            " from booking where status = 'held'"
        )


def test_expired_time_is_free_at_once_without_the_sweeper(database: Database) -> None:
    business = make_business()
    for _ in range(3):
        book_briefly(business)
        with pytest.raises(Conflict) as refused:
            book_briefly(business)
        assert refused.value.code == "SLOT_FULL"
        assert _starts_at_ten(business) == 0
        _wait_for_end(database)
        assert _starts_at_ten(business) == 1
    book_briefly(business)
    assert database.rows("select status, count(*) from booking group by 1 order by 1") == [
        ("expired", 3),
        ("held", 1),
    ]
    assert database.rows("select count(*) from allocation") == [(1,)]
    assert database.rows(
        "select count(*), count(distinct booking_id) from booking_event where kind = 'booking.expired'"
    ) == [(3, 3)]
    assert untruths(database) == {}


def _starts_at_ten(business: Business) -> int:
    """Whether the only start that is left, when all others are taken, is offered: 1 or 0."""
    with tenant_context(business.tenant_id, "tests"):
        day = business.start().astimezone(business.zone).date()
        free = count_free_starts(
            Wanted((business.services["cut"],)), from_date=day, to_date=day, now=clock.now()
        )
    # 08:00 to 20:00 in steps of 15 minutes, an hour each: 45 starts, 38 of them clear of 10:00 to 11:00.
    return {45: 1, 38: 0}[free[day]]


def test_confirms_of_what_has_run_out_are_all_refused(database: Database) -> None:
    business = make_business(people=20)
    holds = [book_briefly(business, resource_id=each) for each in business.resource_ids]
    _wait_for_end(database)
    refusals = together([partial(_refusal, business, hold) for hold in holds for _ in range(3)])
    assert Counter(refusals) == {"HOLD_EXPIRED": 60}
    assert database.rows("select status, count(*) from booking group by 1") == [("expired", 20)]
    assert database.rows("select count(*) from booking_event where kind = 'booking.expired'") == [(20,)]
    assert database.rows("select count(*) from allocation") == [(0,)]
    assert untruths(database) == {}


def _refusal(business: Business, hold: MoveAnswer) -> str:
    try:
        _confirm(business, hold)
    except Conflict as refused:
        return refused.code
    return "accepted"


def _confirm(business: Business, hold: MoveAnswer) -> str:
    return confirm_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=hold.booking_id or UUID(int=0),
        token=hold.token,
    ).status_name


def _cancel(business: Business, hold: MoveAnswer) -> str:
    return cancel_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=hold.booking_id or UUID(int=0),
        token=hold.token,
    ).status_name


def test_expiry_sweeper_confirm_cancel_and_new_holds_at_once(database: Database) -> None:
    """Everybody meets at the instant of expiry: no orphan, no double end, whoever wins."""
    choose = random.Random(new_seed())
    business = make_business(people=6)
    for _ in range(4):
        holds = [book_briefly(business, resource_id=each) for each in business.resource_ids]
        calls: list[Callable[[], object]] = [expire_due_holds] * 3
        for hold, resource_id in zip(holds, business.resource_ids, strict=True):
            calls += [
                partial(_confirm, business, hold),
                partial(_cancel, business, hold),
                partial(book_briefly, business, resource_id=resource_id),
            ]
        choose.shuffle(calls)
        _wait_for_end_but(database, milliseconds=15)
        together([partial(_suppressed, call, choose.uniform(0, 0.03)) for call in calls])
        assert untruths(database) == {}
        _give_all_back(business, database)
    ended = dict(database.rows("select kind, count(*) from booking_event group by kind"))
    assert ended["booking.expired"] > 0


def _wait_for_end_but(database: Database, milliseconds: int) -> None:
    with database.cluster.connect() as admin:
        admin.execute(
            "select pg_sleep(greatest(0, extract(epoch from max(hold_expires_at) - clock_timestamp()) - %s))"
            " from booking where status = 'held'",
            [milliseconds / 1000],
        )


def _suppressed(call: Callable[[], object], delay: float) -> None:
    time.sleep(delay)
    with suppress(Conflict):
        call()


def _give_all_back(business: Business, database: Database) -> None:
    """Staff cancels whatever still takes time, so that the next round finds everybody free."""
    for (booking_id,) in database.rows("select id from booking where status in ('held', 'confirmed')"):
        with suppress(Conflict):
            cancel_booking(tenant_id=business.tenant_id, actor=TESTER, now=clock.now(), booking_id=booking_id)
    assert database.rows("select count(*) from allocation") == [(0,)]


def test_the_sweeper_ends_many_holds_that_end_together(database: Database) -> None:
    """Two sweepers share 450 holds, more than two of their batches; each is ended once."""
    business = make_business(people=50)
    for hour in range(9, 18):
        for resource_id in business.resource_ids:
            book_briefly(business, starts_at=business.start(hour=hour), resource_id=resource_id)
    _wait_for_end(database)
    started = time.perf_counter()
    ended = together([expire_due_holds, expire_due_holds])
    took = time.perf_counter() - started
    assert database.rows("select count(*) from booking where status = 'expired'") == [(450,)]
    # Some ran out while the others were being made; the next hold of their calendar ended them.
    ((by_guests,),) = database.rows(
        "select count(*) from booking_event where kind = 'booking.expired' and actor = 'guest'"
    )
    assert sum(ended) == 450 - by_guests
    assert took < 5
    assert untruths(database) == {}
