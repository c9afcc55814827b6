"""Moves of a day, of a place, of a person are taken back together, all of them or none."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest

from holdfast.capabilities.bookings.commands import cancel_booking, reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.errors import Invalid
from holdfast.platform.ids import new_id
from tests.capabilities.bookings import studio
from tests.capabilities.bookings.classes import book_seats, publish_class, slots
from tests.capabilities.bookings.moves import cancel, confirm, everything, let_all_expire, sweep
from tests.capabilities.bookings.replaying import checked, differences, move_somewhere
from tests.capabilities.bookings.undoing import state, undo, undo_all, why_not
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database

BEA = Actor(kind="staff", role="frontdesk", account_id=new_id())
CEM = Actor(kind="staff", role="manager", account_id=new_id())


def _by(actor: Actor, business: Business, made: MoveAnswer) -> None:
    assert made.booking_id is not None
    cancel_booking(tenant_id=business.tenant_id, actor=actor, now=clock.now(), booking_id=made.booking_id)


def test_bookings_that_changed_places_change_back(database: Database) -> None:
    business = make_business(people=1)
    one, two = book(business, "book"), book(business, "book", business.start(hour=12))
    assert one.booking_id and two.booking_id
    before = [state(database, each)[2] for each in (one, two)]
    since = clock.now()
    move_somewhere(business, one.booking_id, business.start(hour=15))
    move_somewhere(business, two.booking_id, business.start(hour=10))
    move_somewhere(business, one.booking_id, business.start(hour=12))
    # Alone neither can go back.
    assert why_not(partial(undo, business, two)) == ["SLOT_FULL"]
    report = undo_all(business, since, day=business.start().date())
    assert report.is_done
    assert [each.restores for each in report.bookings] == [1, 1]
    assert [each.undoes for each in report.bookings] == [(2,), (3, 2)]
    assert [state(database, each)[2] for each in (one, two)] == before
    assert differences(database) == checked(business) == []
    # It is undone: nothing of it is left to take back.
    assert undo_all(business, since, day=business.start().date()).bookings == ()


def test_a_day_is_what_it_was(business: Business, database: Database) -> None:
    day = business.start().date()
    kept, gone = book(business, "book"), book(business, "book", business.start(hour=12))
    away = book(business, "book", business.start(hour=14))
    elsewhere = book(business, "book", business.start(days=9))
    assert away.booking_id
    since = clock.now()
    move_somewhere(business, away.booking_id, business.start(days=8))
    cancel(business, gone)
    cancel(business, elsewhere)
    new = book(business, "book", business.start(hour=16))
    held = book(business, "cut", business.start(hour=18))
    let_all_expire(database)
    assert sweep() == 1
    report = undo_all(business, since, day=day, dry_run=True)
    becomes = {each.booking_id: each.becomes.status for each in report.bookings}
    assert becomes == {
        gone.booking_id: "confirmed",
        away.booking_id: "confirmed",
        new.booking_id: "cancelled",
    }
    assert undo_all(business, since, day=day).bookings
    statuses = {each: state(database, each)[0] for each in (kept, gone, away, new, elsewhere, held)}
    assert list(statuses.values()) == [
        "confirmed",
        "confirmed",
        "confirmed",
        "cancelled",
        "cancelled",
        "expired",
    ]
    assert state(database, away)[2][0][2] == business.start(hour=14)
    assert differences(database) == []


def test_all_or_nothing(business: Business, database: Database) -> None:
    one, two = book(business, "book"), book(business, "book", business.start(hour=12))
    since = clock.now()
    cancel(business, one)
    cancel(business, two)
    # Not of that day's moves since then: it stays, and is in the way.
    taken = book(business, "style")
    later = clock.now()
    stored = everything(database)
    asked = partial(undo_all, business, since, made_by="guest", resource_id=business.resource_ids[0])
    assert asked(dry_run=True).is_possible  # The new one would go as well.
    assert everything(database) == stored
    undo_all(business, later, resource_id=business.resource_ids[0])
    assert everything(database) == stored
    confirm(business, taken, actor=CEM)
    found = undo_all(business, since, made_by="guest", dry_run=True)
    codes = {each.booking_id: [reason.code for reason in each.reasons] for each in found.bookings}
    assert codes == {one.booking_id: [], two.booking_id: [], taken.booking_id: ["MOVED_SINCE"]}
    assert why_not(partial(undo_all, business, since, made_by="guest")) == ["MOVED_SINCE"]
    assert state(database, one)[0] == "cancelled"


def test_only_one_persons_moves(business: Business, database: Database) -> None:
    made = [book(business, "book", business.start(hour=hour)) for hour in (9, 11, 13)]
    since = clock.now()
    _by(BEA, business, made[0])
    _by(CEM, business, made[1])
    confirm_time = clock.now()
    report = undo_all(business, since, made_by=BEA.label, actor=BEA)
    assert [each.booking_id for each in report.bookings] == [made[0].booking_id]
    assert [state(database, each)[0] for each in made] == ["confirmed", "cancelled", "confirmed"]
    # What she has taken back is no longer hers to take back.
    assert undo_all(business, confirm_time, made_by=BEA.label, actor=BEA).bookings == ()


def test_seats_come_back_as_long_as_there_are_any(database: Database) -> None:
    business = make_business(people=1)
    publish_class(business)
    slot = slots(business, "yoga", days=40)[0]
    four = book_seats(business, slot, 4)
    confirm(business, four)
    cancel(business, four)
    undo(business, four)
    assert slots(business, "yoga", days=40)[0].booked == 4
    cancel(business, four)
    since = clock.now()
    three = book_seats(business, slot, 3)
    assert why_not(partial(undo, business, four)) == ["SLOT_FULL"]
    # Taken back together: the three make room for the four.
    undo_all(business, since, made_by="guest")
    undo(business, four)
    found = slots(business, "yoga", days=40)[0]
    assert (found.booked, found.held) == (4, 0)
    assert state(database, three)[0] == "cancelled"
    assert differences(database) == []


def test_options_find_their_place_in_the_queue(business: Business, database: Database) -> None:
    first, second = studio.option(business), studio.option(business)
    studio.move(business, "pencil", first.id)
    studio.move(business, "release", first.id)
    assert studio.look(business, second.id).option_rank == 1
    assert undo(business, first.id).becomes.status == "pencil"
    assert studio.look(business, second.id).option_rank == 2
    assert undo(business, first.id).becomes.status == "option"
    assert [studio.look(business, each.id).option_rank for each in (first, second)] == [1, 2]
    # To be promoted was no move of its own: the undo takes the making of the second back.
    assert undo(business, second.id).restores == 0
    studio.option(business)
    studio.option(business)
    assert why_not(partial(undo, business, second.id, 1)) == ["OPTION_RANKS_FULL"]
    assert differences(database) == checked(business) == []


def test_what_must_be_named(business: Business, database: Database) -> None:
    now = clock.now()
    with pytest.raises(Invalid, match="Name a day"):
        undo_all(business, now)
    with pytest.raises(Invalid, match="has passed"):
        undo_all(business, datetime.max.replace(tzinfo=now.tzinfo), made_by="guest")


def test_seats_of_two_sessions_change_back(database: Database) -> None:
    business = make_business(people=1)
    publish_class(business)
    first, second = slots(business, "yoga", days=40)[:2]
    one, two = book_seats(business, first, 6), book_seats(business, second, 6)
    for each in (one, two):
        confirm(business, each)
    since = clock.now()
    cancel(business, two)
    assert one.booking_id is not None
    move = partial(
        reschedule_booking,
        tenant_id=business.tenant_id,
        actor=CEM,
        now=clock.now(),
        booking_id=one.booking_id,
    )
    move(slot_id=second.id)
    move(slot_id=first.id, party_size=2)
    four = book_seats(business, first, 4)
    assert why_not(partial(undo, business, one)) == []
    assert why_not(partial(undo, business, two)) == ["SLOT_FULL"]
    assert why_not(partial(undo, business, one)) == ["SLOT_FULL"]
    undo_all(business, since, location_id=business.location_id)
    assert [(slot.booked, slot.held) for slot in slots(business, "yoga", days=40)[:2]] == [(6, 0), (6, 0)]
    assert state(database, four)[0] == "cancelled"
    assert differences(database) == []
