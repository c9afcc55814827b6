"""S0, GlowSync: every path, payload and rule of its API section, sent as the document writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from holdfast.capabilities.catalog.commands import NewService
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

BRIDAL = NewService("Bridal Makeup", 120, "USD", price_minor=25_000)
LESSON = NewService("Lesson", 60, "USD", price_minor=9_000, display_order=1)


@pytest.fixture
def glow(database: Database) -> Business:
    """A solo artist in New York, booked at once."""
    return make_business("glow", zone="America/New_York", services=(BRIDAL, LESSON))


@pytest.fixture
def guest(glow: Business) -> ApiClient:
    return ApiClient(glow.slug)


@pytest.fixture
def artist(glow: Business) -> ApiClient:
    return staff_client(glow, "owner", resource_id=glow.resource_ids[0])


def payload(glow: Business, start: datetime, **changes: Any) -> dict[str, Any]:
    """S0 3.1: `{ service_id, client_name, client_email, client_phone, start_time }`."""
    return {
        "service_id": str(glow.services["Bridal Makeup"]),
        "client_name": "Ada Lovelace",
        "client_email": "ada@example.com",
        "client_phone": "+1 212 555 0100",
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **changes,
    }


# 3.1 Public endpoints


def test_services_are_the_active_menu(guest: ApiClient, artist: ApiClient, glow: Business) -> None:
    """3.1 `GET /api/v1/services`: "all active services for the menu", public."""
    archived = glow.services["Lesson"]
    assert artist.patch(f"/api/v1/admin/services/{archived}", {"is_active": False}).status == 200
    answer = guest.get("/api/v1/services")
    assert answer.status == 200
    assert [
        (each["name"], each["price"], each["currency"], each["duration_minutes"]) for each in answer.data
    ] == [("Bridal Makeup", "250.00", "USD", 120)]
    assert guest.get("/api/v1/services?all=true").error == "UNAUTHENTICATED"
    assert len(artist.get("/api/v1/services?all=true").data) == 2


def test_availability_of_a_month_leaves_out_bookings_and_blackouts(
    guest: ApiClient, artist: ApiClient, glow: Business
) -> None:
    """3.1 `GET /api/v1/availability`: computed from `bookings` and `blackouts` of the range."""
    start = glow.start(days=40, hour=10)
    local = start.astimezone(glow.zone).date()
    path = f"/api/v1/availability?service_id={glow.services['Bridal Makeup']}&month={local:%Y-%m}"

    def slots() -> list[str]:
        answer = guest.get(path)
        assert answer.status == 200
        (day,) = [each for each in answer.data["days"] if each["date"] == local.isoformat()]
        assert day["count"] == len(day["starts"])
        starts = [datetime.fromisoformat(each).astimezone(glow.zone) for each in day["starts"]]
        assert {f"GMT{int(each.utcoffset() / timedelta(hours=1)):+d}" for each in starts} == {day["offset"]}
        return [f"{each:%H:%M}" for each in starts]

    # 08:00 to 20:00, two hours long, every 15 minutes.
    assert slots()[0] == "08:00" and slots()[-1] == "18:00" and len(slots()) == 41
    assert guest.post("/api/v1/bookings", payload(glow, start)).status == 201
    blackout = {"start_time": f"{local}T16:00", "end_time": f"{local}T20:00", "reason": "Doctor Appointment"}
    assert artist.post("/api/v1/admin/blackouts", blackout).status == 201
    assert slots() == ["08:00", *(f"{12 + n // 4}:{n % 4 * 15:02}" for n in range(9))]


def test_a_month_has_every_local_date_and_utc_instants(guest: ApiClient, glow: Business) -> None:
    """3.1 and 4.2: a month by the artist's dates, ISO-8601 strings in UTC."""
    service = glow.services["Bridal Makeup"]
    year = datetime.now(UTC).year + (1 if datetime.now(UTC).month < 12 else 2)
    answer = guest.get(f"/api/v1/availability?service_id={service}&month={year}-03")
    assert [each["date"] for each in answer.data["days"]] == [f"{year}-03-{day:02}" for day in range(1, 32)]
    for day in answer.data["days"]:
        for start in day["starts"]:
            assert datetime.fromisoformat(start).tzinfo == UTC
            assert f"{datetime.fromisoformat(start).astimezone(glow.zone):%Y-%m-%d}" == day["date"]


