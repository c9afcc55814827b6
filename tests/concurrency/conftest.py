"""What the tests of races share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster import Cluster, Database
from tests.concurrency.truths import count_deadlocks
from tests.stack import Stack


@pytest.fixture(scope="module")
def two_processes(cluster: Cluster) -> Iterator[Stack]:
    """Two web processes; the sweeper is not running."""
    stack = Stack(cluster, web_workers=2, with_worker=False)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def no_deadlocks(database: Database) -> Iterator[None]:
    """PostgreSQL counts no deadlock while the test runs."""
    before = count_deadlocks(database)
    yield
    assert count_deadlocks(database) == before
