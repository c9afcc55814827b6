"""What the tests of races share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, Database
from tests.concurrency.mortal import mortal_stack
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


@pytest.fixture(scope="module")
def failpoint(cluster: Cluster) -> Path:
    """The file that says where the web process of `mortal` is to die."""
    return cluster.folder / "failpoint"


@pytest.fixture(scope="module")
def mortal(cluster: Cluster, failpoint: Path) -> Iterator[Stack]:
    """One web process with failpoints; its keeper starts another when it dies."""
    with mortal_stack(cluster, failpoint) as stack:
        yield stack
