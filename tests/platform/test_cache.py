"""The cache: what is kept, for how long, by whom it is seen, and what happens when Redis goes away."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings
from structlog.testing import capture_logs

from holdfast.platform.cache import AWAY_SECONDS, OwnCache, SharedCache, forget_cache, shared_cache
from tests.redis_server import RedisServer


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_value_is_kept_until_its_time_is_over() -> None:
    hand = Hand()
    cache = OwnCache(clock=hand)
    assert cache.get("a") is None
    cache.set("a", b"1", 420)
    hand.at += 419.9
    assert cache.get("a") == b"1"
    hand.at += 0.1
    assert cache.get("a") is None
    assert len(cache) == 0
    cache.set("a", b"2", 1)
    cache.set("a", b"3", 1)
    assert cache.get("a") == b"3"


def test_the_least_recently_used_goes_first() -> None:
    cache = OwnCache(most=3)
    for key in "abc":
        cache.set(key, key.encode(), 60)
    assert cache.get("a") == b"a"
    cache.set("d", b"d", 60)
    assert [cache.get(key) for key in "abcd"] == [b"a", None, b"c", b"d"]
    assert len(cache) == 3


def test_threads_share_it() -> None:
    cache = OwnCache(most=50)

    def work(number: int) -> int:
        for step in range(500):
            key = str((number * 7 + step) % 60)
            cache.set(key, key.encode(), 60)
            assert cache.get(key) in (key.encode(), None)
        return number

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == list(range(8))
    assert len(cache) == 50


def test_redis_is_shared_and_forgets_in_time(redis_server: RedisServer) -> None:
    one, other = SharedCache(redis_server.url), SharedCache(redis_server.url)
    assert other.get("a") is None
    one.set("a", b"\x00\xff", 420)
    assert other.get("a") == b"\x00\xff"
    assert redis_server.keys() == ["holdfast:a"]
    assert 418_000 < redis_server.client.pttl("holdfast:a") <= 420_000
    one.set("a", b"short", 0.02)
    time.sleep(0.05)
    assert other.get("a") is None


def test_with_redis_away_nothing_is_remembered_and_one_line_is_said(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = SharedCache(redis_server.url)
    cache.set("a", b"1", 60)
    redis_server.kill()
    with capture_logs() as said:
        began = time.monotonic()
        assert [cache.get("a") for _ in range(100)] == [None] * 100
        cache.set("a", b"2", 60)
        assert time.monotonic() - began < AWAY_SECONDS
        monkeypatch.setattr(cache, "_away_until", 0.0)
        assert cache.get("a") is None, "asked again, and still away"
    assert [(each["event"], each["log_level"]) for each in said] == [("redis_away", "warning")]
    redis_server.start()
    monkeypatch.setattr(cache, "_away_until", 0.0)
    with capture_logs() as said:
        assert cache.get("a") is None
        cache.set("a", b"3", 60)
        assert cache.get("a") == b"3"
    assert [each["event"] for each in said] == ["redis_back"]


def test_a_redis_that_does_not_answer_is_waited_for_once(redis_server: RedisServer) -> None:
    """It takes connections and says nothing: worse than one that is gone."""
    cache = SharedCache(redis_server.url)
    cache.set("a", b"1", 60)
    redis_server.client.execute_command("CLIENT PAUSE 10000 ALL")
    began = time.monotonic()
    assert [cache.get("a") for _ in range(50)] == [None] * 50
    assert time.monotonic() - began < 1.5


def test_the_address_says_which(redis_server: RedisServer) -> None:
    forget_cache()
    try:
        assert isinstance(shared_cache(), OwnCache)
        assert shared_cache() is shared_cache()
        forget_cache()
        with override_settings(HOLDFAST=replace(settings.HOLDFAST, redis_url=redis_server.url)):
            assert isinstance(shared_cache(), SharedCache)
    finally:
        forget_cache()