def test_a_client_elsewhere_gets_the_same_slots_with_other_labels(guest: ApiClient, glow: Business) -> None:
    """4.2: the business's zone rules, wherever the client browses from."""
    month = f"{glow.start(days=35):%Y-%m}"
    path = f"/api/v1/availability?service_id={glow.services['Lesson']}&month={month}"
    here, there = guest.get(path).data, guest.get(f"{path}&timezone=Asia/Tokyo").data
    for mine, theirs in zip(here["days"], there["days"], strict=True):
        assert mine["date"] == theirs["date"]
        assert mine["starts"] == theirs["starts"]
    assert there["days"][-1]["offset"] == "GMT+9"
    assert guest.get(f"{path}&timezone=Mars/Olympus").field == "timezone"


def test_booking_is_confirmed_at_once(guest: ApiClient, artist: ApiClient, glow: Business) -> None:
    """3.1 `POST /api/v1/bookings`; 2: `end_time` is "calculated via service duration"."""
    start = glow.start()
    answer = guest.post("/api/v1/bookings", payload(glow, start))
    assert answer.status == 201
    assert answer.data["status"] == "confirmed"
    assert answer.data["starts_at"] == start.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert answer.data["ends_at"] == (start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    seen = artist.get(f"/api/v1/admin/bookings/{answer.data['id']}").data
    assert seen["customer"] == {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "phone": "+1 212 555 0100",
    }


def test_two_clients_cannot_have_the_same_two_oclock(
    guest: ApiClient, glow: Business, database: Database
) -> None:
    """4.1: the second is told so, offered something near, and nothing is written."""
    start = glow.start(hour=14)
    assert guest.post("/api/v1/bookings", payload(glow, start)).status == 201
    other = payload(glow, start, client_name="Bea", client_email="bea@example.com")
    refused = guest.post("/api/v1/bookings", other)
    assert (refused.status, refused.error, refused.field) == (409, "SLOT_FULL", "start_time")
    assert len(refused.json["alternatives"]) == 3
    overlapping = payload(glow, start + timedelta(minutes=30))
    assert guest.post("/api/v1/bookings", overlapping).error == "SLOT_FULL"
    assert database.rows("select count(*) from booking") == [(1,)]
    assert database.rows("select count(*) from customer") == [(1,)]


def test_a_blackout_refuses_a_booking(guest: ApiClient, artist: ApiClient, glow: Business) -> None:
    """3.1: availability is verified again before anything is inserted."""
    start = glow.start(hour=15)
    local = start.astimezone(glow.zone).date()
    assert (
        artist.post("/api/v1/admin/blackouts", {"start_time": str(local), "end_time": str(local)}).status
        == 201
    )
    refused = guest.post("/api/v1/bookings", payload(glow, start))
    assert (refused.status, refused.error, refused.field) == (422, "BLACKED_OUT", "start_time")


def test_both_channels_may_be_given_and_one_is_needed(guest: ApiClient, glow: Business) -> None:
    """2, table `clients`, wants e-mail and phone; the salon takes either, so one is enough."""
    only_phone = payload(glow, glow.start())
    del only_phone["client_email"]
    assert guest.post("/api/v1/bookings", only_phone).status == 201
    neither = payload(glow, glow.start(days=8))
    del neither["client_email"], neither["client_phone"]
    refused = guest.post("/api/v1/bookings", neither)
    assert (refused.status, refused.field) == (422, "client_email")
    nobody = {"service_id": neither["service_id"], "start_time": neither["start_time"]}
    refused = guest.post("/api/v1/bookings", nobody)
    assert (refused.status, refused.error) == (422, "CONTACT_REQUIRED")


# 3.2 Admin endpoints


def test_admin_endpoints_need_a_session(guest: ApiClient, glow: Business) -> None:
    """3: "All Admin endpoints require a valid session cookie"."""
    service = glow.services["Lesson"]
    for method, path in (
        ("GET", "/api/v1/admin/appointments?start=2027-01-01&end=2027-01-31"),
        ("POST", "/api/v1/admin/services"),
        ("PATCH", f"/api/v1/admin/services/{service}"),
        ("POST", "/api/v1/admin/blackouts"),
        ("DELETE", f"/api/v1/admin/bookings/{service}"),
    ):
        refused = guest.send(method, path, {} if method != "GET" else None)
        assert (refused.status, refused.error) == (401, "UNAUTHENTICATED"), path


def test_a_session_without_the_csrf_token_changes_nothing(artist: ApiClient, database: Database) -> None:
    """4.3: CSRF protection of the cookie session."""
    del artist.http.defaults["HTTP_X_CSRFTOKEN"]
    refused = artist.post("/api/v1/admin/services", {"name": "X", "duration_min": 30})
    assert (refused.status, refused.error) == (403, "CSRF_FAILED")
    assert database.rows("select count(*) from service") == [(2,)]


def test_appointments_between_two_dates(guest: ApiClient, artist: ApiClient, glow: Business) -> None:
    """Both dates count whole, in the artist's zone: 23:30 in New York is the next day in UTC."""
    first = glow.start(days=9, hour=8)
    last = glow.start(days=10, hour=18)
    beyond = glow.start(days=11, hour=8)
    for start in (last, beyond, first):
        assert guest.post("/api/v1/bookings", payload(glow, start)).status == 201
    begin, end = (each.astimezone(glow.zone).date() for each in (first, last))
    answer = artist.get(f"/api/v1/admin/appointments?start={begin}&end={end}")
    assert answer.status == 200
    assert [each["starts_at"] for each in answer.data] == [
        each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in (first, last)
    ]
    assert answer.data[0]["customer"]["name"] == "Ada Lovelace"
    assert answer.meta["has_more"] is False


def test_creating_a_service(guest: ApiClient, artist: ApiClient) -> None:
    """3.2 `POST /api/v1/admin/services`, with the columns of 2."""
    made = artist.post(
        "/api/v1/admin/services",
        {
            "name": "Evening",
            "description": "Party look",
            "price": "120.50",
            "currency": "USD",
            "duration_min": 45,
            "is_active": True,
        },
    )
    assert made.status == 201
    assert (made.data["price"], made.data["price_minor"], made.data["duration_minutes"]) == (
        "120.50",
        12050,
        45,
    )
    assert "Evening" in [each["name"] for each in guest.get("/api/v1/services").data]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"duration_min": 14}, "duration_min"),
        ({"duration_min": 0}, "duration_min"),
        ({"duration_min": "60"}, "duration_min"),
        ({"price": -1}, "price"),
        ({"price": "1.005"}, "price"),
        ({"price": 1e308}, "price"),
        ({"price": "NaN"}, "price"),
        ({"currency": "usd"}, "currency"),
        ({"currency": "ZZZ"}, "currency"),
        ({"name": ""}, "name"),
        ({"tenant_id": "00000000-0000-0000-0000-000000000000"}, "tenant_id"),
    ],
)
def test_a_service_is_checked(
    artist: ApiClient, database: Database, changes: dict[str, Any], field: str
) -> None:
    """Table `services`: name and price not null, duration from 15 minutes; nothing else is taken."""
    refused = artist.post("/api/v1/admin/services", {"name": "X", "duration_min": 60, "price": 10} | changes)
    assert (refused.status, refused.field) == (422, field)
    assert database.rows("select count(*) from service") == [(2,)]


