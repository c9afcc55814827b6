"""A customer's own list: asked for by address, opened by its link, ended on every device."""

from __future__ import annotations

import re

from holdfast.capabilities.bookings.commands import cancel_booking
from holdfast.capabilities.people.types import Contact
from holdfast.platform import clock
from tests.capabilities.business import ANN, TESTER, Business, book
from tests.cluster import Database
from tests.contract.link_requests import link_of
from tests.web.public.conftest import Visitor
from tests.web.public.test_self_service import path


def test_the_list_groups_what_there_is(visitor: Visitor, salon: Business, database: Database) -> None:
    coming, gone = book(salon, "book"), book(salon, "book", salon.start(days=8))
    asked = book(salon, "ask", salon.start(days=9))
    past = book(salon, "book", salon.start(days=10))
    assert gone.booking_id is not None
    cancel_booking(tenant_id=salon.tenant_id, actor=TESTER, now=clock.now(), booking_id=gone.booking_id)
    database.rows(
        "update booking set starts_at = starts_at - interval '30 days',"
        " ends_at = ends_at - interval '30 days', local_start = local_start - interval '30 days'"
        " where id = %s returning 1",
        [past.booking_id],
    )
    page = visitor.get(f"/my/{link_of(salon)}/")
    assert re.findall(r'id="my-(\w+)"', page) == ["waiting", "upcoming", "past", "cancelled"]
    assert page.count('class="my-entry"') == 4
    for made in (coming, asked):
        assert f'href="{path(made, "move/")}"' in page and f'href="{path(made, "cancel/")}"' in page
    for made in (gone, past):
        assert f'href="{path(made)}"' in page and f'href="{path(made, "move/")}"' not in page
    # From the list to one of them, and it is off.
    visitor.get(path(coming, "cancel/"))
    visitor.post(path(coming, "cancel/"), {})
    assert "This booking is cancelled." in visitor.page


def test_the_list_is_of_one_address(visitor: Visitor, salon: Business, database: Database) -> None:
    mine = book(salon, "book")
    book(salon, "book", contact=Contact("Bea", "bea@example.com", ANN.phone))
    # Found by the telephone number, so the same customer; who typed it has shown nothing.
    book(salon, "book", salon.start(days=8), contact=Contact("Cleo", "", ANN.phone))
    assert database.rows("select count(distinct customer_id) from booking") == [(2,)]
    page = visitor.get(f"/my/{link_of(salon)}/")
    assert page.count('class="my-entry"') == 1
    assert path(mine) in page
    assert "There are no bookings with this address." in visitor.get(
        f"/my/{link_of(salon, 'x@example.com')}/"
    )


def test_signing_out_ends_every_link(visitor: Visitor, salon: Business, database: Database) -> None:
    made = book(salon, "book")
    first, second = link_of(salon), link_of(salon)
    other = link_of(salon, "bea@example.com")
    visitor.get(f"/my/{first}/")
    visitor.post(f"/my/{first}/end/", {})
    assert "Signed out everywhere." in visitor.page
    for token in (first, second):
        visitor.get(f"/my/{token}/")
        assert visitor.status == 404
    visitor.get(f"/my/{other}/")
    assert visitor.status == 200
    visitor.get(path(made))
    assert visitor.status == 200


def test_asking_says_the_same_to_everybody(visitor: Visitor, salon: Business, database: Database) -> None:
    book(salon, "book")
    pages = []
    for email in (ANN.email, "nobody@example.com"):
        visitor.get("/my/")
        pages.append(re.sub(r'value="[^"]*"', "", visitor.post("/my/", {"email": email})))
        assert (visitor.url, visitor.status) == ("/my/asked/", 200)
    assert pages[0] == pages[1]
    assert "If we know this address, a mail is on its way." in pages[0]
    jobs = "select count(*) from procrastinate_jobs where task_name = 'notifications.send_link_mail'"
    assert database.rows(jobs) == [(2,)]
    visitor.get("/my/")
    assert "This does not look like an e-mail address." in visitor.post("/my/", {"email": "ann"})
    assert visitor.status == 422
    assert database.rows(jobs) == [(2,)]


def test_a_long_list_comes_in_pages(visitor: Visitor, salon: Business, database: Database) -> None:
    for number in range(53):
        book(salon, "book", salon.start(days=3 + number // 10, hour=9 + number % 10))
    here = f"/my/{link_of(salon)}/"
    page = visitor.get(here)
    assert page.count('class="my-entry"') == 50
    more = re.search(rf'href="({here}\?after=[\w-]+)"', page)
    assert more is not None
    assert visitor.get(more[1]).count('class="my-entry"') == 3
