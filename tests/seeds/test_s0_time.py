"""S0, GlowSync: what its sections 2 and 4 say of time, over HTTP: blackouts, overlaps, zones, races."""

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

LESSON = NewService("Lesson", 60, "USD", price_minor=9_000, slot_granularity_minutes=30)


@pytest.fixture
def glow(database: Database) -> Business:
    """A solo artist in New York, booked at once."""
    return make_business("glow", zone="America/New_York", services=(LESSON,))


@pytest.fixture
def artist(glow: Business) -> ApiClient:
    return staff_client(glow, "owner", resource_id=glow.resource_ids[0])


def book(glow: Business, start: datetime) -> Answer:
    sent = {
        "service_id": str(glow.services["Lesson"]),
        "client_name": "Ada Lovelace",
        "client_email": "ada@example.com",
        "client_phone": "+1 212 555 0100",
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return ApiClient(glow.slug).post("/api/v1/bookings", sent)


def free(glow: Business, on: date) -> list[str]:
    """The free starts of a date, out of the month's answer, as the artist's clock shows them."""
    path = f"/api/v1/availability?service_id={glow.services['Lesson']}&month={on:%Y-%m}"
    (day,) = [each for each in ApiClient(glow.slug).get(path).data["days"] if each["date"] == str(on)]
    return [f"{datetime.fromisoformat(start).astimezone(glow.zone):%H:%M}" for start in day["starts"]]


def test_one_of_ten_at_once_has_two_oclock(glow: Business, database: Database) -> None:
    """4.1: "prevent two clients from booking the same 2:00 PM slot simultaneously"."""
    start = glow.start(hour=14)
    barrier = Barrier(10)

    def attempt(_: int) -> tuple[int, str]:
        try:
            barrier.wait(30)
            answer = book(glow, start)
            return answer.status, answer.data["status"] if answer.status == 201 else answer.error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        outcomes = Counter(pool.map(attempt, range(10)))
    assert outcomes == {(201, "confirmed"): 1, (409, "SLOT_FULL"): 9}
    assert database.rows("select count(*) from booking") == [(1,)]


def test_bookings_may_touch_and_cancelled_ones_are_free(glow: Business, artist: ApiClient) -> None:
    """4.1: `start_time < :new_end AND end_time > :new_start`, so the end is not taken.

    The document's query has no status and would keep cancelled bookings for ever; they take no time.
    """
    start = glow.start(hour=12)
    first = book(glow, start)
    for minutes, status in ((-60, 201), (60, 201), (-30, 409), (30, 409)):
        assert book(glow, start + timedelta(minutes=minutes)).status == status, minutes
    assert artist.delete(f"/api/v1/admin/bookings/{first.data['id']}").status == 200
    assert book(glow, start).status == 201


def test_a_blackout_takes_what_overlaps_and_no_more(glow: Business, artist: ApiClient) -> None:
    """4.1: the same comparison with `blackouts`; 2: `start_time`, `end_time` in order, `reason`."""
    start = glow.start(days=12, hour=12)
    day = start.astimezone(glow.zone).date()
    sent: dict[str, Any] = {
        "start_time": f"{day}T12:00",
        "end_time": f"{day}T14:00",
        "reason": "Doctor Appointment",
    }
    backwards = artist.post("/api/v1/admin/blackouts", sent | {"end_time": f"{day}T12:00"})
    assert (backwards.status, backwards.field) == (422, "end_time")
    assert artist.post("/api/v1/admin/blackouts", sent).status == 201
    near = [at for at in free(glow, day) if "10:30" <= at <= "14:30"]
    assert near == ["10:30", "11:00", "14:00", "14:30"]
    for minutes, code in ((-30, "BLACKED_OUT"), (90, "BLACKED_OUT"), (-60, ""), (120, "")):
        answer = book(glow, start + timedelta(minutes=minutes))
        assert ("" if answer.status == 201 else answer.error) == code, minutes


def test_a_blackout_that_meets_bookings_asks(glow: Business, artist: ApiClient) -> None:
    """3.2 says "block out dates/times" and nothing of who is booked: they are listed, none is overlapped."""
    booked = book(glow, glow.start(days=12, hour=12)).data
    day = str(glow.start(days=12).astimezone(glow.zone).date())
    sent = {"start_time": day, "end_time": day}
    refused = artist.post("/api/v1/admin/blackouts", sent)
    assert (refused.status, refused.error) == (409, "BLACKOUT_MEETS_BOOKINGS")
    assert [each["id"] for each in refused.json["bookings"]] == [booked["id"]]
    assert artist.post("/api/v1/admin/blackouts", sent | {"conflicts": "keep"}).status == 201
    assert artist.get(f"/api/v1/admin/bookings/{booked['id']}").data["status"] == "confirmed"


def test_closed_every_monday_whatever_the_clocks_do(glow: Business, artist: ApiClient) -> None:
    """2, `is_recurring`: "for Closed every Monday logic", on the artist's Mondays, all year."""
    today = glow.start(days=0).astimezone(glow.zone).date()
    monday = today + timedelta(days=14 - today.weekday())
    sent = {"start_time": str(monday), "end_time": str(monday), "is_recurring": True}
    assert artist.post("/api/v1/admin/blackouts", sent).status == 201
    for weeks in (0, 13, 26, 39):
        day = monday + timedelta(weeks=weeks)
        counts = [len(free(glow, day + timedelta(days=number))) for number in (-1, 0, 1)]
        assert counts == [23, 0, 23], day


def test_every_instant_is_stored_with_its_zone(glow: Business, database: Database) -> None:
    """4.2: "all timestamps in PostgreSQL are TIMESTAMP WITH TIME ZONE"; wall time beside it says `local`."""
    names = database.rows(
        "select column_name from information_schema.columns where table_schema = 'public'"
        " and udt_name in ('timestamp', '_timestamp') and table_name not like 'procrastinate%%'"
    )
    assert {name for (name,) in names} <= {"local_start", "local_starts"}
    start = glow.start(hour=19)
    made = book(glow, start).data
    local = start.astimezone(glow.zone)
    assert (made["starts_at"][-1], made["local_start"]) == ("Z", f"{local:%Y-%m-%dT%H:%M:%S}")
    assert made["time_zone"] == "America/New_York"


def test_fifteen_minutes_are_the_least(glow: Business, artist: ApiClient) -> None:
    """2 says "Min: 15", 4.3 "> 15": fifteen is enough."""
    for minutes, status in ((15, 201), (14, 422)):
        made = artist.post("/api/v1/admin/services", {"name": "Brows", "duration_min": minutes, "price": 20})
        assert made.status == status
