"""Undo over HTTP: once a key, refused with reasons, rehearsed first."""

from __future__ import annotations

import pytest

from holdfast.platform import clock
from holdfast.platform.http.answers import instant_text
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.bookings.moves import OWNER, cancel, everything
from tests.capabilities.bookings.undoing import state
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database


@pytest.fixture
def shop(database: Database) -> Business:
    """A shop with a host of its own."""
    return make_business("undo-shop")


@pytest.fixture
def desk(shop: Business) -> ApiClient:
    """Somebody at the front desk."""
    return staff_client(shop, "frontdesk")


def test_once_a_key(shop: Business, desk: ApiClient, database: Database) -> None:
    made = book(shop, "book")
    cancel(shop, made, actor=OWNER)
    key = new_key()
    url = f"/api/v1/bookings/{made.booking_id}/undo"
    first = desk.post(url, {"version": 2}, Idempotency_Key=key)
    assert first.status == 200, first.body
    assert (first.data["becomes"]["status"], first.data["undoes"]) == ("confirmed", [2])
    assert (first.data["restores"], first.data["version"], first.data["reasons"]) == (1, 3, [])
    again = desk.post(url, {"version": 2}, Idempotency_Key=key)
    assert again.body == first.body
    assert state(database, made)[1] == 3
    stale = desk.post(url, None, Idempotency_Key=new_key(), If_Match='"2"')
    assert (stale.status, stale.error) == (409, "VERSION_CONFLICT")
    assert stale.json["current_version"] == 3
    history = desk.get(f"/api/v1/bookings/{made.booking_id}/history").data
    assert [(each["kind"], each["source"], each["restores"]) for each in history] == [
        ("booking.confirmed", "job", None),
        ("booking.cancelled", "job", None),
        ("booking.undone", "api", 1),
    ]
    assert history[2]["request_id"]


def test_a_refusal_says_what_is_in_the_way(shop: Business, desk: ApiClient, database: Database) -> None:
    made = book(shop, "book")
    cancel(shop, made, actor=OWNER)
    other = book(shop, "style", shop.start(minute=30))
    url = f"/api/v1/bookings/{made.booking_id}/undo"
    asked = desk.post(url, {"dry_run": True}, Idempotency_Key=new_key())
    assert (asked.status, [each["code"] for each in asked.data["reasons"]]) == (200, ["SLOT_FULL"])
    refused = desk.post(url, {}, Idempotency_Key=new_key())
    assert (refused.status, refused.error) == (409, "UNDO_REFUSED")
    (found,) = refused.json["bookings"]
    assert found["booking_id"] == str(made.booking_id)
    (reason,) = found["reasons"]
    assert reason == asked.data["reasons"][0]
    (obstacle,) = reason["in_the_way"]
    assert (obstacle["booking_id"], obstacle["status"]) == (str(other.booking_id), "held")
    # Managers may, the front desk may not.
    forced = {"overbook": True}
    assert desk.post(url, forced, Idempotency_Key=new_key()).status == 403
    done = staff_client(shop, "manager").post(url, forced, Idempotency_Key=new_key())
    assert done.data["becomes"]["status"] == "confirmed"


def test_a_day_is_rehearsed_and_taken_back(shop: Business, desk: ApiClient, database: Database) -> None:
    made = [book(shop, "book", shop.start(hour=hour)) for hour in (9, 11)]
    since = clock.now()
    for each in made:
        cancel(shop, each, actor=OWNER)
    day = shop.start().astimezone(shop.zone).date()
    asked = {"since": since.isoformat(), "day": f"{day}", "location_id": str(shop.location_id)}
    stored = everything(database)
    seen = desk.post("/api/v1/undo", asked | {"dry_run": True})
    assert seen.status == 200, seen.body
    assert seen.meta == {"count": 2, "is_done": False, "is_possible": True}
    assert everything(database) == stored
    done = desk.post("/api/v1/undo", asked, Idempotency_Key=new_key())
    assert [each["booking_id"] for each in done.data] == [str(each.booking_id) for each in made]
    assert [each["becomes"]["status"] for each in done.data] == ["confirmed", "confirmed"]
    mine = desk.post("/api/v1/undo", {"since": instant_text(since), "actor": "me"})
    # Its undo is a move like others, but no state of a booking stands on it.
    assert mine.data == []
    nameless = desk.post("/api/v1/undo", {"since": since.isoformat()})
    assert (nameless.status, nameless.error, nameless.field) == (422, "UNDO_UNNAMED", "day")
