"""The record of bookings: a calendar as it was, and what was done with one booking."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest

from holdfast.capabilities.bookings.queries import list_bookings
from holdfast.capabilities.bookings.queries.history import list_bookings_as_of
from holdfast.capabilities.bookings.types import Booking
from holdfast.platform import clock
from holdfast.platform.tenancy import request_scope, tenant_context
from tests.api_client import ApiClient, make_account, signed_in, staff_client
from tests.capabilities.bookings.moves import OWNER, cancel, confirm
from tests.capabilities.bookings.replaying import Lot
from tests.capabilities.bookings.salon import make_salon, visit
from tests.capabilities.bookings.test_reschedule import move
from tests.capabilities.business import ANN, TESTER, Business, book, make_business
from tests.cluster import Database


def text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def calendar(business: Business) -> list[Booking]:
    """All bookings as the tables have them now."""
    with tenant_context(business.tenant_id, TESTER.label):
        return list_bookings(
            actor=TESTER, starts_at=business.start(days=1), ends_at=business.start(days=20), limit=1000
        )


def calendar_at(business: Business, at: datetime) -> list[Booking]:
    """All bookings as the log had them then."""
    with tenant_context(business.tenant_id, TESTER.label):
        return list_bookings_as_of(
            actor=TESTER, at=at, starts_at=business.start(days=1), ends_at=business.start(days=20)
        )


def plain(bookings: list[Booking]) -> list[dict[str, Any]]:
    """What of bookings the log holds."""
    fields = [name for name in Booking.__dataclass_fields__ if name not in ("contact", "notes", "resources")]
    return [{name: getattr(each, name) for name in fields} for each in bookings]


def test_the_calendar_of_every_moment_is_what_it_was(database: Database) -> None:
    seed = random.randrange(2**32)
    print(f"SEED={seed}")
    lot = Lot(database, seed)
    # A hold is let expire behind the log's back there, which no calendar of then could know.
    lot.leave_out("_expire")
    seen: list[tuple[datetime, list[dict[str, Any]]]] = []
    for _ in range(40):
        lot.move()
        found = plain(calendar(lot.business))
        ((at,),) = database.rows("select clock_timestamp()")
        seen.append((at, found))
    print(lot.done, lot.refused)
    assert seen[-1][1] != seen[0][1]
    for at, expected in seen:
        assert plain(calendar_at(lot.business, at)) == expected


def test_what_was_cancelled_and_moved_is_where_it_was(database: Database) -> None:
    business = make_business()
    owner = staff_client(business)
    before = clock.now()
    made = book(business, "book", notes="ring twice")
    booked = _now(database)
    move(business, made, business.start(days=8))
    moved = _now(database)
    cancel(business, made, reason="ill")
    week = f"start={business.start(days=7):%Y-%m-%d}&end={business.start(days=8):%Y-%m-%d}"

    def seen(at: datetime) -> list[dict[str, Any]]:
        answer = owner.get(f"/api/v1/bookings?{week}&as_of={text(at)}")
        assert answer.status == 200, answer.body
        return list(answer.data)

    assert seen(before) == []
    (then,) = seen(booked)
    assert (then["status"], then["version"], then["moves"]) == ("confirmed", 1, [])
    assert then["starts_at"] == f"{business.start():%Y-%m-%dT%H:%M:%SZ}"
    assert [each["resource_id"] for each in then["resources"]] == [str(business.resource_ids[0])]
    # Contact and notes are those of today; a reason there was not yet.
    assert (then["customer"]["name"], then["notes"], then["cancellation_reason"]) == (
        ANN.name,
        "ring twice",
        "",
    )
    (then,) = seen(moved)
    assert then["starts_at"] == f"{business.start(days=8):%Y-%m-%dT%H:%M:%SZ}"
    (then,) = seen(_now(database))
    assert (then["status"], then["cancellation_reason"], then["resources"]) == ("cancelled", "ill", [])
    day = f"/api/v1/bookings?start={business.start(days=8):%Y-%m-%d}&end={business.start(days=8):%Y-%m-%d}"
    assert owner.get(f"{day}&as_of={text(booked)}").data == []
    assert len(owner.get(f"{day}&as_of={text(moved)}&status=confirmed").data) == 1
    assert owner.get(f"{day}&as_of={text(moved)}&status=held").data == []
    refused = owner.get("/api/v1/bookings?as_of=2199-01-01T00:00:00Z")
    assert (refused.status, refused.field) == (422, "as_of")


def _now(database: Database) -> datetime:
    ((at,),) = database.rows("select clock_timestamp()")
    assert isinstance(at, datetime)
    return at


def test_artists_see_what_was_theirs_and_contacts_of_what_still_is(database: Database) -> None:
    business, people = make_salon()
    artist = signed_in(business, make_account(business, "artist", resource_id=people["noa"]))
    mine = visit(business, "cut", resource_id=people["noa"])
    handed = visit(business, "cut", starts_at=business.start(hour=12), resource_id=people["noa"])
    visit(business, "cut", resource_id=people["mia"])
    then = _now(database)
    move(business, handed, resource_id=people["mia"], actor=OWNER, token="")
    day = f"/api/v1/bookings?start={business.start():%Y-%m-%d}&end={business.start():%Y-%m-%d}"
    assert [each["id"] for each in artist.get(day).data] == [str(mine.booking_id)]
    past = artist.get(f"{day}&as_of={text(then)}").data
    assert [(each["id"], (each["customer"] or {}).get("name")) for each in past] == [
        (str(mine.booking_id), ANN.name),
        (str(handed.booking_id), None),
    ]
    assert ApiClient(business.slug).get(f"{day}&as_of={text(then)}").status == 401
    assert staff_client(make_business("elsewhere")).get(f"{day}&as_of={text(then)}").data == []


def test_the_history_tells_each_move(database: Database) -> None:
    business = make_business()
    with request_scope("the-request"):
        made = book(business, notes="a canary in the notes")
    confirm(business, made)
    move(business, made, business.start(hour=12))
    cancel(business, made, actor=OWNER, token="", reason="a canary in the reason")
    path = f"/api/v1/bookings/{made.booking_id}/history"
    answer = staff_client(business, "frontdesk").get(path)
    assert answer.status == 200, answer.body
    assert b"canary" not in answer.body
    assert ANN.email.encode() not in answer.body
    entries = answer.data
    assert [(each["version"], each["kind"], each["actor"]) for each in entries] == [
        (1, "booking.held", "guest"),
        (2, "booking.confirmed", "guest"),
        (3, "booking.rescheduled", "guest"),
        (4, "booking.cancelled", OWNER.label),
    ]
    assert entries[0]["request_id"] == "the-request"
    told = [
        {each["field"]: (each["before"], each["after"]) for each in entry["changes"]} for entry in entries
    ]
    start, there = (f"{business.start(hour=hour):%Y-%m-%dT%H:%M:%SZ}" for hour in (10, 12))
    assert told[0]["status"] == (None, "held")
    assert told[0]["starts_at"] == (None, start)
    assert told[1]["status"] == ("held", "confirmed")
    assert set(told[1]) == {"status", "hold_expires_at", "confirmed_at"}
    assert told[2]["starts_at"] == (start, there)
    assert set(told[2]) == {"starts_at", "ends_at", "local_start", "takes"}
    assert told[2]["takes"][1][0]["starts_at"] == there
    assert set(told[3]) == {"status", "cancelled_at", "takes"}
    assert told[3]["takes"][1] == []


def test_a_customer_sees_its_own_history_without_names_of_the_staff(database: Database) -> None:
    business = make_business()
    made, other = book(business), book(business, starts_at=business.start(hour=15))
    confirm(business, made, actor=OWNER, token="")
    guest = ApiClient(business.slug)
    path = f"/api/v1/bookings/{made.booking_id}/history"
    shown = guest.get(path, X_Booking_Token=made.token)
    assert shown.status == 200, shown.body
    assert [(each["kind"], each["actor"], each["request_id"]) for each in shown.data] == [
        ("booking.held", "guest", None),
        ("booking.confirmed", "account", None),
    ]
    assert str(OWNER.account_id).encode() not in shown.body
    fields = {each["field"] for entry in shown.data for each in entry["changes"]}
    assert "status" in fields
    assert not fields & {"customer_id", "source", "takes"}
    assert guest.get(path).status == 401
    assert guest.get(path, X_Booking_Token=other.token).status == 404
    assert ApiClient(make_business().slug).get(path, X_Booking_Token=made.token).status == 404


@pytest.mark.parametrize(("who", "status"), [("noa", 200), ("mia", 404)])
def test_artists_see_the_history_of_their_own(database: Database, who: str, status: int) -> None:
    business, people = make_salon()
    made = visit(business, "cut", resource_id=people["noa"])
    artist = signed_in(business, make_account(business, "artist", resource_id=people[who]))
    assert artist.get(f"/api/v1/bookings/{made.booking_id}/history").status == status
