"""S1 "Test Matrix" and "Booking Flow": what its rows on idempotency, expiry and security leave to be said.

Which test shows which row is listed in docs/seeds.md.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from holdfast.capabilities.catalog.commands import NewService
from holdfast.main.worker import CHORES
from holdfast.platform.observability.logs import mask
from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

CUT = NewService("Cut", 45, "AED", price_minor=15_000, flow="hold", slot_granularity_minutes=15)
PHONE = "+971 50 123 4567"


@pytest.fixture
def luma(database: Database) -> Business:
    """A salon in Dubai with three stylists."""
    return make_business("luma", zone="Asia/Dubai", people=3, services=(CUT,))


@pytest.fixture
def user(luma: Business) -> ApiClient:
    return ApiClient(luma.slug)


def wish(luma: Business, start: datetime | None = None, **more: Any) -> dict[str, Any]:
    return {
        "service_id": str(luma.services["Cut"]),
        "starts_at": (start or luma.start()).isoformat(),
        "customer_name": "Noor",
        "customer_phone": PHONE,
        **more,
    }


def hold(user: ApiClient, luma: Business, start: datetime | None = None, **more: Any) -> Answer:
    return user.post("/v1/bookings", wish(luma, start, **more), Idempotency_Key=new_key())


def let_holds_end(database: Database) -> None:
    """Ten minutes have passed; nobody has noticed yet."""
    with database.cluster.connect() as admin:
        admin.execute("update booking set hold_expires_at = clock_timestamp() where status = 'held'")
        admin.execute("update allocation set expires_at = clock_timestamp() where expires_at is not null")


# Idempotency: "repeated POST with same key yields same booking"


def test_one_key_sent_by_many_at_once_is_one_booking(luma: Business, database: Database) -> None:
    """A double click: twins that are under way are told to wait, and get the same answer afterwards."""
    key, barrier = new_key(), Barrier(8)

    def send(_: int) -> tuple[int, bytes]:
        try:
            barrier.wait(30)
            answer = ApiClient(luma.slug).post("/v1/bookings", wish(luma), Idempotency_Key=key)
            return answer.status, answer.body if answer.status == 201 else answer.error.encode()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    assert answers - {(409, b"IDEMPOTENCY_IN_PROGRESS")} == {(201, next(b for s, b in answers if s == 201))}
    assert database.rows("select count(*), count(distinct id) from booking") == [(1, 1)]
    again = ApiClient(luma.slug).post("/v1/bookings", wish(luma), Idempotency_Key=key)
    assert (again.status, again.body) in answers


def test_a_confirmation_that_is_repeated_is_one_confirmation(
    luma: Business, user: ApiClient, database: Database
) -> None:
    """ "To guard against duplicate holds or confirmations": by the same key, and by another one too."""
    path = f"/v1/bookings/{hold(user, luma).data['id']}/confirm"
    key = new_key()
    first, same = (user.post(path, Idempotency_Key=key) for _ in range(2))
    other = user.post(path, Idempotency_Key=new_key())
    assert (first.status, first.body) == (same.status, same.body)
    assert [each.headers.get("Idempotency-Replayed") for each in (first, same, other)] == [None, "true", None]
    assert (other.data["status"], other.data["version"]) == ("confirmed", 2)
    assert database.rows("select count(*) from booking_event where kind = 'booking.confirmed'") == [(1,)]


def test_answers_are_kept_for_a_day(luma: Business, user: ApiClient, database: Database) -> None:
    """ "Responses are cached for 24 hours": one second before it the same answer, after it a new booking."""
    key = new_key()
    first = user.post("/v1/bookings", wish(luma), Idempotency_Key=key)
    age = "update idempotency_record set created_at = clock_timestamp() - %s returning 1"
    database.rows(age, [timedelta(hours=24) - timedelta(seconds=30)])
    assert user.post("/v1/bookings", wish(luma), Idempotency_Key=key).body == first.body
    database.rows(age, [timedelta(hours=24, seconds=1)])
    later = user.post("/v1/bookings", wish(luma), Idempotency_Key=key)
    assert later.status == 201 and later.data["id"] != first.data["id"]
    assert database.rows("select count(*) from booking") == [(2,)]


# Expiry: "held bookings auto-expire and restore capacity"


def test_all_that_is_held_comes_back_when_it_expires(
    luma: Business, user: ApiClient, database: Database
) -> None:
    """Three stylists, three holds: full; ten minutes later three again, each hold expired once."""
    held = [hold(user, luma).data["id"] for _ in range(3)]
    assert hold(user, luma).error == "SLOT_FULL"
    let_holds_end(database)
    (sweeper,) = [each for each in CHORES if each.name == "sweep_holds"]
    assert (sweeper.run(), sweeper.run()) == (3, 0)
    assert database.rows("select status, count(*) from booking group by 1") == [("expired", 3)]
    assert database.rows("select count(*) from allocation") == [(0,)]
    events = database.rows("select booking_id::text from booking_event where kind = 'booking.expired'")
    assert sorted(each for (each,) in events) == sorted(held)
    assert [hold(user, luma).status for _ in range(3)] == [201, 201, 201]
    assert hold(user, luma).error == "SLOT_FULL"


def test_who_confirms_in_time_keeps_the_time_for_good(
    luma: Business, user: ApiClient, database: Database
) -> None:
    """Step 3: a confirmed booking has no end of its hold any more; the sweeper passes it over."""
    held = hold(user, luma).data
    sure = user.post(f"/v1/bookings/{held['id']}/confirm", Idempotency_Key=new_key()).data
    assert (sure["status"], sure["hold_expires_at"]) == ("confirmed", None)
    let_holds_end(database)
    (sweeper,) = [each for each in CHORES if each.name == "sweep_holds"]
    assert sweeper.run() == 0
    assert database.rows("select status from booking") == [("confirmed",)]


# The columns and statuses of `bookings`


def test_each_status_comes_with_its_instant(luma: Business, user: ApiClient, database: Database) -> None:
    """`status IN ('held','confirmed','cancelled','expired')`; `hold_expires_at` and the like."""
    desk = staff_client(luma, "frontdesk")
    columns = ("status", "hold_expires_at", "confirmed_at", "cancelled_at")

    def shown(booking_id: str) -> tuple[str, ...]:
        found = desk.get(f"/admin/v1/bookings/{booking_id}").data
        return found["status"], *(each for each in columns[1:] if found[each] is not None)

    held, sure, gone, late = (hold(user, luma, luma.start(hour=9 + number)).data["id"] for number in range(4))
    for each in (sure, gone):
        assert user.post(f"/v1/bookings/{each}/confirm", Idempotency_Key=new_key()).status == 200
    change = {"status": "cancelled"}
    assert desk.patch(f"/admin/v1/bookings/{gone}", change, Idempotency_Key=new_key()).status == 200
    with database.cluster.connect() as admin:
        admin.execute("update booking set hold_expires_at = clock_timestamp() where id = %s", [late])
    assert user.post(f"/v1/bookings/{late}/confirm", Idempotency_Key=new_key()).error == "HOLD_EXPIRED"
    assert shown(held) == ("held", "hold_expires_at")
    assert shown(sure) == ("confirmed", "confirmed_at")
    assert shown(gone) == ("cancelled", "confirmed_at", "cancelled_at")
    assert shown(late)[0] == "expired"
    created = datetime.fromisoformat(desk.get(f"/admin/v1/bookings/{held}").data["created_at"])
    until = datetime.fromisoformat(desk.get(f"/admin/v1/bookings/{held}").data["hold_expires_at"])
    # Whole seconds, rounded down.
    assert timedelta(0) <= created + timedelta(minutes=10) - until < timedelta(seconds=1)


def test_cancelling_twice_and_confirming_what_is_cancelled(luma: Business, user: ApiClient) -> None:
    """Steps 3 and 5: a status is reached once; the other way round it is a conflict that says so."""
    desk = staff_client(luma, "manager")
    held = hold(user, luma).data["id"]
    path = f"/admin/v1/bookings/{held}"
    answers = [desk.patch(path, {"status": "cancelled"}, Idempotency_Key=new_key()) for _ in range(2)]
    assert [(each.data["status"], each.data["version"]) for each in answers] == [("cancelled", 2)] * 2
    late = user.post(f"/v1/bookings/{held}/confirm", Idempotency_Key=new_key())
    assert (late.status, late.error) == (409, "BOOKING_CANCELLED")


def test_a_full_start_names_the_nearest_free_ones(luma: Business, user: ApiClient) -> None:
    """ "On contention the API returns `409 CONFLICT` with `SLOT_FULL` errors": and says what is left."""
    assert Counter(hold(user, luma).status for _ in range(4)) == {201: 3, 409: 1}
    full = hold(user, luma)
    assert (full.status, full.error) == (409, "SLOT_FULL")
    nearest = [datetime.fromisoformat(each["starts_at"]) for each in full.json["alternatives"]]
    assert nearest and luma.start() not in nearest
    assert hold(user, luma, nearest[0]).status == 201


# Security: "PII redaction"


def test_what_is_known_of_customers_is_masked_in_logs(luma: Business, user: ApiClient) -> None:
    """ "Mask PII in logs": phones and e-mails, whatever line they get into."""
    line = mask(f"POST /v1/bookings phone={PHONE} email=noor@example.com")
    assert PHONE not in line and "123 4567" not in line and "noor@example.com" not in line
    assert PHONE not in str(hold(user, luma).body), "an answer to a hold holds no contact"
