"""Over HTTP: one client asks one question after the other, of every database in turn.

The order is drawn anew for each round, so that whatever else the machine does falls on all alike; growth is
the median of the ratios inside the rounds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from statistics import median, quantiles

from benchmarks.free_time.salons import STARTS_OF_AN_EMPTY_MONTH, Salon
from benchmarks.load import Client
from benchmarks.wire import request

EMPTY = "empty"
_WARM_UP = 8


@dataclass(frozen=True)
class Question:
    """A request, how many starts its answer must name (`meta.total`), and what is wanted of it."""

    row: str
    message: bytes
    slug: str = ""
    starts: int | None = None
    target: float | None = None


@dataclass(frozen=True)
class Answered:
    """How long one question took on one database: milliseconds, and bytes of the body."""

    row: str
    bookings: int
    p50: float
    p95: float
    size: int
    times_empty: float
    growth: float
    target: float | None


def questions(salons: Sequence[Salon]) -> list[Question]:
    """All that is asked. The empty endpoint goes through server, Django and every middleware, no further."""
    one, twenty, hundreds, thousand = salons
    month, empty = f"month={one.from_date:%Y-%m}", STARTS_OF_AN_EMPTY_MONTH
    week = f"from={thousand.from_date}&to={thousand.to_date}"
    return [
        Question(EMPTY, request("GET", "/healthz", host=one.host)),
        _get("1 x month", one, "availability", month, starts=empty, target=5),
        _get("20 x month, any", twenty, "availability", month, starts=empty, target=20),
        _get("200 x month, any", hundreds, "availability", month, starts=empty, target=100),
        _get("1000 x week, counts", thousand, "dates", week, starts=5 * 31),
        _get(
            "20 x 60 dates",
            twenty,
            "dates",
            f"from={twenty.from_date}&to={twenty.from_date + timedelta(days=59)}",
        ),
        _get("20 x date", twenty, "slots", f"date={twenty.from_date}", starts=31),
    ]


def ask(
    asked: Sequence[Question], ports: Mapping[int, int], samples: int, *, seed: int = 1
) -> dict[tuple[str, int], list[float]]:
    """Milliseconds by row and number of bookings, one for each round; wrong answers end the run."""
    clients = {bookings: Client(port) for bookings, port in ports.items()}
    took: dict[tuple[str, int], list[float]] = {
        (question.row, bookings): [] for question in asked for bookings in ports
    }
    turns = [(question, bookings) for question in asked for bookings in ports]
    for number in range(-_WARM_UP, samples):
        Random(seed + number).shuffle(turns)
        for question, bookings in turns:
            client = clients[bookings]
            milliseconds = _ask(client, question)
            if number < 0:
                _check(question, client.body)
            else:
                took[question.row, bookings].append(milliseconds)
    for client in clients.values():
        client.socket.close()
    return took


def sizes(asked: Sequence[Question], port: int) -> dict[str, int]:
    """Bytes of each answer."""
    client = Client(port)
    found = {}
    for question in asked:
        _ask(client, question)
        found[question.row] = len(client.body)
    client.socket.close()
    return found


def summarise(
    asked: Sequence[Question], took: Mapping[tuple[str, int], list[float]], lengths: Mapping[str, int]
) -> list[Answered]:
    """Medians, as multiples of the empty endpoint and of the smallest database."""
    smallest = min(bookings for _, bookings in took)
    targets = {question.row: question.target for question in asked}
    return [
        Answered(
            row=row,
            bookings=bookings,
            p50=median(some),
            p95=quantiles(some, n=20)[18],
            size=lengths[row],
            times_empty=median(some) / median(took[EMPTY, bookings]),
            growth=median(large / small for large, small in zip(some, took[row, smallest], strict=True)),
            target=targets[row],
        )
        for (row, bookings), some in took.items()
    ]


def _get(
    row: str, salon: Salon, what: str, query: str, starts: int | None = None, target: float | None = None
) -> Question:
    path = f"/api/v1/{what}?service_id={salon.service_id}&{query}"
    return Question(row, request("GET", path, host=salon.host), salon.slug, starts, target)


def _ask(client: Client, question: Question) -> float:
    started = time.perf_counter()
    client.send(question.message)
    while (status := client.receive()) is None:
        pass
    milliseconds = (time.perf_counter() - started) * 1000
    if status != 200:
        raise SystemExit(f"{question.row}: {status} {client.body[:400]!r}")
    return milliseconds


def _check(question: Question, body: bytes) -> None:
    if question.starts is not None:
        total = json.loads(body)["meta"]["total"]
        if total != question.starts:
            raise SystemExit(f"{question.row}: {total} starts instead of {question.starts}")
