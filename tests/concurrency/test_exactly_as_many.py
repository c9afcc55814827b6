"""TRUST G1: however many ask at once over HTTP, exactly as many are served as there is room for.

Quick size: 40 bursts of 30 and 3 of 200 for each capacity; full size (slow): `BURSTS` of 200, of which 40
are usual and 300 a night's. Bursts take turns: all the same range; ranges that all overlap but start at
different minutes; two services that share the person.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest

from holdfast.capabilities.catalog.commands import NewService
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.bursts import LONGEST_BURST, Burst, fire, hold_request
from tests.concurrency.planted import planted, without_constraint
from tests.concurrency.truths import untruths
from tests.stack import Stack

CAPACITIES = (1, 2, 5, 10)
BURSTS = int(os.environ.get("BURSTS", "40"))
KINDS = ("same", "staggered", "two services")
_SERVICES = (
    NewService("cut", 60, "EUR", price_minor=4200, flow="hold", slot_granularity_minutes=1),
    NewService("style", 30, "EUR", flow="hold", slot_granularity_minutes=1),
    NewService(
        "wash",
        60,
        "EUR",
        flow="hold",
        slot_granularity_minutes=1,
        buffer_before_minutes=10,
        buffer_after_minutes=10,
    ),
)
_numbers = count()


def _messages(business: Business, kind: str, at: datetime, size: int) -> list[bytes]:
    """Requests of which no two fit into one lane: all their ranges share the half hour after `at`."""
    messages = []
    for number in range(size):
        service, minutes = "cut", 0
        if kind == "staggered":
            service, minutes = ("cut", "wash")[number % 2], number % 30
        elif kind == "two services":
            service, minutes = ("cut", "style")[number % 2], number % 2 * 15
        messages.append(
            hold_request(
                business,
                service,
                at + timedelta(minutes=minutes),
                key=f"burst-{next(_numbers):09}" if number % 3 else "",
                email=f"guest{number}@example.com" if number % 2 else "",
            )
        )
    return messages


def _times(business: Business) -> Iterator[datetime]:
    """Three-hourly starts, day after day: bursts never meet."""
    for day in range(2, 200):
        for hour in (9, 12, 15):
            yield business.start(days=day, hour=hour)


def _check(burst: Burst, capacity: int) -> None:
    size = len(burst.replies)
    assert burst.outcomes == {(201, ""): capacity, (409, "SLOT_FULL"): size - capacity}
    assert burst.seconds < LONGEST_BURST


def _run(stack: Stack, database: Database, capacity: int, sizes: list[int]) -> list[Burst]:
    business = make_business(capacity=capacity, services=_SERVICES)
    bursts = []
    for number, (size, at) in enumerate(zip(sizes, _times(business), strict=False)):
        burst = fire(stack, _messages(business, KINDS[number % len(KINDS)], at, size))
        _check(burst, capacity)
        bursts.append(burst)
    assert len(bursts) == len(sizes)
    stored = len(bursts) * capacity
    for table in ("booking", "allocation", "booking_event", "booking_token"):
        assert database.rows(f"select count(*) from {table}") == [(stored,)]
    assert database.rows("select status, count(*) from booking group by 1") == [("held", stored)]
    assert untruths(database) == {}
    slowest = max(burst.seconds for burst in bursts)
    print(f"capacity {capacity}: {len(bursts)} bursts, slowest {slowest:.2f} s")
    return bursts


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("capacity", CAPACITIES)
def test_exactly_as_many_as_there_is_room_for(
    database: Database, two_processes: Stack, capacity: int
) -> None:
    _run(two_processes, database, capacity, [30] * 40 + [200] * 3)


@pytest.mark.slow
@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("capacity", (*CAPACITIES, 50))
def test_many_bursts_of_two_hundred(database: Database, two_processes: Stack, capacity: int) -> None:
    _run(two_processes, database, capacity, [200] * BURSTS)


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("people", [1, 3, 7])
def test_anyone_is_exactly_as_many_as_work_here(
    database: Database, two_processes: Stack, people: int
) -> None:
    """ "Any stylist" takes the next one when one is gone: none is left idle, none is taken twice."""
    business = make_business(people=people, services=_SERVICES)
    burst = fire(two_processes, _messages(business, "same", business.start(), 200))
    _check(burst, people)
    taken = Counter(reply.json()["data"]["resource_id"] for reply in burst.replies if reply.status == 201)
    assert taken == {str(resource): 1 for resource in business.resource_ids}
    assert untruths(database) == {}


@pytest.mark.usefixtures("no_deadlocks")
def test_anyone_and_somebody_in_particular_meet(database: Database, two_processes: Stack) -> None:
    """Half ask for anyone, half for one of three by name: three are served, and nobody waits in a circle."""
    business = make_business(people=3, services=_SERVICES)
    for at in (business.start(days=day) for day in range(3, 9)):
        messages = [
            hold_request(
                business,
                "cut",
                at,
                resource_id=business.resource_ids[number // 2 % 3] if number % 2 else None,
                email="the-same@example.com",
            )
            for number in range(60)
        ]
        _check(fire(two_processes, messages), 3)
    assert database.rows("select count(*) from customer") == [(1,)]
    assert untruths(database) == {}


_CLAIM = (
    "v_tenant, p_id, v_resources[v_choice], p_role, v_lane, p_claim_starts_at, p_claim_ends_at, v_expires"
)
_LOOK = """
    where not exists (select from allocation a where a.tenant_id = v_tenant and a.lane = v_lane
        and a.resource_id = v_resources[v_choice] and a.starts_at < p_claim_ends_at
        and a.ends_at > p_claim_starts_at)
    returning id"""
CHECK_THEN_INSERT = {
    " order by id for no key update) locked;": " order by id) locked;",
    f"values ({_CLAIM})\n            on conflict do nothing returning id": f"select {_CLAIM}{_LOOK}",
}


def test_without_lock_and_constraint_the_race_shows(database: Database, two_processes: Stack) -> None:
    """Negative control: to look, then insert, is right for one after another, and oversells in a race."""
    with without_constraint(database), planted(database, "hold.sql", CHECK_THEN_INSERT):
        business = make_business(services=_SERVICES)
        book(business)
        one_by_one = fire(two_processes, _messages(business, "same", business.start(), 1))
        assert one_by_one.outcomes == {(409, "SLOT_FULL"): 1}
        oversold = 0
        for _, at in zip(range(10), _times(business), strict=False):
            burst = fire(two_processes, _messages(business, "same", at, 60))
            oversold += burst.outcomes[201, ""] - 1
        assert oversold > 0
        assert "two allocations of one lane overlap" in untruths(database)
    # The guards are back: the same burst sells one.
    business = make_business(services=_SERVICES)
    _check(fire(two_processes, _messages(business, "same", business.start(), 60)), 1)
