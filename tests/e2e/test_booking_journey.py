"""Customers book in a real browser against the running processes: on a phone, with JavaScript and without."""

from __future__ import annotations

import re
import secrets
from datetime import time

import pytest
from playwright.sync_api import Browser, Page, expect

from holdfast.capabilities.catalog.commands import NewService
from tests.capabilities.business import Business, make_business
from tests.cluster import Database
from tests.e2e.browser import OpenPage, assert_accessible
from tests.stack import Stack

pytestmark = pytest.mark.browser

SERVICES = (
    NewService("Soft glam", 60, "USD", price_minor=12000, description="For an evening.", flow="instant"),
    NewService("Cut", 45, "USD", price_minor=6000, flow="hold"),
    NewService("First visit", 60, "USD", flow="approval"),
)


@pytest.fixture
def glow(browser: Browser, database: Database) -> Business:
    # Another name for each test: the running process remembers for seconds whose a host is.
    return make_business(
        f"glow-{secrets.token_hex(4)}",
        people=2,
        zone="America/New_York",
        services=SERVICES,
        opens=time(7),
        closes=time(21),
    )


def statuses(database: Database) -> list[str]:
    return [status for (status,) in database.rows("select status from booking order by created_at, id")]


def go_to_times(page: Page, stack: Stack, glow: Business, service: str) -> None:
    """From the business's page to the times of a day with plenty of them."""
    page.goto(stack.url(glow.slug))
    page.get_by_role("link", name="Book a time").click()
    page.locator(".service", has_text=service).get_by_role("link").click()
    page.locator("a.day").nth(3).click()
    expect(page.locator("a.day[aria-current]")).to_have_count(1)
    expect(page).to_have_url(re.compile("date="))


def fill_in(page: Page, name: str = "Noor Haddad") -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill("noor@example.com")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
@pytest.mark.parametrize(
    ("service", "button", "headline", "status"),
    [
        ("Soft glam", "Confirm booking", re.compile("See you .*, Noor"), "confirmed"),
        ("Cut", "Confirm booking", re.compile("See you .*, Noor"), "confirmed"),
        ("First visit", "Send request", "Your request is with us.", "pending"),
    ],
    ids=["instant", "hold", "approval"],
)
def test_somebody_books_on_a_phone(
    stack: Stack,
    glow: Business,
    database: Database,
    open_page: OpenPage,
    javascript: bool,
    service: str,
    button: str,
    headline: str | re.Pattern[str],
    status: str,
) -> None:
    page = open_page(javascript=javascript)
    go_to_times(page, stack, glow, service)
    page.locator(".slot").nth(2).click()
    page.locator(".sheet button").click()
    fill_in(page)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    assert statuses(database) == [status]


def test_the_button_says_what_it_will_do_and_the_countdown_runs(
    stack: Stack, glow: Business, open_page: OpenPage
) -> None:
    page = open_page()
    go_to_times(page, stack, glow, "Cut")
    page.locator(".slot").first.click()
    expect(page.locator(".sheet button")).to_have_text(re.compile(r"^Hold \d+:\d\d\sAM$"))
    page.locator(".sheet button").click()
    clock = page.locator("[data-clock]")
    expect(clock).to_have_text(re.compile(r"^(10:00|9:5\d)$"))
    expect(clock).to_have_text(re.compile(r"^9:5[0-8]$"))
    page.reload()
    expect(clock).to_have_text(re.compile(r"^9:[0-5]\d$"))


def test_two_people_want_the_same_time_and_both_leave_with_one(
    stack: Stack, glow: Business, database: Database, open_page: OpenPage
) -> None:
    pages = [open_page() for _ in range(3)]
    for number, page in enumerate(pages):
        go_to_times(page, stack, glow, "Soft glam")
        page.locator(".slot").nth(2).click()
        page.locator(".sheet button").click()
        fill_in(page, f"Person {number}")
    for page in pages:
        page.get_by_role("button", name="Confirm booking").click()
    for page in pages[:2]:
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("See you"))
    # Two people work here; the third customer is told, keeps what was typed, and takes what is near.
    expect(pages[2].get_by_role("alert")).to_contain_text("has just been taken by somebody else.")
    expect(pages[2].get_by_label("Your name")).to_have_value("Person 2")
    assert_accessible(pages[2])
    pages[2].get_by_role("alert").get_by_role("button").first.click()
    expect(pages[2].get_by_role("heading", level=1)).to_have_text(re.compile("See you"))
    assert statuses(database) == ["confirmed"] * 3


def test_double_clicking_books_once(
    stack: Stack, glow: Business, database: Database, open_page: OpenPage
) -> None:
    for javascript in (True, False):
        page = open_page(javascript=javascript)
        go_to_times(page, stack, glow, "Soft glam")
        page.locator(".slot").nth(4).click()
        page.locator(".sheet button").click()
        fill_in(page)
        page.get_by_role("button", name="Confirm booking").dblclick()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("See you"))
    assert statuses(database) == ["confirmed"] * 2


def test_a_customer_cancels_by_the_private_link(
    stack: Stack, glow: Business, database: Database, open_page: OpenPage
) -> None:
    page = open_page()
    go_to_times(page, stack, glow, "Soft glam")
    page.locator(".slot").first.click()
    page.locator(".sheet button").click()
    fill_in(page)
    page.get_by_role("button", name="Confirm booking").click()
    page.get_by_role("link", name="Cancel this booking").click()
    page.get_by_role("button", name="Cancel this booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This booking is cancelled.")
    assert statuses(database) == ["cancelled"]


@pytest.mark.parametrize(
    ("width", "locale", "scheme"),
    [(360, "en-US", "light"), (390, "ar", "dark"), (768, "ar", "light"), (1440, "en-US", "dark")],
)
def test_every_page_is_accessible_and_fits(
    stack: Stack, glow: Business, open_page: OpenPage, width: int, locale: str, scheme: str
) -> None:
    page = open_page(width=width, locale=locale, color_scheme=scheme)
    page.goto(stack.url(glow.slug))
    assert_accessible(page)
    page.goto(stack.url(glow.slug, "/book/"))
    assert_accessible(page)
    page.locator(".service", has_text="Cut").get_by_role("link").click()
    page.locator(".month summary").click()
    assert_accessible(page)
    page.locator(".slot").first.click()
    page.locator(".sheet button").click()
    assert_accessible(page)
    page.locator("form.fields button").click()
    assert_accessible(page)
    page.locator("[name=name]").fill("Noor")
    page.locator("[name=email]").fill("noor@example.com")
    page.locator("form.fields button").click()
    expect(page).to_have_url(re.compile(r"/b/[\w-]{43}/$"))
    assert_accessible(page)
    page.goto(f"{page.url}cancel/")
    assert_accessible(page)
    page.goto(stack.url(glow.slug, "/nothing-here/"))
    assert_accessible(page)


def test_the_keyboard_alone_books(stack: Stack, glow: Business, open_page: OpenPage) -> None:
    page = open_page(width=1440, height=900)
    go_to_times(page, stack, glow, "Soft glam")
    slots = page.locator(".slot input")
    slots.first.focus()
    page.keyboard.press("ArrowRight")
    expect(slots.nth(1)).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Who is it for?")
    page.get_by_label("Your name").focus()
    page.keyboard.type("Noor Haddad")
    page.keyboard.press("Tab")
    page.keyboard.type("noor@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("See you"))
