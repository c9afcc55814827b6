"""A stream of bookings with a ledger: what the server has acknowledged, and what is stored in the end."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from benchmarks.wire import Reply, request

from tests.capabilities.business import Business
from tests.cluster import Database
from tests.concurrency.bursts import hold_request
from tests.concurrency.retrying import send_until_answered


@dataclass
class Ledger:
    """Acknowledged bookings with their last acknowledged status, and every answer counted."""

    statuses: dict[UUID, str] = field(default_factory=dict)
    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    lost_answers: int = 0
    keys: int = 0

    def losses(self, database: Database) -> dict[UUID, tuple[str, str | None]]:
        """Bookings that are stored otherwise than acknowledged: what was said, and what is there."""
        stored = dict(database.rows("select id, status from booking"))
        return {
            booking: (status, stored.get(booking))
            for booking, status in self.statuses.items()
            if stored.get(booking) != status
        }


class Stream:
    """Clients that hold, confirm and cancel at random starts, and retry until they are answered."""

    def __init__(self, port: int, business: Business, seed: int) -> None:
        self.port = port
        self.business = business
        self.ledger = Ledger()
        self.is_over = False
        self._choose = random.Random(seed)

    async def run(self, clients: int) -> None:
        """Send until `is_over`; every client ends with an answer."""
        await asyncio.gather(*(self._client(self._choose.randrange(10**9)) for _ in range(clients)))

    async def _client(self, seed: int) -> None:
        choose = random.Random(seed)
        while not self.is_over:
            held = await self._send(self._hold(choose))
            if held.status != 201:
                continue
            data = held.json()["data"]
            deed = choose.choices(("keep", "confirm", "cancel", "both"), (3, 4, 2, 1))[0]
            if deed in ("confirm", "both"):
                await self._send(self._move("POST", data, "/confirm"))
            if deed in ("cancel", "both"):
                await self._send(self._move("DELETE", data, ""))

    def _hold(self, choose: random.Random) -> bytes:
        return hold_request(
            self.business,
            choose.choice(("cut", "style")),
            self.business.start(
                days=choose.randrange(2, 60),
                hour=choose.randrange(8, 19),
                minute=choose.choice((0, 15, 30, 45)),
            ),
            key=str(uuid4()),
            email=f"guest{choose.randrange(50)}@example.com",
        )

    def _move(self, method: str, data: dict[str, str], suffix: str) -> bytes:
        return request(
            method,
            f"/api/v1/bookings/{data['id']}{suffix}",
            host=f"{self.business.slug}.localhost",
            body={"token": data["token"]},
            headers={"Idempotency-Key": str(uuid4())},
        )

    async def _send(self, message: bytes) -> Reply:
        def count(reply: Reply | None) -> None:
            if reply is None:
                self.ledger.lost_answers += 1
            else:
                self.ledger.answers[reply.status, reply.json().get("error", "")] += 1

        self.ledger.keys += 1
        reply = await send_until_answered(self.port, message, on_try=count)
        if reply.status in (200, 201):
            data = reply.json()["data"]
            self.ledger.statuses[UUID(data["id"])] = data["status"]
        return reply


def while_streaming(stream: Stream, clients: int, faults: Sequence[tuple[float, Callable[[], None]]]) -> None:
    """Run the stream in a thread and call each fault after its pause in seconds; then two seconds more.

    Faults are called by this thread: a server that they start ends with the thread that started it.
    """
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(lambda: asyncio.run(stream.run(clients)))
        try:
            for pause, fault in faults:
                time.sleep(pause)
                fault()
            time.sleep(2)
        finally:
            stream.is_over = True
        running.result(60)
