"""A real Redis for tests: a private server on a free port of 127.0.0.1, ended with the test that asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.cluster import free_ports

_EXECUTABLES = ("redis-server", "valkey-server")
_READY_SECONDS = 10.0


class RedisServer:
    """One server; it keeps nothing on disk, so that a restart finds it empty."""

    def __init__(self, executable: str, folder: Path) -> None:
        self.port = free_ports(1)
        self._command = [
            executable,
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)),
            *("--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.client = Redis(port=self.port, socket_timeout=2.0)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers():
            assert self._process.poll() is None, "the Redis of the tests has ended"
            assert time.monotonic() < deadline, "the Redis of the tests does not answer"
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL, as a machine that goes away; `start` brings another, empty one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def keys(self) -> list[str]:
        """Every key that it holds."""
        return sorted(key.decode() for key in self.client.scan_iter("*"))

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of its own; without one, skip loudly, or fail where HOLDFAST_REQUIRE_REDIS=1."""
    executable = next(filter(None, map(shutil.which, _EXECUTABLES)), None)
    if executable is None:
        words = f"no Redis: none of {', '.join(_EXECUTABLES)} is installed, so nobody shared a cache"
        if os.environ.get("HOLDFAST_REQUIRE_REDIS") == "1":
            pytest.fail(words)
        pytest.skip(words)
    server = RedisServer(executable, tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.kill()
