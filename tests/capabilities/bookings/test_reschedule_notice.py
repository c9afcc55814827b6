"""How late customers move their bookings by themselves: as late as they cancel, or as the business says."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.capabilities.bookings.queries.permitted import cancel_until, reschedule_until
from holdfast.platform import clock
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, staff_client
from tests.capabilities.bookings.moves import everything
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database

SETTINGS: list[tuple[dict[str, Any], int]] = [
    ({}, 0),
    ({"cancellation_notice_minutes": 120}, 120),
    ({"cancellation_notice_minutes": 120, "reschedule_notice_minutes": 30}, 30),
    ({"cancellation_notice_minutes": 120, "reschedule_notice_minutes": 0}, 0),
    ({"cancellation_notice_minutes": 120, "reschedule_notice_minutes": None}, 120),
    ({"cancellation_notice_minutes": 120, "reschedule_notice_minutes": "a day"}, 120),
    ({"cancellation_notice_minutes": True, "reschedule_notice_minutes": 60.4}, 60),
    ({"cancellation_notice_minutes": -5, "reschedule_notice_minutes": -5}, 0),
]


def _begins_in(database: Database, minutes: int) -> None:
    """Let what was booked lie so many minutes ahead, as if those between had passed."""
    for table in ("booking", "allocation"):
        assert database.rows(
            f"update {table} set starts_at = now() + make_interval(mins => %s),"
            " ends_at = now() + make_interval(mins => %s) returning 1",
            [minutes, minutes + 60],
        )


@pytest.mark.parametrize(("settings", "minutes"), SETTINGS)
def test_the_last_moment_is_the_same_in_python_and_sql(
    database: Database, settings: dict[str, Any], minutes: int
) -> None:
    business = make_business(settings=settings)
    book(business, "book")
    for name, told in (("reschedule", reschedule_until), ("cancel", cancel_until)):
        with tenant_context(business.tenant_id, TESTER.label):
            decided = fetch_value(f"select booking_{name}_until(b) from booking b")
        assert decided == told(business.start(), settings)
        if name == "reschedule":
            assert (business.start() - decided).total_seconds() == 60 * minutes


@pytest.mark.parametrize(("minutes_before", "may"), [(121, True), (119, False), (-1, False)])
def test_later_they_are_told_whom_to_call(database: Database, minutes_before: int, may: bool) -> None:
    business = make_business(settings={"cancellation_notice_minutes": 120})
    with tenant_context(business.tenant_id, TESTER.label):
        execute("update location set phone = '+49 30 555' where tenant_id = %s", (business.tenant_id,))
    made = book(business, "book")
    _begins_in(database, minutes_before)
    stored = everything(database)
    path, there = f"/api/v1/bookings/{made.booking_id}", {"starts_at": f"{business.start(hour=14):%FT%TZ}"}
    answer = ApiClient(business.slug).patch(path, there, X_Booking_Token=made.token)
    if may:
        assert (answer.status, answer.data["version"]) == (200, 2)
        return
    assert everything(database) == stored
    if minutes_before < 0:
        assert (answer.status, answer.error) == (409, "MOVE_NOT_ALLOWED")
        return
    assert (answer.status, answer.error) == (409, "TOO_LATE_TO_MOVE")
    assert answer.json["call"] == {"name": f"{business.slug} street", "phone": "+49 30 555"}
    assert "+49 30 555" in answer.json["detail"]
    assert answer.json["until"] < f"{clock.now():%FT%TZ}"
    assert (answer.json["current"]["status"], answer.json["current"]["version"]) == ("confirmed", 1)
    # Staff always may.
    assert staff_client(business, "frontdesk").patch(path, there).data["version"] == 2


@pytest.mark.parametrize("service", ["cut", "ask"])
def test_what_is_not_confirmed_is_moved_whenever_one_likes(database: Database, service: str) -> None:
    business: Business = make_business(settings={"reschedule_notice_minutes": 500_000})
    made = book(business, service)
    moved = ApiClient(business.slug).patch(
        f"/api/v1/bookings/{made.booking_id}",
        {"starts_at": f"{business.start(hour=14):%FT%TZ}"},
        X_Booking_Token=made.token,
    )
    assert (moved.status, moved.data["version"]) == (200, 2)
    assert "reschedule" in moved.data["moves"]


def test_an_answer_says_whether_a_booking_can_be_moved(database: Database) -> None:
    business = make_business()
    made, desk = book(business, "book"), staff_client(business, "frontdesk")
    path = f"/api/v1/bookings/{made.booking_id}"
    guest = ApiClient(business.slug, X_Booking_Token=made.token)
    assert guest.get(path).data["moves"] == ["cancel", "reschedule"]
    assert desk.get(path).data["moves"] == ["cancel", "complete", "mark_no_show", "reschedule"]
    artist = staff_client(business, "artist", resource_id=business.resource_ids[0])
    assert artist.get(path).data["moves"] == ["cancel"]
    assert guest.delete(path).data["moves"] == []
    assert desk.get(path).data["moves"] == []
