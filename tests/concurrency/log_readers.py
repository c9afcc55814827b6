"""Processes that follow a business's log and hand its events on, to be killed at any moment.

Run as a program it reads commands from its input, "start <name> <how>", and forks a reader for each: Django
is loaded once. A reader writes each event as a line of `<folder>/<name>.events` and, when a few are written,
its position into `<folder>/<name>.position`, from which the next of its name goes on. How is "safely", with
the reading code of the product, or "by id", as one would at first: whatever has a bigger id than the last.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

from tests.cluster import Cluster

# A killed reader hands on so many events a second time at the most.
BATCH = 8
_PAUSE_SECONDS = 0.005


class Readers:
    """Hands out readers of one business's log, and kills them."""

    def __init__(self, cluster: Cluster, folder: Path, tenant_id: UUID) -> None:
        self.folder = folder
        self.running: dict[str, tuple[int, str]] = {}
        self._program = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), str(tenant_id)],
            env={**os.environ, **cluster.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, name: str, how: str = "safely") -> None:
        """Start the reader of this name, where the last of this name stopped."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(f"start {name} {how}\n")
        self._program.stdin.flush()
        self.running[name] = int(self._program.stdout.readline()), how

    def kill(self, name: str) -> None:
        """SIGKILL it."""
        os.kill(self.running.pop(name)[0], signal.SIGKILL)

    def restart(self, name: str) -> None:
        """SIGKILL it and start the next."""
        how = self.running[name][1]
        self.kill(name)
        self.start(name, how)

    def handed_on(self, name: str) -> list[tuple[str, str, int]]:
        """Every event that it handed on, in order: place in the log, booking, version."""
        path = self.folder / f"{name}.events"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        return [(place, booking, int(version)) for place, booking, version in map(str.split, lines)]

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self._program.kill()
        self._program.wait()


def _follow(folder: Path, tenant_id: UUID, name: str, how: str) -> None:
    from holdfast.capabilities.bookings.queries.events import START, Position

    read = _read_by_id if how == "by-id" else _read_safely
    place = folder / f"{name}.position"
    position = (Position.parse(place.read_text()) if place.exists() else None) or START
    with (folder / f"{name}.events").open("ab", buffering=0) as events:
        while True:
            found = read(tenant_id, position)
            for position, booking, version in found:
                events.write(f"{position} {booking} {version}\n".encode())
            if found:
                # Written beside and put in its place: a kill leaves the old one or the new one.
                beside = folder / f"{name}.next"
                beside.write_text(str(position))
                beside.replace(place)
            if len(found) < BATCH:
                time.sleep(_PAUSE_SECONDS)


def _read_safely(tenant_id, after):
    from holdfast.capabilities.bookings.queries.events import read_events
    from holdfast.platform.tenancy import tenant_context

    with tenant_context(tenant_id, "system:reader"):
        return [(e.position, e.booking_id, e.version) for e in read_events(after=after, limit=BATCH)]


def _read_by_id(tenant_id, after):
    from holdfast.capabilities.bookings.queries.events import Position
    from holdfast.platform.db.rows import fetch_tuples
    from holdfast.platform.tenancy import tenant_context

    with tenant_context(tenant_id, "system:reader"):
        rows = fetch_tuples(
            "select tx::text, id, booking_id, version from booking_event where tenant_id = %s and id > %s"
            " order by id limit %s",
            (tenant_id, after.id, BATCH),
        )
    return [(Position(int(tx), number), booking, version) for tx, number, booking, version in rows]


def _main(folder: Path, tenant_id: UUID) -> None:
    import django

    django.setup()
    # Nobody waits for a killed reader.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        _, name, how = line.split()
        reader = os.fork()
        if reader == 0:
            _follow(folder, tenant_id, name, how)
        print(reader, flush=True)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), UUID(sys.argv[2]))
