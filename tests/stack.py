"""The real processes over the tests' own database, for what only shows over HTTP or after a kill.

`running_stack` is one web process and the worker, started once a test process. `new_stack` starts others,
with more web processes or other settings, and ends them with the test.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import psutil
import pytest

from holdfast.main.up.children import Child
from holdfast.main.up.services import realtime, web, worker
from holdfast.platform.config import load_config
from tests.cluster import Cluster, free_ports

READY_SECONDS = 40.0


class Stack:
    """Web (and worker, and realtime) processes on free ports of 127.0.0.1."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        web_workers: int = 1,
        with_worker: bool = True,
        with_realtime: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.cluster = cluster
        self.port = free_ports(3)
        variables = {
            **os.environ,
            **cluster.environment,
            "HOLDFAST_PORT": str(self.port),
            **(environment or {}),
        }
        variables.setdefault("HOLDFAST_LOG_LEVEL", "WARNING")
        config = replace(load_config(variables), port=self.port, web_workers=web_workers)
        logs = cluster.folder / "logs"
        self.web = Child(web(config), logs / f"web-{self.port}.log", variables)
        self.children = [self.web]
        if with_realtime:
            self.children.append(Child(realtime(config), logs / f"realtime-{self.port}.log", variables))
        if with_worker:
            self.children.append(Child(worker(config), logs / f"worker-{self.port}.log", variables))

    def url(self, tenant: str = "", path: str = "/") -> str:
        """An address as browsers use it; other clients may not resolve it: see `base_url`."""
        return f"http://{tenant + '.' if tenant else ''}localhost:{self.port}{path}"

    @property
    def base_url(self) -> str:
        """The web process by number: send `Host: <tenant>.localhost` with it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def web_pids(self) -> list[int]:
        """The web processes that answer requests, without the one that looks after them."""
        assert self.web.pid is not None
        children = psutil.Process(self.web.pid).children(recursive=True)
        return [child.pid for child in children if "resource_tracker" not in " ".join(child.cmdline())]

    def start(self) -> None:
        """Start all and wait until they are ready."""
        for child in self.children:
            child.start()
        for child in self.children:
            self.wait_until_ready(child)

    def wait_until_ready(self, child: Child) -> None:
        """Return when `child` can do its work; fail with its last words when it cannot."""
        deadline = time.monotonic() + READY_SECONDS
        while not child.is_ready():
            said = "\n".join(child.last_words())
            assert child.is_alive(), f"{child.service.name} {child.exit_status}:\n{said}"
            assert time.monotonic() < deadline, f"{child.service.name}: {child.why_not_ready()}\n{said}"
            time.sleep(0.02)

    def kill_a_web_process(self) -> int:
        """SIGKILL one of the processes that answer requests; its keeper starts another. Returns its pid."""
        pid = self.web_pids[0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def restart_web(self) -> None:
        """SIGKILL all of the web at once and start it again."""
        self.web.kill_group()
        self.web.start()
        self.wait_until_ready(self.web)

    def stop(self) -> None:
        """End all as `holdfast up` does."""
        for child in self.children:
            child.stop()


@pytest.fixture(scope="session")
def running_stack(cluster: Cluster) -> Iterator[Stack]:
    """One web process and the worker; ask for `database` too, to begin with an empty one."""
    stack = Stack(cluster)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def new_stack(cluster: Cluster) -> Iterator[Callable[..., Stack]]:
    """Starts stacks of one's own: `new_stack(web_workers=2, environment={…})`; they end with the test."""
    made: list[Stack] = []

    def make(**options: Any) -> Stack:
        made.append(Stack(cluster, **options))
        made[-1].start()
        return made[-1]

    yield make
    for stack in made:
        stack.stop()
