"""How often a guest may ask. Counted in this process, or in Redis when several processes serve.

S1, "Rate Limits": reads 60 a minute, booking writes 10 a minute, for each client address. S0, "Security":
5 bookings an hour, counted for each person (TRUST §6: an address may be a whole salon). With Redis away
each process counts by itself and lets half as much through: never unlimited.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from holdfast.platform.cache import AWAY_SECONDS, patience
from holdfast.platform.errors import RateLimited
from holdfast.platform.http.addresses import address_group, client_address

log = structlog.get_logger("holdfast.ratelimit")

READS = RateLimitItemPerMinute(60, namespace="reads")
BOOKING_WRITES = RateLimitItemPerMinute(10, namespace="booking-writes")
BOOKINGS_A_PERSON = RateLimitItemPerHour(5, namespace="bookings-a-person")
LINKS_AN_ADDRESS = RateLimitItemPerHour(10, namespace="links-an-address")
LINKS_A_PERSON = RateLimitItemPerHour(3, namespace="links-a-person")
LINKS_A_BUSINESS = RateLimitItemPerHour(300, namespace="links-a-business")
"""Links that anybody may ask for by mail: no mailbox is to be filled, and none tried out by the thousand."""
Person = Sequence[bytes | None]
"""The blind indexes of e-mail and phone."""


class Counter(Protocol):
    """What is needed of a limiter of the `limits` library."""

    def hit(self, item: RateLimitItem, *identifiers: str) -> bool: ...
    def test(self, item: RateLimitItem, *identifiers: str) -> bool: ...
    def reset_time(self, item: RateLimitItem, *identifiers: str) -> float: ...


class WindowCounter:
    """Counts in a moving window, so that nobody gets a double ration at the turn of a minute."""

    def __init__(self, address: str) -> None:
        self.storage = storage_from_string(address, **patience()) if address else MemoryStorage()
        self.limiter = MovingWindowRateLimiter(self.storage)

    def hit(self, item: RateLimitItem, *identifiers: str) -> bool:
        return self.limiter.hit(item, *identifiers)

    def test(self, item: RateLimitItem, *identifiers: str) -> bool:
        return self.limiter.test(item, *identifiers)

    def reset_time(self, item: RateLimitItem, *identifiers: str) -> float:
        return float(self.limiter.get_window_stats(item, *identifiers).reset_time)


class CarefulCounter:
    """A shared counter, with a stricter one of our own for when the shared one does not answer."""

    def __init__(self, shared: Counter) -> None:
        self.shared = shared
        self.own = WindowCounter("")
        self._away_until = 0.0

    def hit(self, item: RateLimitItem, *identifiers: str) -> bool:
        return bool(self._ask("hit", item, *identifiers))

    def test(self, item: RateLimitItem, *identifiers: str) -> bool:
        return bool(self._ask("test", item, *identifiers))

    def reset_time(self, item: RateLimitItem, *identifiers: str) -> float:
        return float(self._ask("reset_time", item, *identifiers))

    def _ask(self, what: str, item: RateLimitItem, *identifiers: str) -> bool | float:
        if time.monotonic() >= self._away_until:
            try:
                answer: bool | float = getattr(self.shared, what)(item, *identifiers)
                return answer
            except RedisError as failure:
                # Not asked again at once: each try would make a guest wait for it.
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("redis_away", error=type(failure).__name__)
        own: bool | float = getattr(self.own, what)(_halved(item), *identifiers)
        return own


def count_request(request: HttpRequest, tenant_id: UUID, item: RateLimitItem) -> None:
    """Count one request of a guest; raises `RateLimited` when it is one too many."""
    if settings.HOLDFAST.rate_limits_on:
        _count(item, str(tenant_id), address_group(client_address(request)))


def has_booked_enough(tenant_id: UUID, person: Person) -> bool:
    """Tell whether a person has booked as often as one hour allows; counts nothing."""
    if not settings.HOLDFAST.rate_limits_on:
        return False
    return any(
        not _counter().test(BOOKINGS_A_PERSON, str(tenant_id), index.hex()) for index in person if index
    )


def too_many_bookings(tenant_id: UUID, person: Person) -> RateLimited:
    """Return the refusal of such a person, which says when to come back."""
    waits = [_wait(BOOKINGS_A_PERSON, str(tenant_id), index.hex()) for index in person if index]
    return RateLimited(retry_after=max(waits, default=1))


def count_booking(tenant_id: UUID, person: Person) -> None:
    """Count a booking that a person has made, by e-mail and by phone."""
    if settings.HOLDFAST.rate_limits_on:
        for index in filter(None, person):
            _counter().hit(BOOKINGS_A_PERSON, str(tenant_id), index.hex())


def may_mail_link(request: HttpRequest, tenant_id: UUID, email_index: bytes) -> bool:
    """Count that somebody asked for a link; tell whether its address has not had enough of them.

    Raises `RateLimited` when whoever asks has, or the business: both say nothing of the address.
    """
    if not settings.HOLDFAST.rate_limits_on:
        return True
    count_request(request, tenant_id, LINKS_AN_ADDRESS)
    _count(LINKS_A_BUSINESS, str(tenant_id))
    return _counter().hit(LINKS_A_PERSON, str(tenant_id), email_index.hex())


def forget_counts() -> None:
    """Start counting anew; between tests."""
    _counter.cache_clear()


def _count(item: RateLimitItem, *identifiers: str) -> None:
    if not _counter().hit(item, *identifiers):
        raise RateLimited(retry_after=_wait(item, *identifiers))


def _wait(item: RateLimitItem, *identifiers: str) -> int:
    """Return the seconds until there is room again."""
    seconds = math.ceil(_counter().reset_time(item, *identifiers) - time.time())
    return min(max(1, seconds), item.get_expiry())


def _halved(item: RateLimitItem) -> RateLimitItem:
    return type(item)(max(1, item.amount // 2), item.multiples, namespace=item.namespace)


@lru_cache(maxsize=1)
def _counter() -> Counter:
    address: str = settings.HOLDFAST.redis_url
    return CarefulCounter(WindowCounter(address)) if address else WindowCounter("")
