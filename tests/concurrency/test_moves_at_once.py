"""TRUST G1 and T2 for moves over HTTP: of many who want one time as many get it as fit, the rest keep theirs.

Requests are approved or declined once, whoever is at the desk; bookings that all move to one start end there
or where they were. Quick size: bursts of 30; full size (slow): 200, `BURSTS` of them for each capacity.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from benchmarks.wire import Reply, request

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.catalog.commands import NewService
from tests.capabilities.business import Business, book, make_business
from tests.capabilities.staff import employ, signed_in
from tests.cluster import Database
from tests.concurrency.bursts import LONGEST_BURST, Burst, fire
from tests.concurrency.planted import planted, without_constraint
from tests.concurrency.truths import untruths
from tests.stack import Stack

BURSTS = int(os.environ.get("BURSTS", "8"))
_CSRF = "c" * 32
_SERVICES = (
    NewService("cut", 60, "EUR", price_minor=4200, flow="instant", slot_granularity_minutes=1),
    NewService("ask", 30, "EUR", flow="approval", slot_granularity_minutes=1),
)
_HOURS = range(8, 20)


def _desk(business: Business, role: str) -> dict[str, str]:
    session = signed_in(employ(business, role)).cookies["session"].value
    return {"Cookie": f"session={session}; csrf={_CSRF}", "X-CSRFToken": _CSRF}


def _decide(business: Business, made: MoveAnswer, what: str, desk: dict[str, str]) -> bytes:
    return request(
        "POST",
        f"/api/v1/bookings/{made.booking_id}/{what}",
        host=f"{business.slug}.localhost",
        body={},
        headers={"Idempotency-Key": str(uuid4()), **desk},
    )


def _pairs(stack: Stack, business: Business, pairs: int, deeds: tuple[str, str]) -> list[Counter[str]]:
    """Two people at the desk decide on each of many requests at the same moment; what each pair was told."""
    desks = [_desk(business, role) for role in ("owner", "manager")]
    asked = [
        book(business, "ask", business.start(days=5 + number // 12, hour=8 + number % 12))
        for number in range(pairs)
    ]
    told = []
    for start in range(0, pairs, 30):
        some = asked[start : start + 30]
        burst = fire(
            stack,
            [
                _decide(business, made, deed, desk)
                for made in some
                for deed, desk in zip(deeds, desks, strict=True)
            ],
        )
        assert burst.seconds < LONGEST_BURST
        answers = [_word(reply) for reply in burst.replies]
        told += [Counter(answers[at : at + 2]) for at in range(0, len(answers), 2)]
    return told


def _word(reply: Reply) -> str:
    body = json.loads(reply.body)
    return f"{body['data']['status']} {body['data']['version']}" if reply.status == 200 else body["error"]


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("pairs", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_two_decide_at_once_and_one_decision_stands(
    database: Database, two_processes: Stack, pairs: int
) -> None:
    business = make_business(services=_SERVICES)
    told = _pairs(two_processes, business, pairs, ("approve", "approve"))
    # The second is told what the first was: it is confirmed, once.
    assert Counter(map(str, told)) == {str(Counter({"confirmed 2": 2})): pairs}
    other = make_business(services=_SERVICES)
    for outcome in _pairs(two_processes, other, pairs, ("approve", "decline")):
        assert outcome in (
            {"confirmed 2": 1, "MOVE_NOT_ALLOWED": 1},
            {"cancelled 2": 1, "BOOKING_CANCELLED": 1},
        )
    for kept in (business, other):
        assert database.rows(
            "select count(*), count(distinct booking_id) from booking_event"
            " where kind <> 'booking.pending' and tenant_id = %s",
            [kept.tenant_id],
        ) == [(pairs, pairs)]
    assert untruths(database) == {}


class Crowd:
    """Bookings of one calendar, each at a time of its own, and where each of them is now."""

    def __init__(self, capacity: int, size: int) -> None:
        self.business = make_business(capacity=capacity, services=_SERVICES)
        self.made = []
        self.places: dict[UUID, datetime] = {}
        for number in range(size):
            at = self.business.start(days=3 + number // len(_HOURS), hour=_HOURS[number % len(_HOURS)])
            made = book(self.business, "cut", at)
            assert made.booking_id is not None
            self.made.append(made)
            self.places[made.booking_id] = at
        self._targets = iter(range(3 + size // len(_HOURS) + 1, 300))

    def all_move(self, stack: Stack, *, staggered: bool) -> Burst:
        """Everybody wants the same hour of another day, or an hour that overlaps it; notes who got it."""
        at = self.business.start(days=next(self._targets), hour=12)
        wanted = [at + timedelta(minutes=number % 30 if staggered else 0) for number in range(len(self.made))]
        burst = fire(stack, [self._move(made, at) for made, at in zip(self.made, wanted, strict=True)])
        for made, target, reply in zip(self.made, wanted, burst.replies, strict=True):
            if reply.status == 200 and made.booking_id:
                self.places[made.booking_id] = target
        return burst

    def _move(self, made: MoveAnswer, at: datetime) -> bytes:
        return request(
            "PATCH",
            f"/api/v1/bookings/{made.booking_id}",
            host=f"{self.business.slug}.localhost",
            body={"token": made.token, "starts_at": f"{at:%Y-%m-%dT%H:%M:%SZ}"},
            headers={"Idempotency-Key": str(uuid4())},
        )


def _check(database: Database, crowd: Crowd, bursts: Sequence[Burst], capacity: int) -> None:
    size = len(crowd.made)
    for burst in bursts:
        assert burst.outcomes == {(200, ""): capacity, (409, "SLOT_FULL"): size - capacity}
        assert burst.seconds < LONGEST_BURST
    # Nobody lost their time for one that they did not get, and nobody has two.
    assert dict(database.rows("select id, starts_at from booking")) == crowd.places
    assert dict(database.rows("select booking_id, min(starts_at) from allocation group by 1")) == crowd.places
    assert database.rows("select count(*) from allocation") == [(size,)]
    assert database.rows("select count(*) from booking_event where kind = 'booking.rescheduled'") == [
        (len(bursts) * capacity,)
    ]
    assert untruths(database) == {}


def _run(stack: Stack, database: Database, capacity: int, size: int, bursts: int) -> None:
    crowd = Crowd(capacity, size)
    done = [crowd.all_move(stack, staggered=number % 2 == 1) for number in range(bursts)]
    _check(database, crowd, done, capacity)
    slowest = max(burst.seconds for burst in done)
    print(f"capacity {capacity}: {bursts} bursts of {size}, slowest {slowest:.2f} s")


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("capacity", [1, 5])
def test_exactly_as_many_move_to_a_time(database: Database, two_processes: Stack, capacity: int) -> None:
    _run(two_processes, database, capacity, 30, 4)


@pytest.mark.slow
@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("capacity", [1, 2, 5, 10, 50])
def test_of_two_hundred_exactly_as_many_move(database: Database, two_processes: Stack, capacity: int) -> None:
    _run(two_processes, database, capacity, 200, BURSTS)


# Read without waiting, and the time that was seen to be free is taken.
NO_LOCK = {
    "        order by r.id for no key update) locked;": "        order by r.id) locked;",
    "perform 1 from schedule_version where": "perform pg_sleep(0.02) from schedule_version where",
}


def test_without_lock_and_constraint_too_many_move(database: Database, two_processes: Stack) -> None:
    """Negative control: to look, then take, is right for one after another, and oversells in a race."""
    with without_constraint(database), planted(database, "reschedule.sql", NO_LOCK):
        crowd = Crowd(1, 12)
        one = crowd.all_move(two_processes, staggered=False)
        assert one.outcomes[200, ""] > 1
        assert "two allocations of one lane overlap" in untruths(database)
    crowd = Crowd(1, 12)
    _check(database, crowd, [crowd.all_move(two_processes, staggered=False)], 1)


UNASKED = {
    "    perform booking_lock_resources(p_booking);\n    select * into v_booking from booking"
    " where tenant_id = v_tenant and id = p_booking for no key update;": (
        "    select * into v_booking from booking where tenant_id = v_tenant and id = p_booking;\n"
        "    perform pg_sleep(0.05);"
    )
}


def test_without_locks_both_decisions_stand(database: Database, two_processes: Stack) -> None:
    """Negative control: who approves what was a request a moment ago overrules who has declined it."""
    business = make_business(services=_SERVICES)
    with planted(database, "confirm.sql", UNASKED):
        told = _pairs(two_processes, business, 12, ("approve", "decline"))
        assert any({"cancelled 2", "confirmed 3"} <= set(each) for each in told)
        assert untruths(database)
