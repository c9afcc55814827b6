"""The waiting list: who is offered what comes free, and what declining and lapsing do."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands.waitlist_offers import offer_by_hand
from holdfast.platform import clock
from holdfast.platform.errors import Conflict
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.moves import OWNER, TESTER, cancel
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.bookings.waiting import (
    cancel_offer,
    code,
    decline,
    entry_now,
    fill_day,
    leave,
    let_lapse,
    look_around,
    offer_all,
    offers,
    take,
    wait,
    why,
)
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database


def test_what_comes_free_is_held_for_the_longest_waiting(business: Business, database: Database) -> None:
    taken = fill_day(business)
    first, second = wait(business, "Zoe"), wait(business, "Max")
    assert offer_all(business) == 0
    cancel(business, taken[4])
    assert offer_all(business) == 1
    offered = entry_now(business, first)
    assert (offered.status, entry_now(business, second).status) == ("offered", "waiting")
    assert offered.offer is not None
    assert offered.offer.starts_at == business.start(hour=12)
    left = offered.offer.expires_at - clock.now()
    assert timedelta(minutes=119) < left <= timedelta(minutes=120)
    [(status, source, notes, version)] = database.rows(
        "select status, source, notes is not null, version from booking where id = %s",
        [offered.offer.booking_id],
    )
    assert (status, source, notes, version) == ("held", "waitlist", True, 1)
    # Held is taken: nobody else can have it meanwhile.
    assert code(lambda: book(business, "book", business.start(hour=12))) == "SLOT_FULL"
    take(business, first)
    assert entry_now(business, first).status == "booked"
    assert offer_all(business) == 0
    assert offers(database) == [(1, "taken")]
    assert differences(database) == []
    assert checked(business) == []


def test_a_declined_offer_passes_on_and_never_comes_back(business: Business, database: Database) -> None:
    taken = fill_day(business)
    first, second = wait(business, "Zoe"), wait(business, "Max")
    cancel(business, taken[0])
    assert look_around() == 1
    decline(business, first)
    assert entry_now(business, first).status == "waiting"
    assert look_around() == 1
    assert entry_now(business, second).status == "offered"
    decline(business, second)
    assert look_around() == 0
    assert offers(database) == [(1, "declined"), (2, "declined")]
    # The time is free for anybody else, and other times still come to those who wait.
    cancel(business, taken[5])
    assert look_around() == 1
    again = entry_now(business, first).offer
    assert again is not None
    assert again.starts_at == business.start(hour=13)
    book(business, "book", business.start(hour=8))
    assert differences(database) == []


def test_an_offer_that_lapses_passes_on(business: Business, database: Database) -> None:
    taken = fill_day(business)
    first, second = wait(business, "Zoe"), wait(business, "Max")
    cancel(business, taken[0])
    assert look_around() == 1
    let_lapse(database)
    assert [entry_now(business, each).status for each in (first, second)] == ["waiting", "waiting"]
    assert look_around() == 1
    assert entry_now(business, second).status == "offered"
    take(business, second)
    assert offers(database) == [(1, "lapsed"), (2, "taken")]
    assert why(business, first) == [("nothing_free", 0)]
    assert differences(database) == []


def test_who_cancels_what_was_taken_does_not_wait_again(business: Business, database: Database) -> None:
    taken = fill_day(business)
    only = wait(business)
    cancel(business, taken[0])
    look_around()
    booking = entry_now(business, only).offer
    assert booking is not None
    take(business, only)
    cancel_offer(business, booking.booking_id)
    assert look_around() == 0
    assert (entry_now(business, only).status, offers(database)) == ("booked", [(1, "taken")])


def test_leaving_gives_the_held_time_to_the_next(business: Business, database: Database) -> None:
    taken = fill_day(business)
    first, second = wait(business, "Zoe"), wait(business, "Max")
    cancel(business, taken[0])
    look_around()
    leave(business, first)
    leave(business, first)
    assert look_around() == 1
    assert [entry_now(business, each).status for each in (first, second)] == ["left", "offered"]
    take(business, second)
    assert code(lambda: leave(business, second)) == "MOVE_NOT_ALLOWED"
    assert database.rows("select status from booking where source = 'waitlist' order by created_at") == [
        ("cancelled",),
        ("confirmed",),
    ]


def test_a_second_wish_of_one_person_is_answered_alike_and_waits_behind_the_first(
    business: Business, database: Database
) -> None:
    taken = fill_day(business)
    first, stranger = wait(business, "Zoe"), wait(business, "Eve", email="zoe@example.com")
    # The same answer, its own link, and nothing about the other one.
    assert (stranger.status, stranger.contact.name, stranger.id) != (
        first.status,
        first.contact.name,
        first.id,
    )
    assert stranger.status == "waiting"
    cancel(business, taken[0])
    cancel(business, taken[5])
    assert look_around() == 1
    assert entry_now(business, stranger).status == "waiting"
    # Who has the time does not need it twice.
    take(business, first)
    assert look_around() == 0
    assert [entry_now(business, each).status for each in (first, stranger)] == ["booked", "left"]


def test_when_the_first_wish_is_over_the_second_counts(business: Business, database: Database) -> None:
    taken = fill_day(business)
    first, second = wait(business, "Zoe"), wait(business, "Zoe")
    cancel(business, taken[0])
    assert look_around() == 1
    leave(business, first)
    assert look_around() == 1
    assert entry_now(business, second).status == "offered"


def test_one_person_has_so_many_wishes_and_no_more(business: Business, database: Database) -> None:
    for days in range(30, 35):
        wait(business, "Zoe", days=days, from_time=time(21), to_time=time(22))
    before = database.rows("select count(*) from waitlist_entry")
    assert code(lambda: wait(business, "Zoe", days=40, from_time=time(21))) == "TOO_MANY_WAITING"
    assert database.rows("select count(*) from waitlist_entry") == before
    wait(business, "Max", days=40, from_time=time(21))


def test_nobody_waits_for_what_is_free(business: Business, database: Database) -> None:
    fill_day(business, hours=range(9, 20))
    with pytest.raises(Conflict) as refused:
        wait(business)
    assert refused.value.code == "WAITLIST_NOT_NEEDED"
    free = business.start(hour=8)
    assert refused.value.extra["alternatives"][0]["starts_at"] == f"{free:%Y-%m-%dT%H:%M:%SZ}"
    assert database.rows("select count(*) from waitlist_entry") == [(0,)]
    # Fewer hours: then there is something to wait for.
    assert wait(business, from_time=time(12)).status == "waiting"


def test_what_can_never_be_had_is_refused(business: Business, database: Database) -> None:
    assert code(lambda: wait(business, days=-1)) == "WINDOW_PAST"
    assert code(lambda: wait(business, days=1, to=200)) == "WINDOW_TOO_LONG"
    assert code(lambda: wait(business, from_time=time(21), party_size=2)) == "PARTY_TOO_LARGE"
    assert code(lambda: wait(business, resource_id=UUID(int=5))) == "NOT_FOUND"
    assert database.rows("select count(*) from waitlist_entry") == [(0,)]


def test_a_business_may_keep_no_list(database: Database) -> None:
    business = make_business(settings={"waitlist": {"is_open": False}})
    assert code(lambda: wait(business, from_time=time(21))) == "WAITLIST_CLOSED"
    assert wait(business, from_time=time(21), actor=OWNER).status == "waiting"


def test_an_offer_lives_as_long_as_the_business_wishes_and_ends_before_the_start(database: Database) -> None:
    business = make_business(settings={"waitlist": {"offer_minutes": 30}})
    start = business.start(hour=10)

    def minutes(before: timedelta) -> int:
        """How long an offer is open that is made so long before the start."""
        entry = wait(business, f"Zoe{before.seconds}", from_time=time(21), days=8)
        with tenant_context(business.tenant_id, TESTER.label):
            made = offer_by_hand(actor=TESTER, now=start - before, entry_id=entry.id, starts_at=start)
        assert made.offer is not None
        leave(business, made)
        return round((made.offer.expires_at - clock.now()).total_seconds() / 60)

    assert minutes(timedelta(hours=9)) == 30
    assert minutes(timedelta(minutes=40)) == 25
    assert code(lambda: minutes(timedelta(minutes=20))) == "TOO_SOON"


def test_staff_offer_by_hand_whatever_the_place(business: Business, database: Database) -> None:
    taken = fill_day(business)
    wait(business, "Zoe")
    second = wait(business, "Max")
    assert second.place == 2

    def by_hand(hour: int) -> str:
        with tenant_context(business.tenant_id, OWNER.label):
            at = business.start(hour=hour)
            return offer_by_hand(actor=OWNER, now=clock.now(), entry_id=second.id, starts_at=at).status

    assert code(lambda: by_hand(9)) == "SLOT_FULL"
    cancel(business, taken[1])
    assert by_hand(9) == "offered"
    cancel(business, taken[2])
    assert code(lambda: by_hand(10)) == "MOVE_NOT_ALLOWED"
    assert offers(database) == [(2, "open")]
    assert database.rows("select count(*) from booking where source = 'waitlist'") == [(1,)]


def test_a_window_that_is_over_lapses(business: Business, database: Database) -> None:
    entry = wait(business, from_time=time(21))
    late = "update waitlist_entry set closes_at = clock_timestamp() where id = %s returning 1"
    assert database.rows(late, [entry.id])
    assert look_around() == 0
    assert (entry_now(business, entry).status, why(business, entry)) == ("lapsed", [])


def test_nothing_is_looked_at_where_nothing_has_happened(business: Business, database: Database) -> None:
    looks = "select coalesce(max(round), 0) from waitlist_progress"
    taken = fill_day(business)
    look_around()
    assert database.rows(looks) == [(0,)]
    wait(business)
    look_around()
    look_around()
    assert database.rows(looks) == [(1,)]
    # What takes time frees none.
    book(business, "book", business.start(days=20))
    look_around()
    assert database.rows(looks) == [(1,)]
    cancel(business, taken[0])
    assert look_around() == 1
    # One look to offer, one to see that nothing is left.
    assert database.rows(looks) == [(3,)]


def test_what_happened_while_nobody_looked_is_not_lost(business: Business, database: Database) -> None:
    """A worker that dies between an offer and the note that the look is finished leaves no harm."""
    taken = fill_day(business)
    first, second = wait(business, "Zoe"), wait(business, "Max")
    cancel(business, taken[0])
    before = "update waitlist_progress set looked_at = '-infinity', seen_tx = '0', seen_id = 0 returning 1"
    assert look_around() == 1
    assert database.rows(before)
    assert look_around() == 0
    cancel(business, taken[1])
    assert database.rows(before)
    assert look_around() == 1
    assert [entry_now(business, each).status for each in (first, second)] == ["offered", "offered"]
    assert len(set(database.rows("select starts_at from waitlist_offer"))) == 2


def test_an_offer_that_was_declined_can_be_undone_and_taken(business: Business, database: Database) -> None:
    """Whatever a later move makes of the booking, entry and booking agree."""
    taken = fill_day(business)
    entry = wait(business)
    cancel(business, taken[0])
    look_around()
    offer = entry_now(business, entry).offer
    assert offer is not None
    decline(business, entry)
    moved = "update booking set status = 'confirmed', version = version + 1 where id = %s returning 1"
    assert database.rows(moved, [offer.booking_id])
    assert (entry_now(business, entry).status, offers(database)) == ("booked", [(1, "taken")])
