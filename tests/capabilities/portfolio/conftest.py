"""Where pictures are kept in these tests, and a hand that makes them ready."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from holdfast.capabilities.portfolio.jobs import make_picture
from tests.cluster import Database


@pytest.fixture(autouse=True)
def media_folder(tmp_path: Path, settings: Any) -> Path:
    """A store of each test's own, as files."""
    settings.STORAGES = {
        **settings.STORAGES,
        "portfolio": {**settings.STORAGES["portfolio"], "OPTIONS": {"location": tmp_path}},
    }
    assert storages["portfolio"].path("x") == str(tmp_path / "x")
    return tmp_path


@pytest.fixture
def run_jobs(database: Database) -> Callable[[], int]:
    """Run each waiting job as the worker would, and take away those that did not raise."""

    def run() -> int:
        jobs = database.rows(
            "select id, args from procrastinate_jobs where task_name = 'portfolio.make_picture' order by id"
        )
        for number, arguments in jobs:
            make_picture(**arguments)
            with database.connect_as_app() as sql:
                sql.execute("delete from procrastinate_jobs where id = %s", [number])
        return len(jobs)

    return run
