"""The portfolio in a real browser: nothing moves, nobody is shut out, and what is sent appears."""

from __future__ import annotations

import secrets
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from holdfast.capabilities.portfolio.commands import save_portfolio
from holdfast.capabilities.portfolio.jobs import make_picture
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, make_business
from tests.capabilities.portfolio.pictures import as_bytes, photograph
from tests.capabilities.staff import PASSWORD, employ
from tests.cluster import Database
from tests.e2e.browser import OpenPage, assert_accessible
from tests.stack import Stack

pytestmark = pytest.mark.browser
SHIFTS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const each of list.getEntries()) sum += each.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 300);
})"""


@pytest.fixture
def salon(browser: Browser, database: Database) -> Business:
    # Another name for each test: the running process remembers for seconds whose a host is.
    return make_business(f"seen-{secrets.token_hex(4)}")


def sign_in(page: Page, stack: Stack, salon: Business) -> None:
    employ(salon, "owner")
    page.goto(stack.url(salon.slug, "/console/portfolio/"))
    page.fill("[name=login]", f"owner@{salon.slug}.example.com")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Portfolio")


def make_all(salon: Business, database: Database) -> list[UUID]:
    """Do what the worker would do."""
    jobs = database.rows(
        "select args from procrastinate_jobs where task_name = 'portfolio.make_picture' order by id"
    )
    for (arguments,) in jobs:
        make_picture(**arguments)
    return [UUID(arguments["picture_id"]) for (arguments,) in jobs]


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_pictures_sent_in_the_console_are_seen_on_the_page(
    stack: Stack,
    salon: Business,
    database: Database,
    open_page: OpenPage,
    tmp_path: Path,
    javascript: bool,
) -> None:
    files = []
    for number in range(3):
        files.append(tmp_path / f"picture-{number}.jpg")
        files[-1].write_bytes(as_bytes(photograph(400 + number, 500)))
    page = open_page(javascript=javascript)
    sign_in(page, stack, salon)
    page.get_by_label("Add pictures").set_input_files(files)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status").first).to_contain_text("3 pictures are there and being made ready.")
    made = make_all(salon, database)
    if not javascript:
        page.reload()
    expect(page.get_by_label("What it shows")).to_have_count(3, timeout=10_000)
    if javascript:
        assert_accessible(page)
    page.get_by_label("What it shows").first.fill("A red corner")
    page.get_by_role("button", name="Save", exact=False).first.click()
    expect(page.get_by_label("What it shows").first).to_have_value("A red corner")
    with tenant_context(salon.tenant_id, TESTER.label):
        save_portfolio(actor=TESTER, hero_picture_id=made[2], keep_hero=False)
    page.goto(stack.url(salon.slug))
    expect(page.get_by_alt_text("A red corner")).to_be_visible()
    loaded = "img => img.decode().then(() => [img.naturalWidth > 0, img.currentSrc.split('.').pop()])"
    assert page.locator(".hero-picture img").evaluate(loaded) == [True, "avif"]
    if javascript:
        page.mouse.wheel(0, 5000)
        assert page.evaluate(SHIFTS) == 0
        assert_accessible(page)
        walk_through_the_viewer(page)
    else:
        answer = "link => fetch(link.href).then(found => [found.status, found.headers.get('content-type')])"
        assert page.locator(".picture-link").first.evaluate(answer) == [200, "image/avif"]


def walk_through_the_viewer(page: Page) -> None:
    page.locator(".picture-link").first.click()
    viewer = page.get_by_role("dialog")
    expect(viewer.get_by_role("img")).to_have_attribute("alt", "A red corner")
    assert_accessible(page)
    page.keyboard.press("ArrowRight")
    expect(viewer.locator("figure img")).to_have_attribute("alt", "")
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    assert page.evaluate("document.activeElement.className") == "picture-link"
