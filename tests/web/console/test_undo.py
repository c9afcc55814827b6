"""Staff take moves back: from the message after a move, from a booking's history, and all of a day."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.platform import clock
from tests.capabilities.bookings.moves import OWNER, cancel
from tests.capabilities.bookings.undoing import state
from tests.capabilities.business import Business, book
from tests.cluster import Database
from tests.web.console.conftest import Member
from tests.web.console.test_day import day_path
from tests.web.console.test_moves import approve_path, cancel_path

WorkAs = Callable[..., Member]


def undo_path(booking_id: object) -> str:
    return f"/console/bookings/{booking_id}/undo/"


def test_the_message_after_a_move_takes_it_back(salon: Business, owner: Member, database: Database) -> None:
    booked, asked = book(salon, "book"), book(salon, "ask", salon.start(hour=15))
    owner.get(f"{cancel_path(booked)}?back={day_path(salon)}")
    owner.send(cancel_path(booked))
    fields = owner.form(undo_path(booked.booking_id))
    owner.post(undo_path(booked.booking_id), fields)
    assert owner.url == day_path(salon)
    assert "Taken back. Ann Lee" in owner.text()
    assert "is now: Confirmed." in owner.text()
    assert state(database, booked)[:2] == ("confirmed", 3)
    sources = "select kind, source from booking_event where booking_id = %s order by version"
    assert database.rows(sources, [booked.booking_id])[1:] == [
        ("booking.cancelled", "staff"),
        ("booking.undone", "staff"),
    ]
    # Sent again it is one undo.
    owner.post(undo_path(booked.booking_id), fields)
    assert state(database, booked)[1] == 3
    owner.get(day_path(salon))
    owner.send(approve_path(asked))
    owner.send(undo_path(asked.booking_id))
    assert state(database, asked)[:2] == ("pending", 3)


def test_who_may_not_is_not_offered_it(salon: Business, work_as: WorkAs, database: Database) -> None:
    artist = work_as("artist", resource_id=salon.resource_ids[0])
    asked = book(salon, "ask", resource_id=salon.resource_ids[0])
    artist.get(day_path(salon))
    assert "Take back" not in artist.text()
    artist.send(approve_path(asked))
    assert undo_path(asked.booking_id) not in artist.page
    artist.get(f"/console/bookings/{asked.booking_id}/history/")
    assert "Asked for" in artist.text()
    assert undo_path(asked.booking_id) not in artist.page
    artist.get("/console/undo/")
    assert artist.status == 403


def test_the_history_says_what_was_done_and_goes_back(
    salon: Business, owner: Member, database: Database
) -> None:
    booked = book(salon, "book")
    cancel(salon, booked, actor=OWNER)
    owner.get(f"/console/bookings/{booked.booking_id}/history/?back={day_path(salon)}")
    text = owner.text()
    for said in ("What was done", "Ann Lee", "Cancelled", "A colleague", "The customer", "salon person"):
        assert said in text, said
    owner.post(undo_path(booked.booking_id), {**owner.form(undo_path(booked.booking_id)), "to_version": "1"})
    assert state(database, booked)[:2] == ("confirmed", 3)
    assert "Taken back" in owner.text()


def test_a_refusal_names_who_has_the_time(salon: Business, owner: Member, database: Database) -> None:
    booked = book(salon, "book", resource_id=salon.resource_ids[0])
    owner.get(f"{cancel_path(booked)}?back={day_path(salon)}")
    owner.send(cancel_path(booked))
    book(salon, "style", salon.start(minute=30), resource_id=salon.resource_ids[0])
    owner.send(undo_path(booked.booking_id))
    text = owner.text()
    for said in ("Nothing was changed. The time is taken now.", "salon person 0", "style", "10:30"):
        assert said in text, said
    assert state(database, booked)[:2] == ("cancelled", 2)


def test_a_day_is_seen_first_and_then_taken_back(salon: Business, owner: Member, database: Database) -> None:
    kept, gone = book(salon, "book"), book(salon, "book", salon.start(hour=13))
    # To the minute, as the field has it: from before all of it.
    since = clock.now().astimezone(salon.zone).replace(tzinfo=None)
    database.rows("select 1")
    cancel(salon, gone, actor=OWNER)
    day = salon.start().astimezone(salon.zone).date()
    owner.get(f"/console/undo/?day={day}")
    assert owner.status == 200
    owner.get(f"/console/undo/?day={day}&since={since:%Y-%m-%dT%H:%M:%S}&whose=mine")
    assert "Nothing was done since then." in owner.text()
    owner.get(f"/console/undo/?day={day}&since=2026-01-01T00:00&whose=all")
    text = owner.text()
    assert "This would come back" in text
    assert state(database, gone)[0] == "cancelled"
    assert text.count("Cancelled,") >= 1
    owner.send("/console/undo/")
    # Both were made since then: what was cancelled is nothing to take back, the other is taken back.
    assert "All of it was taken back." in owner.text()
    assert [state(database, each)[0] for each in (kept, gone)] == ["cancelled", "cancelled"]
    owner.get(f"/console/undo/?day={day}&since=2099-01-01T00:00&whose=all")
    assert "Name a time that has passed." in owner.text()
