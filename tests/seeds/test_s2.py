"""S2, the provider's schema: its weekly schedule, blocked periods, buffers and sample queries, over HTTP.

Where its tables contradict the other documents or themselves, docs/seeds.md says what was settled.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from holdfast.capabilities.catalog.commands import NewService
from tests.api_client import Answer, ApiClient, staff_client
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

TALK = NewService("Talk", 60, "USD", slot_granularity_minutes=30)
BUFFERED = NewService("Buffered", 60, "USD", buffer_after_minutes=15, slot_granularity_minutes=15)
ASK = NewService("Ask", 60, "USD", flow="approval", slot_granularity_minutes=30)
HOLD = NewService("Hold", 60, "USD", flow="hold", slot_granularity_minutes=30)
HOURS = "/api/v1/availabilities"
BLOCKED = "/api/v1/blocked_periods"


@pytest.fixture
def desk(database: Database) -> Business:
    """A provider in New York."""
    return make_business("desk", zone="America/New_York", services=(TALK, BUFFERED, ASK, HOLD))


@pytest.fixture
def provider(desk: Business) -> ApiClient:
    """The provider, who has not said yet when there is time."""
    client = staff_client(desk, "owner", resource_id=desk.resource_ids[0])
    (usual,) = client.get(HOURS).data
    assert client.delete(f"{HOURS}/{usual['id']}").status == 200
    return client


@pytest.fixture
def customer(desk: Business) -> ApiClient:
    return ApiClient(desk.slug)


def week_day(desk: Business, number: int, *, weeks: int = 1) -> date:
    """A date some weeks ahead; `number` counts from Sunday, 0, as the document does."""
    today = desk.start(days=0).astimezone(desk.zone).date()
    return today + timedelta(days=(number - today.isoweekday()) % 7 + 7 * weeks)


def schedule(provider: ApiClient, desk: Business, number: int, start: str, end: str, **more: Any) -> Answer:
    """S2 "Availability": `provider_id, day_of_week, start_time, end_time, is_available`."""
    row = {
        "provider_id": str(desk.resource_ids[0]),
        "day_of_week": number,
        "start_time": start,
        "end_time": end,
        **more,
    }
    return provider.post(HOURS, row)


def starts(desk: Business, on: date, service: str = "Talk", *, days: int = 1, zone: str = "") -> list[str]:
    """The free starts of some dates, as the provider's clock shows them."""
    path = f"/api/v1/availability?provider_id={desk.resource_ids[0]}&service_id={desk.services[service]}"
    path += f"&from={on}&to={on + timedelta(days=days - 1)}" + (f"&timezone={zone}" if zone else "")
    answer = ApiClient(desk.slug).get(path)
    assert answer.status == 200, answer.body
    local = [
        datetime.fromisoformat(start).astimezone(desk.zone)
        for day in answer.data["days"]
        for start in day["starts"]
    ]
    return [f"{each:%H:%M}" if days == 1 else f"{each:%a %H:%M}" for each in local]


def book(client: ApiClient, desk: Business, at: str, service: str = "Talk", **more: Any) -> Answer:
    """A customer gives name and e-mail, no phone and no registration ("Bookings Table")."""
    sent = {
        "service_id": str(desk.services[service]),
        "start_time": at,
        "customer_name": "Ada",
        "customer_email": "ada@example.com",
        **more,
    }
    return client.post("/api/v1/bookings", sent)


# Availability Table (Weekly Schedule)


def test_days_of_the_week_count_from_sunday(desk: Business, provider: ApiClient) -> None:
    """`day_of_week BETWEEN 0 AND 6 -- 0=Sunday, 6=Saturday`: each day has the hour of its number."""
    for number in range(7):
        made = schedule(provider, desk, number, f"{9 + number:02}:00", f"{10 + number:02}:00")
        assert made.status == 201, made.body
    assert starts(desk, week_day(desk, 0), days=7) == [
        f"{name} {9 + number:02}:00"
        for number, name in enumerate(("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"))
    ]
    for number in (-1, 7):
        refused = schedule(provider, desk, number, "09:00", "10:00")
        assert (refused.status, refused.field) == (422, "day_of_week")


