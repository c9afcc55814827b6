"""SIGKILL of web processes and of PostgreSQL in a stream of bookings: nothing acknowledged is lost.

Every client keeps a ledger of what was acknowledged and asks again with the same key where an answer got
lost. `test_storm.py` does it with everything else that happens in a business; here it is bookings alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import connection

from tests.capabilities.business import Business, make_business
from tests.cluster import Cluster, Database
from tests.concurrency.keeper import keep_alive
from tests.concurrency.stream import Ledger, Stream, while_streaming
from tests.concurrency.threads import new_seed
from tests.concurrency.truths import untruths
from tests.stack import Stack

CLIENTS = 8
# Besides successes: a start that is taken, a key whose first try still runs, a database that is away.
EXPECTED = {
    (201, ""),
    (200, ""),
    (409, "SLOT_FULL"),
    (409, "IDEMPOTENCY_IN_PROGRESS"),
    (503, "UNAVAILABLE"),
}


@pytest.fixture
def kept_alive(cluster: Cluster) -> Iterator[Stack]:
    """Two web processes under a keeper that starts them again, as `holdfast up` does."""
    stack = Stack(cluster, web_workers=2, with_worker=False)
    with keep_alive(stack):
        yield stack


def _kill_a_web_process(stack: Stack) -> Callable[[], None]:
    def kill() -> None:
        if stack.web_pids:
            stack.kill_a_web_process()

    return kill


def _kill_postgres(cluster: Cluster) -> None:
    cluster.kill()
    cluster.restart()


def _stream(stack: Stack, business: Business, faults: list[tuple[float, Callable[[], None]]]) -> Ledger:
    stream = Stream(stack.port, business, new_seed())
    acknowledged = [0]

    def note_then(fault: Callable[[], None]) -> None:
        acknowledged.append(len(stream.ledger.statuses))
        fault()

    while_streaming(stream, CLIENTS, [(pause, partial(note_then, fault)) for pause, fault in faults])
    ledger = stream.ledger
    acknowledged.append(len(ledger.statuses))
    assert acknowledged == sorted(set(acknowledged)), "the stream did not go on between the faults"
    print(f"{len(ledger.statuses)} acknowledged, {ledger.lost_answers} answers lost, {dict(ledger.answers)}")
    return ledger


def test_bookings_are_written_through_to_the_disk(database: Database) -> None:
    with connection.cursor() as cursor:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"show {setting}")
            assert cursor.fetchone() == ("on",), setting


@pytest.mark.slow
def test_killing_web_processes_loses_nothing(database: Database, kept_alive: Stack) -> None:
    business = make_business(people=4)
    kill = _kill_a_web_process(kept_alive)
    # The third comes while Granian still remembers the second: it ends, and the keeper starts it anew.
    ledger = _stream(kept_alive, business, [(1.0, kill), (6.0, kill), (1.5, kill)])
    assert ledger.lost_answers > 0
    _check(ledger, database)


@pytest.mark.slow
def test_killing_postgresql_loses_nothing(database: Database, kept_alive: Stack) -> None:
    business = make_business(people=4)
    kill = partial(_kill_postgres, database.cluster)
    ledger = _stream(kept_alive, business, [(1.2, kill), (2.5, kill)])
    _check(ledger, database)


def _check(ledger: Ledger, database: Database) -> None:
    assert set(ledger.answers) <= EXPECTED
    assert len(ledger.statuses) > 50
    assert ledger.losses(database) == {}
    # Nor was anything done that nobody was told: each client asked until it knew.
    assert database.rows("select count(*) from booking") == [(len(ledger.statuses),)]
    assert untruths(database) == {}


def test_with_an_early_acknowledgement_bookings_are_lost(database: Database, kept_alive: Stack) -> None:
    """Negative control: `synchronous_commit = off` answers before the disk has it; the ledger shows it."""
    cluster = database.cluster
    lost = 0
    _alter(cluster, "set synchronous_commit = off")
    try:
        for _ in range(4):
            business = make_business(people=4)
            ledger = _stream(kept_alive, business, [(1.2, partial(_kill_postgres, cluster))])
            lost += len(ledger.losses(database))
            if lost:
                break
    finally:
        _alter(cluster, "reset synchronous_commit")
    assert lost > 0


def _alter(cluster: Cluster, what: str) -> None:
    with cluster.connect() as admin:
        admin.execute(f"alter role holdfast_app {what}".encode())
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'holdfast_app'")
    # Our own connections are among those that were ended.
    cluster.restart()
