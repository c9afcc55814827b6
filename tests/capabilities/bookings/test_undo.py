"""One booking's moves are taken back: its state, its time, its log."""

from __future__ import annotations

from functools import partial

import pytest

from holdfast.capabilities.bookings.commands import mark_booking
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Forbidden, NotFound, Unauthenticated
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.lifecycle import Move
from tests.capabilities.bookings.moves import OWNER, cancel, confirm, everything, let_all_expire, sweep
from tests.capabilities.bookings.replaying import checked, differences, move_somewhere
from tests.capabilities.bookings.salon import make_salon, visit
from tests.capabilities.bookings.undoing import state, undo, why_not
from tests.capabilities.business import TESTER, Business, book
from tests.cluster import Database

FRONT_DESK = Actor(kind="staff", role="frontdesk", account_id=new_id())


def test_a_cancelled_booking_stands_again(business: Business, database: Database) -> None:
    made = book(business, "book")
    before = state(database, made)
    cancel(business, made, actor=OWNER, reason="by mistake")
    undone = undo(business, made, actor=FRONT_DESK)
    assert (undone.was.status, undone.becomes.status) == ("cancelled", "confirmed")
    assert (undone.undoes, undone.restores, undone.version) == ((2,), 1, 3)
    assert state(database, made) == ("confirmed", 3, before[2])
    (row,) = database.rows(
        "select sequence, cancelled_at, cancellation_reason, confirmed_at is not null, contact is not null"
        " from booking"
    )
    assert row == (2, None, None, True, True)
    (event,) = database.rows(
        "select kind, actor, data -> 'restores', data -> 'undoes' from booking_event where version = 3"
    )
    assert event == ("booking.undone", FRONT_DESK.label, 1, [2])
    assert differences(database) == checked(business) == []


def test_undo_steps_back_and_redo_steps_forward(business: Business, database: Database) -> None:
    made = book(business, "book")
    assert made.booking_id is not None
    first = state(database, made)[2]
    move_somewhere(business, made.booking_id, business.start(hour=14))
    moved = state(database, made)[2]
    cancel(business, made, actor=OWNER)
    assert undo(business, made).restores == 2
    assert state(database, made) == ("confirmed", 4, moved)
    assert undo(business, made).restores == 1
    assert state(database, made) == ("confirmed", 5, first)
    # Forward again: what version 4 was; then a new move, from which the cancellation cannot be reached back.
    assert undo(business, made, 4).restores == 2
    assert state(database, made) == ("confirmed", 6, moved)
    cancel(business, made, actor=OWNER)
    assert undo(business, made).restores == 2
    assert undo(business, made, 3).becomes.status == "cancelled"
    assert state(database, made) == ("cancelled", 9, [])
    assert differences(database) == []


def test_the_making_is_taken_back_as_a_cancellation(business: Business, database: Database) -> None:
    made = book(business, "book")
    assert undo(business, made).restores == 0
    assert state(database, made) == ("cancelled", 2, [])
    assert why_not(partial(undo, business, made)) == ["NOTHING_TO_UNDO"]
    assert undo(business, made, 1).becomes.status == "confirmed"
    assert len(state(database, made)[2]) == 1


def test_an_approval_and_a_mark_are_taken_back(business: Business, database: Database) -> None:
    asked, came = book(business, "ask"), book(business, "book", business.start(hour=15))
    before = state(database, asked)
    confirm(business, asked, actor=OWNER)
    assert undo(business, asked).becomes.status == "pending"
    assert state(database, asked) == ("pending", 3, before[2])
    assert database.rows("select confirmed_at from booking where id = %s", [asked.booking_id]) == [(None,)]
    assert came.booking_id is not None
    mark = partial(mark_booking, tenant_id=business.tenant_id, actor=OWNER, now=clock.now())
    mark(booking_id=came.booking_id, move=Move.COMPLETE)
    mark(booking_id=came.booking_id, move=Move.MARK_NO_SHOW)
    assert undo(business, came).becomes.status == "completed"
    assert undo(business, came).becomes.status == "confirmed"
    # Nobody's calendar has changed: its number stays.
    assert database.rows("select sequence from booking where id = %s", [came.booking_id]) == [(0,)]
    assert differences(database) == []


