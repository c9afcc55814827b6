"""The demo businesses: complete, alive, honest about being fictional, and never in production."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from holdfast.capabilities.bookings.queries import count_free_starts, list_bookings
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.catalog.queries import list_services
from holdfast.capabilities.people.queries import list_resources
from holdfast.capabilities.tenants.queries import find_tenant, list_locations, list_tenants
from holdfast.main.demo import DEMO_PASSWORD, load, load_demo
from holdfast.main.up.welcome import DEMO_LOGINS, DEMO_TENANTS
from holdfast.platform import clock
from holdfast.platform.config import BadConfiguration
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, forget_everything, make_business
from tests.cluster import Database

FRIDAY = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
SLUGS = ("glow", "luma", "north", "sol")


@pytest.fixture(autouse=True)
def _fresh(database: Database) -> Iterator[None]:
    forget_everything()
    yield
    forget_everything()


def rows_of(database: Database) -> dict[str, int]:
    names = [name for (name,) in database.rows("select tablename from pg_tables where schemaname = 'public'")]
    kept = {"django_migrations", "django_content_type"}
    return {name: database.rows(f"select count(*) from {name}")[0][0] for name in names if name not in kept}


def test_four_businesses_are_loaded_once_in_a_few_seconds(database: Database) -> None:
    began = time.process_time()
    assert load_demo() is True
    assert time.process_time() - began < 5
    assert tuple(tenant.slug for tenant in list_tenants()) == SLUGS
    before = rows_of(database)
    assert load_demo() is False
    assert rows_of(database) == before


def test_an_installation_with_a_business_of_its_own_is_left_alone(database: Database) -> None:
    make_business("salon")
    before = rows_of(database)
    assert load_demo() is False
    assert rows_of(database) == before


def test_an_interrupted_load_leaves_nothing_behind(database: Database) -> None:
    before = rows_of(database)
    build = load.build_business

    def build_two(business: Any, **options: Any) -> Any:
        if business.slug == "sol":
            raise KeyboardInterrupt
        return build(business, **options)

    with patch.object(load, "build_business", build_two), pytest.raises(KeyboardInterrupt):
        load_demo()
    assert rows_of(database) == before
    forget_everything()
    assert load_demo() is True


def test_production_refuses_accounts_with_a_known_password(database: Database, settings: Any) -> None:
    before = rows_of(database)
    settings.HOLDFAST = replace(settings.HOLDFAST, is_production=True)
    with pytest.raises(BadConfiguration):
        load_demo()
    assert rows_of(database) == before


def test_each_business_is_what_its_document_describes() -> None:
    load_demo()
    found = {}
    for tenant in list_tenants():
        with tenant_context(tenant.id, TESTER.label):
            flows = {service.flow for service in list_services()}
            found[tenant.slug] = (
                tenant.time_zone,
                tenant.currency,
                len(list_locations()),
                len(list_resources()),
                flows,
            )
            assert {service.currency for service in list_services()} == {tenant.currency}
            for key in ("tagline", "headline", "about", "policy", "hue"):
                assert tenant.settings.get(key), (tenant.slug, key)
    assert found == {
        "glow": ("America/New_York", "USD", 1, 1, {"instant"}),
        "luma": ("Asia/Dubai", "AED", 2, 6, {"hold"}),
        "sol": ("Europe/Berlin", "EUR", 1, 1, {"approval", "instant"}),
        "north": ("Europe/Paris", "EUR", 1, 12, {"approval", "instant"}),
    }
    luma = find_tenant("luma.localhost", base_domain="localhost")
    assert luma is not None
    assert set(luma.settings["translations"]["ar"]) == {"tagline", "headline", "about", "policy"}


def test_everybody_of_the_demo_can_sign_in_and_sees_the_day() -> None:
    load_demo()
    for email in DEMO_LOGINS:
        slug = email.partition("@")[2].removesuffix(".test")
        client, headers = Client(), {"host": f"{slug}.localhost"}
        answer = client.post("/account/login/", {"login": email, "password": DEMO_PASSWORD}, headers=headers)
        assert (answer.status_code, answer["Location"]) == (302, "/console/"), email
        assert client.get("/console/", headers=headers).status_code == 200, email
    assert {slug for slug, _ in DEMO_TENANTS} == set(SLUGS)


@pytest.mark.parametrize(
    "now",
    [
        FRIDAY,
        datetime(2027, 1, 1, 0, 5, tzinfo=UTC),
        # The nights in which clocks change in New York and in Europe.
        datetime(2027, 3, 14, 6, 59, tzinfo=UTC),
        datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    ],
)
def test_the_calendars_are_alive_around_any_day_and_leave_plenty_free(now: datetime) -> None:
    with clock.frozen(now):
        load_demo()
        for tenant in list_tenants():
            today = now.astimezone(ZoneInfo(tenant.time_zone)).date()
            with tenant_context(tenant.id, TESTER.label):
                coming = list_bookings(
                    actor=TESTER, starts_at=now, ends_at=now + timedelta(days=14), statuses=("confirmed",)
                )
                past = list_bookings(actor=TESTER, starts_at=now - timedelta(days=5), ends_at=now)
                assert len(coming) >= 5, tenant.slug
                assert past, tenant.slug
                for service in list_services():
                    free = count_free_starts(
                        Wanted((service.id,)),
                        from_date=today,
                        to_date=today + timedelta(days=14),
                        now=now,
                    )
                    assert sum(free.values()) >= 5, (tenant.slug, service.name)


def test_some_requests_wait_and_some_bookings_were_cancelled(database: Database) -> None:
    with clock.frozen(FRIDAY):
        load_demo()
    waiting = dict(
        database.rows(
            "select t.slug, count(*) from booking b join tenant t on t.id = b.tenant_id"
            " where b.status = 'pending' and b.starts_at > %s group by 1",
            [FRIDAY],
        )
    )
    assert waiting.get("sol", 0) >= 1
    assert waiting.get("north", 0) >= 1
    assert set(waiting) <= {"sol", "north"}
    assert database.rows("select count(*) from booking where status = 'held'") == [(0,)]
    assert database.rows("select count(*) > 3 from booking where status = 'cancelled'") == [(True,)]


def test_demo_people_are_fictional_and_nobody_writes_to_them(database: Database) -> None:
    load_demo()
    assert database.rows("select distinct source from booking") == [("demo",)]
    jobs = database.rows("select distinct task_name from procrastinate_jobs")
    assert jobs == [("demo.make_picture",)]
    for tenant in list_tenants():
        with tenant_context(tenant.id, TESTER.label):
            now = clock.now()
            for booking in list_bookings(
                actor=TESTER, starts_at=now - timedelta(days=5), ends_at=now + timedelta(days=15)
            ):
                assert booking.contact is not None
                assert booking.contact.email.endswith("@example.com")


def test_what_is_booked_takes_its_time_and_nothing_else_does(database: Database) -> None:
    load_demo()
    assert database.rows(
        "select count(*) from booking b full join allocation a on a.tenant_id = b.tenant_id"
        " and a.booking_id = b.id where b.slot_id is null and (a.id is not null) <>"
        " (b.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show'))"
    ) == [(0,)]


def test_a_class_is_published_with_seats_and_parties_are_welcome(database: Database) -> None:
    load_demo()
    sessions = database.rows(
        "select t.slug, s.name, i.capacity, count(*) >= 15, sum(i.booked) > 0 from slot_instance i"
        " join tenant t on t.id = i.tenant_id join service s on s.id = i.service_id group by 1, 2, 3"
    )
    assert sessions == [("luma", "Braiding class", 6, True, True)]
    parties = [tenant.slug for tenant in list_tenants() if tenant.settings.get("parties")]
    assert parties == ["glow", "luma"]
