"""Keeps the processes alive: restarts what dies, gives up on what keeps dying, stops all in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event

from holdfast.main.up.children import Child
from holdfast.main.up.database import start
from holdfast.main.up.logs import TROUBLE_OF_POSTGRES, LogFollower, start_anew_when_large
from holdfast.main.up.terminal import Stop, Terminal
from holdfast.platform.embedded.errors import DiskFull
from holdfast.platform.embedded.postgres import EmbeddedPostgres

QUICK_DEATH = 10.0
"""Seconds: a process that dies sooner than this has not worked."""
FIRST_DELAY = 0.5
"""Seconds before the first new start; each further one waits twice as long."""
MOST_QUICK_DEATHS = 5
READY_TIMEOUT = 60.0


class Supervisor:
    """Owns the children and, where it is embedded, the server below them.

    Runs in the main thread only: the kernel ends our children when the *thread* that started them ends.
    """

    def __init__(
        self, terminal: Terminal, children: Sequence[Child], server: EmbeddedPostgres | None = None
    ) -> None:
        self._terminal = terminal
        self._children = list(children)
        self._server = server
        self._stopping = Event()
        self._quick_deaths: dict[str, int] = {}
        self._start_again_at: dict[str, float] = {}
        self._server_started_at = time.monotonic()
        self._followers = [LogFollower(child.log_file) for child in self._children]
        if server is not None:
            self._followers.append(LogFollower(server.log_file, TROUBLE_OF_POSTGRES))

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked us to end."""
        return self._stopping.is_set()

    @contextmanager
    def signals(self) -> Iterator[None]:
        """While the body runs, SIGINT and SIGTERM ask us to end; a second one ends the children at once."""

        def ask(*_: object) -> None:
            if self._stopping.is_set():
                for child in self._children:
                    child.end_now()
            self._stopping.set()

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def start_children(self) -> None:
        """Start all at once and wait until each says that it is ready."""
        for child in self._children:
            child.start()
        waiting = list(self._children)
        while waiting and not self._stopping.wait(0.05):
            for child in list(waiting):
                seconds = time.monotonic() - child.started_at
                if not child.is_alive():
                    raise self._given_up(
                        child, f"The {child.service.name} process {child.exit_status} at its start"
                    )
                if child.is_ready():
                    self._terminal.done(f"{child.service.name} is ready", seconds)
                    waiting.remove(child)
                elif seconds > READY_TIMEOUT:
                    raise self._given_up(
                        child,
                        f"The {child.service.name} process did not become ready ({child.why_not_ready()})",
                    )

    def watch(self) -> None:
        """Return when somebody asked us to end; raise Stop when a process cannot be kept alive."""
        look_at_sizes = time.monotonic()
        while not self._stopping.wait(0.25):
            self._mend_server()
            for child in self._children:
                self._mend(child)
            for follower in self._followers:
                for line in follower.trouble():
                    self._terminal.warn(f"{follower.path.stem}: {line}")
            if time.monotonic() > look_at_sizes:
                look_at_sizes = time.monotonic() + 60
                for follower in self._followers:
                    start_anew_when_large(follower.path)

    def stop(self) -> None:
        """Stop what serves first, the database last. Safe to call at any time, more than once."""
        for child in self._children:
            child.stop()
        if self._server is not None:
            self._server.stop()

    def _mend(self, child: Child) -> None:
        name, now = child.service.name, time.monotonic()
        if child.is_alive():
            if now - child.started_at > QUICK_DEATH:
                self._quick_deaths[name] = 0
            return
        if name not in self._start_again_at:
            deaths = self._count_death(name, child.started_at)
            if deaths >= MOST_QUICK_DEATHS:
                raise self._given_up(child, f"The {name} process died {deaths} times in a row")
            delay = FIRST_DELAY * 2 ** max(deaths - 1, 0)
            self._start_again_at[name] = now + delay
            self._terminal.warn(f"The {name} process {child.exit_status}; starting it again in {delay:g} s.")
        elif now >= self._start_again_at[name]:
            del self._start_again_at[name]
            child.start()

    def _mend_server(self) -> None:
        if self._server is None or (failure := self._server.failure()) is None:
            return
        if isinstance(failure, DiskFull):
            raise Stop(failure.happened, failure.remedy)
        deaths = self._count_death("PostgreSQL", self._server_started_at)
        if deaths >= MOST_QUICK_DEATHS:
            raise Stop(failure.happened, failure.remedy)
        self._terminal.warn("PostgreSQL died; starting it again. Acknowledged bookings are kept.")
        start(self._server)
        self._server_started_at = time.monotonic()

    def _count_death(self, name: str, started_at: float) -> int:
        was_quick = time.monotonic() - started_at < QUICK_DEATH
        self._quick_deaths[name] = self._quick_deaths.get(name, 0) + 1 if was_quick else 1
        return self._quick_deaths[name]

    def _given_up(self, child: Child, what: str) -> Stop:
        said = "".join(f"\n      {line}" for line in child.last_words())
        return Stop(f"{what}. It last said:{said}", f"The whole log is {child.log_file}.")
