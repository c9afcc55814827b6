"""S1, Hair Stylist Scheduler: its two APIs, holds and roles, sent as it writes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, machine_client, make_account, new_key, staff_client
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

CUT = NewService("Cut", 45, "AED", price_minor=15_000, flow="hold", slot_granularity_minutes=15)


@pytest.fixture
def luma(database: Database) -> Business:
    """A salon in Dubai with three stylists."""
    return make_business("luma", zone="Asia/Dubai", people=3, services=(CUT,))


@pytest.fixture
def user(luma: Business) -> ApiClient:
    return ApiClient(luma.slug)


def payload(luma: Business, start: datetime, **changes: Any) -> dict[str, Any]:
    return {
        "service_id": str(luma.services["Cut"]),
        "starts_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "customer_name": "Noor",
        "customer_phone": "+971 50 123 4567",
        **changes,
    }


def hold(user: ApiClient, luma: Business, start: datetime, **changes: Any) -> Any:
    sent = payload(luma, start, **changes)
    return user.post("/v1/bookings", sent, Idempotency_Key=new_key())


# User API (/v1)


def test_dates_count_what_is_free(user: ApiClient, luma: Business) -> None:
    """User API: `GET /dates`, "future dates with availability counts"."""
    start = luma.start(days=3)
    day = start.astimezone(luma.zone).date()
    path = f"/v1/dates?service_id={luma.services['Cut']}&from={day}&to={day + timedelta(days=2)}"
    # 08:00 to 19:15 every 15 minutes; whoever is free counts once.
    assert user.get(path).data == [
        {"date": str(day + timedelta(days=number)), "count": 46} for number in range(3)
    ]
    stylist = luma.resource_ids[0]
    assert hold(user, luma, start, stylist_id=str(stylist)).status == 201
    assert [each["count"] for each in user.get(path).data] == [46, 46, 46]
    # 45 minutes at 10:00 forbid every start after 9:15 and before 10:45 to this stylist.
    assert [each["count"] for each in user.get(f"{path}&stylist_id={stylist}").data] == [41, 46, 46]


def test_only_future_dates_are_given(user: ApiClient, luma: Business) -> None:
    """User API: `GET /dates`, "future dates"."""
    answer = user.get(f"/v1/dates?service_id={luma.services['Cut']}&from=2020-01-01&to=2020-02-01")
    assert (answer.status, answer.data) == (200, [])
    usual = user.get(f"/v1/dates?service_id={luma.services['Cut']}")
    assert len(usual.data) == 30
    assert usual.data[0]["date"] == str(luma.start(days=0).astimezone(luma.zone).date())
    assert usual.meta["time_zone"] == "Asia/Dubai"


def test_slots_of_a_date(user: ApiClient, luma: Business) -> None:
    """User API: `GET /slots` with its total and `has_more`; `timezone` defaults to the location's."""
    start = luma.start(days=3)
    day = start.astimezone(luma.zone).date()
    path = f"/v1/slots?service_id={luma.services['Cut']}&date={day}"
    answer = user.get(path)
    assert answer.meta["total"] == len(answer.data) == 46
    assert answer.meta["has_more"] is False
    first = answer.data[0]
    assert first["local_start"] == f"{day}T08:00:00"
    assert first["starts_at"] == f"{day}T04:00:00Z"
    assert (first["offset"], first["is_ambiguous"]) == ("GMT+4", False)
    assert sorted(first["resource_ids"]) == sorted(str(each) for each in luma.resource_ids)
    elsewhere = user.get(f"{path}&timezone=Europe/London").data[0]
    assert elsewhere["starts_at"] == first["starts_at"]
    assert elsewhere["local_start"] != first["local_start"]
    for number, stylist in enumerate(luma.resource_ids):
        assert hold(user, luma, start, stylist_id=str(stylist)).status == 201
        able = {each["starts_at"]: each["resource_ids"] for each in user.get(path).data}
        assert len(able.get(start.strftime("%Y-%m-%dT%H:%M:%SZ"), ())) == 2 - number


def test_the_stylists_and_the_locations_can_be_listed(user: ApiClient, luma: Business) -> None:
    """Tables `locations` and `stylists`, without which nobody could name one."""
    assert [each["name"] for each in user.get("/v1/stylists").data] == [
        f"luma person {number}" for number in range(3)
    ]
    (place,) = user.get("/v1/locations").data
    assert (place["name"], place["time_zone"]) == ("luma street", "Asia/Dubai")
    assert len(user.get(f"/v1/stylists?location_id={place['id']}").data) == 3


