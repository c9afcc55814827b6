"""Visits and moves as clients ask for them over the API."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.bookings.moves import everything
from tests.capabilities.bookings.salon import People, make_salon
from tests.capabilities.business import Business
from tests.cluster import Database
from tests.concurrency.truths import untruths


@pytest.fixture
def salon(database: Database) -> tuple[Business, People]:
    return make_salon()


def text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def test_a_visit_is_booked_read_and_moved(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    guest, desk = ApiClient(business.slug), staff_client(business, "frontdesk")
    wish = {
        "service_ids": [str(business.services["colour"]), str(business.services["massage"])],
        "add_on_ids": [str(business.services["nails"])],
        "roles": {"room": str(people["big room"])},
        "artist_id": str(people["noa"]),
        "starts_at": text(business.start()),
    }
    made = guest.post("/api/v1/bookings", wish, Idempotency_Key=new_key())
    assert (made.status, made.data["status"]) == (201, "held"), made.body
    assert [item["title"] for item in made.data["items"]] == ["colour", "massage", "nails"]
    assert made.data["ends_at"] == text(business.start(hour=12, minute=30))

    path = f"/api/v1/bookings/{made.data['id']}"
    seen = desk.get(path)
    assert [(each["role"], each["resource_id"]) for each in seen.data["resources"]] == [
        ("stylist", str(people["noa"])),
        ("lead", str(people["ida"])),
        ("stylist", str(people["noa"])),
        # She does the nails and the massage: one person, one role.
        ("lead", str(people["ida"])),
        ("room", str(people["big room"])),
    ]
    # Nobody of a party gets it, and none of it begins later than the visit.
    items = [{**each, "guest": None, "offset_minutes": None} for each in made.data["items"]]
    assert seen.data["items"] == items
    listed = desk.get(f"/api/v1/bookings?start={business.start():%Y-%m-%d}")
    assert [(each["items"], each["resources"]) for each in listed.data] == [(items, None)]

    there = text(business.start(hour=15))
    moved = guest.patch(path, {"starts_at": there}, If_Match='"1"', Idempotency_Key=new_key())
    assert (moved.status, moved.data["starts_at"], moved.headers["ETag"]) == (200, there, '"2"')
    stale = desk.patch(path, {"starts_at": text(business.start())}, If_Match='"1"')
    assert (stale.status, stale.error) == (409, "VERSION_CONFLICT")
    handed = desk.patch(path, {"stylist_id": str(people["mia"]), "version": 2})
    assert (handed.data["resource_id"], handed.data["version"]) == (str(people["mia"]), 3)
    assert untruths(database) == {}


def test_a_refused_move_offers_other_times(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    guest = ApiClient(business.slug)
    wish = {"service_id": str(business.services["cut"]), "resource_id": str(people["mia"])}
    made = guest.post("/api/v1/bookings", wish | {"starts_at": text(business.start())})
    guest.post("/api/v1/bookings", wish | {"starts_at": text(business.start(hour=12))})
    stored = everything(database)
    path = f"/api/v1/bookings/{made.data['id']}"
    refused = guest.patch(path, {"starts_at": text(business.start(hour=12))})
    assert (refused.status, refused.error, len(refused.json["alternatives"])) == (409, "SLOT_FULL", 3)
    for body, field in (
        ({}, "status"),
        ({"status": "cancelled", "starts_at": text(business.start(hour=14))}, "status"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": text(business.start(minute=7))}, "starts_at"),
        ({"resource_id": str(people["ida"])}, "resource_id"),
    ):
        answer = guest.patch(path, body)
        assert (answer.status, answer.field) == (422, field), answer.body
    stranger = ApiClient(business.slug).patch(path, {"starts_at": text(business.start(hour=14))})
    assert (stranger.status, stranger.error) == (401, "UNAUTHENTICATED")
    assert everything(database) == stored


def test_one_service_is_named_once(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    guest = ApiClient(business.slug)
    cut, colour = str(business.services["cut"]), str(business.services["colour"])
    stored = everything(database)
    at = {"starts_at": text(business.start())}
    for body, field in (
        ({}, "service_id"),
        ({"service_id": cut, "service_ids": [colour]}, "service_ids"),
        (
            {"service_id": cut, "resource_id": str(people["mia"]), "resource_ids": [str(people["noa"])]},
            "resource_ids",
        ),
        ({"service_ids": [cut] * 11}, "service_ids"),
    ):
        answer = guest.post("/api/v1/bookings", body | at)
        assert (answer.status, answer.field) == (422, field), answer.body
    assert everything(database) == stored