def test_only_available_rows_open_a_day(desk: Business, provider: ApiClient) -> None:
    """`is_available`: rows that are not open nothing, and take their hours out of those that do."""
    assert schedule(provider, desk, 2, "09:00", "12:00").status == 201
    assert schedule(provider, desk, 2, "13:00", "15:00", is_available=True).status == 201
    assert schedule(provider, desk, 2, "10:00", "11:00", is_available=False).status == 201
    assert schedule(provider, desk, 3, "09:00", "17:00", is_available=False).status == 201
    tuesday = week_day(desk, 2)
    assert starts(desk, tuesday) == ["09:00", "11:00", "13:00", "13:30", "14:00"]
    assert starts(desk, tuesday + timedelta(days=1)) == []
    assert starts(desk, tuesday + timedelta(days=2)) == []


def test_hours_are_said_once(desk: Business, provider: ApiClient, database: Database) -> None:
    """`UNIQUE (provider_id, day_of_week, start_time, end_time)`; an empty window is refused.

    Of `end_time > start_time` the rest is settled otherwise: an earlier end is on the next day.
    """
    assert schedule(provider, desk, 5, "20:00", "22:00").status == 201
    for is_available in (True, False):
        again = schedule(provider, desk, 5, "20:00", "22:00", is_available=is_available)
        assert (again.status, again.error) == (409, "RULE_DUPLICATE")
    empty = schedule(provider, desk, 5, "20:00", "20:00")
    assert (empty.status, empty.field) == (422, "end_time")
    assert database.rows("select count(*) from opening_rule") == [(1,)]
    assert schedule(provider, desk, 6, "23:00", "01:00").status == 201
    saturday = week_day(desk, 6)
    assert starts(desk, saturday, days=2) == ["Sat 23:00", "Sat 23:30", "Sun 00:00"]


# Blocked Periods Table (Vacations, Breaks, etc.)


def test_a_vacation_blocks_every_local_day_it_touches(desk: Business, provider: ApiClient) -> None:
    """`blocked_periods`, sample query 3: from its first to its last date, in the provider's zone.

    The document compares `::date` in the zone of the server; an evening in New York is the next day there.
    """
    for number in range(7):
        schedule(provider, desk, number, "20:00", "22:00")
    monday = week_day(desk, 1)
    vacation = {
        "provider_id": str(desk.resource_ids[0]),
        "start_datetime": str(monday + timedelta(days=1)),
        "end_datetime": str(monday + timedelta(days=2)),
        "reason": "Vacation",
    }
    made = provider.post(BLOCKED, vacation)
    assert made.status == 201, made.body
    assert [each.split()[0] for each in starts(desk, monday, days=4)] == ["Mon"] * 3 + ["Thu"] * 3
    backwards = vacation | {"end_datetime": str(monday)}
    refused = provider.post(BLOCKED, backwards)
    assert (refused.status, refused.field) == (422, "end_datetime")
    assert [each["reason"] for each in provider.get(BLOCKED).data] == ["Vacation"]
    assert ApiClient(desk.slug).get(BLOCKED).error == "UNAUTHENTICATED"
    assert provider.delete(f"{BLOCKED}/{made.data['id']}").status == 200
    assert len(starts(desk, monday, days=4)) == 12


def test_a_recurring_break_comes_every_week_at_its_local_time(desk: Business, provider: ApiClient) -> None:
    """`is_recurring`: that weekday and wall time every week, whichever clock New York has just then."""
    schedule(provider, desk, 1, "09:00", "13:00")
    first = week_day(desk, 1)
    lunch = {
        "provider_id": str(desk.resource_ids[0]),
        "start_datetime": f"{first}T11:00",
        "end_datetime": f"{first}T12:00",
        "reason": "Break",
        "is_recurring": True,
    }
    assert provider.post(BLOCKED, lunch).status == 201
    for weeks in (0, 1, 13, 26, 39):
        assert starts(desk, first + timedelta(weeks=weeks)) == ["09:00", "09:30", "10:00", "12:00"], weeks


# Service Table


def test_a_buffer_follows_every_booking(desk: Business, provider: ApiClient, customer: ApiClient) -> None:
    """`buffer_time_minutes` is the time after a service; `duration_minutes > 0`, a price may be missing."""
    schedule(provider, desk, 1, "09:00", "13:00")
    monday = week_day(desk, 1)
    named = {"name": "With tidying", "duration_minutes": 30, "buffer_time_minutes": 20, "price": None}
    made = provider.post("/api/v1/services", named | {"currency": "USD", "display_order": 3})
    assert made.status == 201, made.body
    assert (made.data["buffer_before_minutes"], made.data["buffer_after_minutes"]) == (0, 20)
    assert (made.data["price"], made.data["display_order"]) == (None, 3)
    refused = provider.post("/api/v1/services", named | {"duration_minutes": 0})
    assert (refused.status, refused.field) == (422, "duration_minutes")
    booked = book(customer, desk, f"{monday}T10:30", "Buffered")
    assert booked.status == 201
    assert datetime.fromisoformat(booked.data["ends_at"]).astimezone(desk.zone).strftime("%H:%M") == "11:30"
    # An hour and a quarter before 10:30, and from 11:45 on.
    assert starts(desk, monday, "Buffered") == ["09:00", "09:15", "11:45", "12:00"]
    assert starts(desk, monday) == ["09:00", "09:30", "12:00"]


