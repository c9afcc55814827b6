"""TRUST G6 at size: thousands of confirms about the end of their holds, thousands that end at once."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg
import pytest

from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import untruths
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_deadlocks")]
CONFIRMS, CONFIRMERS = 10_000, 24
AROUND = timedelta(milliseconds=50)
# How many confirms a second are due: what a machine of two cores can do, and not much less.
PACE = 120
ENDING_TOGETHER = 5_000
MAKERS = 4


def _hold_many(database: Database, count: int) -> tuple[Business, list[UUID]]:
    """Holds of fifty people, each at a time of its own."""
    business = make_business(people=50)
    places = [
        (resource_id, business.start(days=days, hour=hour))
        for days in range(3, 80)
        for hour in range(8, 20)
        for resource_id in business.resource_ids
    ][:count]

    def make(some: list[tuple[UUID, datetime]]) -> None:
        for resource_id, starts_at in some:
            book(business, starts_at=starts_at, resource_id=resource_id, contact=None)

    together([partial(make, places[number::MAKERS]) for number in range(MAKERS)])
    held = [row[0] for row in database.rows("select id from booking where status = 'held' order by id")]
    assert len(held) == count
    return business, held


def _end_between(database: Database, after: float, seconds: float) -> None:
    """Let the holds end evenly within so many seconds, beginning after some."""
    with database.cluster.connect() as admin, admin.transaction():
        admin.execute(
            "update booking b set hold_expires_at ="
            " clock_timestamp() + make_interval(secs => %s + %s * n.part)"
            " from (select id, percent_rank() over (order by id) as part from booking) n where n.id = b.id",
            [after, seconds],
        )
        admin.execute(
            "update allocation a set expires_at = b.hold_expires_at from booking b where b.id = a.booking_id"
        )


@contextmanager
def _locks_now_and_then(database: Database, business: Business, seed: int) -> Iterator[None]:
    """Somebody who keeps some people's calendars locked for a while, again and again: confirms wait."""
    choose = random.Random(seed)
    is_over = threading.Event()

    def hold_locks() -> None:
        with psycopg.connect(database.app_url) as holder:
            while not is_over.wait(0.05):
                holder.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
                some = choose.sample(business.resource_ids, 10)
                holder.execute(
                    "select id from resource where id = any (%s) order by id for no key update", [some]
                )
                time.sleep(choose.uniform(0.05, 0.3))
                holder.commit()

    holding = threading.Thread(target=hold_locks)
    holding.start()
    try:
        yield
    finally:
        is_over.set()
        holding.join()


def _confirmer(
    database: Database,
    business: Business,
    due: queue.SimpleQueue[tuple[float, UUID] | None],
    outcomes: Counter[str],
) -> Callable[[], None]:
    def run() -> None:
        with psycopg.connect(database.app_url, autocommit=True) as mine:
            mine.execute("set lock_timeout = '20s'")
            while (next_one := due.get()) is not None:
                at, booking_id = next_one
                time.sleep(max(0.0, at - time.time()))
                row = mine.execute(
                    "with c as materialized (select set_config('app.tenant', %s, true))"
                    " select booking_confirm(null, null, null, %s, null, true, null, null, null, null, null,"
                    " null, null) ->> 'outcome' from c",
                    [str(business.tenant_id), booking_id],
                ).fetchone()
                assert row
                outcomes[row[0]] += 1

    return run


def test_of_ten_thousand_confirms_none_is_late(database: Database) -> None:
    seed = new_seed()
    choose = random.Random(seed)
    business, _ = _hold_many(database, CONFIRMS)
    _end_between(database, 3, CONFIRMS / PACE)
    due: queue.SimpleQueue[tuple[float, UUID] | None] = queue.SimpleQueue()
    ends = dict(database.rows("select id, hold_expires_at from booking"))
    plan = sorted((at + AROUND * choose.uniform(-1, 1), booking_id) for booking_id, at in ends.items())
    for at, booking_id in plan:
        due.put((at.timestamp(), booking_id))
    outcomes: Counter[str] = Counter()
    with (
        _locks_now_and_then(database, business, seed),
        ThreadPoolExecutor(CONFIRMERS) as pool,
    ):
        for _ in range(CONFIRMERS):
            due.put(None)
        for done in [pool.submit(_confirmer(database, business, due, outcomes)) for _ in range(CONFIRMERS)]:
            done.result()
    print(f"outcomes: {dict(outcomes)}")
    assert outcomes.total() == CONFIRMS
    assert set(outcomes) == {"ok", "expired"}
    assert min(outcomes.values()) > CONFIRMS / 20, "nearly all came on the same side of the end"
    confirmed = database.rows("select id, confirmed_at from booking where status = 'confirmed'")
    assert len(confirmed) == outcomes["ok"]
    assert [booking_id for booking_id, at in confirmed if at >= ends[booking_id]] == []
    assert database.rows(
        "select count(*), count(distinct booking_id) from booking_event where kind = 'booking.expired'"
    ) == [(outcomes["expired"], outcomes["expired"])]
    assert database.rows("select count(*) from booking where status not in ('confirmed', 'expired')") == [
        (0,)
    ]
    assert untruths(database) == {}


def test_five_thousand_holds_that_end_together_are_swept_in_time(
    database: Database, running_stack: Stack
) -> None:
    """By the running worker: how long after its end each hold is seen to be over."""
    _hold_many(database, ENDING_TOGETHER)
    _end_between(database, 2, 1)
    ((last,),) = database.rows("select max(hold_expires_at) from booking")
    deadline = last.timestamp() + 60
    while database.rows("select count(*) from booking where status = 'held'") != [(0,)]:
        assert time.time() < deadline, "the worker does not end them"
        time.sleep(0.5)
    found = database.rows(
        "select extract(epoch from e.occurred_at - b.hold_expires_at)::float from booking_event e"
        " join booking b on b.id = e.booking_id where e.kind = 'booking.expired' order by 1"
    )
    lags = [row[0] for row in found]
    p99 = lags[int(len(lags) * 0.99)]
    print(f"{len(lags)} swept: median {lags[len(lags) // 2]:.2f} s, p99 {p99:.2f} s, most {lags[-1]:.2f} s")
    assert len(lags) == ENDING_TOGETHER
    assert lags[0] >= 0
    assert p99 <= 5
    assert lags[-1] <= 15
    assert database.rows("select count(*) from allocation") == [(0,)]
    assert untruths(database) == {}
