"""Series over HTTP: keys, versions, what a guest's link cannot reach."""

from __future__ import annotations

from typing import Any

from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database


def body(business: Business, **more: Any) -> dict[str, Any]:
    return {
        "service_id": str(business.services["book"]),
        "starts_at": business.start(days=14).astimezone(business.zone).replace(tzinfo=None).isoformat(),
        "rrule": "FREQ=WEEKLY;COUNT=3",
        "customer_name": "Ann Lee",
        "customer_email": "ann@example.com",
        **more,
    }


def test_preview_and_make(database: Database) -> None:
    business = make_business()
    book(business, "book", business.start(days=21))
    desk = staff_client(business, "frontdesk")
    shown = desk.post("/api/v1/series/preview", body(business))
    assert [each["status"] for each in shown.data["occurrences"]] == ["free", "conflict", "free"]
    taken = shown.data["occurrences"][1]
    assert (taken["reason"], taken["starts_at"]) == ("taken", None)
    assert taken["proposed"]["local_start"].endswith("T09:00:00")
    refused = desk.post("/api/v1/series", body(business))
    assert (refused.status, refused.error) == (409, "SERIES_CONFLICT")
    assert database.rows("select count(*) from booking") == [(1,)]

    wish = body(business, shift={taken["date"]: taken["proposed"]["local_start"]})
    key = new_key()
    made = desk.post("/api/v1/series", wish, Idempotency_Key=key)
    again = desk.post("/api/v1/series", wish, Idempotency_Key=key)
    assert made.status == again.status == 201
    assert made.body == again.body
    assert database.rows("select count(*) from booking") == [(4,)]
    assert [each["series_position"] for each in made.data["bookings"]] == [1, 2, 3]
    assert made.data["resource_id"] == str(business.resource_ids[0])
    reused = desk.post("/api/v1/series", body(business, notes="x"), Idempotency_Key=key)
    assert (reused.status, reused.error) == (422, "IDEMPOTENCY_KEY_REUSED")
    found = desk.get(f"/api/v1/series/{made.data['id']}")
    assert [each["status"] for each in found.data["bookings"]] == ["confirmed"] * 3


def test_change_with_the_version_that_was_seen(database: Database) -> None:
    business = make_business()
    desk = staff_client(business, "frontdesk")
    made = desk.post("/api/v1/series", body(business)).data
    path = f"/api/v1/series/{made['id']}"
    later = business.start(days=21, hour=15).strftime("%Y-%m-%dT%H:%M:%SZ")
    moved = desk.patch(path, {"position": 2, "starts_at": later}, If_Match='"1"')
    assert [each["version"] for each in moved.data["bookings"]] == [2, 2]
    stale = desk.patch(path, {"position": 2, "resource_id": str(business.resource_ids[0])}, If_Match='"1"')
    assert (stale.status, stale.error) == (409, "VERSION_CONFLICT")
    assert desk.patch(path, {"position": 2}).status == 422
    gone = desk.delete(path, {"scope": "all", "reason": "moves away"})
    assert [each["status"] for each in gone.data["bookings"]] == ["cancelled"] * 3
    assert desk.get(path).data["rrule"] == "FREQ=WEEKLY;COUNT=3"
    assert desk.get(f"/api/v1/series/{business.location_id}").status == 404
    assert database.rows("select count(*) from allocation") == [(0,)]


def test_a_link_to_one_reaches_one(database: Database) -> None:
    business = make_business()
    desk = staff_client(business, "frontdesk")
    made = desk.post("/api/v1/series", body(business)).data
    first = made["bookings"][0]
    guest = ApiClient(business.slug)
    proof = {"X_Booking_Token": first["token"]}
    for refused in (
        guest.delete(f"/api/v1/series/{made['id']}", **proof),
        guest.patch(f"/api/v1/series/{made['id']}", {"resource_id": made["resource_id"]}, **proof),
        guest.get(f"/api/v1/series/{made['id']}", **proof),
    ):
        assert refused.status == 401
    assert guest.delete(f"/api/v1/bookings/{first['id']}", **proof).status == 200
    assert database.rows("select status, count(*) from booking group by 1 order by 1") == [
        ("cancelled", 1),
        ("confirmed", 2),
    ]


def test_a_booking_is_repeated(database: Database) -> None:
    business = make_business()
    single = book(business, "book", business.start(days=14))
    desk = staff_client(business, "frontdesk")
    path = f"/api/v1/bookings/{single.booking_id}/repeat"
    rule = {"rrule": "FREQ=WEEKLY;INTERVAL=2;COUNT=3"}
    assert len(desk.post(f"{path}/preview", rule).data["occurrences"]) == 2
    made = desk.post(path, rule, If_Match='"1"')
    assert made.status == 201
    assert [each["id"] == str(single.booking_id) for each in made.data["bookings"]] == [True, False, False]
    assert (desk.post(path, rule).status, desk.post(path, rule, If_Match='"1"').error) == (
        409,
        "VERSION_CONFLICT",
    )
    history = desk.get(f"/api/v1/bookings/{single.booking_id}/history")
    assert history.status == 200
    assert database.rows("select count(*) from booking where series_id is not null") == [(3,)]
