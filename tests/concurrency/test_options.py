"""Queues of options under races: three ranks, one pencil, one end of a holder, nobody forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from uuid import UUID

import pytest
from django.db import connections

from holdfast.capabilities.bookings.commands.options import expire_due_options
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.options import Claim, ranks
from tests.capabilities.bookings.studio import events, let_time_pass, look, move, option, outcome
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database
from tests.concurrency.planted import planted, without_constraint
from tests.concurrency.threads import together

NO_LOCK = {
    "perform from resource where tenant_id = app_tenant() and id = p_resource for no key update;": (
        "perform from resource where tenant_id = app_tenant() and id = p_resource;"
    )
}
SOON_SECONDS, LATE_SECONDS = 0.4, 20.0
ROUNDS = 5


def wrong_ranks(database: Database) -> dict[UUID, tuple[int, int]]:
    """The options whose rank is not what the pure core says, with both."""
    rows = database.rows(
        "select id, extract(epoch from starts_at)::bigint, extract(epoch from ends_at)::bigint, status,"
        " option_rank from booking where service_id is null and status in ('option', 'pencil', 'confirmed')"
        " order by created_at, id"
    )
    queue = [
        Claim(each, (int(str(start)), int(str(end))), number, status != "option")
        for number, (each, start, end, status, _) in enumerate(rows)
    ]
    stored = {UUID(str(row[0])): int(str(row[4])) for row in rows if row[3] == "option"}
    expected = {UUID(str(each)): rank for each, rank in ranks(queue).items()}
    return {each: (stored[each], expected[each]) for each in expected if stored[each] != expected[each]}


@pytest.mark.usefixtures("no_deadlocks")
def test_of_many_options_at_once_three_get_a_rank(database: Database) -> None:
    business = make_business()
    found = Counter(together([partial(outcome, partial(option, business))] * 8))
    assert found == {"option": 3, "OPTION_RANKS_FULL": 5}
    assert database.rows("select option_rank from booking order by 1") == [(1,), (2,), (3,)]
    assert wrong_ranks(database) == {}


@pytest.mark.usefixtures("no_deadlocks")
def test_of_two_pencils_at_once_one_takes_the_time(database: Database) -> None:
    business = make_business()
    found = Counter(together([partial(outcome, partial(option, business, status="pencil"))] * 6))
    assert found == {"pencil": 1, "SLOT_FULL": 5}
    assert database.rows("select count(*) from allocation") == [(1,)]
    assert database.rows("select count(*) from booking_event") == [(1,)]


def test_without_the_constraint_there_are_two_pencils(database: Database) -> None:
    """The negative control: nothing but the constraint keeps them apart."""
    business = make_business()
    with without_constraint(database):
        found = Counter(together([partial(outcome, partial(option, business, status="pencil"))] * 6))
        assert found["pencil"] > 1


@pytest.mark.usefixtures("no_deadlocks")
def test_pencilling_the_first_while_it_is_released(database: Database) -> None:
    business = make_business()
    for number in range(ROUNDS):
        starts_at = business.start(days=10 + number)
        first, second = (option(business, starts_at) for _ in range(2))
        calls = [
            partial(move, business, what, each.id)
            for what, each in [("pencil", first), ("release", first), ("pencil", second), ("confirm", second)]
        ]
        together([partial(outcome, call) for call in calls])
        assert look(business, first.id).status == "cancelled"
        assert look(business, second.id).status in ("option", "pencil", "confirmed")
        assert events(database, second.id).count("option_promoted") == 1
    assert wrong_ranks(database) == {}


@pytest.mark.usefixtures("no_deadlocks")
def test_a_release_against_the_end_of_a_challenge(database: Database) -> None:
    business = make_business()
    for number in range(ROUNDS):
        starts_at = business.start(days=10 + number)
        first, second, third = (option(business, starts_at) for _ in range(3))
        if number % 2:
            move(business, "pencil", first.id)
        move(business, "challenge", second.id)
        let_time_pass(database, "answer_by", "option_challenge", first.id)
        calls: list[Callable[[], object]] = [
            partial(outcome, partial(move, business, "release", first.id)),
            expire_due_options,
            partial(outcome, partial(move, business, "confirm", first.id)),
            partial(outcome, partial(move, business, "pencil", second.id)),
            partial(outcome, partial(look, business, third.id)),
        ]
        together(calls)
        expire_due_options()
        ends = [kind for kind in events(database, first.id) if kind in ("expired", "cancelled", "confirmed")]
        # Its time was up before anybody moved: it was not confirmed, and it ended once.
        assert ends == ["expired"]
        assert events(database, second.id).count("option_promoted") == 1
        assert events(database, third.id).count("option_promoted") == 1
        assert look(business, third.id).option_rank == 2
    assert wrong_ranks(database) == {}
    assert database.rows("select distinct status from option_challenge") == [("overdue",)]
    assert (
        database.rows(
            "select b.id from booking b join booking_event e on e.booking_id = b.id"
            " group by b.id, b.version having count(*) <> b.version or count(distinct e.version) <> b.version"
        )
        == []
    )


def test_who_makes_an_option_waits_for_a_release(database: Database) -> None:
    business = make_business()
    first, _ = option(business), option(business)
    with ThreadPoolExecutor(1) as pool:
        with tenant_context(business.tenant_id, TESTER.label):
            move(business, "release", first.id)
            waiting = _meanwhile(pool, business)
            with pytest.raises(TimeoutError):
                waiting.result(SOON_SECONDS)
        assert waiting.result(LATE_SECONDS) == "option"
    assert wrong_ranks(database) == {}


def test_without_its_lock_an_option_counts_who_has_left(database: Database) -> None:
    """The negative control: whoever does not lock the queue gets a rank behind somebody who is gone."""
    business = make_business()
    first, _ = option(business), option(business)
    with planted(database, "option_moves.sql", NO_LOCK), ThreadPoolExecutor(1) as pool:
        with tenant_context(business.tenant_id, TESTER.label):
            move(business, "release", first.id)
            assert _meanwhile(pool, business).result(LATE_SECONDS) == "option"
        assert list(wrong_ranks(database).values()) == [(3, 2)]


def _meanwhile(pool: ThreadPoolExecutor, business: Business) -> Future[str]:
    def run() -> str:
        try:
            return outcome(partial(option, business))
        finally:
            connections.close_all()

    return pool.submit(run)