def test_a_booking_is_a_hold_of_ten_minutes(user: ApiClient, luma: Business) -> None:
    """Booking Flow, step 2: `held`, `hold_expires_at = now + 10 min`."""
    held = hold(user, luma, luma.start())
    assert held.status == 201
    assert held.data["status"] == "held"
    made, expires = (datetime.fromisoformat(held.data[each]) for each in ("created_at", "hold_expires_at"))
    assert expires - made == timedelta(minutes=10)


def test_a_hold_is_confirmed_by_whoever_made_it(user: ApiClient, luma: Business) -> None:
    """As written: no token in the request, only what the client kept (a cookie)."""
    held = hold(user, luma, luma.start()).data
    path = f"/v1/bookings/{held['id']}/confirm"
    confirmed = user.post(path, Idempotency_Key=new_key())
    assert (confirmed.status, confirmed.data["status"]) == (200, "confirmed")
    assert confirmed.data["hold_expires_at"] is None
    again = user.post(path, Idempotency_Key=new_key())
    assert (again.status, again.data) == (200, confirmed.data)


def test_a_client_without_cookies_shows_its_token(luma: Business, database: Database) -> None:
    """User API: `POST /bookings/{id}/confirm` says not whose hold it is; its token does."""
    held = hold(ApiClient(luma.slug), luma, luma.start()).data
    other = hold(ApiClient(luma.slug), luma, luma.start(days=8)).data
    path = f"/v1/bookings/{held['id']}/confirm"
    stranger = ApiClient(luma.slug)
    assert stranger.post(path, Idempotency_Key=new_key()).error == "UNAUTHENTICATED"
    for wrong in (other["token"], held["token"][:-1], "x"):
        refused = stranger.post(path, {"token": wrong}, Idempotency_Key=new_key())
        assert (refused.status, refused.error) == (404, "NOT_FOUND")
    assert database.rows("select distinct status from booking") == [("held",)]
    assert stranger.post(path, {"token": held["token"]}, Idempotency_Key=new_key()).status == 200
    by_header = stranger.post(
        f"/v1/bookings/{other['id']}/confirm", Idempotency_Key=new_key(), X_Booking_Token=other["token"]
    )
    assert by_header.data["status"] == "confirmed"
    by_query = stranger.get(f"/v1/bookings/{other['id']}?token={other['token']}")
    assert by_query.data["customer"]["name"] == "Noor"


def test_another_sites_page_cannot_use_the_cookie(user: ApiClient, luma: Business) -> None:
    """User API: the confirm without a token rests on a cookie, which other sites cannot spend."""
    held = hold(user, luma, luma.start()).data
    path = f"/v1/bookings/{held['id']}/confirm"
    for header in ({"Sec_Fetch_Site": "same-site"}, {"Origin": "http://other.localhost:8000"}):
        assert user.post(path, Idempotency_Key=new_key(), **header).error == "UNAUTHENTICATED"
    assert user.post(path, b"x=1", Idempotency_Key=new_key(), Content_Type="text/plain").status == 415
    own = {"Sec_Fetch_Site": "same-origin", "Origin": f"http://{luma.slug}.localhost:8000"}
    assert user.post(path, Idempotency_Key=new_key(), **own).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/bookings", {}),
        ("POST", "/v1/bookings/{id}/confirm", None),
        ("PATCH", "/admin/v1/bookings/{id}", {"status": "cancelled"}),
        ("DELETE", "/admin/v1/bookings/{id}", None),
    ],
)
def test_mutations_need_a_key(luma: Business, database: Database, method: str, path: str, body: Any) -> None:
    """Idempotency: "mutating endpoints require an `Idempotency-Key` header"."""
    desk = staff_client(luma, "frontdesk")
    refused = desk.send(method, path.format(id=UUID(int=1)), body)
    assert (refused.status, refused.error, refused.field) == (
        400,
        "IDEMPOTENCY_KEY_MISSING",
        "Idempotency-Key",
    )
    refused = desk.send(method, path.format(id=UUID(int=1)), body, Idempotency_Key="short")
    assert (refused.status, refused.error) == (400, "IDEMPOTENCY_KEY_INVALID")


def test_repeated_posts_with_one_key_yield_one_booking(
    user: ApiClient, luma: Business, database: Database
) -> None:
    """Test matrix: "repeated POST with same key yields same booking"; another payload is refused."""
    key = new_key()
    sent = payload(luma, luma.start())
    answers = [user.post("/v1/bookings", sent, Idempotency_Key=key) for _ in range(3)]
    assert {each.body for each in answers} == {answers[0].body}
    assert [each.headers.get("Idempotency-Replayed") for each in answers] == [None, "true", "true"]
    changed = user.post("/v1/bookings", sent | {"customer_name": "Nora"}, Idempotency_Key=key)
    assert (changed.status, changed.error) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert database.rows("select count(*) from booking") == [(1,)]


