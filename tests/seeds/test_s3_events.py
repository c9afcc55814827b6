"""S3 "Event Sourcing": a complete trail of all changes, and calendars of any past moment."""

from __future__ import annotations

from datetime import datetime

from holdfast.main.check_log import main as check_log
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.business import Business, make_business
from tests.cluster import Database


def _book(business: Business, client: ApiClient) -> str:
    wish = {
        "service_id": str(business.services["book"]),
        "start_time": f"{business.start():%Y-%m-%dT%H:%M:%SZ}",
        "client_name": "Ann Lee",
        "client_email": "ann@example.com",
        "client_phone": "+49 30 1234567",
    }
    made = client.post("/api/v1/bookings", wish, Idempotency_Key=new_key())
    assert made.status == 201, made.body
    return str(made.data["id"])


def test_every_change_is_in_the_trail_with_who_made_it(database: Database) -> None:
    business = make_business()
    desk, guest = staff_client(business, "frontdesk"), ApiClient(business.slug)
    booking = _book(business, guest)
    there = f"{business.start(hour=14):%Y-%m-%dT%H:%M:%SZ}"
    path = f"/api/v1/bookings/{booking}"
    assert desk.patch(path, {"start_time": there, "version": 1}).status == 200
    assert desk.patch(path, {"status": "cancelled", "version": 2}).status == 200
    trail = desk.get(f"{path}/history").data
    assert [(each["version"], each["kind"], each["actor"].partition(":")[0]) for each in trail] == [
        (1, "booking.confirmed", "guest"),
        (2, "booking.rescheduled", "account"),
        (3, "booking.cancelled", "account"),
    ]
    assert all(each["request_id"] for each in trail)
    assert database.rows("select count(*) from booking_event") == [(3,)]


def test_a_past_moment_of_the_calendar_can_be_seen(database: Database) -> None:
    business = make_business()
    desk = staff_client(business, "frontdesk")
    booking = _book(business, ApiClient(business.slug))
    ((then,),) = database.rows("select clock_timestamp()")
    assert isinstance(then, datetime)
    assert desk.delete(f"/api/v1/bookings/{booking}").status == 200
    day = f"/api/v1/bookings?start={business.start():%Y-%m-%d}&end={business.start():%Y-%m-%d}"
    assert [each["status"] for each in desk.get(day).data] == ["cancelled"]
    past = desk.get(f"{day}&as_of={then:%Y-%m-%dT%H:%M:%S.%fZ}").data
    assert [(each["id"], each["status"]) for each in past] == [(booking, "confirmed")]


def test_the_tables_are_what_the_events_lead_to(database: Database) -> None:
    business = make_business()
    _book(business, ApiClient(business.slug))
    assert check_log([business.slug]) == 0
    database.rows("update booking set status = 'cancelled' returning 1")
    assert check_log([business.slug]) == 1