def test_archiving_keeps_bookings(guest: ApiClient, artist: ApiClient, glow: Business) -> None:
    """2: archiving a service must not orphan historical booking data."""
    start = glow.start()
    booked = guest.post("/api/v1/bookings", payload(glow, start)).data
    service = glow.services["Bridal Makeup"]
    assert artist.patch(f"/api/v1/admin/services/{service}", {"is_active": False}).data["is_active"] is False
    kept = artist.get(f"/api/v1/admin/bookings/{booked['id']}").data
    assert (kept["status"], kept["title"], kept["price_minor"]) == ("confirmed", "Bridal Makeup", 25_000)
    refused = guest.post("/api/v1/bookings", payload(glow, start + timedelta(days=1)))
    assert (refused.status, refused.error, refused.field) == (404, "NOT_FOUND", "service_id")


def test_two_people_change_a_service(artist: ApiClient, glow: Business) -> None:
    """3.2 `PATCH /api/v1/admin/services/:id`: the later of two is told, nothing is lost."""
    service = glow.services["Lesson"]
    path = f"/api/v1/admin/services/{service}"
    assert artist.patch(path, {"price": 95}, If_Match='"1"').data["version"] == 2
    late = artist.patch(path, {"price": 99}, If_Match='"1"')
    assert (late.status, late.error, late.json["current_version"]) == (409, "VERSION_CONFLICT", 2)
    assert artist.get("/api/v1/services").data[1]["price"] == "95.00"


