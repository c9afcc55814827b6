"""The waiting list over HTTP, as its owner and as staff."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.bookings.moves import cancel
from tests.capabilities.bookings.waiting import fill_day, look_around
from tests.capabilities.business import Business
from tests.cluster import Database

PATH = "/api/v1/waitlist"


@pytest.fixture
def guest(business: Business) -> ApiClient:
    return ApiClient(business.slug)


def body(business: Business, name: str = "Zoe", **more: Any) -> dict[str, Any]:
    return {
        "service_id": str(business.services["cut"]),
        "from_date": str(business.start().astimezone(business.zone).date()),
        "customer_name": name,
        "customer_email": f"{name.lower()}@example.com",
        **more,
    }


def join(client: ApiClient, business: Business, name: str = "Zoe", **more: Any) -> Answer:
    return client.post(PATH, body(business, name, **more))


def test_join_look_and_leave(business: Business, guest: ApiClient, database: Database) -> None:
    fill_day(business)
    made = join(guest, business, from_time="09:00", to_time="18:00", notes="any chair")
    assert made.status == 201
    token, by_id = made.data["token"], f"{PATH}/{made.data['id']}"
    assert (made.data["place"], made.data["from_time"], made.data["status"]) == (1, "09:00", "waiting")
    seen = guest.get(by_id, X_Booking_Token=token)
    assert (seen.status, seen.data["reasons"]) == (200, [{"code": "nothing_free", "number": 0}])
    assert seen.headers["ETag"] == '"1"'
    assert "token" not in seen.data
    left = guest.delete(by_id, X_Booking_Token=token)
    assert (left.status, left.data["status"], left.data["place"]) == (200, "left", 0)
    assert guest.delete(by_id, X_Booking_Token=token).data["status"] == "left"


def test_only_its_owner_and_staff_see_an_entry(
    business: Business, guest: ApiClient, database: Database
) -> None:
    fill_day(business)
    mine, other = join(guest, business), join(guest, business, "Max")
    by_id = f"{PATH}/{mine.data['id']}"
    assert guest.get(by_id).error == "UNAUTHENTICATED"
    for token in ("x", other.data["token"]):
        for answer in (guest.get(by_id, X_Booking_Token=token), guest.delete(by_id, X_Booking_Token=token)):
            assert (answer.status, answer.error) == (404, "NOT_FOUND")
    assert guest.get(PATH).error == "UNAUTHENTICATED"
    artist = staff_client(business, "artist")
    assert (artist.get(PATH).error, artist.get(by_id).error) == ("FORBIDDEN", "FORBIDDEN")
    desk = staff_client(business, "frontdesk")
    assert [(each["customer"]["name"], each["place"]) for each in desk.get(PATH).data] == [
        ("Zoe", 1),
        ("Max", 2),
    ]
    assert desk.get(by_id).data["reasons"] is not None


def test_a_retry_is_answered_the_same_and_waits_once(
    business: Business, guest: ApiClient, database: Database
) -> None:
    fill_day(business)
    key = new_key()
    first = guest.post(PATH, body(business), Idempotency_Key=key)
    again = guest.post(PATH, body(business), Idempotency_Key=key)
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert guest.post(PATH, body(business, "Max"), Idempotency_Key=key).error == "IDEMPOTENCY_KEY_REUSED"
    assert database.rows("select count(*) from waitlist_entry") == [(1,)]
    # The kept answer holds the contact sealed, not as text.
    kept = database.rows("select body from idempotency_record where route like '%%waitlist%%'")
    assert len(kept) == 1
    assert b"zoe" not in bytes(kept[0][0]).lower()


def test_what_is_free_is_named_instead(business: Business, guest: ApiClient, database: Database) -> None:
    refused = join(guest, business)
    assert (refused.status, refused.error) == (409, "WAITLIST_NOT_NEEDED")
    assert len(refused.json["alternatives"]) == 3
    day = str(business.start(days=-3).astimezone(business.zone).date())
    past = join(guest, business, from_date=day)
    assert (past.status, past.error, past.field) == (422, "WINDOW_PAST", "to_date")
    nobody = guest.post(
        PATH, {name: value for name, value in body(business).items() if "customer" not in name}
    )
    assert nobody.error == "CONTACT_REQUIRED"


def test_staff_find_who_waits_and_offer_by_hand(
    business: Business, guest: ApiClient, database: Database
) -> None:
    taken = fill_day(business)
    join(guest, business)
    second = join(guest, business, "Max")
    desk = staff_client(business, "frontdesk")
    day = body(business)["from_date"]
    for query, count in (
        (f"?from={day}&to={day}", 2),
        (f"?service_id={business.services['style']}", 0),
        ("?status=left", 0),
        ("?limit=1", 1),
    ):
        assert len(desk.get(PATH + query).data) == count, query
    cancel(business, taken[2])
    offer = desk.post(
        f"{PATH}/{second.data['id']}/offer", {"starts_at": f"{business.start(hour=10):%Y-%m-%dT%H:%M:%SZ}"}
    )
    assert (offer.status, offer.data["status"]) == (200, "offered")
    booking = offer.data["offer"]["booking_id"]
    assert desk.get(f"/api/v1/bookings/{booking}").data["source"] == "waitlist"
    # The other one is asked next, and the list says so.
    cancel(business, taken[3])
    assert look_around() == 1
    assert [each["status"] for each in desk.get(PATH).data] == ["offered", "offered"]
    removed = desk.delete(f"{PATH}/{second.data['id']}")
    assert removed.data["status"] == "left"
    assert database.rows("select outcome from waitlist_offer order by offered_at") == [
        ("withdrawn",),
        ("open",),
    ]