def test_fifty_parallel_holds_are_limited_by_capacity(luma: Business, database: Database) -> None:
    """Test matrix: "50 parallel holds limited by capacity". Three stylists, three holds; else SLOT_FULL."""
    start = luma.start()
    barrier = Barrier(10)

    def many(_: int) -> list[tuple[int, str]]:
        try:
            client = ApiClient(luma.slug)
            barrier.wait(30)
            answers = [hold(client, luma, start) for _ in range(5)]
            return [(each.status, "" if each.status == 201 else each.error) for each in answers]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        results = [each for part in pool.map(many, range(10)) for each in part]
    assert results.count((201, "")) == 3
    assert results.count((409, "SLOT_FULL")) == 47
    assert database.rows("select count(*) from booking") == [(3,)]


def test_an_expired_hold_gives_the_time_back(user: ApiClient, luma: Business, database: Database) -> None:
    """S1: "Expiry": without any worker running, the time is free and the late confirm is refused."""
    start = luma.start()
    stylist = str(luma.resource_ids[0])
    held = hold(user, luma, start, stylist_id=stylist).data
    assert hold(user, luma, start, stylist_id=stylist).error == "SLOT_FULL"
    with database.cluster.connect() as admin:
        admin.execute("update booking set hold_expires_at = clock_timestamp() - interval '1 second'")
        admin.execute("update allocation set expires_at = clock_timestamp() - interval '1 second'")
    late = user.post(f"/v1/bookings/{held['id']}/confirm", Idempotency_Key=new_key())
    assert (late.status, late.error, late.json["current"]["status"]) == (409, "HOLD_EXPIRED", "expired")
    assert hold(user, luma, start, stylist_id=stylist).status == 201


# Admin API (/admin/v1)


@pytest.mark.parametrize(
    ("role", "status"),
    [("admin", 200), ("manager", 200), ("frontdesk", 200), ("stylist", 403), ("owner", 200)],
)
def test_admin_endpoints_need_a_role(luma: Business, role: str, status: int) -> None:
    """S1: "Admin endpoints require JWT roles admin, manager, or frontdesk": by session and by token alike."""
    account = make_account(luma, role, resource_id=luma.resource_ids[0])
    machine = machine_client(luma, account)
    assert machine.get("/admin/v1/bookings").status == status
    if status == 403:
        assert machine.get("/admin/v1/bookings").error == "FORBIDDEN"


def test_nobody_else_gets_in(user: ApiClient, luma: Business) -> None:
    """Test matrix: "Security: role-based gating", for guests, forged and foreign tokens."""
    assert user.get("/admin/v1/bookings").error == "UNAUTHENTICATED"
    forged = ApiClient(luma.slug, Authorization="Bearer eyJhbGciOiJub25lIn0.e30.")
    assert forged.get("/admin/v1/bookings").error == "UNAUTHENTICATED"
    elsewhere = make_business("other", services=(CUT,))
    token = machine_client(elsewhere, make_account(elsewhere, "admin"))
    assert token.get("/admin/v1/bookings").status == 200
    assert token.get("/admin/v1/bookings", Host=f"{luma.slug}.localhost:8000").error == "UNAUTHENTICATED"


def test_a_machine_needs_no_csrf_token(luma: Business) -> None:
    """Auth Service: "issues and validates JWTs", which are not sent by browsers unasked."""
    machine = machine_client(luma, make_account(luma, "manager"))
    held = hold(machine, luma, luma.start())
    assert held.status == 201
    path = f"/admin/v1/bookings/{held.data['id']}"
    cancelled = machine.patch(path, {"status": "cancelled"}, Idempotency_Key=new_key())
    assert cancelled.data["status"] == "cancelled"


def test_the_list_can_be_filtered(user: ApiClient, luma: Business) -> None:
    """Admin API: `GET /bookings`, "filterable list of bookings"."""
    desk = staff_client(luma, "frontdesk")
    first, second = luma.resource_ids[:2]
    one = hold(user, luma, luma.start(days=2), stylist_id=str(first)).data
    two = hold(user, luma, luma.start(days=3), stylist_id=str(second)).data
    user.post(f"/v1/bookings/{two['id']}/confirm", Idempotency_Key=new_key())

    def ids(query: str) -> list[str]:
        answer = desk.get(f"/admin/v1/bookings{query}")
        assert answer.status == 200, answer.body
        return [each["id"] for each in answer.data]

    assert ids("") == [one["id"], two["id"]]
    assert ids("?status=confirmed") == [two["id"]]
    assert ids("?status=held&status=confirmed") == [one["id"], two["id"]]
    assert ids(f"?stylist_id={first}") == [one["id"]]
    assert ids(f"?from={one['starts_at']}&to={one['ends_at']}") == [one["id"]]
    assert ids(f"?from={one['ends_at']}&to={two['starts_at']}") == []
    assert desk.get("/admin/v1/bookings?limit=1").meta["has_more"] is True
    assert desk.get("/admin/v1/bookings?status=lost").field.startswith("status")


