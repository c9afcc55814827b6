"""Prefixes and nouns of the documents lead to the one API."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from holdfast.main.aliases import rewrite
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.business import make_business
from tests.cluster import Database


@pytest.mark.parametrize(
    ("sent", "path", "surface"),
    [
        ("/api/v1/services", "/api/v1/services", "/api/v1/"),
        ("/api/v1/artists", "/api/v1/resources", "/api/v1/"),
        ("/api/v1/admin/appointments", "/api/v1/bookings", "/api/v1/admin/"),
        ("/api/v1/admin/bookings/7/confirm", "/api/v1/bookings/7/confirm", "/api/v1/admin/"),
        ("/v1/dates", "/api/v1/dates", "/v1/"),
        ("/v1/bookings/7/confirm", "/api/v1/bookings/7/confirm", "/v1/"),
        ("/admin/v1/stylists", "/api/v1/resources", "/admin/v1/"),
        ("/api/bookings", "/api/v1/bookings", "/api/"),
        ("/api/providers", "/api/v1/resources", "/api/"),
        ("/api/blocked_periods/7", "/api/v1/blackouts/7", "/api/"),
        # A noun is one only in its place.
        ("/api/v1/services/artists", "/api/v1/services/artists", "/api/v1/"),
        ("/api/v1/artists-of-old", "/api/v1/artists-of-old", "/api/v1/"),
    ],
)
def test_paths(sent: str, path: str, surface: str) -> None:
    request = RequestFactory().get(sent)
    found = rewrite(request)
    assert found is not None
    assert (request.path_info, found.prefix) == (path, surface)
    assert request.path == sent


@pytest.mark.parametrize(
    "path", ["/", "/book/cut", "/admin/", "/v1", "/v10/x", "/console/api/v1/", "/apis/x"]
)
def test_pages_are_left_alone(path: str) -> None:
    request = RequestFactory().get(path)
    assert rewrite(request) is None
    assert request.path_info == path


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("stylist_id=1&x=2", "resource_id=1&x=2"),
        ("x=2&provider_id=1", "x=2&resource_id=1"),
        ("artist_id=1", "resource_id=1"),
        ("my_artist_id=1", "my_artist_id=1"),
        ("q=artist_id=1", "q=artist_id=1"),
    ],
)
def test_nouns_in_a_query(sent: str, meant: str) -> None:
    request = RequestFactory().get(f"/v1/slots?{sent}")
    rewrite(request)
    assert request.META["QUERY_STRING"] == meant


def test_what_each_surface_asks_for(database: Database) -> None:
    business = make_business()
    guest = ApiClient(business.slug)
    for prefix, status in (
        ("/api/v1", 401),
        ("/api", 401),
        ("/v1", 401),
        ("/admin/v1", 401),
        ("/api/v1/admin", 401),
    ):
        assert guest.get(f"{prefix}/bookings").status == status
    for prefix, status in (
        ("/api/v1", 200),
        ("/api", 200),
        ("/v1", 200),
        ("/admin/v1", 401),
        ("/api/v1/admin", 401),
    ):
        assert guest.get(f"{prefix}/services").status == status
    stylist = staff_client(business, "stylist", resource_id=business.resource_ids[0])
    for prefix, status in (("/api/v1", 200), ("/admin/v1", 403), ("/api/v1/admin", 200)):
        assert stylist.get(f"{prefix}/bookings").status == status


@pytest.mark.parametrize(
    ("path", "flow", "status"),
    [
        ("/api/v1/bookings", "book", "confirmed"),
        ("/api/bookings", "book", "confirmed"),
        ("/api/v1/bookings?mode=hold", "book", "held"),
        ("/v1/bookings", "book", "held"),
        ("/v1/bookings?mode=flow", "book", "held"),
        ("/api/v1/bookings", "cut", "held"),
        ("/api/v1/bookings", "ask", "pending"),
        ("/v1/appointments", "ask", "held"),
    ],
)
def test_where_a_booking_stops(database: Database, path: str, flow: str, status: str) -> None:
    business = make_business()
    sent = {
        "service_id": str(business.services[flow]),
        "starts_at": business.start().isoformat(),
        "customer_name": "Ann",
        "customer_email": "ann@example.com",
    }
    answer = ApiClient(business.slug).post(path, sent, Idempotency_Key=new_key())
    assert (answer.status, answer.data["status"]) == (201, status)
