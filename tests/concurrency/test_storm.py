"""TRUST G2: in a storm of random operations with kills nothing that was acknowledged is lost or doubled.

24 clients over HTTP against two web processes, the worker, Redis and a PostgreSQL of their own, all of which
are killed meanwhile. Quick size: 300 operations and 5 kills. Full size (slow): 20,000 operations and 40
kills; `STORM_OPERATIONS` and `SEED` in the environment choose others.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from holdfast.platform.db.rows import fetch_value
from tests.cluster import Cluster, Database
from tests.concurrency.keeper import keep_alive
from tests.concurrency.planted import planted, without_constraint
from tests.concurrency.storm.clients import Storm
from tests.concurrency.storm.ledger import findings
from tests.concurrency.storm.weather import Weather, blow, let_all_end
from tests.concurrency.storm.world import Size, make_world
from tests.concurrency.test_exactly_as_many import CHECK_THEN_INSERT
from tests.concurrency.threads import new_seed
from tests.redis_server import RedisServer
from tests.stack import Stack

SMALL = Size(3, 5, 2, 300, 24, web_kills=2, backend_kills=1, postmaster_kills=1, redis_kills=1)
FULL = Size(
    6, 20, 6, 20_000, 24, web_kills=20, backend_kills=10, postmaster_kills=5, redis_kills=3, worker_kills=2
)
# Said to whoever comes too late, is not allowed to or asks for what is not to be had; never a defect.
REFUSALS = {
    "BLACKED_OUT",
    "BOOKING_CANCELLED",
    "HOLD_EXPIRED",
    "IDEMPOTENCY_IN_PROGRESS",
    "MOVE_NOT_ALLOWED",
    "NOTHING_TO_UNDO",
    "NOT_FOUND",
    "OUTSIDE_HOURS",
    "PARTY_TOO_LARGE",
    "SERIES_CONFLICT",
    "SLOT_FULL",
    "TOO_MANY_WAITING",
    "UNAVAILABLE",
    "UNDO_REFUSED",
    "WAITLIST_NOT_NEEDED",
}


@pytest.fixture
def redis(tmp_path: Path, request: pytest.FixtureRequest) -> RedisServer | None:
    """The Redis of the storm; without one installed there is nothing to kill."""
    if shutil.which("redis-server") or shutil.which("valkey-server"):
        found: RedisServer = request.getfixturevalue("redis_server")
        return found
    assert os.environ.get("HOLDFAST_REQUIRE_REDIS") != "1", "no Redis is installed"
    return None


@pytest.fixture
def stack(cluster: Cluster, redis: RedisServer | None) -> Iterator[Stack]:
    """Two web processes and the worker, started again whenever they end."""
    environment = {"REDIS_URL": redis.url} if redis else {}
    with keep_alive(Stack(cluster, web_workers=2, environment=environment)) as kept:
        yield kept


def _rage(
    database: Database,
    stack: Stack,
    redis: RedisServer | None,
    size: Size,
    seed: int,
    *,
    is_durable: bool = True,
) -> dict[str, list[Any]]:
    assert _is_durable() == is_durable
    _assert_on_disk(database)
    storm = Storm(stack.port, make_world(database, size), seed)
    weather = Weather(database, stack, redis)
    started = time.monotonic()
    blow(storm, database, size, weather.faults(size, random.Random(seed)))
    seconds = time.monotonic() - started
    let_all_end(database)
    ledger = storm.ledger
    print(f"{ledger.acknowledged} acknowledged in {seconds:.0f} s ({ledger.acknowledged / seconds:.0f}/s)")
    print(f"done: {dict(ledger.done)}; killed: {dict(weather.done)}; lost answers: {ledger.lost_answers}")
    print(f"answers: {dict(sorted(ledger.answers.items()))}")
    wrong = [each for each in ledger.answers.items() if not _is_expected(*each[0])]
    found = findings(ledger, database, [place.business.tenant_id for place in storm.places])
    return found | ({"answers": wrong} if wrong else {})


def _is_expected(_: str, status: int, code: str) -> bool:
    return status < 300 or (code in REFUSALS and (status < 500 or (status, code) == (503, "UNAVAILABLE")))


def _is_durable() -> bool:
    """Whether the app's own connections wait for the disk."""
    shown = [fetch_value(f"show {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
    return shown == ["on"] * 3


def _assert_on_disk(database: Database) -> None:
    folder = Path(database.rows("show data_directory")[0][0])
    mounts = [each for each in psutil.disk_partitions(all=True) if folder.is_relative_to(each.mountpoint)]
    assert max(mounts, key=lambda each: len(each.mountpoint)).fstype not in ("tmpfs", "ramfs")


def _show(found: dict[str, list[Any]]) -> str:
    return "\n".join(f"{name}: {len(rows)}, {rows[:5]}" for name, rows in found.items())


def test_nothing_acknowledged_is_lost(database: Database, stack: Stack, redis: RedisServer | None) -> None:
    found = _rage(database, stack, redis, SMALL, new_seed())
    assert not found, _show(found)


@pytest.mark.slow
def test_nothing_of_twenty_thousand_is_lost(
    database: Database, stack: Stack, redis: RedisServer | None
) -> None:
    size = replace(FULL, operations=int(os.environ.get("STORM_OPERATIONS", FULL.operations)))
    found = _rage(database, stack, redis, size, new_seed())
    assert not found, _show(found)


@contextmanager
def _committing_early(cluster: Cluster) -> Iterator[None]:
    """New connections of the app are told that a commit is done before it is on the disk."""
    _alter(cluster, "set synchronous_commit = off")
    try:
        yield
    finally:
        _alter(cluster, "reset synchronous_commit")


def _alter(cluster: Cluster, what: str) -> None:
    with cluster.connect() as admin:
        admin.execute(f"alter role holdfast_app {what}".encode())
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'holdfast_app'")
    # Our own connections are among those that were ended.
    cluster.restart()


@pytest.mark.slow
def test_an_early_acknowledgement_is_found_out(database: Database, stack: Stack) -> None:
    """Negative control: `synchronous_commit = off` answers before the disk has it."""
    seed = new_seed()
    size = replace(SMALL, operations=300, web_kills=0, backend_kills=0, postmaster_kills=3, redis_kills=0)
    lost: list[Any] = []
    with _committing_early(database.cluster):
        for number in range(4):
            found = _rage(database, stack, None, size, seed + number, is_durable=False)
            lost += found.get("acknowledged and lost", [])
            if lost:
                break
    print(f"{len(lost)} lost")
    assert lost


@pytest.mark.slow
def test_a_hold_that_only_looks_is_found_out(database: Database, stack: Stack) -> None:
    """Negative control: without the constraint and the lock, to look and then insert double-books."""
    seed = new_seed()
    size = Size(1, 5, 1, 120, 24, web_kills=0, backend_kills=0, postmaster_kills=0, redis_kills=0)
    overlaps: list[Any] = []
    slowly = {"perform booking_record_event(": "perform pg_sleep(0.03);\n    perform booking_record_event("}
    with without_constraint(database), planted(database, "hold.sql", CHECK_THEN_INSERT | slowly):
        for number in range(5):
            found = _rage(database, stack, None, size, seed + number)
            overlaps += found.get("two allocations of one lane overlap", [])
            database.cluster.clean()
            if overlaps:
                break
    assert overlaps