def test_a_blackout_every_monday(guest: ApiClient, artist: ApiClient, glow: Business) -> None:
    """Table `blackouts`: `is_recurring` for "Closed every Monday" logic."""
    monday = glow.start(days=7).astimezone(glow.zone).date()
    monday += timedelta(days=7 - monday.weekday())
    made = artist.post(
        "/api/v1/admin/blackouts",
        {"start_time": str(monday), "end_time": str(monday), "reason": "Closed", "is_recurring": True},
    )
    assert made.status == 201
    service = glow.services["Lesson"]
    for week in range(4):
        day: date = monday + timedelta(weeks=week)
        assert guest.get(f"/api/v1/slots?service_id={service}&date={day}").data == []
        assert guest.get(f"/api/v1/slots?service_id={service}&date={day + timedelta(days=1)}").data != []
    listed = artist.get("/api/v1/admin/blackouts").data
    assert [(each["reason"], each["is_recurring"]) for each in listed] == [("Closed", True)]
    assert artist.delete(f"/api/v1/admin/blackouts/{made.data['id']}").data["is_deleted"] is True
    assert guest.get(f"/api/v1/slots?service_id={service}&date={monday}").data != []
    assert artist.delete(f"/api/v1/admin/blackouts/{made.data['id']}").error == "NOT_FOUND"


def test_deleting_a_booking_cancels_it(
    guest: ApiClient, artist: ApiClient, glow: Business, database: Database
) -> None:
    """3.2 `DELETE /api/v1/admin/bookings/:id`: "Cancel an appointment"."""
    start = glow.start()
    booked = guest.post("/api/v1/bookings", payload(glow, start)).data
    path = f"/api/v1/admin/bookings/{booked['id']}"
    cancelled = artist.delete(path, {"reason": "ill"})
    assert (cancelled.status, cancelled.data["status"]) == (200, "cancelled")
    again = artist.delete(path)
    assert (again.status, again.data) == (200, cancelled.data)
    assert database.rows("select status from booking") == [("cancelled",)]
    assert database.rows("select count(*) from allocation") == [(0,)]
    assert artist.get(path).data["cancellation_reason"] == "ill"
    assert guest.post("/api/v1/bookings", payload(glow, start)).status == 201


def test_a_retried_booking_is_one_booking(guest: ApiClient, glow: Business, database: Database) -> None:
    """3.1: a key is not asked for on this path, and counts where it is sent."""
    key = new_key()
    sent = payload(glow, glow.start())
    first = guest.post("/api/v1/bookings", sent, Idempotency_Key=key)
    second = guest.post("/api/v1/bookings", sent, Idempotency_Key=key)
    assert (second.status, second.body) == (201, first.body)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert database.rows("select count(*) from booking") == [(1,)]
