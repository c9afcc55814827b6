"""The pages of the waiting list, without JavaScript: join, wait, leave, take, let go."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.capabilities.bookings.moves import cancel
from tests.capabilities.bookings.waiting import fill_day, look_around
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.web.public.conftest import Visitor


@pytest.fixture
def salon(database: Database) -> Business:
    """One person, so that a day can be full."""
    return make_business("salon")


def day(salon: Business) -> date:
    return salon.start().astimezone(salon.zone).date()


def join_path(salon: Business) -> str:
    return f"/book/{salon.services['cut']}/wait/"


def fields(salon: Business, **more: str) -> dict[str, str]:
    return {
        "from_date": day(salon).isoformat(),
        "part": "any",
        "name": "Zoe",
        "email": "zoe@example.com",
        "notes": "by the window",
        **more,
    }


def join(visitor: Visitor, salon: Business, **more: str) -> str:
    visitor.get(join_path(salon))
    return visitor.post(join_path(salon), fields(salon, **more))


def test_from_a_full_day_to_the_list_and_off_it(visitor: Visitor, salon: Business) -> None:
    fill_day(salon)
    page = visitor.get(f"/book/{salon.services['cut']}/?date={day(salon)}")
    link = re.search(r'href="([^"]*/wait/[^"]*)"', page)
    assert link is not None
    form = visitor.get(link[1])
    assert f'value="{day(salon)}"' in form
    visitor.post(link[1], fields(salon))
    assert visitor.url.startswith("/w/")
    assert "You are on the waiting list." in visitor.page
    assert "Nothing has come free in these days yet." in visitor.page
    assert "zoe@example.com" in visitor.page
    assert 'name="robots" content="noindex"' in visitor.page
    visitor.post(f"{visitor.url}leave/", {})
    assert "You are not on the waiting list any more." in visitor.page


def test_a_form_sent_twice_waits_once(visitor: Visitor, salon: Business, database: Database) -> None:
    fill_day(salon)
    form = visitor.get(join_path(salon))
    visitor.post(join_path(salon), fields(salon))
    first = visitor.url
    visitor.page = form
    visitor.post(join_path(salon), fields(salon))
    assert visitor.url == first
    assert database.rows("select count(*) from waitlist_entry") == [(1,)]


def test_what_is_free_can_be_booked_right_away(visitor: Visitor, salon: Business) -> None:
    page = join(visitor, salon)
    assert visitor.status == 409
    assert "There are free times in these days." in page
    assert re.search(rf'<a class="slot" href="/book/{salon.services["cut"]}/\d+T\d+Z/', page)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": ""}, "Please enter an e-mail address"),
        ({"email": "x"}, "This does not look like an e-mail address."),
        ({"from_date": "2020-01-01"}, "This day has passed."),
        ({"to_date": "2020-01-01"}, "This day has passed."),
        ({"from_date": "soon"}, "Enter a valid date."),
        ({"part": "midnight"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    visitor: Visitor, salon: Business, database: Database, wrong: dict[str, str], said: str
) -> None:
    page = join(visitor, salon, **wrong)
    assert visitor.status == 422
    assert said in page
    assert database.rows("select count(*) from waitlist_entry") == [(0,)]


def test_an_offer_is_taken_on_its_page(visitor: Visitor, salon: Business, database: Database) -> None:
    taken = fill_day(salon)
    join(visitor, salon, part="afternoon")
    entry = visitor.url
    cancel(salon, taken[0])
    assert look_around() == 0
    cancel(salon, taken[6])
    assert look_around() == 1
    page = visitor.get(entry)
    offer = re.search(r'href="(/b/[\w-]+/offer/)"', page)
    assert "A time is free for you." in page
    assert offer is not None
    page = visitor.get(offer[1])
    assert 'data-deadline="' in page
    assert "14:00" in page
    visitor.post(offer[1], {})
    assert "See you" in visitor.page
    assert "You have your time." in visitor.get(entry)
    # What is over leads to the booking.
    assert "See you" in visitor.get(offer[1])
    assert database.rows("select status from booking where source = 'waitlist'") == [("confirmed",)]


def test_no_thanks_keeps_the_place(visitor: Visitor, salon: Business) -> None:
    taken = fill_day(salon)
    join(visitor, salon)
    cancel(salon, taken[3])
    look_around()
    offer = re.search(r'href="(/b/[\w-]+/)offer/"', visitor.get(visitor.url))
    assert offer is not None
    visitor.get(f"{offer[1]}offer/")
    visitor.post(f"{offer[1]}decline/", {})
    assert "What is free now was offered to you before." in visitor.page


def test_in_arabic(visitor: Visitor, salon: Business) -> None:
    fill_day(salon)
    join(visitor, salon)
    page = visitor.get(visitor.url, **{"accept-language": "ar"})
    assert 'dir="rtl"' in page
    assert "أنت على قائمة الانتظار." in page
    assert "لم يتوفّر شيء في هذه الأيام بعد." in page


def test_links_of_others_open_nothing(visitor: Visitor, salon: Business) -> None:
    visitor.get(f"/w/{'x' * 43}/")
    assert visitor.status == 404
    visitor.get(f"/b/{'x' * 43}/offer/")
    assert visitor.status == 404


def test_a_business_without_a_list_has_no_page_for_it(database: Database) -> None:
    salon = make_business("salon", settings={"waitlist": {"is_open": False}})
    visitor = Visitor("salon.localhost")
    assert "/wait/" not in visitor.get(f"/book/{salon.services['cut']}/")
    visitor.get(join_path(salon))
    assert visitor.status == 404


def test_with_somebody_in_particular_or_anyone(visitor: Visitor, database: Database) -> None:
    salon = make_business("two", people=2)
    for who in salon.resource_ids:
        for hour in range(8, 20):
            book(salon, "book", salon.start(hour=hour), resource_id=who, contact=None, actor=TESTER)
    visitor = Visitor("two.localhost")
    person = str(salon.resource_ids[1])
    form = visitor.get(f"{join_path(salon)}?with={person}")
    assert f'<option value="{person}" selected>' in form
    join(visitor, salon, person=person)
    assert "two person 1" in visitor.page
    join(visitor, salon, person="anyone", email="max@example.com")
    assert "Anyone" in visitor.page
    wishes = database.rows("select resource_id from waitlist_entry order by created_at")
    assert wishes == [(salon.resource_ids[1],), (None,)]
