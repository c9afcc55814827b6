"""A web process that is killed where a test says, and a client that asks it again."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from benchmarks.wire import Reply

from holdfast.main.up.children import Child
from tests.capabilities.business import Business
from tests.cluster import Cluster, Database
from tests.concurrency.keeper import keep_alive
from tests.concurrency.retrying import send_once, send_until_answered
from tests.stack import Stack

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def mortal_stack(cluster: Cluster, failpoint: Path, *, web_workers: int = 1) -> Iterator[Stack]:
    """Web processes with failpoints; their keeper starts others when they die."""
    stack = Stack(cluster, web_workers=web_workers, with_worker=False)
    service = stack.web.service
    program = tuple(
        "tests.concurrency.failing_wsgi:application" if part == "holdfast.main.wsgi:application" else part
        for part in service.program
    )
    assert program != service.program
    environment = {
        **os.environ,
        **cluster.environment,
        "HOLDFAST_PORT": str(stack.port),
        "HOLDFAST_LOG_LEVEL": "WARNING",
        "HOLDFAST_TEST_FAILPOINT": str(failpoint),
        "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))),
    }
    stack.web = Child(replace(service, program=program), stack.web.log_file, environment)
    stack.children = [stack.web]
    with keep_alive(stack):
        yield stack


def killed_then_answered(stack: Stack, failpoint: Path, name: str, message: bytes) -> Reply:
    """Send once and lose the answer, then as often as it takes."""
    failpoint.write_text(name, encoding="utf-8")
    assert asyncio.run(send_once(stack.port, message)) is None, f"{name} was not reached"
    assert not failpoint.exists()
    return asyncio.run(send_until_answered(stack.port, message))


def same_again(stack: Stack, message: bytes, first: Reply) -> None:
    """Asked once more, it answers with the same bytes."""
    again = asyncio.run(send_until_answered(stack.port, message))
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    for name in ("content-type", "content-length", "etag"):
        assert again.headers.get(name) == first.headers.get(name)


def with_a_slow_database(
    database: Database, business: Business, stack: Stack, failpoint: Path, name: str, message: bytes
) -> Reply:
    """For "call under way" a lock makes PostgreSQL wait until its client is dead, and commit all the same."""
    if name != "call under way":
        return killed_then_answered(stack, failpoint, name, message)
    with psycopg.connect(database.app_url) as holder:
        holder.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
        holder.execute("select id from resource for no key update")
        release = threading.Timer(0.8, holder.commit)
        release.start()
        try:
            return killed_then_answered(stack, failpoint, name, message)
        finally:
            release.join()
