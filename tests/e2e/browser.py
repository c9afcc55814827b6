"""A real Chromium, and pages that fail a test when the browser complains."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
EXECUTABLES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

OpenPage = Callable[..., Page]


def find_chromium() -> str | None:
    """Where a Chromium of this machine is, if it has one."""
    return next(filter(None, map(shutil.which, EXECUTABLES)), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start Chromium; without one, skip loudly, or fail where HOLDFAST_REQUIRE_BROWSER=1."""
    executable = find_chromium()
    if executable is None:
        words = (
            f"no browser: none of {', '.join(EXECUTABLES)} is installed, so nobody clicked through the pages"
        )
        if os.environ.get("HOLDFAST_REQUIRE_BROWSER") == "1":
            pytest.fail(words)
        pytest.skip(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opener(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages in contexts of their own; at the end nothing may have been complained about."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The browser logs every 4xx as an error; forms answer 409 and 422 on purpose.
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    def open_page(*, width: int = 390, height: int = 844, javascript: bool = True, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    assert complaints == []


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing, and nothing sticks out sideways."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(r => r.violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.html).slice(0, 3).join(' | ')))",
        list(RULES),
    )
    assert found == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
