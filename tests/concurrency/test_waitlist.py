"""The waiting list under races: one offer a time and a person, in the order of the queue."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, connections

from holdfast.capabilities.bookings.commands import waitlist_offers
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.waitlist_types import WaitlistEntry
from holdfast.platform.db.roles import APP
from holdfast.platform.errors import Problem
from tests.capabilities.bookings.moves import cancel, outcome
from tests.capabilities.bookings.replaying import differences
from tests.capabilities.bookings.waiting import entry_now, fill_day, leave, offer_all, offers, wait
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import together
from tests.concurrency.truths import untruths

QUEUE = 20
WORKERS = 4


@pytest.fixture
def business(database: Database) -> Business:
    return make_business()


def crowd(business: Business, size: int = QUEUE) -> list[MoveAnswer]:
    """A full day, and so many who wait for it; what is booked."""
    taken = fill_day(business)
    for number in range(size):
        wait(business, f"Waiting{number}")
    return taken


def storm(business: Business) -> int:
    """Several workers answer the queue at once, and look again, as they do all day."""
    return sum(together([partial(offer_all, business) for _ in range(WORKERS)])) + offer_all(business)


def test_one_freed_time_is_offered_once_to_the_longest_waiting(
    business: Business, database: Database, no_deadlocks: None
) -> None:
    taken = crowd(business)
    cancel(business, taken[3])
    assert storm(business) == 1
    assert offers(database) == [(1, "open")]
    assert untruths(database) == {}


def test_several_freed_times_go_out_in_the_order_of_the_queue(
    business: Business, database: Database, no_deadlocks: None
) -> None:
    taken = crowd(business)
    for number in (1, 4, 6, 9):
        cancel(business, taken[number])
    assert storm(business) == 4
    assert [place for place, _ in offers(database)] == [1, 2, 3, 4]
    assert len(set(database.rows("select starts_at from waitlist_offer"))) == 4
    assert differences(database) == []
    assert untruths(database) == {}


@contextmanager
def without_the_index(database: Database) -> Iterator[None]:
    """Let somebody have two offers while the body runs."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("set lock_timeout = '10s'")
        owner.execute("drop index waitlist_offer_is_one")
        try:
            yield
        finally:
            database.cluster.clean()
            owner.execute(
                "create unique index waitlist_offer_is_one on waitlist_offer (tenant_id, entry_id)"
                " where outcome = 'open'"
            )


def test_without_its_guards_the_queue_would_be_overtaken(
    business: Business, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: no round to be overtaken in, and no look whether somebody waits still."""
    monkeypatch.setattr(waitlist_offers, "_refuse_if_overtaken", lambda *_about: None)
    monkeypatch.setattr(
        waitlist_offers, "_SETTLE", waitlist_offers._SETTLE.replace(" and status = 'waiting'", "")
    )
    with without_the_index(database):
        for number in range(12):
            taken = fill_day(business, days=7 + number)
            for place in range(6):
                wait(business, f"Waiting{number}x{place}", days=7 + number)
            for each in taken[1:7]:
                cancel(business, each)
            storm(business)
            if database.rows("select 1 from waitlist_offer group by entry_id having count(*) > 1"):
                return
        pytest.fail("nobody was overtaken")


def test_somebody_else_may_be_faster_and_nobody_is_offered_what_is_gone(
    business: Business, database: Database, no_deadlocks: None
) -> None:
    taken = crowd(business, 6)
    for round_number in range(4):
        hour = 9 + 2 * round_number
        cancel(business, taken[hour - 8])
        together([partial(outcome, partial(_buy, business, hour)), *[partial(_offer, business)] * 3])
        at = business.start(hour=hour)
        assert database.rows("select count(*) from allocation where starts_at = %s", [at]) == [(1,)]
    assert untruths(database) == {}
    assert differences(database) == []


def _buy(business: Business, hour: int) -> MoveAnswer:
    return book(business, "book", business.start(hour=hour))


def _offer(business: Business) -> str:
    return str(offer_all(business))


def test_leaving_while_being_offered_leaves_no_held_time_behind(
    business: Business, database: Database, no_deadlocks: None
) -> None:
    taken = fill_day(business)
    for number in range(6):
        entry = wait(business, f"Waiting{number}")
        cancel(business, taken[number])
        together([partial(_leave, business, entry), *[partial(_offer, business)] * 2])
        now = entry_now(business, entry)
        assert (now.status, now.offer) == ("left", None)
        book(business, "book", business.start(hour=8 + number))
    assert database.rows("select count(*) from booking where status = 'held'") == [(0,)]
    assert database.rows("select count(*) from waitlist_offer where outcome = 'open'") == [(0,)]
    assert untruths(database) == {}


def _leave(business: Business, entry: WaitlistEntry) -> str:
    try:
        leave(business, entry)
    except Problem as refused:
        return refused.code
    return "left"


_KILL = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = %s"
# Every held time of the list is somebody's open offer, at the same time, and every open offer is held.
_APART = """
select b.id, f.booking_id from booking b
full join waitlist_offer f on f.tenant_id = b.tenant_id and f.booking_id = b.id
left join waitlist_entry e on e.tenant_id = f.tenant_id and e.id = f.entry_id
where (b.source = 'waitlist' or f.booking_id is not null) and (b.status is distinct from 'held'
    or f.outcome is distinct from 'open' or e.status is distinct from 'offered'
    or f.starts_at is distinct from b.starts_at or f.expires_at is distinct from b.hold_expires_at)
"""


def test_workers_that_die_in_the_middle_leave_neither_half_an_offer_nor_a_lost_one(
    business: Business, database: Database
) -> None:
    taken = crowd(business, 10)
    for number in range(10):
        cancel(business, taken[number])

    def work() -> str:
        try:
            return _offer(business)
        except (DatabaseError, InterfaceError) as lost:
            connections.close_all()
            return type(lost).__name__

    def work_on() -> str:
        return ", ".join(work() for _ in range(8))

    def kill() -> str:
        killed = 0
        for _ in range(10):
            time.sleep(0.03)
            ((count,),) = database.rows(_KILL, [APP])
            killed += int(count)
        return f"killed {killed}"

    died = Counter(together([kill, *[work_on] * 3]))
    print(died)
    assert "killed 0" not in died
    while not work().isdecimal():
        pass
    assert database.rows(_APART) == []
    assert sorted(place for place, _ in offers(database)) == list(range(1, 11))
    assert len(set(database.rows("select starts_at from waitlist_offer"))) == 10
    assert untruths(database) == {}
    assert differences(database) == []
