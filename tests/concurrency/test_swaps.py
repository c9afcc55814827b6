"""TRUST G8: bookings that want each other's place at once, and people who leave while they are booked.

Quick size: 64 requests, 20 people; full size (slow): 1,000 requests, 500 people.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import pytest
from benchmarks.wire import Reply, Wire, request

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.swap import swap_bookings
from holdfast.platform import clock
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from tests.api_client import staff_client
from tests.capabilities.bookings.moves import cancel, confirm, outcome
from tests.capabilities.bookings.replaying import differences
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.lock_order import watching
from tests.concurrency.planted import planted
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import count_deadlocks, untruths
from tests.stack import Stack

AT_ONCE = 32
# The same rows in the other order; the sleep holds the first of them a moment, as a slow disk would.
_BACKWARDS = {
    # One person is locked, and the next only after a while.
    "array_agg(locked.id) into v_locked": "array_agg((select locked.id from pg_sleep(0.01))) into v_locked",
    "order by r.id for no key update": "order by r.id desc for no key update",
}


@dataclass(frozen=True)
class Couple:
    """Two bookings with one person each, hours apart: each may be asked to be where the other is."""

    one: MoveAnswer
    other: MoveAnswer

    @property
    def ids(self) -> tuple[UUID, UUID]:
        assert self.one.booking_id and self.other.booking_id
        return self.one.booking_id, self.other.booking_id


def _couples(business: Business, count: int, chance: random.Random) -> list[Couple]:
    made = []
    for number in range(count):
        people = chance.sample(business.resource_ids, 2)
        starts = [business.start(days=10 + number, hour=hour) for hour in (9, 15)]
        made.append(
            Couple(
                *(book(business, "cut", at, resource_id=who) for at, who in zip(starts, people, strict=True))
            )
        )
    return made


def _places(database: Database) -> Counter[tuple[datetime, UUID]]:
    return Counter(database.rows("select starts_at, resource_id from allocation"))


def _requests(business: Business, couple: Couple) -> list[bytes]:
    """Both guests ask for the other's place, and staff exchange them, named in both orders."""
    staff = staff_client_headers(business)
    asked = []
    for mine, theirs in ((couple.one, couple.other), (couple.other, couple.one)):
        place = {name: theirs.data[name] for name in ("starts_at", "resource_id")}
        asked.append(
            request(
                "PATCH",
                f"/api/v1/bookings/{mine.booking_id}",
                host=f"{business.slug}.localhost",
                body=place | {"token": mine.token},
            )
        )
        asked.append(
            request(
                "POST",
                "/api/v1/swaps",
                host=f"{business.slug}.localhost",
                body={"booking_id": str(mine.booking_id), "other_id": str(theirs.booking_id)},
                headers=staff,
            )
        )
    return asked


_staff: dict[str, dict[str, str]] = {}


def staff_client_headers(business: Business) -> dict[str, str]:
    """What a signed-in browser of the front desk sends."""
    if business.slug not in _staff:
        cookies = staff_client(business, "frontdesk").http.cookies
        _staff[business.slug] = {
            "Cookie": "; ".join(f"{name}={each.value}" for name, each in cookies.items()),
            "X-CSRFToken": cookies["csrf"].value,
        }
    return _staff[business.slug]


async def _fire(port: int, messages: Sequence[bytes]) -> list[tuple[Reply, float]]:
    wires = await asyncio.gather(*(Wire.open(port) for _ in messages))

    async def send(wire: Wire, message: bytes) -> tuple[Reply, float]:
        began = time.perf_counter()
        reply = await wire.send(message)
        return reply, time.perf_counter() - began

    try:
        return await asyncio.gather(*map(send, wires, messages))
    finally:
        for wire in wires:
            wire.close()


