"""A place for what may be forgotten at any moment: Redis when several processes serve, else this process.

Nothing true lives here. A Redis that does not answer means that nothing is remembered, for everybody, until
it is back: never an error, and one line in the log for one outage.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any, Protocol

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger("holdfast.cache")

PATIENCE_SECONDS = 0.5
"""How long a connection to Redis, and an answer of it, may take."""
AWAY_SECONDS = 2.0
"""How long a Redis that gave none is not asked again: each try would make a guest wait for it."""
_PREFIX = "holdfast:"
_MOST_KEPT = 10_000


class Cache(Protocol):
    """What is kept for some seconds, under a key without personal data."""

    def get(self, key: str) -> bytes | None:
        """Return what is kept, or None."""

    def set(self, key: str, value: bytes, seconds: float) -> None:
        """Keep `value` for so long, or, with Redis away, not at all."""


class OwnCache:
    """Kept in this process: the last ten thousand values, for all its threads."""

    def __init__(self, *, most: int = _MOST_KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> bytes | None:
        with self._lock:
            until, value = self._kept.get(key, (0.0, b""))
            if until <= self._clock():
                self._kept.pop(key, None)
                return None
            self._kept.move_to_end(key)
            return value

    def set(self, key: str, value: bytes, seconds: float) -> None:
        with self._lock:
            self._kept[key] = (self._clock() + seconds, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


class SharedCache:
    """Kept in Redis, for every process."""

    def __init__(self, address: str) -> None:
        self._redis = Redis.from_url(address, **patience())
        self._away_until = 0.0
        self._is_away = False

    def get(self, key: str) -> bytes | None:
        found = self._ask(lambda: self._redis.get(_PREFIX + key))
        return found if isinstance(found, bytes) else None

    def set(self, key: str, value: bytes, seconds: float) -> None:
        self._ask(lambda: self._redis.set(_PREFIX + key, value, px=max(1, round(seconds * 1000))))

    def _ask(self, question: Callable[[], Any]) -> Any:
        if time.monotonic() < self._away_until:
            return None
        try:
            answer = question()
        except RedisError as failure:
            self._away_until = time.monotonic() + AWAY_SECONDS
            if not self._is_away:
                self._is_away = True
                log.warning("redis_away", error=type(failure).__name__)
            return None
        if self._is_away:
            self._is_away = False
            log.info("redis_back")
        return answer


def patience() -> dict[str, Any]:
    """Return how long a client of Redis waits: its own habit is to try again for many seconds."""
    return {
        "socket_connect_timeout": PATIENCE_SECONDS,
        "socket_timeout": PATIENCE_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }


@lru_cache(maxsize=1)
def shared_cache() -> Cache:
    """Return the cache that this process uses, as REDIS_URL says."""
    address: str = settings.HOLDFAST.redis_url
    return SharedCache(address) if address else OwnCache()


def forget_cache() -> None:
    """Begin with an empty cache of our own, and a new connection; between tests."""
    shared_cache.cache_clear()
