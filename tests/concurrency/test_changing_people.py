"""Changing people, hours and services while they are booked: all wait in one order, never in a circle."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from holdfast.capabilities.schedules.commands import create_blackout, delete_blackout
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import untruths

ROUNDS = 25


def _book(business: Business, seed: int) -> Counter[str]:
    choose = random.Random(seed)
    outcomes: Counter[str] = Counter()
    for _ in range(ROUNDS):
        starts_at = business.start(days=choose.randrange(3, 9), hour=choose.randrange(8, 19))
        try:
            outcomes[book(business, starts_at=starts_at).status_name] += 1
        except Problem as refused:
            outcomes[refused.code] += 1
    return outcomes


def _rename_people(business: Business, seed: int) -> Counter[str]:
    choose = random.Random(seed)
    for number in range(ROUNDS):
        with tenant_context(business.tenant_id, TESTER.label):
            execute(
                "update resource set display_order = %s where tenant_id = %s and id = %s",
                (number, business.tenant_id, choose.choice(business.resource_ids)),
            )
    return Counter()


def _block_and_open(business: Business, seed: int) -> Counter[str]:
    choose = random.Random(seed)
    for _ in range(ROUNDS // 2):
        starts_at = business.start(days=choose.randrange(3, 9), hour=choose.randrange(8, 18))
        with tenant_context(business.tenant_id, TESTER.label):
            made = create_blackout(
                actor=TESTER,
                starts_at=starts_at,
                ends_at=starts_at.replace(minute=30),
                resource_id=choose.choice(business.resource_ids),
            )
        with tenant_context(business.tenant_id, TESTER.label):
            delete_blackout(actor=TESTER, blackout_id=made)
    return Counter()


@pytest.mark.usefixtures("no_deadlocks")
def test_bookings_and_changes_never_wait_in_a_circle(database: Database) -> None:
    seed = new_seed()
    business = make_business(people=5)
    deeds: list[Callable[[Business, int], Counter[str]]] = [_book] * 5
    deeds += [_rename_people, _rename_people, _block_and_open]
    outcomes = sum(
        together([partial(deed, business, seed + number) for number, deed in enumerate(deeds)]), Counter()
    )
    assert outcomes.total() == 5 * ROUNDS
    assert set(outcomes) <= {"held", "SLOT_FULL", "BLACKED_OUT", "UNAVAILABLE"}
    assert database.rows("select count(*) from booking") == [(outcomes["held"],)]
    assert outcomes["held"] > 0
    assert untruths(database) == {}
