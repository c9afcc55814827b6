"""Too late to cancel, and one more than fits: what guests may not and managers may."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from holdfast.platform.db.rows import execute
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, staff_client
from tests.capabilities.bookings.moves import OWNER, cancel, everything, outcome, status
from tests.capabilities.business import ANN, TESTER, Business, book, make_business
from tests.cluster import Database


@pytest.mark.parametrize(
    ("settings", "minutes_before", "may"),
    [
        ({}, 1, True),
        ({}, -1, False),
        ({"cancellation_notice_minutes": 120}, 121, True),
        ({"cancellation_notice_minutes": 120}, 119, False),
        ({"cancellation_notice_minutes": None}, 1, True),
        ({"cancellation_notice_minutes": "a day"}, 1, True),
    ],
)
def test_how_late_a_guest_may_cancel(
    database: Database, settings: dict[str, Any], minutes_before: int, may: bool
) -> None:
    business = make_business(settings=settings)
    with tenant_context(business.tenant_id, TESTER.label):
        execute("update location set phone = '+49 30 555' where tenant_id = %s", (business.tenant_id,))
    made = book(business, "book")
    assert database.rows(
        "update booking set starts_at = now() + make_interval(mins => %s),"
        " ends_at = now() + interval '1 day' returning 1",
        [minutes_before],
    )
    stored = everything(database)
    answer = ApiClient(business.slug).delete(
        f"/api/v1/bookings/{made.booking_id}", {"reason": "ill"}, X_Booking_Token=made.token
    )
    if may:
        assert answer.data["status"] == "cancelled"
        return
    assert (answer.status, answer.error) == (409, "CANCELLATION_TOO_LATE")
    assert answer.json["call"] == {"name": f"{business.slug} street", "phone": "+49 30 555"}
    assert "+49 30 555" in answer.json["detail"]
    assert answer.json["current"]["status"] == "confirmed"
    assert everything(database) == stored
    # Staff always may.
    assert cancel(business, made, actor=OWNER, token="").status_name == "cancelled"


def test_a_checkout_is_left_whenever_one_likes(database: Database) -> None:
    business = make_business(settings={"cancellation_notice_minutes": 500_000})
    for service in ("cut", "ask"):
        made = book(business, service)
        assert cancel(business, made).status_name == "cancelled"


def _wish(business: Business, service: str = "book", hour: int = 10, **more: Any) -> dict[str, Any]:
    return {
        "service_id": str(business.services[service]),
        "starts_at": f"{business.start(hour=hour):%FT%TZ}",
        "customer_name": ANN.name,
        "customer_email": ANN.email,
        **more,
    }


def test_managers_take_one_more(business: Business, database: Database) -> None:
    manager = staff_client(business, "manager")
    first = book(business, "book")
    stored = everything(database)
    assert manager.post("/api/v1/bookings", _wish(business)).error == "SLOT_FULL"
    for role, refusal in ((None, 401), ("frontdesk", 403)):
        client = staff_client(business, role) if role else ApiClient(business.slug)
        assert client.post("/api/v1/bookings", _wish(business, overbook=True)).status == refusal
    assert everything(database) == stored
    lanes = []
    for service in ("book", "cut"):
        over = manager.post("/api/v1/bookings", _wish(business, service, overbook=True))
        assert (over.status, over.data["is_overbooked"]) == (201, True)
        assert over.data["resource_id"] == str(business.resource_ids[0])
        ((lane,),) = database.rows("select lane from allocation where booking_id = %s", [over.data["id"]])
        lanes.append(lane)
        assert database.rows(
            "select data ->> 'is_overbooked' from booking_event where booking_id = %s", [over.data["id"]]
        ) == [("true",)]
        shown = manager.get(f"/api/v1/bookings/{over.data['id']}").data
        assert (shown["is_overbooked"], shown["location_id"]) == (True, str(business.location_id))
    assert lanes == [1, 2]
    # The extra lanes are nobody's capacity: with the first gone, one may book, and no second.
    cancel(business, first)
    assert book(business, "book").status_name == "confirmed"
    assert outcome(partial(book, business, "book")) == "SLOT_FULL"


def test_what_is_free_is_not_overbooked(business: Business, database: Database) -> None:
    made = staff_client(business).post("/api/v1/bookings", _wish(business, overbook=True))
    assert (made.status, made.data["is_overbooked"]) == (201, False)
    assert database.rows("select lane from allocation") == [(0,)]
    assert outcome(partial(book, business, "book")) == "SLOT_FULL"


def test_a_booking_is_moved_onto_another(business: Business, database: Database) -> None:
    manager, desk = staff_client(business, "manager"), staff_client(business, "frontdesk")
    book(business, "book")
    moved = book(business, "book", business.start(hour=14))
    path, there = f"/api/v1/bookings/{moved.booking_id}", {"starts_at": f"{business.start():%FT%TZ}"}
    stored = everything(database)
    assert manager.patch(path, there).error == "SLOT_FULL"
    assert desk.patch(path, {**there, "overbook": True}).status == 403
    guest = ApiClient(business.slug)
    assert guest.patch(path, {**there, "overbook": True, "token": moved.token}).status == 401
    assert manager.patch(path, {"status": "cancelled", "overbook": True}).status == 422
    assert everything(database) == stored
    answer = manager.patch(path, {**there, "overbook": True})
    assert (answer.status, answer.data["is_overbooked"], answer.data["version"]) == (200, True, 2)
    assert status(database, moved) == "confirmed"
    # And off it again.
    back = manager.patch(path, {"starts_at": f"{business.start(hour=14):%FT%TZ}"})
    assert back.data["is_overbooked"] is False
    assert sorted(database.rows("select lane from allocation")) == [(0,), (0,)]


def test_closed_hours_stay_closed(business: Business, database: Database) -> None:
    manager = staff_client(business, "manager")
    stored = everything(database)
    assert manager.post("/api/v1/bookings", _wish(business, hour=23, overbook=True)).status == 422
    assert everything(database) == stored
