"""What the policy keeps and notes: stickiness that is shared, names that give nobody away, offers, groups."""

from __future__ import annotations

import json
import struct
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import override_settings

from holdfast.capabilities.bookings.commands.offers import KEPT_DAYS, forget_old_offers
from holdfast.capabilities.bookings.exposure import STICKY_SECONDS, policy_of
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.catalog.queries import get_service
from holdfast.platform import clock
from holdfast.platform.cache import forget_cache
from holdfast.platform.tenancy import tenant_context
from tests.api_client import Answer, ApiClient, staff_client
from tests.capabilities.bookings.classes import book_seats, publish_class, slot
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database
from tests.redis_server import RedisServer
from tests.stack import Stack

CUT = NewService("Cut", 45, "EUR", price_minor=4_500, flow="hold", slot_granularity_minutes=15)
NUMBER = struct.Struct(">q")
CURATED = {"exposure": {"policy": "curated"}}
EIGHT_PAST = datetime.now(UTC).replace(minute=8, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def salon(database: Database) -> Business:
    return make_business(people=2, services=(CUT,), settings=CURATED)


@pytest.fixture
def with_redis(redis_server: RedisServer) -> Iterator[RedisServer]:
    """This process keeps what may be forgotten in a Redis."""
    forget_cache()
    with override_settings(HOLDFAST=replace(settings.HOLDFAST, redis_url=redis_server.url)):
        yield redis_server
    forget_cache()


def path(salon: Business, *, days: int = 9, **more: object) -> str:
    day = (EIGHT_PAST + timedelta(days=days)).astimezone(salon.zone).date()
    asked: dict[str, object] = {"service_id": salon.services["Cut"], "date": day, **more}
    return "/api/v1/slots?" + "&".join(f"{name}={value}" for name, value in asked.items())


def look(salon: Business, who: str = "lena", *, at: datetime = EIGHT_PAST, **more: Any) -> Answer:
    with clock.frozen(at):
        return ApiClient(salon.slug).get(path(salon, **more), X_Session_Id=who)


def offers(database: Database) -> list[tuple[Any, ...]]:
    return database.rows(
        "select variant, is_first, total, cardinality(starts_at), resource_id, local_date from slot_offer"
        " order by id"
    )


class TestPolicy:
    @pytest.mark.parametrize(
        ("of_tenant", "of_service", "is_curated"),
        [
            ({}, None, False),
            ({"exposure": {"policy": "all"}}, None, False),
            (CURATED, None, True),
            (CURATED, "all", False),
            ({}, "curated", True),
            ({"exposure": "curated"}, None, False),
            ({"exposure": {"policy": "no such policy"}}, None, False),
        ],
    )
    def test_the_service_speaks_before_the_business(
        self, salon: Business, of_tenant: dict[str, Any], of_service: str | None, is_curated: bool
    ) -> None:
        with tenant_context(salon.tenant_id, TESTER.label):
            found = get_service(salon.services["Cut"])
        assert found is not None
        service = replace(found, exposure=of_service)
        assert policy_of(of_tenant, service).is_curated is is_curated
        assert not policy_of(of_tenant, service).only_exposed
        if is_curated:
            exposure = {**(of_tenant.get("exposure") or {}), "only_exposed": True}
            assert policy_of({"exposure": exposure}, service).only_exposed
        assert not policy_of({"exposure": {"policy": "all", "only_exposed": True}}, found).only_exposed

    def test_without_a_policy_all_are_shown_and_nothing_is_noted(self, database: Database) -> None:
        plain = make_business(services=(CUT,))
        answer = look(plain)
        assert len(answer.data) == answer.meta["total"] == 46
        assert (answer.meta["exposure"], answer.meta["variant"]) == ("all", "all")
        assert offers(database) == []


class TestOffers:
    def test_a_lot_is_noted_once(self, salon: Business, database: Database) -> None:
        first = look(salon)
        day = (EIGHT_PAST + timedelta(days=9)).astimezone(salon.zone).date()
        for minutes in (1, 6):
            look(salon, at=EIGHT_PAST + timedelta(minutes=minutes))
        assert offers(database) == [("control", True, 46, len(first.data), None, day)]
        stored = database.rows("select starts_at, local_starts, able from slot_offer")[0]
        assert [f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in stored[0]] == [
            each["starts_at"] for each in first.data
        ]
        assert [at.isoformat() for at in stored[1]] == [each["local_start"] for each in first.data]
        assert stored[2] == [each["resource_ids"] for each in first.data]
        look(salon, at=EIGHT_PAST + timedelta(seconds=STICKY_SECONDS))
        assert len(offers(database)) == 2

    def test_what_takes_a_place_is_noted_alone(self, salon: Business, database: Database) -> None:
        one = salon.resource_ids[0]
        before = [each["starts_at"] for each in look(salon, resource_id=one).data]
        booking = {
            "service_id": str(salon.services["Cut"]),
            "starts_at": before[0],
            "resource_id": str(one),
            "customer_email": "ann@example.com",
            "customer_name": "Ann",
        }
        assert ApiClient(salon.slug).post("/api/v1/bookings", booking).status == 201
        after = [each["starts_at"] for each in look(salon, resource_id=one).data]
        new = set(after) - set(before)
        assert [row[1:4] for row in offers(database)] == [
            (True, 46, len(before)),
            (False, len(_all(salon, one)), len(new)),
        ]
        assert new

    def test_staff_and_other_questions_are_not_noted(self, salon: Business, database: Database) -> None:
        day = salon.start(days=9).astimezone(salon.zone).date()
        staff_client(salon, "frontdesk").get(path(salon))
        guest = ApiClient(salon.slug)
        assert guest.get(f"/api/v1/dates?service_id={salon.services['Cut']}").status == 200
        month = f"/api/v1/availability?service_id={salon.services['Cut']}&month={day:%Y-%m}"
        assert guest.get(month).status == 200
        assert offers(database) == []

    def test_an_answer_does_not_fail_with_its_note(self, salon: Business, database: Database) -> None:
        with database.cluster.connect() as admin:
            admin.execute("alter table slot_offer add constraint none_today check (total < 0)")
        try:
            answer = look(salon)
            assert (answer.status, answer.meta["total"]) == (200, 46)
            assert offers(database) == []
        finally:
            with database.cluster.connect() as admin:
                admin.execute("alter table slot_offer drop constraint none_today")

    def test_old_ones_are_forgotten(self, salon: Business, database: Database) -> None:
        look(salon, "old")
        with database.cluster.connect() as admin:
            admin.execute(
                "update slot_offer set offered_at = clock_timestamp() - make_interval(days => %s)",
                [KEPT_DAYS],
            )
        look(salon, "new")
        with tenant_context(salon.tenant_id, TESTER.label):
            assert forget_old_offers() == 1
            assert forget_old_offers() == 0
        assert len(offers(database)) == 1


def _all(salon: Business, resource_id: object) -> list[str]:
    answer = ApiClient(salon.slug).get(path(salon, resource_id=resource_id), X_Exposure_Variant="all")
    return [each["starts_at"] for each in answer.data]


def test_a_start_that_is_freed_pushes_none_out(salon: Business) -> None:
    """For seven minutes; then the lot is drawn of all that is free."""
    one = salon.resource_ids[0]
    desk = staff_client(salon, "frontdesk")
    changed = 0
    for number in range(8):
        who = f"visitor {number}"
        drawn = look(salon, who, resource_id=one).data
        booking = {
            "service_id": str(salon.services["Cut"]),
            "starts_at": drawn[0]["starts_at"],
            "resource_id": str(one),
            "customer_name": "Ann",
            "customer_email": "ann@example.com",
        }
        made = desk.post("/api/v1/bookings", booking)
        assert made.status == 201
        later = EIGHT_PAST + timedelta(seconds=STICKY_SECONDS)
        before = look(salon, who, at=later, resource_id=one).data
        assert desk.delete(f"/api/v1/bookings/{made.data['id']}").status == 200
        assert look(salon, who, at=later + timedelta(minutes=6), resource_id=one).data == before
        changed += look(salon, who, at=later + timedelta(minutes=7), resource_id=one).data != before
    assert changed > 3


class TestShared:
    def test_keys_and_values_give_nobody_away(
        self, salon: Business, with_redis: RedisServer, capfd: pytest.CaptureFixture[str]
    ) -> None:
        guest = ApiClient(salon.slug)
        guest.http.defaults["REMOTE_ADDR"] = "203.0.113.77"
        with clock.frozen(EIGHT_PAST):
            guest.get(path(salon))
            guest.get(path(salon), X_Session_Id="ann@example.com")
        keys = with_redis.keys()
        assert len(keys) == 2
        values = b"".join(with_redis.client.get(key) or b"" for key in keys)
        said = "".join(keys) + capfd.readouterr().out
        for secret in ("203.0.113.77", "ann", "example"):
            assert secret not in said
            assert secret.encode() not in values
        assert all(key.startswith(f"holdfast:expose:{salon.tenant_id}:") for key in keys)
        assert all(0 < with_redis.client.ttl(key) <= STICKY_SECONDS for key in keys)

    def test_garbage_is_no_memory(self, salon: Business, with_redis: RedisServer) -> None:
        first = look(salon).data
        (key,) = with_redis.keys()
        for garbage in (b"", b"x", b"x" * 8, b"\xff" * 16, b"\x00" * 800):
            with_redis.client.set(key, garbage)
            assert look(salon).data == first

    def test_two_web_processes_show_what_either_remembers(
        self, database: Database, redis_server: RedisServer, new_stack: Callable[..., Stack]
    ) -> None:
        """Starts written into Redis by hand are shown by both: both ask it. Without Redis the lot counts."""
        stack = new_stack(web_workers=2, with_worker=False, environment={"REDIS_URL": redis_server.url})
        salon = make_business(people=2, services=(CUT,), settings=CURATED)

        def ask(_: int) -> tuple[str, ...]:
            wanted = urllib.request.Request(
                stack.base_url + path(salon),
                headers={"Host": f"{salon.slug}.localhost", "X-Session-Id": "lena"},
            )
            with urllib.request.urlopen(wanted, timeout=10) as answer:
                return tuple(each["starts_at"] for each in json.load(answer)["data"])

        with ThreadPoolExecutor(8) as pool:
            (drawn,) = set(pool.map(ask, range(40)))
            (key,) = redis_server.keys()
            hour, until, *_ = (
                number for (number,) in NUMBER.iter_unpack(redis_server.client.get(key) or b"")
            )
            other = [start for start in _all(salon, salon.resource_ids[0]) if start not in drawn][
                : len(drawn)
            ]
            picks = [int(datetime.fromisoformat(start).timestamp()) for start in other]
            kept = b"".join(NUMBER.pack(number) for number in (hour, until, *picks))
            redis_server.client.set(key, kept, keepttl=True)
            assert set(pool.map(ask, range(60))) == {tuple(sorted(other))}
            redis_server.kill()
            assert set(pool.map(ask, range(40))) == {drawn}


class TestGroups:
    def test_starts_with_seats_left_are_in_the_lot(self, database: Database) -> None:
        """S1, step 2: `status` open or partial, and more seats than are booked and held."""
        salon = make_business(services=(CUT,), settings=CURATED)
        publish_class(salon, days=9)
        salon.services["Cut"] = salon.services["yoga"]
        day = salon.start(days=9).astimezone(salon.zone).date()
        with clock.frozen(EIGHT_PAST):
            address = f"/api/v1/slots?service_id={salon.services['yoga']}&date={day}"
            first = ApiClient(salon.slug).get(address)
            assert 3 <= len(first.data) <= 5
            assert first.meta["total"] == 12
            assert {each["seats_left"] for each in first.data} == {6}
            shown = [slot(salon, UUID(each["slot_id"])) for each in first.data]
            partly = book_seats(salon, shown[0], 5)
            full = book_seats(salon, shown[1], 6, email="bob@example.com")
            assert (partly.status, full.status) == (201, 201)
            again = ApiClient(salon.slug).get(address)
        left = {each["starts_at"]: each["seats_left"] for each in again.data}
        assert again.meta["total"] == 11
        assert left[first.data[0]["starts_at"]] == 1
        assert first.data[1]["starts_at"] not in left
        assert {each["starts_at"] for each in first.data[2:]} <= left.keys()
        assert len(left) == len(first.data)
