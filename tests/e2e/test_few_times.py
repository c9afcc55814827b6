"""A business that shows few times, in a real browser: the few, then all of them; or only the few."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import Browser, expect

from holdfast.capabilities.catalog.commands import NewService
from tests.capabilities.business import Business, make_business
from tests.cluster import Database
from tests.e2e.browser import OpenPage, assert_accessible
from tests.stack import Stack

pytestmark = pytest.mark.browser
CUT = NewService("Cut", 45, "AED", price_minor=18000, flow="hold", slot_granularity_minutes=15)


def make_luma(*, only_exposed: bool) -> Business:
    exposure = {"policy": "curated", "only_exposed": only_exposed}
    return make_business(
        f"luma-{secrets.token_hex(4)}",
        people=2,
        zone="Asia/Dubai",
        services=(CUT,),
        settings={"exposure": exposure},
    )


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_somebody_asks_for_all_and_books_one_of_the_others(
    browser: Browser, stack: Stack, database: Database, open_page: OpenPage, javascript: bool
) -> None:
    luma = make_luma(only_exposed=False)
    page = open_page(javascript=javascript)
    page.goto(stack.url(luma.slug, f"/book/{luma.services['Cut']}/"))
    page.locator("a.day").nth(3).click()
    expect(page).to_have_url(re.compile("date="))
    slots = page.locator(".slot input")
    expect(page.locator(".part")).to_have_count(3)
    few = {each.get_attribute("value") for each in slots.all()}
    assert 3 <= len(few) <= 5
    if javascript:
        assert_accessible(page)
    page.get_by_role("link", name="See all 46 times").click()
    expect(slots).to_have_count(46)
    other = next(each for each in slots.all() if each.get_attribute("value") not in few)
    page.locator(".slot", has=page.locator(f"[value='{other.get_attribute('value')}']")).click()
    page.locator(".sheet button").click()
    expect(page.get_by_label("Your name")).to_be_visible()
    # Back at the days, another one still shows all.
    page.goto(stack.url(luma.slug, f"/book/{luma.services['Cut']}/?all=1"))
    page.locator("a.day").nth(4).click()
    expect(page).to_have_url(re.compile("all=1"))
    expect(slots).to_have_count(46)


def test_where_only_those_may_be_booked_the_page_says_that_more_may_come(
    browser: Browser, stack: Stack, database: Database, open_page: OpenPage
) -> None:
    luma = make_luma(only_exposed=True)
    page = open_page(javascript=False)
    page.goto(stack.url(luma.slug, f"/book/{luma.services['Cut']}/"))
    page.locator("a.day").nth(3).click()
    expect(page.get_by_text("more may show later")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("See all"))).to_have_count(0)
    page.locator(".slot").first.click()
    page.locator(".sheet button").click()
    page.get_by_label("Your name").fill("Noor Haddad")
    page.get_by_label("E-mail").fill("noor@example.com")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("See you .*, Noor"))
    assert database.rows("select status from booking") == [("confirmed",)]