def test_what_is_taken_today_is_named(business: Business, database: Database) -> None:
    made = book(business, "book")
    cancel(business, made, actor=OWNER)
    other = book(business, "style", business.start(minute=30))
    stored = everything(database)
    undone = undo(business, made, dry_run=True)
    (reason,) = undone.reasons
    assert (reason.code, reason.resource_id) == ("SLOT_FULL", business.resource_ids[0])
    (obstacle,) = reason.in_the_way
    assert (obstacle.booking_id, obstacle.status, obstacle.title) == (other.booking_id, "held", "style")
    assert why_not(partial(undo, business, made)) == ["SLOT_FULL"]
    assert everything(database) == stored
    # A manager may take it beside; it says so, and so does what comes back after the next cancellation.
    undo(business, made, overbook=True)
    assert state(database, made)[2][0][1] == 1
    cancel(business, made, actor=OWNER)
    cancel(business, other)
    undo(business, made)
    assert database.rows("select is_overbooked from booking where id = %s", [made.booking_id]) == [(True,)]
    assert state(database, made)[2][0][1] == 1
    assert differences(database) == []


def test_a_move_is_taken_back_only_when_its_time_is_free(business: Business, database: Database) -> None:
    made = book(business, "book")
    assert made.booking_id is not None
    # Half an hour later: its own time is no obstacle.
    move_somewhere(business, made.booking_id, business.start(minute=30))
    undo(business, made)
    move_somewhere(business, made.booking_id, business.start(hour=12))
    book(business, "book")
    assert why_not(partial(undo, business, made)) == ["SLOT_FULL"]
    assert state(database, made)[2][0][2] == business.start(hour=12)


def test_a_hold_that_is_over_does_not_come_back(business: Business, database: Database) -> None:
    held = book(business)
    cancel(business, held)
    assert undo(business, held).becomes.status == "held"
    ((expires_at, until),) = database.rows(
        "select a.expires_at, b.hold_expires_at from allocation a join booking b on b.id = a.booking_id"
    )
    assert expires_at == until
    let_all_expire(database)
    assert sweep() == 1
    # Its log still says when it would have ended: that is to come.
    assert undo(business, held).becomes.status == "held"
    let_all_expire(database)
    assert undo(business, held, 2).becomes.status == "cancelled"


def test_blocked_time_and_people_who_left(business: Business, database: Database) -> None:
    made = book(business, "book")
    cancel(business, made, actor=OWNER)
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER, starts_at=business.start(minute=30), ends_at=business.start(hour=18), reason="ill"
        )
    assert why_not(partial(undo, business, made)) == ["BLACKED_OUT"]
    undo(business, made, overbook=True)
    assert database.rows("select status, is_overbooked from booking") == [("confirmed", False)]
    cancel(business, made, actor=OWNER)
    with tenant_context(business.tenant_id, TESTER.label):
        execute("update resource set is_active = false")
    assert "RESOURCE_INACTIVE" in why_not(partial(undo, business, made))


def test_hours_are_not_asked_for_what_was_agreed(business: Business, database: Database) -> None:
    made = book(business, "book")
    cancel(business, made, actor=OWNER)
    with tenant_context(business.tenant_id, TESTER.label):
        execute("delete from opening_rule")
    undo(business, made)
    assert state(database, made)[0] == "confirmed"


def test_a_visit_comes_back_with_all_its_people(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "massage", "cut")
    assert made.booking_id is not None
    before = state(database, made)
    move_somewhere(business, made.booking_id, business.start(hour=15))
    cancel(business, made, actor=OWNER)
    assert len(before[2]) >= 3
    undo(business, made)
    undo(business, made)
    assert state(database, made) == (before[0], 5, before[2])
    assert differences(database) == []
    assert people


def test_versions_are_checked(business: Business, database: Database) -> None:
    made = book(business, "book")
    assert why_not(partial(undo, business, made, expected_version=2)) == ["VERSION_CONFLICT"]
    assert why_not(partial(undo, business, made, 7)) == ["VERSION_UNKNOWN"]
    assert why_not(partial(undo, business, made, 1)) == ["VERSION_UNKNOWN"]
    with pytest.raises(NotFound):
        undo(business, new_id())


def test_who_may(business: Business, database: Database) -> None:
    made = book(business, "book")
    artist = Actor(kind="staff", role="artist", resource_id=business.resource_ids[0], account_id=new_id())
    with pytest.raises(Forbidden):
        undo(business, made, actor=artist)
    with pytest.raises(Unauthenticated):
        undo(business, made, actor=GUEST)
    with pytest.raises(Forbidden):
        undo(business, made, actor=FRONT_DESK, overbook=True)


def test_a_rehearsal_changes_nothing(business: Business, database: Database) -> None:
    made = book(business, "book")
    cancel(business, made, actor=OWNER)
    stored = everything(database)
    undone = undo(business, made, dry_run=True)
    assert (undone.becomes.status, undone.reasons) == ("confirmed", ())
    assert everything(database) == stored