def _swap_over_http(stack: Stack, database: Database, count: int) -> None:
    chance = random.Random(new_seed())
    business = make_business(people=4)
    couples = _couples(business, count // 4, chance)
    before = _places(database)
    messages = [message for couple in couples for message in _requests(business, couple)]
    answers: Counter[tuple[int, str]] = Counter()
    seconds: list[float] = []
    with watching(database) as looks:
        for first in range(0, len(messages), AT_ONCE):
            burst = messages[first : first + AT_ONCE]
            chance.shuffle(burst)
            for reply, took in asyncio.run(_fire(stack.port, burst)):
                answers[reply.status, reply.json().get("error", "")] += 1
                seconds.append(took)
    p99 = sorted(seconds)[int(len(seconds) * 0.99)]
    print(f"{len(messages)} requests: {dict(answers)}, p99 {p99:.3f} s, {looks.chains} chains of waiting")
    # Whoever asks for a place that is not given up is told so; an exchange never is refused.
    assert set(answers) <= {(200, ""), (409, "SLOT_FULL")}
    assert answers[200, ""] >= len(couples) * 2
    assert looks.against == []
    # Nobody is lost, and nobody is anywhere but where the two were.
    assert _places(database) == before
    assert database.rows("select count(*) from booking where status = 'held'") == [(2 * len(couples),)]
    assert untruths(database) == {}
    assert differences(database) == []


@pytest.mark.usefixtures("no_deadlocks")
def test_swaps_lose_nobody(database: Database, two_processes: Stack) -> None:
    _swap_over_http(two_processes, database, 64)


@pytest.mark.slow
@pytest.mark.usefixtures("no_deadlocks")
def test_a_thousand_swaps_lose_nobody(database: Database, two_processes: Stack) -> None:
    _swap_over_http(two_processes, database, 1000)


def _exchange(business: Business, couple: Couple) -> str:
    one, other = couple.ids
    with tenant_context(business.tenant_id, TESTER.label):
        swap_bookings(actor=TESTER, now=clock.now(), booking_id=one, other_id=other)
    return "swapped"


def _hand_over(business: Business, couple: Couple) -> str:
    """Ask for the other's person at one's own time: locks both people."""
    one, other = couple.one.data["resource_id"], couple.other.data["resource_id"]
    return reschedule_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=couple.ids[0],
        resource_id=UUID(chosen) if (chosen := other) != one else None,
    ).status_name


def test_locks_in_the_other_order_meet_in_a_circle(database: Database) -> None:
    """Negative control: exchanges that lock people from the last to the first deadlock with other moves."""
    chance, before = random.Random(new_seed()), count_deadlocks(database)
    found, said = 0, Counter[str]()
    with planted(database, "swap.sql", _BACKWARDS), watching(database) as looks:
        # They meet at once, or, rarely, with some people never: then with others.
        for _ in range(6):
            business = make_business(people=2)
            couples = _couples(business, 12, chance)
            for couple in couples:
                calls: list[Callable[[], str]] = [partial(_exchange, business, couple)] * 2
                calls += [partial(_hand_over, business, each) for each in couples[:4]]
                said.update(together([partial(_outcome, call) for call in calls]))
                found = count_deadlocks(database) - before
                if found:
                    break
            if found:
                break
    print(f"{found} deadlocks, {len(looks.against)} waits against the order, {dict(said)}")
    assert found > 0
    assert looks.against != []


def _outcome(call: Callable[[], str]) -> str:
    try:
        return call()
    except Problem as refused:
        return refused.code
    except Exception as error:
        return type(error).__name__


def _leave_while_booked(database: Database, people: int) -> None:
    """Everybody leaves while their holds are confirmed, cancelled and handed over."""
    chance = random.Random(new_seed())
    business = make_business(people=people + 1)
    *leaving, last = business.resource_ids
    made = [
        book(business, "cut", business.start(days=10 + number % 40), resource_id=who)
        for number, who in enumerate(leaving)
    ]

    def leave(who: UUID) -> str:
        with tenant_context(business.tenant_id, TESTER.label):
            execute("update resource set is_active = false where id = %s", (who,))
        return "left"

    def hand_over(booked: MoveAnswer) -> MoveAnswer:
        assert booked.booking_id
        return reschedule_booking(
            tenant_id=business.tenant_id,
            actor=TESTER,
            now=clock.now(),
            booking_id=booked.booking_id,
            resource_id=last,
        )

    calls: list[Callable[[], str]] = [partial(leave, who) for who in leaving]
    for booked in made:
        move = chance.choice((confirm, cancel, None))
        call = partial(hand_over, booked) if move is None else partial(move, business, booked)
        calls.append(partial(outcome, call))
    chance.shuffle(calls)
    found: Counter[str] = Counter()
    with watching(database) as looks:
        for first in range(0, len(calls), 10):
            found.update(together([partial(_outcome, call) for call in calls[first : first + 10]]))
    print(f"{dict(found)}, {looks.chains} chains of waiting")
    assert set(found) <= {"left", "confirmed", "cancelled", "held", "SLOT_FULL", "RESOURCE_UNSUITABLE"}
    assert found["left"] == people
    ((kept,),) = database.rows("select count(*) from booking where status in ('held', 'confirmed')")
    assert kept == people - found["cancelled"]
    assert looks.against == []
    assert untruths(database) == {}
    assert differences(database) == []


@pytest.mark.usefixtures("no_deadlocks")
def test_people_who_leave_take_no_booking_with_them(database: Database) -> None:
    _leave_while_booked(database, 20)


@pytest.mark.slow
@pytest.mark.usefixtures("no_deadlocks")
def test_five_hundred_who_leave(database: Database) -> None:
    _leave_while_booked(database, 500)
