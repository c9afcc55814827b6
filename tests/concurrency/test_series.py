"""Series that meet: each is whole or not there at all, nothing is taken twice, nobody waits in a circle."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.series_types import SeriesMade
from holdfast.platform.errors import Problem
from tests.capabilities.bookings.replaying import differences
from tests.capabilities.bookings.series import cancel, make, move, wish
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.planted import planted, without_constraint
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import untruths

PEOPLE = 3
_REFUSED = {"SERIES_CONFLICT", "SLOT_FULL", "VERSION_CONFLICT", "MOVE_NOT_ALLOWED", "UNAVAILABLE"}


def attempt(work: Callable[[], SeriesMade | None]) -> SeriesMade | str | None:
    try:
        return work()
    except Problem as refused:
        return refused.code


def wishes(business: Business, chance: random.Random, count: int) -> list[Callable[[], SeriesMade | None]]:
    """Series and single bookings in the same two weeks, each at whole or half hours of the morning."""
    calls: list[Callable[[], SeriesMade | None]] = []
    for number in range(count):
        first = business.start(
            days=7 + chance.randrange(5), hour=9 + chance.randrange(3), minute=chance.choice((0, 30))
        )
        if number % 6 == 5:
            calls.append(partial(_single, business, first))
            continue
        wanted = wish(
            business,
            "book",
            first=first,
            rrule=f"FREQ=DAILY;COUNT={chance.randrange(2, 7)}",
            on_conflict=chance.choice(("fail", "fail", "skip", "shift")),
            resource_id=chance.choice((None, *business.resource_ids)),
        )
        calls.append(partial(make, business, wanted))
    return calls


def _single(business: Business, first: datetime) -> None:
    book(business, "cut", first)


def is_whole(database: Database, results: list[SeriesMade | str | None]) -> bool:
    """Whether exactly the series that were answered are there, with all of their bookings."""
    answered = {each.id: len(each.bookings) for each in results if isinstance(each, SeriesMade)}
    stored = dict(
        database.rows("select series_id, count(*) from booking where series_id is not null group by 1")
    )
    return answered == stored


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize(("threads", "rounds"), [(24, 1), pytest.param(100, 4, marks=pytest.mark.slow)])
def test_whole_or_not_at_all(database: Database, threads: int, rounds: int) -> None:
    chance = random.Random(new_seed())
    for _ in range(rounds):
        database.cluster.clean()
        business = make_business(people=PEOPLE)
        results = together([partial(attempt, call) for call in wishes(business, chance, threads)])
        outcomes = Counter(each for each in results if isinstance(each, str))
        assert outcomes.keys() <= _REFUSED, outcomes
        assert outcomes["UNAVAILABLE"] == 0
        assert sum(isinstance(each, SeriesMade) for each in results) > 1
        assert is_whole(database, results)
        assert untruths(database) == {}
        assert differences(database) == []


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("threads", [16, pytest.param(100, marks=pytest.mark.slow)])
def test_series_that_change_places(database: Database, threads: int) -> None:
    """Moves of whole series into each other's times, cancellations and new ones: all or nothing each."""
    chance = random.Random(new_seed())
    business = make_business(people=PEOPLE)
    made = [
        make(
            business,
            wish(
                business,
                "book",
                first=business.start(hour=9 + 2 * number),
                rrule="FREQ=DAILY;COUNT=4",
                resource_id=who,
            ),
        )
        for number in range(2)
        for who in business.resource_ids
    ]

    def change(series_id: UUID, seed: int) -> None:
        lot = random.Random(seed)
        if lot.random() < 0.15:
            cancel(business, series_id, position=lot.randrange(1, 5))
            return
        starts_at = business.start(days=7 + lot.randrange(2), hour=9 + 2 * lot.randrange(3))
        who = lot.choice((None, *business.resource_ids))
        move(business, series_id, scope="all", starts_at=starts_at, resource_id=who)

    calls: list[Callable[[], SeriesMade | None]] = [
        partial(change, chance.choice(made).id, chance.randrange(10**6)) for _ in range(threads)
    ]
    results = together([partial(attempt, call) for call in calls])
    outcomes = Counter(results)
    assert outcomes.keys() <= _REFUSED | {None}, outcomes
    assert outcomes[None] > 0
    # Who was moved was moved with all that were still to come: at one distance from each other.
    assert (
        database.rows(
            "select series_id from booking where status = 'confirmed' group by series_id"
            " having count(distinct local_start - series_position * interval '1 day') > 1"
        )
        == []
    )
    assert untruths(database) == {}
    assert differences(database) == []


_UNLOCKED = {"and id = any (p_resources) order by id for no key update;": "and id = any (p_resources);"}


def test_without_the_locks_the_race_shows(database: Database) -> None:
    """Negative control: unlocked, two series choose the same times, and without the constraint get them."""
    chance = random.Random(new_seed())
    with planted(database, "series_make.sql", _UNLOCKED), without_constraint(database):
        for _ in range(12):
            business = make_business()
            together([partial(attempt, call) for call in wishes(business, chance, 16)])
            if untruths(database):
                break
        assert "two allocations of one lane overlap" in untruths(database)


_PARTIAL = {
    "    if not booking_claim(p_id, p_roles, p_resources, p_from, p_to, null) then\n": (
        "    if p_position = 3 then\n        return jsonb_build_object('outcome', 'ok', 'answer',"
        " (select booking_answer(b) from booking b where b.tenant_id = v_tenant and b.series_id = p_series"
        " limit 1), 'customer', p_customer);\n    end if;\n"
        "    if not booking_claim(p_id, p_roles, p_resources, p_from, p_to, null) then\n"
    )
}


def test_a_part_of_a_series_would_be_seen(database: Database) -> None:
    """Negative control: an error after which a part is booked all the same."""
    business = make_business()
    with planted(database, "series_make.sql", _PARTIAL):
        assert not is_whole(database, [make(business, wish(business, "book"))])
