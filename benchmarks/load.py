"""The client, in a process of its own: `python -m benchmarks.load '{"port": …}'` prints what it measured.

Each client keeps one connection and sends its next request when the last was answered. Holds go round the
chairs, each start once, so that every one of them succeeds: what is measured is work, not refusals.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

from benchmarks.ground import HOST, RESOURCES, SERVICE, resource_id
from benchmarks.wire import request

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_READY_MADE = 10_000
MOVED_BY_DAYS = 300


@dataclass(frozen=True)
class Order:
    """What to send: `kind` is "hold", "hold with contact", a move or a path to GET.

    `first` numbers the first hold. Holds are kept in the file `kept`, one JSON object a line, which the moves
    "confirm", "reschedule" and "cancel" take from it; when it is empty, they end.
    """

    port: int
    kind: str
    clients: int
    seconds: float
    warm_up: float = 1.0
    first: int = 0
    kept: str = ""


MOVES = ("confirm", "reschedule", "cancel")


@dataclass(frozen=True)
class Result:
    """Requests a second and latencies in milliseconds; `statuses` counts every answer."""

    rate: float
    p50: float
    p99: float
    slowest: float
    answered: int
    sent: int
    client_cpu_seconds: float
    statuses: dict[str, int]


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


def _moves(order: Order) -> Iterator[bytes]:
    """One move on each kept booking; a reschedule goes to the same quarter of an hour 300 days later."""
    lines = Path(order.kept).read_text(encoding="utf-8").splitlines()
    for kept in map(json.loads, lines):
        path, body = f"/api/v1/bookings/{kept['id']}", {"token": kept["token"]}
        if order.kind == "confirm":
            contact = {"customer_name": "Ann Lee", "customer_email": "ann@example.com"}
            yield request("POST", f"{path}/confirm", host=HOST, body=body | contact)
        elif order.kind == "cancel":
            yield request("DELETE", path, host=HOST, body=body)
        else:
            later = datetime.fromisoformat(kept["starts_at"]) + timedelta(days=MOVED_BY_DAYS)
            body["starts_at"] = f"{later:%Y-%m-%dT%H:%M:%SZ}"
            yield request("PATCH", path, host=HOST, body=body)


def _requests(order: Order) -> Callable[[], bytes]:
    if order.kind in MOVES:
        return _moves(order).__next__
    if order.kind.startswith("hold"):
        return _holds(order.first, with_contact=order.kind.endswith("contact")).__next__
    message = request("GET", order.kind, host=HOST)
    return lambda: message


class Client:
    """One connection with one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._received = b""

    def send(self, message: bytes) -> None:
        """Send the next request."""
        self._received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(message)

    def receive(self) -> int | None:
        """Read what has come; the status when the answer is whole."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise EOFError("the server closed a connection")
        self._received += part
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = _LENGTH.search(self._received, 0, end + 2)
        if length is None:
            raise ValueError("an answer without a length")
        return int(self._received[9:12]) if len(self._received) >= end + 4 + int(length[1]) else None

    @property
    def body(self) -> bytes:
        """The body of the answer that has come."""
        return self._received.split(b"\r\n\r\n", 1)[1]


def _measure(order: Order) -> Result:
    """Keep every client busy until the time is over; one thread, so that little is spent on measuring."""
    make = _requests(order)
    kept: list[bytes] = []
    # Made before anything is measured: the server shall not share its processors with their making.
    waiting = [make() for _ in range(_READY_MADE if order.kind.startswith("hold") else 0)][::-1]
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    sent = 0
    before = time.process_time()
    with selectors.DefaultSelector() as selector:
        counted_from = time.perf_counter() + order.warm_up
        ends = ended = counted_from + order.seconds
        for _ in range(order.clients):
            client = Client(order.port)
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send(waiting.pop() if waiting else make())
            sent += 1
        while selector.get_map():
            for key, _ in selector.select(30):
                client = key.data
                status = client.receive()
                if status is None:
                    continue
                finished = time.perf_counter()
                statuses[str(status)] += 1
                if order.kept and order.kind == "hold":
                    kept.append(client.body)
                if counted_from <= client.sent_at and finished <= ends:
                    latencies.append((finished - client.sent_at) * 1000)
                message = b""
                if finished < ends:
                    with suppress(StopIteration):
                        message = waiting.pop() if waiting else make()
                if message:
                    client.send(message)
                    sent += 1
                else:
                    ended = min(finished, ends)
                    selector.unregister(client.socket)
                    client.socket.close()
    used = time.process_time() - before
    if kept:
        lines = [json.dumps(json.loads(each)["data"]) for each in kept]
        Path(order.kept).write_text("\n".join(lines), encoding="utf-8")
    cuts = quantiles(latencies, n=100)
    return Result(
        rate=len(latencies) / (ended - counted_from),
        p50=cuts[49],
        p99=cuts[98],
        slowest=max(latencies),
        answered=len(latencies),
        sent=sent,
        client_cpu_seconds=used,
        statuses=dict(statuses),
    )


def main() -> None:
    """Read an order from the command line, carry it out, print the result as JSON."""
    order = Order(**json.loads(sys.argv[1]))
    print(json.dumps(asdict(_measure(order))))


if __name__ == "__main__":
    main()
