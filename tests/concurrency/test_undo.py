"""Undo among others who are at the same booking, or want the time that it gave up."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.platform import clock
from holdfast.platform.errors import Problem
from holdfast.platform.http.retries import retry_transient
from tests.capabilities.bookings.moves import OWNER, cancel
from tests.capabilities.bookings.replaying import differences
from tests.capabilities.bookings.undoing import state, undo, undo_all, why_not
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.planted import planted
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import count_deadlocks, untruths

AT_ONCE = 8
ROUNDS = 3


def _undo(business: Business, made: MoveAnswer) -> str:
    return ", ".join(why_not(partial(undo, business, made, expected_version=2))) or "undone"


def _book(business: Business) -> str:
    try:
        book(business, "book")
    except Problem as refused:
        return refused.code
    return "booked"


def test_one_has_the_time(database: Database) -> None:
    """Some take the cancellation back, the others book its time: one of them all has it."""
    chance = random.Random(new_seed())
    for _ in range(ROUNDS):
        business = make_business()
        made = book(business, "book")
        cancel(business, made, actor=OWNER)
        calls = [partial(_undo, business, made), partial(_book, business)] * (AT_ONCE // 2)
        chance.shuffle(calls)
        found = Counter(together(calls))
        assert found["undone"] + found["booked"] == 1, found
        assert set(found) <= {"undone", "booked", "SLOT_FULL", "VERSION_CONFLICT"}, found
        assert differences(database) == []
        assert untruths(database) == {}


def test_days_taken_back_while_they_are_moved(database: Database) -> None:
    """Whole days go back and forth under bookings that move: nobody waits in a circle, nothing is lost."""
    seed = new_seed()
    chance = random.Random(seed)
    business = make_business(people=2)
    made = [book(business, "book", business.start(hour=hour)) for hour in (9, 11, 13, 15)]
    since, before = clock.now(), count_deadlocks(database)

    def move(booked: MoveAnswer, hour: int) -> str:
        assert booked.booking_id is not None
        call = partial(
            reschedule_booking,
            tenant_id=business.tenant_id,
            actor=TESTER,
            now=clock.now(),
            booking_id=booked.booking_id,
            starts_at=business.start(hour=hour),
            resource_id=chance.choice(business.resource_ids),
        )
        return _said(lambda: retry_transient(call, has_key=True))

    def back() -> str:
        return _said(
            lambda: retry_transient(
                partial(undo_all, business, since, location_id=business.location_id), has_key=True
            )
        )

    found: Counter[str] = Counter()
    for _ in range(ROUNDS):
        calls: list[Callable[[], str]] = [
            partial(move, chance.choice(made), chance.randint(8, 18)) for _ in range(AT_ONCE - 2)
        ]
        found.update(together([*calls, back, back]))
    print(found)
    # One that was never moved before may just have moved to where another was.
    assert set(found) <= {"ok", "SLOT_FULL", "UNAVAILABLE", "UNDO_REFUSED"}, found
    undo_all(business, since, location_id=business.location_id)
    assert [state(database, each)[2][0][2] for each in made] == [
        business.start(hour=hour) for hour in (9, 11, 13, 15)
    ]
    assert differences(database) == []
    assert untruths(database) == {}
    assert count_deadlocks(database) == before


def test_without_the_versions_under_the_locks_it_shows(database: Database) -> None:
    """Negative control: an undo that does not look again once it has the locks."""
    blind = {"where b.version is distinct from seen.version": "where false and b.version = seen.version"}
    with planted(database, "undo.sql", blind):
        business = make_business()
        for number in range(20):
            made = book(business, "book", business.start(days=7 + number))
            cancel(business, made, actor=OWNER)
            together([partial(_undo, business, made)] * AT_ONCE)
            if state(database, made)[1] > 3:
                return
    raise AssertionError("it was never undone twice")


def _said(call: Callable[[], object]) -> str:
    try:
        call()
    except Problem as refused:
        return refused.code
    return "ok"
