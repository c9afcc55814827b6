"""Rate limits counted in a real Redis, by two web processes, and with that Redis killed (TRUST G21)."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from limits import RateLimitItemPerSecond

from holdfast.platform.cache import AWAY_SECONDS
from holdfast.platform.http.ratelimit import BOOKING_WRITES, READS, CarefulCounter, WindowCounter
from tests.capabilities.business import make_business
from tests.cluster import Database
from tests.redis_server import RedisServer
from tests.stack import Stack


def test_two_counters_share_one_window(redis_server: RedisServer) -> None:
    counters = [CarefulCounter(WindowCounter(redis_server.url)) for _ in range(2)]
    with ThreadPoolExecutor(16) as pool:
        let_in = sum(
            pool.map(lambda number: counters[number % 2].hit(BOOKING_WRITES, "t", "1.2.3.4"), range(200))
        )
    assert let_in == 10
    assert not counters[0].test(BOOKING_WRITES, "t", "1.2.3.4")
    assert counters[0].test(BOOKING_WRITES, "t", "1.2.3.5")
    assert time.time() < counters[1].reset_time(BOOKING_WRITES, "t", "1.2.3.4") <= time.time() + 60


def test_a_window_moves(redis_server: RedisServer) -> None:
    counter = CarefulCounter(WindowCounter(redis_server.url))
    two_a_second = RateLimitItemPerSecond(2)
    assert [counter.hit(two_a_second, "t") for _ in range(3)] == [True, True, False]
    time.sleep(1.05)
    assert [counter.hit(two_a_second, "t") for _ in range(3)] == [True, True, False]


def test_with_redis_killed_half_is_let_in_and_nobody_waits(redis_server: RedisServer) -> None:
    counter = CarefulCounter(WindowCounter(redis_server.url))
    assert counter.hit(BOOKING_WRITES, "t", "1.2.3.4")
    redis_server.kill()
    began = time.monotonic()
    assert [counter.hit(BOOKING_WRITES, "t", "1.2.3.4") for _ in range(8)] == [True] * 5 + [False] * 3
    assert time.monotonic() - began < 1.5
    assert counter.reset_time(BOOKING_WRITES, "t", "1.2.3.4") > time.time()
    redis_server.start()
    time.sleep(AWAY_SECONDS)
    assert [counter.hit(BOOKING_WRITES, "t", "1.2.3.4") for _ in range(11)] == [True] * 10 + [False]


def test_two_web_processes_let_in_one_ration(
    database: Database, redis_server: RedisServer, new_stack: Callable[..., Stack]
) -> None:
    """60 reads a minute together, not 60 each; with Redis killed at most half a ration each, never none."""
    stack = new_stack(
        web_workers=2,
        with_worker=False,
        environment={"REDIS_URL": redis_server.url, "HOLDFAST_RATE_LIMITS": "on"},
    )
    assert len(stack.web_pids) == 2
    slug = make_business().slug

    def ask(_: int) -> int:
        wanted = urllib.request.Request(
            f"{stack.base_url}/api/v1/services", headers={"Host": f"{slug}.localhost"}
        )
        try:
            with urllib.request.urlopen(wanted, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            assert int(refusal.headers["Retry-After"]) >= 1
            return refusal.code

    with ThreadPoolExecutor(12) as pool:
        statuses = Counter(pool.map(ask, range(130)))
    assert statuses == {200: READS.amount, 429: 130 - READS.amount}

    redis_server.kill()
    with ThreadPoolExecutor(12) as pool:
        statuses = Counter(pool.map(ask, range(130)))
    assert set(statuses) == {200, 429}
    assert READS.amount // 2 <= statuses[200] <= 2 * (READS.amount // 2)