def test_an_artist_sees_only_its_own(user: ApiClient, luma: Business) -> None:
    """Auth Service: role `stylist`, which the admin API does not name."""
    own, other = luma.resource_ids[:2]
    stylist = staff_client(luma, "stylist", resource_id=own)
    mine = hold(user, luma, luma.start(days=2), stylist_id=str(own)).data
    theirs = hold(user, luma, luma.start(days=2), stylist_id=str(other)).data
    assert [each["id"] for each in stylist.get("/api/v1/bookings").data] == [mine["id"]]
    assert stylist.get(f"/api/v1/bookings/{theirs['id']}").error == "NOT_FOUND"
    assert stylist.delete(f"/api/v1/bookings/{mine['id']}").error == "FORBIDDEN"


def test_patch_cancels(user: ApiClient, luma: Business, database: Database) -> None:
    """Admin API: `PATCH /bookings/{id}`, "cancel or reschedule bookings"."""
    desk = staff_client(luma, "frontdesk")
    held = hold(user, luma, luma.start()).data
    path = f"/admin/v1/bookings/{held['id']}"
    stale = desk.patch(path, {"status": "cancelled", "version": 7}, Idempotency_Key=new_key())
    assert (stale.status, stale.error, stale.json["current_version"]) == (409, "VERSION_CONFLICT", 1)
    key = new_key()
    done = desk.patch(path, {"status": "cancelled"}, Idempotency_Key=key, If_Match='"1"')
    assert (done.status, done.data["status"], done.headers["ETag"]) == (200, "cancelled", '"2"')
    replay = desk.patch(path, {"status": "cancelled"}, Idempotency_Key=key, If_Match='"1"')
    assert (replay.body, replay.headers["Idempotency-Replayed"]) == (done.body, "true")
    assert database.rows("select count(*) from allocation") == [(0,)]
    refused = user.post(f"/v1/bookings/{held['id']}/confirm", Idempotency_Key=new_key())
    assert (refused.status, refused.error) == (409, "BOOKING_CANCELLED")


def test_staff_approve_what_waits(database: Database) -> None:
    """Admin API: `PATCH /bookings/{id}` confirms what a service wants approved first."""
    shop = make_business("shop")
    guest, desk = ApiClient(shop.slug), staff_client(shop, "frontdesk")
    asked = guest.post(
        "/api/v1/bookings",
        {
            "service_id": str(shop.services["ask"]),
            "starts_at": shop.start().isoformat(),
            "customer_name": "Ann",
            "customer_email": "ann@example.com",
        },
    ).data
    assert asked["status"] == "pending"
    path = f"/api/v1/bookings/{asked['id']}"
    assert guest.patch(path, {"status": "confirmed"}).data["status"] == "pending"
    assert desk.patch(path, {"status": "confirmed"}).data["status"] == "confirmed"


# Security and tracing


def test_contact_data_is_not_stored_readable(user: ApiClient, luma: Business, database: Database) -> None:
    """S1: "PII Security – Encrypt phone/email"."""
    hold(user, luma, luma.start(), customer_email="noor@example.com")
    with tenant_context(luma.tenant_id, "tests"):
        dump = str(database.rows("select to_jsonb(b)::text from booking b")) + str(
            database.rows("select to_jsonb(c)::text from customer c")
        )
    for canary in ("Noor", "noor@", "+971 50", "123 4567"):
        assert canary not in dump
        assert canary.encode().hex() not in dump


def test_the_request_id_travels(user: ApiClient, luma: Business, database: Database) -> None:
    """S1: "distributed tracing via the `X-Request-Id` header": into answers and the event log."""
    sent = payload(luma, luma.start())
    answer = user.post("/v1/bookings", sent, Idempotency_Key=new_key(), X_Request_Id="trace-1")
    assert answer.headers["X-Request-Id"] == "trace-1"
    assert database.rows("select request_id from booking_event") == [("trace-1",)]
    assert user.get("/v1/nothing", X_Request_Id="bad id\n").headers["X-Request-Id"] != "bad id\n"
