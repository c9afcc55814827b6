"""What happens to the servers in a storm: all of them are killed, by SIGKILL, again and again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import psycopg

from tests.cluster import Cluster, Database
from tests.concurrency.storm.clients import Storm
from tests.concurrency.storm.ledger import let_holds_end
from tests.concurrency.storm.world import Size
from tests.redis_server import RedisServer
from tests.stack import Stack

Fault = tuple[str, Callable[[], None]]
_STALLED_SECONDS = 150.0
_WAITS_SECONDS = 40.0
# A share of the holds is over now and then, so that confirming comes too late and the sweeper has work.
_TIME_PASSES_EVERY_SECONDS = 0.5
_ENDING_SHARE = 0.04


@dataclass
class Weather:
    """Kills spread evenly over a storm's operations, in an order drawn by lot."""

    database: Database
    stack: Stack
    redis: RedisServer | None
    done: Counter[str] = field(default_factory=Counter)

    def faults(self, size: Size, choose: random.Random) -> list[Fault]:
        """All that is to happen, once each."""
        found: list[Fault] = [
            *[("web process", self._kill_web)] * size.web_kills,
            *[("worker", self._kill_worker)] * size.worker_kills,
            *[("backend", partial(self._kill_backend, choose))] * size.backend_kills,
            *[("postmaster", self._kill_postmaster)] * size.postmaster_kills,
        ]
        if self.redis is not None:
            found += [
                ("Redis with FLUSHALL" if number == 0 else "Redis", partial(self._kill_redis, number == 0))
                for number in range(size.redis_kills)
            ]
        choose.shuffle(found)
        return found

    def _kill_web(self) -> None:
        with suppress(IndexError, AssertionError, ProcessLookupError):
            self.stack.kill_a_web_process()
            self.done["web process"] += 1

    def _kill_worker(self) -> None:
        pid = self.stack.children[-1].pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.done["worker"] += 1

    def _kill_backend(self, choose: random.Random) -> None:
        pids = self.database.rows(
            "select pid from pg_stat_activity"
            " where usename = 'holdfast_app' and backend_type = 'client backend'"
            " order by state = 'active' desc, pid"
        )
        if pids:
            os.kill(choose.choice(pids[:4])[0], signal.SIGKILL)
            self.done["backend"] += 1
            time.sleep(0.1)
            _wait_for(self.database.cluster)

    def _kill_postmaster(self) -> None:
        self.database.cluster.kill()
        self.database.cluster.restart()
        self.done["postmaster"] += 1

    def _kill_redis(self, flush: bool) -> None:
        assert self.redis is not None
        if flush:
            self.redis.client.flushall()
            self.done["Redis flushed"] += 1
        self.redis.kill()
        time.sleep(0.3)
        self.redis.start()
        self.done["Redis"] += 1


def _wait_for(cluster: Cluster) -> None:
    deadline = time.monotonic() + _WAITS_SECONDS
    while True:
        try:
            with cluster.connect():
                return
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "PostgreSQL does not come back"
            time.sleep(0.05)


def blow(storm: Storm, database: Database, size: Size, faults: Sequence[Fault]) -> None:
    """Run the clients until so many operations are acknowledged and every fault has happened.

    Faults are called by this thread: a server that they start ends with the thread that started it.
    """
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(lambda: asyncio.run(storm.run(size.clients)))
        try:
            _watch(storm, database, size, faults, running)
        finally:
            storm.is_over = True
        running.result(120)


def _watch(
    storm: Storm, database: Database, size: Size, faults: Sequence[Fault], running: Future[None]
) -> None:
    left = list(faults)
    seen, seen_at, passed_at = -1, time.monotonic(), time.monotonic()
    while (storm.ledger.acknowledged < size.operations or left) and not running.done():
        now, acknowledged = time.monotonic(), storm.ledger.acknowledged
        if acknowledged > seen:
            seen, seen_at = acknowledged, now
        assert now < seen_at + _STALLED_SECONDS, f"nothing was acknowledged after {acknowledged} operations"
        due = size.operations * (len(faults) - len(left) + 0.5) / max(len(faults), 1)
        if left and acknowledged >= due:
            left.pop(0)[1]()
        if now > passed_at + _TIME_PASSES_EVERY_SECONDS:
            passed_at = now
            with suppress(psycopg.Error):
                let_holds_end(database, _ENDING_SHARE, timedelta(seconds=1))
        time.sleep(0.03)


def let_all_end(database: Database) -> None:
    """Every hold is over; the worker ends them, and may offer their time to somebody who waits."""
    let_holds_end(database)
    deadline = time.monotonic() + _WAITS_SECONDS
    due = "select count(*) from booking where status = 'held' and hold_expires_at <= clock_timestamp()"
    while database.rows(due) != [(0,)]:
        assert time.monotonic() < deadline, "the worker does not end what is over"
        time.sleep(0.1)
