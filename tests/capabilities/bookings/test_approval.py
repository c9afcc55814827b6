"""Requests over the API: approved or declined by whoever may, and what the answers offer next."""

from __future__ import annotations

from functools import partial

import pytest

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.bookings.moves import everything, outcome, status
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths


def _path(made: MoveAnswer, move: str = "") -> str:
    return f"/api/v1/bookings/{made.booking_id}{move}"


@pytest.mark.parametrize(("move", "after"), [("/approve", "confirmed"), ("/decline", "cancelled")])
def test_a_request_is_answered_once(business: Business, database: Database, move: str, after: str) -> None:
    made, desk = book(business, "ask"), staff_client(business, "frontdesk")
    # While it waits its time is taken: a second request for it cannot even be made.
    assert outcome(partial(book, business, "ask")) == "SLOT_FULL"
    assert desk.get(_path(made)).data["moves"] == ["confirm", "cancel", "reschedule"]
    key = new_key()
    first = desk.post(_path(made, move), {"version": 1}, Idempotency_Key=key)
    assert (first.status, first.data["status"], first.data["version"]) == (200, after, 2)
    assert first.headers["ETag"] == '"2"'
    assert desk.post(_path(made, move), {"version": 1}, Idempotency_Key=key).body == first.body
    stored = everything(database)
    assert desk.post(_path(made, move)).data["version"] == 2
    assert everything(database) == stored
    other = {"/approve": "/decline", "/decline": "/approve"}[move]
    refused = desk.post(_path(made, other))
    assert (refused.status, refused.error) == (
        409,
        {"/decline": "MOVE_NOT_ALLOWED", "/approve": "BOOKING_CANCELLED"}[other],
    )
    assert refused.json["current"]["status"] == after
    assert everything(database) == stored
    assert untruths(database) == {}


def test_a_version_that_is_old_answers_with_what_it_is(business: Business, database: Database) -> None:
    made, owner = book(business, "ask"), staff_client(business)
    owner.post(_path(made, "/approve"))
    stored = everything(database)
    for move in ("/approve", "/decline", "/complete", "/no-show", "/reopen"):
        for sent, header in (({"version": 1}, {}), (None, {"If_Match": '"1"'})):
            refused = owner.post(_path(made, move), sent, **header)
            assert (refused.status, refused.error) == (409, "VERSION_CONFLICT"), move
            assert refused.json["current"]["version"] == refused.json["current_version"] == 2
            assert refused.json["current"]["status"] == "confirmed"
    assert everything(database) == stored


@pytest.mark.parametrize("move", ["/approve", "/decline"])
def test_artists_answer_for_themselves_only(database: Database, move: str) -> None:
    business = make_business(people=2)
    mine, other = (book(business, "ask", resource_id=each) for each in business.resource_ids)
    artist = staff_client(business, "artist", resource_id=business.resource_ids[0])
    stored = everything(database)
    assert artist.post(_path(other, move)).status == 404
    assert ApiClient(business.slug).post(_path(mine, move)).status == 401
    assert everything(database) == stored
    assert artist.get(_path(mine)).data["moves"] == ["confirm", "cancel"]
    assert artist.post(_path(mine, move)).status == 200
    assert status(database, other) == "pending"


@pytest.mark.parametrize("move", ["/approve", "/decline"])
def test_only_requests_are_approved_or_declined(business: Business, database: Database, move: str) -> None:
    held = book(business)
    owner = staff_client(business)
    stored = everything(database)
    assert owner.post(_path(held, move)).error == "MOVE_NOT_ALLOWED"
    assert everything(database) == stored


def test_marking_keeps_the_time_and_can_be_taken_back(business: Business, database: Database) -> None:
    made, desk = book(business, "book"), staff_client(business, "frontdesk")
    assert desk.post(_path(made, "/no-show")).data["moves"] == ["complete", "reopen"]
    assert desk.post(_path(made, "/complete")).data["moves"] == ["mark_no_show", "reopen"]
    assert desk.post(_path(made, "/reopen")).data["moves"] == [
        "cancel",
        "complete",
        "mark_no_show",
        "reschedule",
    ]
    assert desk.patch(_path(made), {"status": "completed"}).data["version"] == 5
    assert outcome(partial(book, business)) == "SLOT_FULL"
    events = database.rows(
        "select kind, data ->> 'status', jsonb_array_length(data -> 'allocations') from booking_event"
        " order by id"
    )
    assert [(kind, found) for kind, found, _ in events[1:]] == [
        ("booking.no_show", "no_show"),
        ("booking.completed", "completed"),
        ("booking.reopened", "confirmed"),
        ("booking.completed", "completed"),
    ]
    assert {count for _, _, count in events} == {1}
    guest = ApiClient(business.slug)
    for refused in (
        guest.post(_path(made, "/no-show"), X_Booking_Token=made.token),
        guest.patch(_path(made), {"status": "no_show", "token": made.token}),
    ):
        assert refused.status in (401, 404)
    artist = staff_client(business, "artist", resource_id=business.resource_ids[0])
    assert artist.post(_path(made, "/reopen")).status == 403
    assert status(database, made) == "completed"
