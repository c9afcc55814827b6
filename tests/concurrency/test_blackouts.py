"""Blocking time out while it is booked: the booking meets the blackout, or its list has the booking."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import connections

from holdfast.capabilities.bookings.commands.block_out import (
    BlockedOut,
    Decisions,
    NewBlackout,
    Resolution,
    block_out,
)
from holdfast.platform import clock
from holdfast.platform.errors import Conflict, Invalid, Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.classes import book_seats, publish_class, slots
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.planted import planted
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import untruths

HOUR = timedelta(hours=1)
SOON_SECONDS, LATE_SECONDS = 0.4, 20.0
ROUNDS = 20
CLASS_DAYS = 40
# What was kept knowingly, as pairs of blackout and booking; and what was done.
Kept = tuple[set[tuple[UUID, UUID]], Counter[str]]
# Bookings that take time within a blackout.
_OVERLAPS = """
    select k.id, b.id from blackout k join booking b on b.tenant_id = k.tenant_id
        and b.starts_at < k.ends_at and b.ends_at > k.starts_at
        and (k.resource_id is null or k.resource_id = b.resource_id)
    where b.status in ('held', 'pending', 'confirmed')"""


def block(
    business: Business,
    decisions: Decisions | None = None,
    *,
    starts_at: datetime | None = None,
    resource_id: UUID | None = None,
) -> BlockedOut:
    """Block out an hour, by default a week ahead at ten."""
    starts_at = starts_at or business.start()
    wanted = NewBlackout(starts_at, starts_at + HOUR, resource_id=resource_id)
    with tenant_context(business.tenant_id, TESTER.label):
        return block_out(actor=TESTER, now=clock.now(), wanted=wanted, decisions=decisions or Decisions())


def meanwhile(pool: ThreadPoolExecutor, call: Callable[[], object]) -> Future[object]:
    """Run a call on a connection of its own; it is soon seen to wait."""

    def run() -> object:
        try:
            return call()
        finally:
            connections.close_all()

    waiting = pool.submit(run)
    with pytest.raises(TimeoutError):
        waiting.result(SOON_SECONDS)
    return waiting


def test_a_blackout_waits_for_a_booking_that_is_being_written(database: Database) -> None:
    business = make_business()
    with ThreadPoolExecutor(1) as pool:
        with tenant_context(business.tenant_id, TESTER.label):
            made = book(business)
            blocked = meanwhile(pool, partial(block, business))
        with pytest.raises(Conflict) as refused:
            blocked.result(LATE_SECONDS)
    assert [each["id"] for each in refused.value.extra["bookings"]] == [str(made.booking_id)]
    assert database.rows("select count(*) from blackout") == [(0,)]


def test_a_blackout_waits_for_a_seat_that_is_being_taken(database: Database) -> None:
    business = make_business()
    publish_class(business, days=CLASS_DAYS)
    session = slots(business, "yoga", days=CLASS_DAYS)[0]
    with ThreadPoolExecutor(1) as pool:
        with tenant_context(business.tenant_id, TESTER.label):
            made = book_seats(business, session)
            blocked = meanwhile(pool, partial(block, business, starts_at=session.starts_at))
        with pytest.raises(Conflict) as refused:
            blocked.result(LATE_SECONDS)
    assert [each["id"] for each in refused.value.extra["bookings"]] == [str(made.booking_id)]
    assert database.rows("select count(*) from blackout") == [(0,)]


@pytest.mark.parametrize("is_undone", [False, True])
def test_a_booking_waits_for_a_blackout_that_is_being_written(database: Database, is_undone: bool) -> None:
    business = make_business()
    book(business, starts_at=business.start(days=9))

    class Undone(Exception):
        pass

    with ThreadPoolExecutor(1) as pool:
        try:
            with tenant_context(business.tenant_id, TESTER.label):
                block(business)
                booking = meanwhile(pool, partial(book, business))
                if is_undone:
                    raise Undone
        except Undone:
            booking.result(LATE_SECONDS)
            assert database.rows(_OVERLAPS) == []
            assert database.rows("select count(*) from booking") == [(2,)]
        else:
            with pytest.raises(Invalid) as refused:
                booking.result(LATE_SECONDS)
            assert refused.value.code == "BLACKED_OUT"
            assert database.rows("select count(*) from booking") == [(1,)]


@pytest.mark.parametrize("is_undone", [False, True])
def test_a_seat_waits_for_a_blackout_that_is_being_written(database: Database, is_undone: bool) -> None:
    business = make_business()
    publish_class(business, days=CLASS_DAYS)
    session = slots(business, "yoga", days=CLASS_DAYS)[0]

    class Undone(Exception):
        pass

    with ThreadPoolExecutor(1) as pool:
        try:
            with tenant_context(business.tenant_id, TESTER.label):
                block(business, starts_at=session.starts_at)
                seat = meanwhile(pool, partial(book_seats, business, session))
                if is_undone:
                    raise Undone
        except Undone:
            seat.result(LATE_SECONDS)
            assert database.rows("select count(*) from booking") == [(1,)]
        else:
            with pytest.raises(Problem):
                seat.result(LATE_SECONDS)
            assert database.rows("select count(*) from booking") == [(0,)]


def test_without_its_locks_a_booking_slips_in(database: Database) -> None:
    """The negative control: a hold that does not lock whom it takes is neither listed nor refused."""
    business = make_business()
    locks = {"order by id for no key update) locked": "order by id) locked"}
    with planted(database, "hold.sql", locks), ThreadPoolExecutor(1) as pool:
        with tenant_context(business.tenant_id, TESTER.label):
            book(business)
            pool.submit(_closing(partial(block, business))).result(LATE_SECONDS)
        assert len(database.rows(_OVERLAPS)) == 1


def _closing(call: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        try:
            return call()
        finally:
            connections.close_all()

    return run


def _book(business: Business, seed: int) -> Kept:
    choose = random.Random(seed)
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS):
        starts_at = business.start(days=choose.randrange(3, 6), hour=choose.randrange(8, 19))
        try:
            if number % 4 == 3:
                session = choose.choice(slots(business, "yoga", days=CLASS_DAYS))
                made = book_seats(business, session, email=f"{seed}-{number}@example.com")
            else:
                made = book(business, starts_at=starts_at)
            outcomes[made.status_name] += 1
        except Problem as refused:
            outcomes[refused.code] += 1
    return set(), outcomes


def _block(business: Business, seed: int) -> Kept:
    """Block hours out; who is met is kept, one by one, until nobody is unknown."""
    choose = random.Random(seed)
    outcomes: Counter[str] = Counter()
    kept: set[tuple[UUID, UUID]] = set()
    for number in range(ROUNDS // 2):
        time.sleep(choose.random() / 20)
        starts_at = business.start(days=choose.randrange(3, 6), hour=choose.randrange(8, 19))
        if number % 4 == 3:
            starts_at = choose.choice(slots(business, "yoga", days=CLASS_DAYS)).starts_at
        known: tuple[Resolution, ...] = ()
        for _ in range(20):
            try:
                blocked = block(
                    business,
                    Decisions(resolutions=known),
                    starts_at=starts_at,
                    resource_id=choose.choice((None, *business.resource_ids)),
                )
            except Conflict as refused:
                outcomes[refused.code] += 1
                listed = refused.extra.get("bookings", [])
                named = {each.booking_id for each in known} | {UUID(each["id"]) for each in listed}
                known = tuple(Resolution(each, "keep") for each in named)
            else:
                outcomes["blocked"] += 1
                kept |= {(blocked.blackout.id, each.booking_id) for each in blocked.done if each.is_met}
                break
    return kept, outcomes


@pytest.mark.usefixtures("no_deadlocks")
def test_no_booking_and_blackout_overlap_unknown_to_each_other(database: Database) -> None:
    seed = new_seed()
    business = make_business(people=3)
    publish_class(business, days=CLASS_DAYS)
    for hour in range(8, 19, 2):
        book(business, starts_at=business.start(days=3, hour=hour))
    deeds = [_book] * 5 + [_block] * 3
    results = together([partial(deed, business, seed + number) for number, deed in enumerate(deeds)])
    kept = set[tuple[UUID, UUID]]().union(*(known for known, _ in results))
    outcomes = sum((counted for _, counted in results), Counter())
    overlapping = {(blackout, booking) for blackout, booking in database.rows(_OVERLAPS)}
    assert overlapping <= kept
    # Both kinds have really met, in both orders.
    assert outcomes["held"] > 0
    assert outcomes["blocked"] == 3 * (ROUNDS // 2)
    assert outcomes["BLACKOUT_MEETS_BOOKINGS"] > 0
    assert outcomes["BLACKED_OUT"] > 0
    assert untruths(database) == {}
