"""The waiting list: who is offered what comes free, and what declining and lapsing do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from holdfast.capabilities.bookings.commands import confirm_booking
from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.waitlist_types import WaitlistEntry
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from tests.capabilities.bookings.moves import cancel, sweep
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.bookings.waiting import (
    entry_now,
    fill_day,
    leave,
    look_around,
    offer_all,
    offers,
    wait,
    why,
)
from tests.capabilities.business import Business, book
from tests.cluster import Database


def take(business: Business, entry: WaitlistEntry) -> None:
    """Confirm what is offered, as the mail's link does."""
    offer = entry_now(business, entry).offer
    assert offer is not None
    confirm_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=offer.booking_id,
        token=manage_token(business.tenant_id, offer.booking_id),
    )


def decline(business: Business, entry: WaitlistEntry) -> None:
    """Say no, thanks."""
    from holdfast.capabilities.bookings.commands import cancel_booking

    offer = entry_now(business, entry).offer
    assert offer is not None
    cancel_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=offer.booking_id,
        token=manage_token(business.tenant_id, offer.booking_id),
    )


def let_lapse(database: Database) -> None:
    """Let the time of all offers be up, and the sweeper come by."""
    for change in (
        "update booking set hold_expires_at = clock_timestamp() where status = 'held' returning 1",
        "update allocation set expires_at = clock_timestamp() where expires_at is not null returning 1",
    ):
        assert database.rows(change)
    assert sweep() > 0


def code(call: object) -> str:
    assert callable(call)
    with pytest.raises(Problem) as refused:
        call()
    return refused.value.code


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
        "select status, source, notes is not null, version from booking where id = %s", [offered.offer.booking_id]
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
    from holdfast.capabilities.bookings.commands import cancel_booking

    cancel_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=booking.booking_id,
        token=manage_token(business.tenant_id, booking.booking_id),
    )
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
