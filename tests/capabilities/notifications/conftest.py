"""Where mail goes in these tests, and a hand that runs the jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from holdfast.capabilities.notifications.jobs import send_booking_mail
from tests.capabilities.notifications.mailbox import Mailbox, receiving
from tests.cluster import Database


@pytest.fixture
def mail_folder(tmp_path: Path, settings: Any) -> Path:
    """The folder of mails as files; no server is set."""
    settings.HOLDFAST = replace(settings.HOLDFAST, data_folder=tmp_path, smtp_url="", port=8000)
    return tmp_path / "mail"


@pytest.fixture
def mailbox(tmp_path: Path, settings: Any) -> Iterator[Mailbox]:
    with receiving(settings, tmp_path) as box:
        yield box


@pytest.fixture
def run_jobs(database: Database) -> Callable[[], int]:
    """Run each waiting mail job once, as the worker would, and take away those that did not raise."""

    def run() -> int:
        jobs = database.rows(
            "select id, args from procrastinate_jobs where task_name = 'notifications.send_booking_mail'"
            " order by id"
        )
        for number, arguments in jobs:
            send_booking_mail(**arguments)
            with database.connect_as_app() as sql:
                sql.execute("delete from procrastinate_jobs where id = %s", [number])
        return len(jobs)

    return run
