"""S2, sections 5 and 6: the five statuses of a booking, and tokens for one action."""

from __future__ import annotations

import pytest

from tests.api_client import ApiClient, staff_client
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database


@pytest.fixture
def practice(database: Database) -> Business:
    return make_business("practice")


def test_a_booking_walks_through_the_five_statuses(practice: Business) -> None:
    made, desk = book(practice, "ask"), staff_client(practice, "frontdesk")
    path = f"/api/v1/bookings/{made.booking_id}"
    assert desk.get(path).data["status"] == "pending"
    walk = [
        ("approve", "confirmed"),
        ("no-show", "no_show"),
        ("complete", "completed"),
        ("reopen", "confirmed"),
    ]
    for version, (move, status) in enumerate(walk, start=1):
        answer = desk.post(f"{path}/{move}", {"version": version})
        assert (answer.data["status"], answer.data["version"]) == (status, version + 1)
    assert desk.delete(path).data["status"] == "cancelled"
    assert desk.get(path).data["moves"] == []
    # "WHERE status NOT IN ('cancelled')": the time is free again.
    assert book(practice, "ask").status_name == "pending"


@pytest.mark.parametrize(
    ("action", "after"), [("confirm", "confirmed"), ("cancel", "cancelled"), ("reschedule", "held")]
)
def test_a_token_does_its_action_once(
    practice: Business, database: Database, action: str, after: str
) -> None:
    made, guest = book(practice), ApiClient(practice.slug)
    path = f"/api/v1/bookings/{made.booking_id}"
    asked = {"action": action, "expires_in_hours": 24, "token": made.token}
    token = guest.post(f"{path}/tokens", asked).data["token"]
    assert database.rows("select count(*) from booking_token where used_at is not null") == [(0,)]

    def use() -> int:
        if action == "confirm":
            return guest.post(f"{path}/confirm", {"token": token}).status
        if action == "cancel":
            return guest.patch(path, {"status": "cancelled", "token": token}).status
        later = f"{practice.start(hour=15):%FT%TZ}"
        return guest.patch(path, {"starts_at": later, "token": token}).status

    assert (use(), use()) == (200, 404)
    assert database.rows("select status, version from booking") == [(after, 2)]
    assert database.rows("select action from booking_token where used_at is not null") == [(action,)]
