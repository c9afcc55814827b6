"""Rate limits (S0, S1, TRUST G21) as a client meets them, and when the shared counter is away."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client, override_settings
from redis.exceptions import ConnectionError as RedisAway

from holdfast.capabilities.bookings.commands import create_booking
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.http import ratelimit
from holdfast.platform.http.ratelimit import BOOKING_WRITES, CarefulCounter, WindowCounter, forget_counts
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.business import ANN, Business, make_business
from tests.cluster import Database


@pytest.fixture
def shop(database: Database) -> Iterator[Business]:
    forget_counts()
    with override_settings(HOLDFAST=replace(settings.HOLDFAST, rate_limits_on=True)):
        yield make_business()
    forget_counts()


def _booking(shop: Business, number: int, **changes: Any) -> dict[str, Any]:
    return {
        "service_id": str(shop.services["book"]),
        "start_time": shop.start(days=5 + number).isoformat(),
        "client_name": "Ann",
        "client_email": f"ann{number}@example.com",
        **changes,
    }


def test_reads_are_sixty_a_minute(shop: Business) -> None:
    guest = ApiClient(shop.slug)
    statuses = [guest.get("/api/v1/services").status for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    refused = guest.get("/v1/locations")
    assert (refused.status, refused.error) == (429, "RATE_LIMITED")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    guest.http.defaults["REMOTE_ADDR"] = "10.1.1.1"
    assert guest.get("/api/v1/services").status == 200
    # A forwarded address is not believed without a proxy of ours.
    guest.http.defaults["REMOTE_ADDR"] = "127.0.0.1"
    for number in range(20):
        assert guest.get("/api/v1/services", X_Forwarded_For=f"10.9.9.{number}").status == 429


def test_staff_are_not_limited_like_guests(shop: Business) -> None:
    desk = staff_client(shop, "frontdesk")
    assert {desk.get("/api/v1/services").status for _ in range(70)} == {200}


def test_booking_writes_are_ten_a_minute(shop: Business, database: Database) -> None:
    guest = ApiClient(shop.slug)
    statuses = [guest.post("/api/v1/bookings", _booking(shop, number)).status for number in range(11)]
    assert statuses == [201] * 10 + [429]
    assert database.rows("select count(*) from booking") == [(10,)]
    assert guest.delete(f"/api/v1/bookings/{uuid4()}").status == 429
    # Reads are counted apart, and so is every business.
    assert guest.get("/api/v1/services").status == 200
    other = make_business("other")
    assert ApiClient(other.slug).post("/api/v1/bookings", _booking(other, 1)).status == 201


def test_a_person_books_five_times_an_hour(shop: Business, database: Database) -> None:
    """By e-mail whatever its spelling, or by phone; refusals and other people do not count."""
    guest = ApiClient(shop.slug)
    same = {"client_email": "Ann@Example.com", "client_phone": "+49 30 1234567"}
    for number in range(5):
        assert guest.post("/api/v1/bookings", _booking(shop, number, **same)).status == 201
    guest.http.defaults["REMOTE_ADDR"] = "10.1.1.1"
    for again in ({"client_email": "ann@example.com"}, {"client_phone": "0049301234567"}):
        refused = guest.post("/api/v1/bookings", _booking(shop, 7, **again))
        assert (refused.status, refused.error) == (429, "RATE_LIMITED")
        assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert guest.post("/api/v1/bookings", _booking(shop, 7)).status == 201
    assert database.rows("select count(*) from booking") == [(6,)]


def test_the_fifth_booking_can_be_retried(shop: Business) -> None:
    guest = ApiClient(shop.slug)
    same = {"client_email": "ann@example.com"}
    for number in range(4):
        assert guest.post("/api/v1/bookings", _booking(shop, number, **same)).status == 201
    key, fifth = new_key(), _booking(shop, 5, **same)
    first = guest.post("/api/v1/bookings", fifth, Idempotency_Key=key)
    again = guest.post("/api/v1/bookings", fifth, Idempotency_Key=key)
    assert (again.status, again.body) == (201, first.body)


def test_demo_data_are_not_counted(shop: Business) -> None:
    for number in range(7):
        wish = BookingRequest(shop.services["book"], shop.start(days=5 + number), contact=ANN, source="demo")
        create_booking(tenant_id=shop.tenant_id, actor=GUEST, now=clock.now(), request=wish, key=None)


def test_pages_are_counted_with_the_api(shop: Business) -> None:
    guest = ApiClient(shop.slug)
    for number in range(10):
        assert guest.post("/api/v1/bookings", _booking(shop, number)).status == 201
    browser = Client(headers={"Host": f"{shop.slug}.localhost:8000"})
    refused = browser.post(f"/b/{'x' * 43}/cancel/")
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert browser.get("/").status_code == 200


def test_a_taken_time_does_not_count(shop: Business) -> None:
    guest = ApiClient(shop.slug)
    assert guest.post("/api/v1/bookings", _booking(shop, 1)).status == 201
    for number in range(6):
        guest.http.defaults["REMOTE_ADDR"] = f"10.1.1.{number}"
        assert guest.post("/api/v1/bookings", _booking(shop, 1, client_email="bob@b.co")).status == 409
    assert guest.post("/api/v1/bookings", _booking(shop, 2, client_email="bob@b.co")).status == 201


def test_at_once_no_more_than_one_too_many() -> None:
    counter = WindowCounter("")
    with ThreadPoolExecutor(16) as pool:
        let_in = sum(pool.map(lambda _: counter.hit(BOOKING_WRITES, "t", "1.2.3.4"), range(200)))
    assert let_in == 10


class _Away:
    """A shared counter that does not answer."""

    def hit(self, *_: Any) -> bool:
        raise RedisAway

    test = hit

    def reset_time(self, *_: Any) -> float:
        raise RedisAway


def test_with_redis_away_less_is_let_through(shop: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = CarefulCounter(_Away())
    with monkeypatch.context() as patched:
        patched.setattr(ratelimit, "_counter", lambda: counter)
        _with_half(shop)


def _with_half(shop: Business) -> None:
    guest = ApiClient(shop.slug)
    statuses = [guest.post("/api/v1/bookings", _booking(shop, number)).status for number in range(7)]
    assert statuses == [201] * 5 + [429] * 2


def test_switched_off_nothing_is_counted(database: Database) -> None:
    guest = ApiClient(make_business().slug)
    assert not settings.HOLDFAST.rate_limits_on
    assert {guest.get("/api/v1/services").status for _ in range(70)} == {200}
