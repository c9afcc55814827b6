"""Customers help themselves in a real browser: move by the link of a mail, find the list, cancel from it."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import Browser, expect

from holdfast.capabilities.notifications.links import send_link_mail
from tests.capabilities.business import ANN, Business, book, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import text_of
from tests.cluster import Database
from tests.e2e.browser import OpenPage, assert_accessible
from tests.stack import Stack
from tests.web.public.test_self_service import link

pytestmark = pytest.mark.browser


@pytest.fixture
def salon(browser: Browser, database: Database) -> Business:
    # Another name for each test: the running process remembers for seconds whose a host is.
    return make_business(f"mine-{secrets.token_hex(4)}", people=2)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_somebody_moves_from_the_link_in_the_mail(
    stack: Stack, salon: Business, database: Database, open_page: OpenPage, javascript: bool
) -> None:
    made = book(salon, "book")
    page = open_page(javascript=javascript)
    page.goto(stack.url(salon.slug, f"/b/{made.token}/"))
    page.get_by_role("link", name="Move to another time").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("When suits you better?")
    page.locator("a.day").nth(4).click()
    expect(page).to_have_url(re.compile("date="))
    if javascript:
        assert_accessible(page)
    page.locator(".slot", has_text="14:00").click()
    page.locator(".sheet button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move your booking?")
    if javascript:
        assert_accessible(page)
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_role("status")).to_contain_text("Your booking has been moved.")
    expect(page.locator(".date-block .clock")).to_have_text("14:00 – 15:00")
    ((version, hour),) = database.rows("select version, extract(hour from local_start)::int from booking")
    assert (version, hour) == (2, 14)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_somebody_finds_the_list_and_cancels_one(
    stack: Stack,
    salon: Business,
    database: Database,
    mailbox: Mailbox,
    open_page: OpenPage,
    javascript: bool,
) -> None:
    for days in (7, 8):
        book(salon, "book", salon.start(days=days))
    page = open_page(javascript=javascript)
    page.goto(stack.url(salon.slug))
    page.get_by_role("link", name="Your bookings").click()
    if javascript:
        assert_accessible(page)
    page.get_by_label("E-mail").fill(ANN.email)
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.get_by_text("If we know this address, a mail is on its way.")).to_be_visible()
    ((arguments,),) = database.rows(
        "select args from procrastinate_jobs where task_name = 'notifications.send_link_mail'"
    )
    send_link_mail(**arguments)
    address = re.search(r"/my/[\w-]{43}/", text_of(mailbox.mails[0]))
    assert address is not None
    page.goto(stack.url(salon.slug, address[0]))
    expect(page.locator(".my-entry")).to_have_count(2)
    if javascript:
        assert_accessible(page)
    page.locator(".my-entry").first.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel this booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This booking is cancelled.")
    page.goto(stack.url(salon.slug, address[0]))
    expect(page.get_by_role("heading", level=2)).to_have_text(["Coming up", "Cancelled"])
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed out everywhere.")
    page.goto(stack.url(salon.slug, address[0]))
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not open anything any more.")


def test_links_for_one_thing_are_accessible_in_arabic(
    stack: Stack, salon: Business, database: Database, open_page: OpenPage
) -> None:
    made = book(salon, "book")
    page = open_page(locale="ar", color_scheme="dark")
    for action in ("view", "cancel", "reschedule"):
        page.goto(stack.url(salon.slug, link(salon, made, action)))
        assert_accessible(page)
    page.goto(stack.url(salon.slug, link(salon, made, "cancel")))
    page.locator("form.one-action button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("أُلغي هذا الحجز.")
    assert_accessible(page)
    page.goto(stack.url(salon.slug, f"/a/{'x' * 43}/"))
    assert_accessible(page)
    assert database.rows("select status from booking") == [("cancelled",)]