# Sample Queries


def test_available_slots_for_a_day(desk: Business, provider: ApiClient, customer: ApiClient) -> None:
    """Query "Get Available Slots for a Day": hours, less live bookings, less blocked periods.

    The day is the provider's (`AT TIME ZONE $timezone`): a booking of its evening is not one of the next day.
    """
    schedule(provider, desk, 1, "09:00", "22:00")
    schedule(provider, desk, 2, "00:00", "10:00")
    monday = week_day(desk, 1)
    waits = book(customer, desk, f"{monday}T10:00", "Ask")
    held = book(customer, desk, f"{monday}T12:00", "Hold")
    sure = book(customer, desk, f"{monday}T20:00")
    gone = book(customer, desk, f"{monday}T16:00")
    assert [each.data["status"] for each in (waits, held, sure)] == ["pending", "held", "confirmed"]
    assert provider.delete(f"/api/v1/bookings/{gone.data['id']}", {"reason": "ill"}).status == 200
    afternoon = {"start_datetime": f"{monday}T17:00", "end_datetime": f"{monday}T19:30"}
    assert provider.post(BLOCKED, afternoon).status == 201
    free = ["09:00", "11:00", *(f"{13 + n // 2}:{n % 2 * 30:02}" for n in range(7)), "21:00"]
    assert starts(desk, monday) == free
    # The customer's zone (`customer_timezone`) changes no start.
    assert starts(desk, monday, zone="Asia/Tokyo") == free
    # 20:00 in New York is 00:00 or 01:00 of Tuesday in UTC: Tuesday's hours are all there.
    assert len(starts(desk, monday + timedelta(days=1))) == 19


def test_a_booking_is_created_atomically(desk: Business, provider: ApiClient, database: Database) -> None:
    """Query "Create Booking (Atomic)": of ten at once that overlap one is confirmed.

    Starts differ, so the document's index on `(provider_id, start_time)` would let two of them through.
    """
    schedule(provider, desk, 1, "09:00", "17:00")
    monday = week_day(desk, 1)
    barrier = Barrier(10)

    def attempt(number: int) -> tuple[int, str]:
        try:
            barrier.wait(30)
            answer = book(ApiClient(desk.slug), desk, f"{monday}T{('10:00', '10:30')[number % 2]}")
            return answer.status, answer.data["status"] if answer.status == 201 else answer.error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        outcomes = Counter(pool.map(attempt, range(10)))
    assert outcomes == {(201, "confirmed"): 1, (409, "SLOT_FULL"): 9}
    assert database.rows("select count(*) from booking") == [(1,)]
    (taken,) = database.rows("select starts_at from booking")[0]
    # Half-open: `start_time < $end_time AND end_time > $start_time` leaves the next minute free.
    after = (taken + timedelta(hours=1)).astimezone(desk.zone)
    assert book(ApiClient(desk.slug), desk, f"{after:%Y-%m-%dT%H:%M}").status == 201


def test_a_stale_version_changes_nothing(desk: Business, provider: ApiClient, customer: ApiClient) -> None:
    """Approach "Optimistic Locking (Version Field)": zero rows affected is a conflict that is told."""
    schedule(provider, desk, 1, "09:00", "17:00")
    monday = week_day(desk, 1)
    path = f"/api/v1/bookings/{book(customer, desk, f'{monday}T09:00').data['id']}"
    moved = provider.patch(path, {"starts_at": f"{monday}T11:00", "version": 1})
    assert (moved.status, moved.data["version"]) == (200, 2)
    stale = provider.patch(path, {"starts_at": f"{monday}T13:00", "version": 1})
    assert (stale.status, stale.error, stale.json["current_version"]) == (409, "VERSION_CONFLICT", 2)
    assert [at for at in ("09:00", "10:30", "11:00", "13:00") if at in starts(desk, monday)] == [
        "09:00",
        "13:00",
    ]
