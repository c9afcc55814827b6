"""Over HTTP: one client asks one question after the other, of every database in turn.

The order is drawn anew for each round, so that whatever else the machine does falls on all alike; growth is
the median of the ratios inside the rounds.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median, quantiles

from benchmarks.free_time.questions import EMPTY, Question, check
from benchmarks.load import Client

_WARM_UP = 8


@dataclass(frozen=True)
class Answered:
    """How long one question took on one database: milliseconds, and bytes of the body."""

    row: str
    bookings: int
    samples: int
    p50: float
    p95: float
    size: int
    times_empty: float
    growth: float
    target: float | None


class Asking:
    """A connection to the web process of each database, and what every question took there."""

    def __init__(self, ports: Mapping[int, int]) -> None:
        self.smallest = min(ports)
        self._clients = {bookings: Client(port) for bookings, port in ports.items()}
        self._made: Counter[tuple[str, int]] = Counter()
        self._took: dict[tuple[str, int], list[float]] = {}
        self._sizes: dict[str, int] = {}
        self._targets: dict[str, float | None] = {}

    def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            client.socket.close()

    def in_turns(self, asked: Sequence[Question], rounds: int, *, warm_up: int = _WARM_UP) -> None:
        """Ask everything of every database, so many times; wrong answers end the run."""
        turns = [(question, bookings) for question in asked for bookings in self._clients]
        for question, bookings in turns:
            self._took[question.row, bookings] = []
            self._targets[question.row] = question.target
        for number in range(-warm_up, rounds):
            Random(number).shuffle(turns)
            for question, bookings in turns:
                milliseconds = self.ask(question, bookings)
                if number >= 0:
                    self._sizes[question.row] = len(self._clients[bookings].body)
                    self._took[question.row, bookings].append(milliseconds)

    def ask(self, question: Question, bookings: int) -> float:
        """Ask once; return the milliseconds until the whole answer was there."""
        client = self._clients[bookings]
        message = question.make(self._made[question.row, bookings], bookings)
        self._made[question.row, bookings] += 1
        started = time.perf_counter()
        client.send(message)
        while (status := client.receive()) is None:
            pass
        milliseconds = (time.perf_counter() - started) * 1000
        if status != question.status:
            raise SystemExit(f"{question.row}, {bookings} bookings: {status} {client.body[:400]!r}")
        check(question, client.body)
        return milliseconds

    def answer(self, bookings: int) -> bytes:
        """The body of the last answer."""
        return self._clients[bookings].body

    def summarise(self) -> list[Answered]:
        """Medians, as multiples of the empty endpoint and of the smallest database."""
        return [
            Answered(
                row=row,
                bookings=bookings,
                samples=len(some),
                p50=median(some),
                p95=quantiles(some, n=20, method="inclusive")[18],
                size=self._sizes[row],
                times_empty=median(some) / median(self._took[EMPTY, bookings]),
                growth=median(
                    large / small for large, small in zip(some, self._took[row, self.smallest], strict=True)
                ),
                target=self._targets[row],
            )
            for (row, bookings), some in self._took.items()
        ]
