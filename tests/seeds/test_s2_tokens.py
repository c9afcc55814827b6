"""S2, sections 5 and 6: the five statuses of a booking, and tokens for one action."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest

from holdfast.platform import clock
from tests.api_client import ApiClient, staff_client
from tests.capabilities.bookings.moves import everything
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.web.public.conftest import Visitor


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


@pytest.mark.parametrize("action", ["confirm", "cancel", "reschedule"])
def test_a_token_ends_when_it_said(practice: Business, database: Database, action: str) -> None:
    """`expires_at NOT NULL`: told with the token, and after it neither the API nor a page does anything."""
    made, guest = book(practice), ApiClient(practice.slug)
    path = f"/api/v1/bookings/{made.booking_id}"
    asked = {"action": action, "expires_in_hours": 24, "token": made.token}
    link = guest.post(f"{path}/tokens", asked).data
    ends = datetime.fromisoformat(link["expires_at"])
    assert abs(ends - clock.now() - timedelta(hours=24)) < timedelta(minutes=1)
    end = "update booking_token set expires_at = now() where action = %s returning 1"
    assert database.rows(end, [action]) == [(1,)]
    stored = everything(database)
    later = f"{practice.start(hour=15):%FT%TZ}"
    tried = (
        guest.post(f"{path}/confirm", {"token": link["token"]}),
        guest.delete(path, {"token": link["token"]}),
        guest.patch(path, {"starts_at": later, "token": link["token"]}),
    )
    assert [answer.status for answer in tried] == [404] * 3
    visitor = Visitor("practice.localhost")
    visitor.get(f"/a/{link['token']}/")
    assert visitor.status == 404
    assert everything(database) == stored


def test_the_table_refuses_what_the_document_refuses(practice: Business, database: Database) -> None:
    """`token UNIQUE NOT NULL`, `action NOT NULL` and one of the named, `expires_at NOT NULL`."""
    made = book(practice)
    sql = (
        "insert into booking_token (tenant_id, token_hash, booking_id, action, expires_at)"
        " select tenant_id, {}, id, {}, {} from booking returning 1"
    )
    good = ("sha256('x')", "'cancel'", "now()")
    assert database.rows(sql.format(*good)) == [(1,)]
    for place, wrong, error in (
        (0, "sha256('x')", psycopg.errors.UniqueViolation),
        (0, "null", psycopg.errors.NotNullViolation),
        (1, "null", psycopg.errors.NotNullViolation),
        (1, "'delete'", psycopg.errors.CheckViolation),
        (2, "null", psycopg.errors.NotNullViolation),
    ):
        values = ["sha256('y')", *good[1:]]
        values[place] = wrong
        with pytest.raises(error):
            database.rows(sql.format(*values))
    # "ON DELETE CASCADE": bookings are never deleted, so no link loses its booking.
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never deleted"):
        database.rows("delete from booking where id = %s returning 1", [made.booking_id])


def test_a_mailed_link_verifies_an_address(practice: Business, database: Database) -> None:
    """ "Optional - for email verification": opened it only shows; the button confirms, once."""
    made = book(practice)
    path = f"/api/v1/bookings/{made.booking_id}/tokens"
    link = staff_client(practice, "frontdesk").post(path, {"action": "confirm"}).data
    assert link["is_single_use"] is True
    visitor = Visitor("practice.localhost")
    for _ in range(2):
        assert "Confirm this booking?" in visitor.get(f"/a/{link['token']}/")
    assert database.rows("select status, version from booking") == [("held", 1)]
    for _ in range(2):
        assert "Confirmed on" in visitor.post(f"/a/{link['token']}/", {})
    assert database.rows("select status, version from booking") == [("confirmed", 2)]
    assert database.rows(
        "select count(*) from booking_token where action = 'confirm' and used_at is not null"
    ) == [(1,)]
