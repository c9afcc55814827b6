"""Visits of several people and rooms that meet: exactly as many as fit, nobody twice, nobody in a circle."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from uuid import UUID

import pytest
from benchmarks.wire import request

from holdfast.capabilities.bookings.commands import cancel_booking, reschedule_booking
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from tests.capabilities.bookings.salon import make_salon, visit
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.bursts import LONGEST_BURST, Burst, fire
from tests.concurrency.planted import planted, without_constraint
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import untruths
from tests.stack import Stack

_numbers = count()


def _post(business: Business, services: Sequence[str], starts_at: datetime, **wish: object) -> bytes:
    body = {
        "service_ids": [str(business.services[name]) for name in services],
        "starts_at": f"{starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "mode": "hold",
    }
    number = next(_numbers)
    return request(
        "POST",
        "/api/v1/bookings",
        host=f"{business.slug}.localhost",
        body=body | wish,
        headers={"Idempotency-Key": f"visit-{number:09}"} if number % 3 else {},
    )


def _check(burst: Burst, fitting: int) -> None:
    assert burst.outcomes == {(201, ""): fitting, (409, "SLOT_FULL"): len(burst.replies) - fitting}
    assert burst.seconds < LONGEST_BURST


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize(("therapists", "rooms"), [(6, 2), (2, 2), (1, 2), (5, 1)])
def test_as_many_as_the_scarcest(
    database: Database, two_processes: Stack, therapists: int, rooms: int
) -> None:
    business, _ = make_salon(therapists=therapists, rooms=rooms)
    fitting = min(therapists, rooms)
    for days in range(3, 9):
        # All of them overlap at a quarter to eleven, whenever they begin.
        starts = [business.start(days=days, minute=15 * (number % 4) * (days % 2)) for number in range(40)]
        _check(fire(two_processes, [_post(business, ["massage"], at) for at in starts]), fitting)
    assert database.rows("select count(*) from booking") == [(6 * fitting,)]
    assert database.rows("select count(*) from allocation") == [(12 * fitting,)]
    assert untruths(database) == {}


@pytest.mark.usefixtures("no_deadlocks")
def test_meetings_in_any_order(database: Database, two_processes: Stack) -> None:
    """Mia with Noa, Noa with Mia, and each alone: nobody waits in a circle."""
    business, people = make_salon()
    pair = [str(people["mia"]), str(people["noa"])]
    for days in range(3, 9):
        at = business.start(days=days)
        messages = [
            _post(business, ["cut"], at, resource_ids=pair[:: 1 - number % 2 * 2], match="all")
            for number in range(30)
        ]
        _check(fire(two_processes, messages), 1)
        alone = [_post(business, ["cut"], at + timedelta(hours=2), resource_id=who) for who in pair * 5]
        both = [
            _post(business, ["cut"], at + timedelta(hours=2), resource_ids=pair[::-1], match="all")
            for _ in range(10)
        ]
        outcomes = fire(
            two_processes, [each for two in zip(alone, both, strict=True) for each in two]
        ).outcomes
        assert outcomes[201, ""] in (1, 2)
        assert outcomes.keys() <= {(201, ""), (409, "SLOT_FULL")}
    assert untruths(database) == {}


@pytest.mark.usefixtures("no_deadlocks")
def test_what_fits_while_the_colour_sets(database: Database, two_processes: Stack) -> None:
    business, people = make_salon()
    mia = str(people["mia"])
    for days in range(3, 9):
        at = business.start(days=days)
        messages = []
        for _ in range(15):
            messages.append(_post(business, ["colour"], at, resource_id=mia))
            messages.append(_post(business, ["cut"], at + timedelta(minutes=30), resource_id=mia))
        burst = fire(two_processes, messages)
        # One colour, and one cut in its gap.
        _check(burst, 2)
        served = [index % 2 for index, reply in enumerate(burst.replies) if reply.status == 201]
        assert sorted(served) == [0, 1]
    assert untruths(database) == {}


_UNLOCKED = {"and id = any (p_candidates) order by id for no key update;": "and id = any (p_candidates);"}


def test_without_the_locks_the_race_shows(database: Database, two_processes: Stack) -> None:
    """Negative control: unlocked, people choose what somebody else is just taking."""
    business, _ = make_salon(therapists=6)
    with planted(database, "visit_open.sql", _UNLOCKED):
        # The constraint keeps them apart still, but rooms stay empty that somebody asked for.
        served = Counter(
            fire(
                two_processes, [_post(business, ["massage"], business.start(days=days)) for _ in range(20)]
            ).outcomes[201, ""]
            for days in range(3, 23)
        )
        assert untruths(database) == {}
        assert served.keys() <= {1, 2}
        with without_constraint(database):
            business, _ = make_salon(therapists=6)
            oversold = 0
            for days in range(3, 23):
                messages = [_post(business, ["massage"], business.start(days=days)) for _ in range(30)]
                oversold += fire(two_processes, messages).outcomes[201, ""] - 2
            assert oversold > 0
            assert "two allocations of one lane overlap" in untruths(database)
    business, _ = make_salon(therapists=6)
    _check(fire(two_processes, [_post(business, ["massage"], business.start()) for _ in range(30)]), 2)


def _outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except Problem as refused:
        return refused.code
    return "moved"


def _moves(business: Business, mine: Sequence[tuple[UUID, str]], seed: int) -> Counter[str]:
    chance = random.Random(seed)
    outcomes: Counter[str] = Counter()
    for _ in range(25):
        booking_id, token = chance.choice(mine)
        outcomes[
            _outcome(
                partial(
                    reschedule_booking,
                    tenant_id=business.tenant_id,
                    actor=GUEST,
                    now=clock.now(),
                    booking_id=booking_id,
                    starts_at=business.start(hour=chance.randrange(8, 12)),
                    resource_id=chance.choice([None, *business.resource_ids]),
                    token=token,
                )
            )
        ] += 1
    return outcomes


@pytest.mark.usefixtures("no_deadlocks")
def test_bookings_that_change_places_are_never_lost(database: Database) -> None:
    """TRUST G8: everybody moves to where the others are, back and forth; each stays booked exactly once."""
    seed = new_seed()
    business = make_business(people=3)
    made = [
        book(business, "book", business.start(hour=hour), resource_id=who)
        for who in business.resource_ids
        for hour in (8, 9, 10)
    ]
    mine = [(each.booking_id, each.token) for each in made if each.booking_id is not None]
    outcomes = sum(
        together([partial(_moves, business, mine, seed + number) for number in range(6)]), Counter()
    )
    assert outcomes.total() == 150
    assert outcomes.keys() <= {"moved", "SLOT_FULL"}
    assert min(outcomes.values()) > 0
    assert database.rows("select status, count(*) from booking group by 1") == [("confirmed", 9)]
    assert database.rows("select count(*) from allocation") == [(9,)]
    assert untruths(database) == {}


@pytest.mark.usefixtures("no_deadlocks")
def test_visits_move_while_others_come_and_go(database: Database) -> None:
    seed = new_seed()
    business, people = make_salon(therapists=3)
    visits = [
        visit(business, "massage", starts_at=business.start(hour=hour), resource_id=people[who])
        for hour, who in ((8, "ida"), (10, "ida"), (12, "therapist 1"), (14, "therapist 2"))
    ]

    def come_and_go(number: int) -> Counter[str]:
        chance = random.Random(seed + number)
        outcomes: Counter[str] = Counter()
        for _ in range(12):
            at = business.start(hour=chance.randrange(8, 18), minute=chance.choice((0, 15, 30)))
            wish = chance.choice((["massage"], ["colour"], ["cut", "massage"]))
            try:
                made = visit(business, *wish, starts_at=at)
            except Problem as refused:
                outcomes[refused.code] += 1
                continue
            outcomes["came"] += 1
            if chance.random() < 0.7 and made.booking_id is not None:
                cancel_booking(
                    tenant_id=business.tenant_id,
                    actor=GUEST,
                    now=clock.now(),
                    booking_id=made.booking_id,
                    token=made.token,
                )
        return outcomes

    def move(number: int) -> Counter[str]:
        chance = random.Random(seed - number)
        outcomes: Counter[str] = Counter()
        for _ in range(12):
            one = chance.choice(visits)
            assert one.booking_id is not None
            outcomes[
                _outcome(
                    partial(
                        reschedule_booking,
                        tenant_id=business.tenant_id,
                        actor=GUEST,
                        now=clock.now(),
                        booking_id=one.booking_id,
                        starts_at=business.start(hour=chance.randrange(8, 18)),
                        token=one.token,
                    )
                )
            ] += 1
        return outcomes

    workers = [partial(deed, number) for number in range(1, 4) for deed in (come_and_go, move)]
    outcomes = sum(together(workers), Counter())
    assert outcomes.total() == 72
    assert outcomes.keys() <= {"came", "moved", "SLOT_FULL"}
    assert outcomes["moved"] > 0
    still = database.rows(
        "select count(*) from booking where id = any (%s) and status = 'held'",
        [[each.booking_id for each in visits]],
    )
    assert still == [(4,)]
    assert untruths(database) == {}
