"""`holdfast up` as a person runs it: a new folder, a page, Ctrl-C, and once more with the data kept."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.cluster import free_ports

START_SECONDS = 90.0


class Running:
    """One `holdfast up`, its output, and the processes below it."""

    def __init__(self, data_folder: Path, port: int, *arguments: str) -> None:
        self.port = port
        self.output = data_folder.parent / f"output-{time.monotonic_ns()}"
        environment = {name: value for name, value in os.environ.items() if name[:8] != "HOLDFAST"}
        environment |= {"HOLDFAST_DATA": str(data_folder), "HOLDFAST_PORT": str(port)}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "holdfast.main.cli", "up", *arguments],
                env=environment,
                stdout=output,
                stderr=output,
                cwd=data_folder.parent,
            )

    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.said()):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"no {pattern!r} in time:\n{self.said()}"
            time.sleep(0.05)

    def get(self, path: str, host: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def make(*arguments: str, port: int | None = None) -> Running:
        made.append(Running(tmp_path / "data", port or free_ports(3), *arguments))
        return made[-1]

    yield make
    for running in made:
        running.stop()


def test_from_nothing_to_a_page_and_again_with_the_data_kept(start: Callable[..., Running]) -> None:
    first = start()
    first.wait_for("Ready after")
    assert f"http://glow.localhost:{first.port}" in first.said()
    assert "demo businesses are loaded" in first.said()
    status, page = first.get("/", "glow.localhost")
    assert (status, "<html" in page) == (200, True)
    below = first.processes()
    assert len(below) >= 4

    # A second one on the same folder is refused, and says by whom.
    second = start()
    assert second.process.wait(20) == 1
    assert f"Another holdfast (pid {first.process.pid}) is using" in second.said()

    began = time.monotonic()
    first.stop()
    assert time.monotonic() - began < 10
    assert first.process.returncode == 0
    assert [process for process in below if process.is_running()] == []

    began = time.monotonic()
    again = start(port=first.port)
    again.wait_for("Ready after")
    assert time.monotonic() - began < 15
    assert "demo businesses are loaded" not in again.said()
    assert again.get("/", "glow.localhost")[0] == 200


def test_killed_processes_come_back(start: Callable[..., Running]) -> None:
    running = start()
    running.wait_for("Ready after")
    postgres = next(
        process for process in running.processes() if "cluster_name=holdfast" in process.cmdline()
    )
    postgres.kill()
    running.wait_for("PostgreSQL died; starting it again")
    worker = next(process for process in running.processes() if "holdfast.main.worker" in process.cmdline())
    worker.kill()
    running.wait_for("The worker process was ended by SIGKILL; starting it again")
    deadline = time.monotonic() + 20
    while running.get("/readyz", "localhost")[0] != 200:
        assert time.monotonic() < deadline, running.said()
        time.sleep(0.1)
    assert running.get("/", "glow.localhost")[0] == 200


def test_nothing_outlives_a_killed_supervisor(start: Callable[..., Running]) -> None:
    running = start("--no-demo")
    running.wait_for("Ready after")
    below = running.processes()
    running.process.kill()
    running.process.wait()
    _, alive = psutil.wait_procs(below, timeout=15)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    # And the folder can be used at once.
    start("--no-demo").wait_for("Ready after")
