"""A group plans and books on one page, without JavaScript."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from holdfast.capabilities.tenants.queries import forget_tenants
from tests.capabilities.bookings.parties import bride_and_six, make_studio, take_party
from tests.capabilities.business import Business
from tests.cluster import Database
from tests.web.public.conftest import Visitor

PATH = "/book/group/"


@pytest.fixture
def salon(database: Database) -> Business:
    """A bridal studio that welcomes groups."""
    business = make_studio()
    with database.cluster.connect() as admin:
        admin.execute("update tenant set settings = settings || '{\"parties\": true}'")
    forget_tenants()
    return business


@pytest.fixture
def visitor(salon: Business) -> Visitor:
    return Visitor(f"{salon.slug}.localhost")


def asked(salon: Business, *, ready: str = "09:00", **counts: int) -> str:
    sent = {"date": salon.start().astimezone(salon.zone).date().isoformat(), "ready_by": ready}
    sent |= {f"n{salon.services[name].hex}": str(count) for name, count in counts.items()}
    sent["last"] = str(salon.services["bridal"])
    return f"{PATH}?{urlencode(sent)}"


def test_from_the_menu_to_a_booked_group(visitor: Visitor, salon: Business, database: Database) -> None:
    assert "Booking for a group?" in visitor.get("/book/")
    form = visitor.get(PATH)
    assert "When is everybody to be ready?" in form
    # A class is not for parties: its seats are.
    assert "bridal" in form
    assert "class</label>" not in form
    plan = visitor.get(asked(salon, bridal=1, makeup=6))
    assert "This is your plan." in plan
    assert plan.count("<section>") == 2
    assert "Guest 1 · <bdi>bridal</bdi>" in plan
    visitor.post(PATH, {"name": "Zoe", "email": "zoe@example.com"})
    assert visitor.url.startswith("/b/")
    # Who keeps the link sees who is served when.
    assert visitor.page.count("Guest ") == 7
    assert "<bdi>ada</bdi>" in visitor.page
    assert database.rows("select party_size, status, source from booking") == [(7, "pending", "page")]


def test_details_are_asked_for_and_a_plan_that_is_gone_is_replaced(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    visitor.get(asked(salon, bridal=1, makeup=2))
    visitor.post(PATH, {"name": "", "email": ""})
    assert (visitor.status, "Please enter your name." in visitor.page) == (422, True)
    take_party(salon, bride_and_six(salon))
    visitor.post(PATH, {"name": "Zoe", "email": "zoe@example.com"})
    assert visitor.status == 409
    assert database.rows("select count(*) from booking") == [(1,)]


def test_what_does_not_fit_is_explained(visitor: Visitor, salon: Business) -> None:
    page = visitor.get(asked(salon, ready="06:00", bridal=1, makeup=6))
    assert "That does not fit." in page
    assert "There is no time for these guests:" in page
    assert "With one more person at work" in page
    assert "Please say how many of you there are." in visitor.get(asked(salon))
    assert "Please choose a day." in visitor.get(f"{PATH}?date=&ready_by=")


def test_who_does_not_wish_for_groups_has_no_such_page(database: Database) -> None:
    business = make_studio()
    visitor = Visitor(f"{business.slug}.localhost")
    visitor.get(PATH)
    assert visitor.status == 404
    assert "group" not in visitor.get("/book/")
