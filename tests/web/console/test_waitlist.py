"""The waiting list as the staff see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.capabilities.bookings.moves import cancel
from tests.capabilities.bookings.waiting import entry_now, fill_day, look_around, wait
from tests.capabilities.business import Business, make_business
from tests.cluster import Database
from tests.web.console.conftest import Member

PATH = "/console/waitlist/"


@pytest.fixture
def salon(database: Database) -> Business:
    """One person, so that a day can be full."""
    return make_business("salon")


def test_who_waits_for_what_since_when_and_why(salon: Business, owner: Member, database: Database) -> None:
    owner.get(PATH)
    assert "Nobody waits." in owner.text()
    taken = fill_day(salon)
    wait(salon, "Zoe")
    wait(salon, "Max", "cut", "style")
    owner.get(PATH)
    first, second = owner.entries()
    assert all(each in first for each in ("Zoe", "cut", "Anyone", "nothing free", "since", "Waiting"))
    assert all(each in second for each in ("Max", "cut, style", "ahead in the queue: 1"))
    assert "zoe@example.com" in first
    cancel(salon, taken[4])
    look_around()
    owner.get(PATH)
    assert "Offered" in owner.entries()[0]
    assert "12:00" in owner.entries()[0]


def test_somebody_who_has_called_is_taken_off(salon: Business, owner: Member, database: Database) -> None:
    taken = fill_day(salon)
    entry, other = wait(salon, "Zoe"), wait(salon, "Max")
    cancel(salon, taken[0])
    look_around()
    owner.get(PATH)
    owner.send(f"{PATH}{entry.id}/remove/")
    assert "They are off the list." in owner.text()
    assert len(owner.entries()) == 1
    assert entry_now(salon, entry).status == "left"
    assert look_around() == 1
    assert entry_now(salon, other).status == "offered"


def test_it_is_for_those_who_keep_the_book(
    salon: Business, work_as: Callable[..., Member], database: Database
) -> None:
    artist = work_as("artist", resource_id=salon.resource_ids[0])
    artist.get(PATH)
    assert artist.status == 403
    artist.get("/console/")
    assert PATH not in artist.page
    desk = work_as("frontdesk")
    desk.get("/console/")
    assert PATH in desk.page
