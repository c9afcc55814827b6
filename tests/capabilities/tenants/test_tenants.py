"""Businesses: made by operators, found by their host, blind to each other."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.test import Client

from holdfast.capabilities.tenants.commands import add_domain, create_location, create_tenant
from holdfast.capabilities.tenants.queries import (
    find_tenant,
    forget_tenants,
    get_tenant,
    list_locations,
    list_tenants,
)
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Forbidden, Invalid, Unauthenticated
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import MissingContext, tenant_context
from tests.capabilities.business import TESTER, forget_everything, make_business
from tests.cluster import Database


@pytest.fixture(autouse=True)
def _fresh(database: Database) -> None:
    forget_everything()


def test_a_business_is_found_by_its_slug_and_its_domains() -> None:
    salon = make_business("salon")
    with tenant_context(salon.tenant_id, TESTER.label):
        add_domain(actor=TESTER, host="Book.Salon.Example")
    for host in ("salon.localhost", "SALON.localhost", "salon.localhost.", "book.salon.example"):
        found = find_tenant(host, base_domain="localhost")
        assert found is not None, host
        assert found.id == salon.tenant_id
    for host in ("localhost", "other.localhost", "salon.example", "x.salon.localhost", ".localhost", ""):
        assert find_tenant(host, base_domain="localhost") is None, host


def test_what_is_remembered_of_a_host_is_forgotten_when_a_business_is_made() -> None:
    assert find_tenant("salon.localhost", base_domain="localhost") is None
    make_business("salon")
    assert find_tenant("salon.localhost", base_domain="localhost") is not None


def test_a_suspended_business_answers_nobody(database: Database) -> None:
    salon = make_business("salon")
    with database.cluster.connect() as operator:
        operator.execute("update tenant set status = 'suspended'")
    forget_tenants()
    found = get_tenant(salon.tenant_id)
    assert found is not None
    assert not found.is_active
    headers = {"host": "salon.localhost"}
    assert Client().get("/book/", headers=headers).status_code == 404
    assert Client().get("/account/login/", headers=headers).status_code == 404
    answer = Client().get("/api/v1/services", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (404, "TENANT_UNKNOWN")


@pytest.mark.parametrize("slug", ["", "Salon", "-salon", "salon-", "a_b", "ü", "a" * 64, "a.b"])
def test_a_slug_must_be_a_host_label(database: Database, slug: str) -> None:
    with pytest.raises(IntegrityError):
        create_tenant(actor=TESTER, slug=slug, name="Salon", time_zone="UTC", currency="EUR")
    assert database.rows("select count(*) from tenant") == [(0,)]
    assert database.rows("select count(*) from tenant_key") == [(0,)]


def test_two_businesses_cannot_share_a_slug(database: Database) -> None:
    make_business("salon")
    with pytest.raises(IntegrityError):
        create_tenant(actor=TESTER, slug="salon", name="Another", time_zone="UTC", currency="EUR")
    assert database.rows("select count(*) from tenant_key") == [(1,)]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "europe/berlin "])
def test_a_zone_that_is_not_in_the_pinned_data_is_refused(database: Database, zone: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_tenant(actor=TESTER, slug="salon", name="Salon", time_zone=zone, currency="EUR")
    assert refusal.value.field == "time_zone"
    assert list_tenants() == []


def test_only_who_manages_a_business_adds_places_and_domains() -> None:
    salon = make_business("salon")
    desk = Actor(kind="staff", role="frontdesk", account_id=new_id())
    with tenant_context(salon.tenant_id, desk.label):
        with pytest.raises(Forbidden):
            create_location(actor=desk, name="Second", time_zone="UTC")
        with pytest.raises(Unauthenticated):
            add_domain(actor=GUEST, host="x.example")


def test_places_of_one_business_are_not_seen_by_another() -> None:
    salon, other = make_business("salon"), make_business("other")
    with tenant_context(salon.tenant_id, TESTER.label):
        assert [place.name for place in list_locations()] == ["salon street"]
    with tenant_context(other.tenant_id, TESTER.label):
        assert [place.name for place in list_locations()] == ["other street"]
    with pytest.raises(MissingContext):
        list_locations()


def test_a_business_can_be_named_in_a_header_where_the_host_names_none() -> None:
    make_business("salon")
    by_header = {"host": "localhost", "x-tenant": "salon"}
    assert Client().get("/api/v1/services", headers=by_header).status_code == 200
    nobody = Client().get("/api/v1/services", headers={"host": "localhost", "x-tenant": "nobody"})
    assert (nobody.status_code, nobody.json()["error"]) == (404, "TENANT_UNKNOWN")


def test_a_host_that_is_nobodys_has_a_list_of_demo_businesses_and_nothing_else() -> None:
    make_business("salon")
    headers = {"host": "localhost:9400"}
    page = Client().get("/", headers=headers)
    assert page.status_code == 200
    assert "http://salon.localhost:9400/" in page.content.decode()
    for path in ("/console/", "/account/login/", "/book/", "/account/two-factor/"):
        assert Client().get(path, headers=headers).status_code == 404, path


def test_in_production_there_is_no_such_list(settings: object) -> None:
    from dataclasses import replace

    settings.HOLDFAST = replace(settings.HOLDFAST, is_production=True)
    assert Client().get("/", headers={"host": "localhost"}).status_code == 404
