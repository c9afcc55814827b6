"""One run: pgbench and the client take turns on one database."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import bare, month
from benchmarks.ground import RESOURCES, Ground, WebProcesses
from benchmarks.load import MOVES
from benchmarks.statements import count_statements

CLIENTS = (1, 8, 16)
# How throughput behaves between and beyond them: measured once.
MORE_CLIENTS = (2, 4, 32, 64)


@dataclass
class Row:
    """One measurement over HTTP; CPU in milliseconds a request."""

    kind: str
    clients: int
    rate: float
    p50: float
    p99: float
    slowest: float
    app_cpu: float
    postgres_cpu: float
    client_cpu: float


class Run:
    """Measurements against one set of web processes; every hold gets a start of its own."""

    def __init__(self, ground: Ground, web: WebProcesses, seconds: float) -> None:
        self.ground = ground
        self.web = web
        self.seconds = seconds
        self._next = 0

    def measure(self, kind: str, clients: int, seconds: float | None = None, **more: Any) -> Row:
        """Let the client process send for some seconds; refuse to go on when anything was refused."""
        order = {"port": self.web.port, "kind": kind, "clients": clients, "first": self._next, **more}
        app, postgres = self.web.cpu(), self.ground.postgres_cpu()
        result = _client(order | {"seconds": seconds or self.seconds})
        sent = result["sent"]
        if kind.startswith("hold"):
            self._next += (sent // RESOURCES + 1) * RESOURCES
        expected = "201" if kind.startswith("hold") else "200"
        if set(result["statuses"]) != {expected}:
            raise SystemExit(f"{kind}: not only {expected}, but {result['statuses']}")
        return Row(
            kind=kind,
            clients=clients,
            rate=result["rate"],
            p50=result["p50"],
            p99=result["p99"],
            slowest=result["slowest"],
            app_cpu=(self.web.cpu() - app) / sent * 1000,
            postgres_cpu=(self.ground.postgres_cpu() - postgres) / sent * 1000,
            client_cpu=result["client_cpu_seconds"] / sent * 1000,
        )

    def measure_moves(self, clients: int) -> list[Row]:
        """Hold for a while, then confirm, move and cancel what was held, each booking once."""
        with TemporaryDirectory() as folder:
            kept = str(Path(folder) / "held.jsonl")
            self.measure("hold", clients, self.seconds * 2, kept=kept)
            return [self.measure(move, clients, kept=kept, warm_up=0.3) for move in MOVES]

    def send_some(self) -> int:
        """Send holds for a second and return how many."""
        order = {"port": self.web.port, "kind": "hold", "clients": 2, "first": self._next}
        sent = int(_client(order | {"seconds": 0.5, "warm_up": 0.1})["sent"])
        self._next += (sent // RESOURCES + 1) * RESOURCES
        return sent


def _client(order: dict[str, Any]) -> dict[str, Any]:
    program = [sys.executable, "-m", "benchmarks.load", json.dumps(order)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the client failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _median_row(rows: list[Row]) -> Row:
    numbers = {
        name: median(getattr(row, name) for row in rows)
        for name in ("rate", "p50", "p99", "slowest", "app_cpu", "postgres_cpu", "client_cpu")
    }
    return Row(rows[0].kind, rows[0].clients, **numbers)


def run(ground: Ground, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure holds and one month; return them as they are kept."""
    bares: dict[int, list[bare.Bare]] = {clients: [] for clients in CLIENTS}
    rows: dict[int, list[Row]] = {clients: [] for clients in CLIENTS}
    bare_cpu: list[float] = []
    with ground.web(workers=arguments.workers, threads=arguments.threads) as web:
        measured = Run(ground, web, arguments.seconds)
        measured.measure("hold", 16, 1.0)  # Nobody's first request is measured.
        offset = 0
        for _ in range(arguments.rounds):
            for clients in CLIENTS:
                before = ground.postgres_cpu()
                one = bare.run(ground, clients=clients, seconds=round(arguments.seconds), offset=offset)
                bare_cpu.append(
                    (ground.postgres_cpu() - before) / (one.rate * round(arguments.seconds)) * 1000
                )
                bares[clients].append(one)
                offset += 100_000
                rows[clients].append(measured.measure("hold", clients))
        curve = []
        for clients in MORE_CLIENTS:
            one = bare.run(ground, clients=clients, seconds=round(arguments.seconds), offset=offset)
            offset += 100_000
            curve.append({"bare": one.rate, **asdict(measured.measure("hold", clients))})
        moves = measured.measure_moves(16)
        with_contact = measured.measure("hold with contact", 16)
        statements = count_statements(ground, measured.send_some)
        first = month.next_month()
        starts = month.count_offered(web.port, first)
        reads = [measured.measure(path, 1, 1.5) for path in ("/healthz", month.path(first))]
    return {
        "machine": {"cpus": os.cpu_count()},
        "settings": {"workers": arguments.workers, "threads": arguments.threads},
        "bare": [
            {
                "clients": clients,
                "rate": median(each.rate for each in found),
                "latency": median(each.latency for each in found),
            }
            for clients, found in bares.items()
        ],
        "bare_postgres_cpu": median(bare_cpu),
        "bare_statements": bare.STATEMENTS,
        "holds": [asdict(_median_row(found)) for found in rows.values()],
        "curve": curve,
        "moves": [asdict(row) for row in moves],
        "hold_with_contact": asdict(with_contact),
        "ratio": median(row.rate / one.rate for row, one in zip(rows[16], bares[16], strict=True)),
        "statements": statements,
        "empty": asdict(reads[0]),
        "month": asdict(reads[1]),
        "month_starts": starts,
        "month_in_the_core": month.core_milliseconds(),
    }
