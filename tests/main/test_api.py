"""What the API does around every operation: tenants, routes, methods, bodies, HEAD, health."""

from __future__ import annotations

import pytest
from django.db import connection

from holdfast.platform.http import health
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, make_account, signed_in, staff_client
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database


@pytest.fixture
def business(database: Database) -> Business:
    return make_business()


@pytest.fixture
def guest(business: Business) -> ApiClient:
    return ApiClient(business.slug)


def test_a_host_that_is_nobodys(business: Business) -> None:
    for slug in ("nobody", "xn--80ak6aa92e", "a" * 70, "-", "salon.salon"):
        refused = ApiClient(slug).get("/api/v1/services")
        assert (refused.status, refused.error, refused.field) == (404, "TENANT_UNKNOWN", "Host")


@pytest.mark.parametrize("host", ["salon.localhost\x00", "säl.localhost", "", "[::1]:8000", "a b", "%00"])
def test_a_host_that_is_no_host(business: Business, host: str) -> None:
    refused = ApiClient("x").get("/api/v1/services", Host=host)
    assert 400 <= refused.status < 500


def test_a_machine_may_name_the_tenant(business: Business) -> None:
    nobody = ApiClient("nobody")
    assert nobody.get("/api/v1/services", X_Tenant=business.slug).status == 200
    assert nobody.get("/api/v1/services", X_Tenant="../salon").error == "TENANT_UNKNOWN"
    other = make_business("other", people=2)
    # The host decides where there is one; a header cannot point elsewhere.
    assert len(ApiClient(other.slug).get("/api/v1/artists", X_Tenant=business.slug).data) == 2


def test_a_suspended_business_is_gone(business: Business, guest: ApiClient, database: Database) -> None:
    with database.cluster.connect() as admin:
        admin.execute("update tenant set status = 'suspended'")
    from holdfast.capabilities.tenants.queries import forget_tenants

    forget_tenants()
    assert guest.get("/api/v1/services").error == "TENANT_UNKNOWN"


@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/nothing", "/v1/x/y", "/admin/v1/nothing", "/api/v1/services/"]
)
def test_an_address_that_is_not_there(guest: ApiClient, path: str) -> None:
    refused = guest.get(path)
    assert (refused.status, refused.error) == (404, "NOT_FOUND")
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.headers["X-Content-Type-Options"] == "nosniff"


def test_a_method_that_is_not_taken(guest: ApiClient) -> None:
    refused = guest.send("PUT", "/api/v1/bookings", {})
    assert (refused.status, refused.error) == (405, "METHOD_NOT_ALLOWED")
    assert {each.strip() for each in refused.headers["Allow"].split(",")} == {"GET", "POST"}
    overridden = guest.post("/api/v1/services?_method=DELETE", {"name": "x"}, X_HTTP_Method_Override="PATCH")
    assert overridden.error == "UNAUTHENTICATED"


def test_head_is_get_without_content(guest: ApiClient) -> None:
    full, head = guest.get("/api/v1/services"), guest.send("HEAD", "/api/v1/services")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(full.body))


def test_safe_methods_change_nothing(guest: ApiClient, database: Database) -> None:
    before = database.rows("select count(*) from pg_stat_activity where false")
    for path in ("/api/v1/bookings", "/v1/bookings/00000000-0000-0000-0000-000000000000/confirm"):
        for method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            assert guest.send(method, path).status in (401, 404, 405)
    assert database.rows("select count(*) from booking") == [(0,)]
    assert before == [(0,)]


def test_a_member_of_another_business_is_a_guest_here(business: Business) -> None:
    other = make_business("other")
    stranger = signed_in(business, make_account(other, "owner"))
    assert stranger.get("/api/v1/bookings").error == "UNAUTHENTICATED"
    assert stranger.get("/admin/v1/services").error == "UNAUTHENTICATED"


def test_taking_a_membership_away_counts_at_once(business: Business) -> None:
    desk = staff_client(business, "frontdesk")
    assert desk.get("/api/v1/bookings").status == 200
    with tenant_context(business.tenant_id, TESTER.label), connection.cursor() as cursor:
        cursor.execute("update membership set is_active = false")
    assert desk.get("/api/v1/bookings").error == "UNAUTHENTICATED"


def test_a_field_is_named_as_it_was_sent(guest: ApiClient, business: Business) -> None:
    sent = {"service_id": str(business.services["book"]), "client_name": "Ann", "client_email": "nonsense"}
    assert guest.post("/api/v1/bookings", sent | {"client_email": "a@b.co"}).field == "start_time"
    start = business.start().isoformat()
    assert guest.post("/api/v1/bookings", sent | {"start_time": start}).field == "client_email"
    assert guest.post("/api/v1/bookings", sent | {"starts_at": start}).field == "client_email"
    ours = {
        "service_id": sent["service_id"],
        "starts_at": start,
        "customer_name": "A",
        "customer_email": "no",
    }
    assert guest.post("/api/v1/bookings", ours).field == "customer_email"
    unknown = "00000000-0000-0000-0000-000000000000"
    for name in ("resource_id", "artist_id", "stylist_id", "provider_id"):
        refused = guest.post("/api/v1/bookings", ours | {"customer_email": "a@b.co", name: unknown})
        assert (refused.status, refused.field) == (404, name)


def test_health(guest: ApiClient, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    anywhere = ApiClient("nobody")
    assert anywhere.get("/healthz").json == {"status": "ok"}
    assert anywhere.get("/readyz").json == {"status": "ready"}
    monkeypatch.setattr(health, "_known_good", set())
    with database.cluster.connect() as admin:
        admin.execute(
            "update django_migrations set name = 'away' where name = '0001_initial' and app = 'bookings'"
        )
    refused = anywhere.get("/readyz")
    assert (refused.status, refused.error) == (503, "NOT_READY")
    assert "bookings.0001_initial" in refused.json["detail"]
    with database.cluster.connect() as admin:
        admin.execute("update django_migrations set name = '0001_initial' where name = 'away'")
    assert anywhere.get("/readyz").status == 200


def test_not_ready_without_a_database(guest: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise connection.Database.OperationalError("connection refused")

    monkeypatch.setattr(health, "_check_database", lambda: connection.wrap_database_errors(away)())
    refused = guest.get("/readyz")
    assert (refused.status, refused.error, refused.headers["Retry-After"]) == (503, "NOT_READY", "1")
    assert guest.get("/healthz").status == 200
