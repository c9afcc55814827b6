"""Fixtures of the journeys: the browser, once, and a page opener for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.capabilities.notifications.mailbox import Mailbox, receiving
from tests.cluster import Cluster
from tests.e2e.browser import OpenPage, launched, opener
from tests.stack import Stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for the tests of one file, and no longer: see below."""
    with launched() as browser, pytest.MonkeyPatch.context() as environment:
        # Playwright keeps an event loop in this thread, and Django refuses to touch a database beside one.
        # Nothing here is asynchronous: the loop sleeps while the test talks to the database.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@pytest.fixture(scope="module")
def stack(cluster: Cluster) -> Iterator[Stack]:
    """The web process alone: what customers click needs no worker.

    Of one file: between two of them other tests may restart the database, and every connection that a web
    process has kept answers once with 503.
    """
    stack = Stack(cluster, with_worker=False)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def mailbox(tmp_path: Path, settings: Any) -> Iterator[Mailbox]:
    with receiving(settings, tmp_path) as box:
        yield box


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    with opener(browser) as open_page:
        yield open_page
