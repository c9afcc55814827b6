"""Children that die, hang, or leave children of their own; with small servers in their place."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from holdfast.main.up import supervisor as supervisor_module
from holdfast.main.up.children import Child, Service
from holdfast.main.up.database import embedded_server
from holdfast.main.up.supervisor import Supervisor
from holdfast.main.up.terminal import Stop, Terminal
from tests.cluster import free_ports

SERVER = """
import http.server, os, signal, subprocess, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
STUBBORN = SERVER.replace("lambda *_: os._exit(0)", "signal.SIG_IGN")
DYING = "import sys; print('no such table: chairs', file=sys.stderr); sys.exit(3)"

NewChild = Callable[..., Child]


@pytest.fixture
def new_child(tmp_path: Path) -> Iterator[NewChild]:
    made: list[Child] = []

    def make(name: str = "web", program: str = SERVER) -> Child:
        port = free_ports(1)
        service = Service(name, (sys.executable, "-c", program, str(port)), f"http://127.0.0.1:{port}/readyz")
        made.append(Child(service, tmp_path / f"{name}.log", os.environ))
        return made[-1]

    yield make
    for child in made:
        child.kill_group()


def _members(group: int) -> list[int]:
    """Living processes of a process group."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                state, _, process_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(process_group) == group and state != "Z":
                found.append(int(folder.name))
    return found


def _eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def _watched(supervisor: Supervisor, while_watching: Callable[[], None]) -> None:
    """Run `watch` here, in the main thread as always, and `while_watching` beside it until that ends."""
    failures: list[BaseException] = []

    def act() -> None:
        try:
            while_watching()
        except BaseException as failure:
            failures.append(failure)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    beside = threading.Thread(target=act)
    with supervisor.signals():
        beside.start()
        supervisor.watch()
        beside.join()
    if failures:
        raise failures[0]


def test_a_killed_child_is_started_again_without_its_orphans(
    new_child: NewChild, capsys: pytest.CaptureFixture[str]
) -> None:
    child = new_child()
    supervisor = Supervisor(Terminal(), [child])
    supervisor.start_children()
    first = child.pid
    assert first is not None
    _eventually(lambda: len(_members(first)) == 2)

    def kill() -> None:
        os.kill(first, signal.SIGKILL)
        _eventually(lambda: child.pid not in (None, first) and child.is_ready())

    _watched(supervisor, kill)
    _eventually(lambda: not _members(first), 2.0)
    supervisor.stop()
    assert "The web process was ended by SIGKILL; starting it again in 0.5 s." in capsys.readouterr().err


def test_stopping_is_quick_in_order_and_complete(new_child: NewChild) -> None:
    children = [new_child("web"), new_child("worker")]
    supervisor = Supervisor(Terminal(), children)
    supervisor.start_children()
    groups = [child.pid for child in children]
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 2
    # The kernel takes a moment to carry out what it was told.
    _eventually(lambda: not any(_members(group) for group in groups if group), 2.0)
    supervisor.stop()


def test_a_child_that_ignores_the_request_is_ended(new_child: NewChild) -> None:
    child = new_child(program=STUBBORN)
    Supervisor(Terminal(), [child]).start_children()
    group = child.pid
    assert group is not None
    child.stop(timeout=0.3)
    _eventually(lambda: not _members(group), 2.0)


def test_a_child_that_dies_at_its_start_stops_all_with_its_last_words(new_child: NewChild) -> None:
    child = new_child(program=DYING)
    with pytest.raises(Stop, match="web process ended with status 3 at its start") as stop:
        Supervisor(Terminal(), [child]).start_children()
    assert "no such table: chairs" in stop.value.happened
    assert str(child.log_file) in stop.value.remedy


def test_a_child_that_keeps_dying_is_given_up(new_child: NewChild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_DELAY", 0.01)
    child = new_child(program=DYING)
    child.start()
    with pytest.raises(Stop, match="web process died 5 times in a row") as stop:
        Supervisor(Terminal(), [child]).watch()
    assert "no such table: chairs" in stop.value.happened


def test_trouble_in_a_log_reaches_the_terminal(
    new_child: NewChild, capsys: pytest.CaptureFixture[str]
) -> None:
    child = new_child(
        program=SERVER.replace("class Ready", "print('ERROR it broke', flush=True)\nclass Ready")
    )
    supervisor = Supervisor(Terminal(), [child])
    supervisor.start_children()
    _watched(supervisor, lambda: time.sleep(0.6))
    supervisor.stop()
    assert "! web: ERROR it broke" in capsys.readouterr().err


def test_a_killed_database_server_is_started_again_with_its_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = embedded_server(tmp_path)
    server.start()
    first = server.pid
    assert first is not None
    with psycopg.connect(server.admin_url(), autocommit=True) as connection:
        connection.execute("create table kept as select 7 as n")
    supervisor = Supervisor(Terminal(), [], server)

    def kill() -> None:
        os.kill(first, signal.SIGKILL)
        _eventually(lambda: server.pid not in (None, first))

    try:
        _watched(supervisor, kill)
        with psycopg.connect(server.admin_url()) as connection:
            assert connection.execute("select n from kept").fetchone() == (7,)
    finally:
        supervisor.stop()
    assert "PostgreSQL died; starting it again" in capsys.readouterr().err
    assert not server.is_running()
