"""Where a business shows few times: its pages show those, and the way to all of them, or an honest line."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform import clock
from holdfast.platform.cache import forget_cache
from holdfast.platform.http.visitors import COOKIE
from tests.capabilities.business import ANN, Business, book, make_business
from tests.cluster import Database
from tests.web.public.conftest import Visitor

CUT = NewService("cut", 60, "EUR", price_minor=4200, flow="hold", slot_granularity_minutes=15)
BOOK = NewService("book", 60, "EUR", price_minor=4200, slot_granularity_minutes=15)
TOTAL = 45
"""From eight to seven, every quarter of an hour."""


def _salon(*, only_exposed: bool) -> Business:
    exposure = {"policy": "curated", "only_exposed": only_exposed}
    return make_business("salon", people=2, services=(CUT, BOOK), settings={"exposure": exposure})


@pytest.fixture
def salon(database: Database) -> Business:
    return _salon(only_exposed=False)


@pytest.fixture
def strict(database: Database) -> Business:
    return _salon(only_exposed=True)


@pytest.fixture
def visitor() -> Visitor:
    return Visitor("salon.localhost")


def address(salon: Business, service: str = "cut", *, days: int = 7, **more: str) -> str:
    day: date = salon.start(days=days).astimezone(salon.zone).date()
    query = "&".join(f"{name}={value}" for name, value in {"date": str(day), **more}.items())
    return f"/book/{salon.services[service]}/?{query}"


def noted(database: Database) -> list[tuple[Any, ...]]:
    return database.rows("select total, cardinality(starts_at) from slot_offer order by id")


def test_few_are_shown_in_each_part_of_the_day_and_all_on_request(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    page = visitor.get(address(salon))
    few = visitor.slots()
    assert 3 <= len(few) <= 5
    assert page.count("<legend>") == 3
    assert "Nothing that" not in page
    assert noted(database) == [(TOTAL, len(few))]
    link = re.search(r'<p class="few"><a href="([^"]+)">See all 45 times</a>', page)
    assert link
    everything = visitor.get(link[1].replace("&amp;", "&"))
    assert len(visitor.slots()) == TOTAL
    assert set(few) < set(visitor.slots())
    assert 'class="few"' not in everything
    # The other days, and the form, go on showing all.
    assert re.search(r'<a class="day" href="[^"]*all=1', everything)
    assert visitor.hidden()["all"] == "1"
    assert len(noted(database)) == 1


def test_the_same_browser_is_shown_the_same_wherever_it_is(visitor: Visitor, salon: Business) -> None:
    visitor.get(address(salon))
    few = visitor.slots()
    assert COOKIE in visitor.client.cookies
    visitor.client.defaults["REMOTE_ADDR"] = "10.1.1.1"
    forget_cache()
    visitor.get(address(salon))
    assert visitor.slots() == few
    # Without the cookie it is whoever else is at that address, not somebody new each time.
    other, again = Visitor("salon.localhost"), Visitor("salon.localhost")
    for each in (other, again):
        each.client.defaults["REMOTE_ADDR"] = "10.1.1.2"
        each.get(address(salon))
    assert other.slots() == again.slots()


def test_no_cookie_is_set_where_all_are_shown(visitor: Visitor, database: Database) -> None:
    salon = make_business("salon", services=(CUT,))
    visitor.get(address(salon))
    assert len(visitor.slots()) == TOTAL
    assert COOKIE not in visitor.client.cookies
    assert noted(database) == []


def test_a_shown_time_is_booked_and_a_taken_one_gives_its_place(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    visitor.get(address(salon))
    few = visitor.slots()
    visitor.post(address(salon), {"start": few[0]})
    assert visitor.url.endswith("/details/")
    assert database.rows("select status, source from booking") == [("held", "page")]


def test_any_time_may_be_booked_where_others_are_only_hidden(visitor: Visitor, salon: Business) -> None:
    visitor.get(address(salon, all="1"))
    everything = visitor.slots()
    visitor.get(address(salon))
    hidden = next(start for start in everything if start not in visitor.slots())
    visitor.post(address(salon), {"start": hidden})
    assert visitor.url.endswith("/details/")


class TestOnlyThose:
    def test_there_is_no_way_to_the_others_and_the_page_says_so(
        self, visitor: Visitor, strict: Business
    ) -> None:
        for more in ({}, {"all": "1"}):
            page = visitor.get(address(strict, **more))
            assert 3 <= len(visitor.slots()) <= 5
            assert "These are the times offered right now; more may show later." in page
            assert "See all" not in page
        arabic = visitor.get(address(strict), **{"accept-language": "ar"})
        assert "هذه هي المواعيد المعروضة الآن" in arabic

    @pytest.mark.parametrize("service", ["cut", "book"])
    def test_another_time_is_refused_with_those(
        self, visitor: Visitor, strict: Business, database: Database, service: str
    ) -> None:
        """Whoever writes another one into the form: at the hold, or with the details."""
        here = address(strict, service)
        # So far into an hour that no other lot counts.
        with clock.frozen(clock.now().replace(minute=40)):
            visitor.get(here)
            few = visitor.slots()
            code = next(
                each
                for hour in range(8, 19)
                if (each := f"{strict.start(hour=hour, minute=30):%Y%m%dT%H%MZ}") not in few
            )
            page = visitor.post(here, {"start": code})
            if service == "book":
                page = visitor.post(visitor.url, {"name": "Ann", "email": "ann@example.com"})
        assert visitor.status == 409, page
        assert "is not among the times offered right now" in page
        offered = set(re.findall(r"\d{8}T\d{4}Z", page))
        assert set(few) <= offered
        assert database.rows("select count(*) from booking") == [(0,)]

    def test_the_first_free_times_of_the_start_page_are_offered_ones(
        self, visitor: Visitor, strict: Business, database: Database
    ) -> None:
        page = visitor.get("/").replace("\u202f", " ")
        when = re.findall(r"\"(/book/[^\"]+)\"><b>[^<]+</b> <span>from ([\d:]+)", page)
        assert len(when) == 3
        assert noted(database) == [], "naming the first is not offering it"
        for link, first in when:
            visitor.get(link)
            assert f"<span>{first}</span>" in visitor.page

    def test_a_taken_time_leads_to_offered_ones(self, visitor: Visitor, strict: Business) -> None:
        here = address(strict)
        visitor.get(here)
        few = visitor.slots()
        for person in strict.resource_ids:
            taken = strict.start().replace(hour=int(few[0][9:11]), minute=int(few[0][11:13]))
            assert book(strict, "cut", taken, resource_id=person, contact=ANN).status == 201
        page = visitor.post(here, {"start": few[0]})
        assert visitor.status == 409
        assert "has just been taken by somebody else" in page
        alternatives = set(re.findall(r'name="start" value="(\w+)"', page))
        visitor.get(here)
        assert set(few[1:]) <= set(visitor.slots())
        assert alternatives <= set(visitor.slots())
