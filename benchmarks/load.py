"""The client, in a process of its own: `python -m benchmarks.load '{"port": …}'` prints what it measured.

Each client keeps one connection and sends its next request when the last was answered. Holds go round the
chairs, each start once, so that every one of them succeeds: what is measured is work, not refusals.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import quantiles
from uuid import uuid4

from benchmarks.ground import HOST, RESOURCES, SERVICE, resource_id
from benchmarks.wire import Wire, request


@dataclass(frozen=True)
class Order:
    """What to send: `kind` is "hold", "hold with contact" or a path to GET; `first` numbers the first."""

    port: int
    kind: str
    clients: int
    seconds: float
    warm_up: float = 1.0
    first: int = 0


@dataclass
class Result:
    """Requests a second and latencies in milliseconds; `statuses` counts every answer."""

    rate: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    slowest: float = 0.0
    answered: int = 0
    sent: int = 0
    client_cpu_seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)


def _starts(first: int) -> Iterator[tuple[int, datetime]]:
    """Chair and start, never the same twice: all chairs at one time, then the next quarter of an hour."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    for number in count(first):
        yield number % RESOURCES, midnight + timedelta(minutes=15 * (number // RESOURCES))


def _holds(first: int, *, with_contact: bool) -> Iterator[bytes]:
    for chair, starts_at in _starts(first):
        body = {
            "service_id": SERVICE,
            "resource_id": resource_id(chair),
            "starts_at": f"{starts_at:%Y-%m-%dT%H:%M:%SZ}",
        }
        key = str(uuid4())
        if with_contact:
            body |= {"customer_name": "Ann Lee", "customer_email": f"{key}@example.com"}
        yield request("POST", "/api/v1/bookings", host=HOST, body=body, headers={"Idempotency-Key": key})


def _requests(order: Order) -> Callable[[], bytes]:
    if order.kind.startswith("hold"):
        return _holds(order.first, with_contact=order.kind.endswith("contact")).__next__
    message = request("GET", order.kind, host=HOST)
    return lambda: message


async def _measure(order: Order) -> Result:
    make = _requests(order)
    result = Result()
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    wires = await asyncio.gather(*(Wire.open(order.port) for _ in range(order.clients)))
    began = time.perf_counter()
    counted_from = began + order.warm_up
    ends = counted_from + order.seconds

    async def client(wire: Wire) -> None:
        while (started := time.perf_counter()) < ends:
            result.sent += 1
            reply = await wire.send(make())
            finished = time.perf_counter()
            statuses[str(reply.status)] += 1
            if counted_from <= started and finished <= ends:
                latencies.append((finished - started) * 1000)

    await asyncio.gather(*(client(wire) for wire in wires))
    for wire in wires:
        wire.close()
    cuts = quantiles(latencies, n=100)
    result.answered = len(latencies)
    result.rate = len(latencies) / order.seconds
    result.p50, result.p99, result.slowest = cuts[49], cuts[98], max(latencies)
    used = resource.getrusage(resource.RUSAGE_SELF)
    result.client_cpu_seconds = used.ru_utime + used.ru_stime
    result.statuses = dict(statuses)
    return result


def main() -> None:
    """Read an order from the command line, carry it out, print the result as JSON."""
    order = Order(**json.loads(sys.argv[1]))
    print(json.dumps(asdict(asyncio.run(_measure(order)))))


if __name__ == "__main__":
    main()
