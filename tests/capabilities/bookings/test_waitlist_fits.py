"""What suits somebody who waits, and why nothing does: hours, notice, limits, seats, people, services."""

from __future__ import annotations

from datetime import time

from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform.db.rows import execute
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.classes import book_seats, publish_class, slots
from tests.capabilities.bookings.moves import TESTER, cancel
from tests.capabilities.bookings.replaying import differences
from tests.capabilities.bookings.waiting import (
    cancel_offer,
    decline,
    entry_now,
    fill_day,
    look_around,
    wait,
    why,
)
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database


def test_what_is_offered_is_what_could_be_booked(business: Business, database: Database) -> None:
    """Hours, blackouts, notice, horizon and limits count as for everybody: nothing is offered beside them."""
    with tenant_context(business.tenant_id, TESTER.label):
        execute("update service set most_per_day = 1 where name = 'style'")
        execute("update service set minimum_notice_minutes = 60 * 24 * 9 where name = 'cut'")
    taken = fill_day(business)
    book(business, "style", business.start(days=8, hour=19, minute=30))
    limited = wait(business, "Zoe", "style", days=8, from_time=time(19), to_time=time(20))
    soon = wait(business, "Max")
    early = wait(business, "Kim", "book", days=7, from_time=time(6), to_time=time(8))
    late = wait(business, "Lou", "book", days=380)
    cancel(business, taken[0])
    cancel(business, taken[11])
    assert look_around() == 0
    assert why(business, limited) == [("nothing_free", 0)]
    assert why(business, soon) == [("nothing_free", 0)]
    assert why(business, late) == [("not_open_yet", 0)]
    assert why(business, early)[0] == ("nothing_free", 0)
    # A blackout where the time was given back: nothing for those who wait for that day.
    any_time = wait(business, "Ann", "book", days=7, from_time=time(12), to_time=time(13))
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER, starts_at=business.start(hour=12), ends_at=business.start(hour=13), reason="away"
        )
    cancel(business, taken[4])
    assert look_around() == 0
    assert entry_now(business, any_time).status == "waiting"


def test_reasons_come_from_what_is_really_free(business: Business, database: Database) -> None:
    taken = fill_day(business)
    first, second = wait(business, "Zoe"), wait(business, "Max")
    assert why(business, first) == [("nothing_free", 0)]
    assert why(business, second) == [("nothing_free", 0), ("others_ahead", 1)]
    cancel(business, taken[3])
    book(business, "style", business.start(hour=11, minute=15))
    assert why(business, first) == [("too_short", 2)]
    cancel(business, taken[5])
    assert why(business, first) == [("being_offered", 1)]
    assert look_around() == 1
    assert why(business, first) == [("offered", 0)]
    decline(business, first)
    assert why(business, first) == [("let_go", 1)]
    closed = wait(business, "Kim", days=9, from_time=time(21))
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER,
            starts_at=business.start(days=9, hour=0),
            ends_at=business.start(days=10, hour=0),
            reason="holiday",
        )
    assert why(business, closed) == [("not_at_work", 0)]


def test_seats_go_to_the_first_party_that_fits(business: Business, database: Database) -> None:
    publish_class(business, days=7)
    for each in slots(business, "yoga"):
        book_seats(business, each, 6, email=f"full{each.starts_at:%H}@example.com")
    big, small = wait(business, "Zoe", "yoga", party_size=3), wait(business, "Max", "yoga", party_size=2)
    booked = database.rows(
        "select id from booking where starts_at = %s and party_size = 6", [business.start(hour=9)]
    )
    business_slot = slots(business, "yoga")[1]
    assert booked
    cancel_offer(business, booked[0][0])
    four = book_seats(business, business_slot, 4)
    assert why(business, big) == [("party_too_large", 1)]
    assert look_around() == 1
    offer = entry_now(business, small).offer
    assert offer is not None
    assert offer.starts_at == business_slot.starts_at
    assert database.rows("select party_size, slot_id from booking where id = %s", [offer.booking_id]) == [
        (2, business_slot.id)
    ]
    cancel(business, four)
    assert look_around() == 1
    assert entry_now(business, big).status == "offered"
    assert differences(database) == []


def test_the_named_person_and_any_of_several_services(database: Database) -> None:
    business = make_business(people=2)
    mia, noa = business.resource_ids
    bookings = {
        who: [
            book(business, "book", business.start(hour=hour), resource_id=who, contact=None, actor=TESTER)
            for hour in range(8, 20)
        ]
        for who in (mia, noa)
    }
    named = wait(business, "Zoe", resource_id=noa)
    either = wait(business, "Max", "ask", "style")
    cancel(business, bookings[mia][2], actor=TESTER)
    assert look_around() == 1
    offer = entry_now(business, either).offer
    assert offer is not None
    # Not long enough for the first choice with its buffers.
    assert (offer.service_id, offer.resource_id) == (business.services["style"], mia)
    cancel(business, bookings[noa][5], actor=TESTER)
    assert look_around() == 1
    mine = entry_now(business, named).offer
    assert mine is not None
    assert mine.resource_id == noa
