"""Requests that arrive together: connections are opened first, then everything is sent at once."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from benchmarks.wire import Reply, Wire, request

from tests.capabilities.business import Business
from tests.stack import Stack

LONGEST_BURST = float(os.environ.get("LONGEST_BURST", "10"))
"""Seconds. A stall by deadlocks took nineteen; three are the aim on a quiet machine (`LONGEST_BURST=3`)."""


@dataclass(frozen=True)
class Burst:
    """What came back, in the order of the requests, and how long the slowest took."""

    replies: Sequence[Reply]
    seconds: float

    @property
    def outcomes(self) -> Counter[tuple[int, str]]:
        """How often each status came with each error code (empty for a success)."""
        return Counter((reply.status, json.loads(reply.body).get("error", "")) for reply in self.replies)


def fire(stack: Stack, messages: Sequence[bytes]) -> Burst:
    """Send all messages at once, each over a connection of its own."""
    return asyncio.run(_fire(stack.port, messages))


async def _fire(port: int, messages: Sequence[bytes]) -> Burst:
    wires = await asyncio.gather(*(Wire.open(port) for _ in messages))
    try:
        started = time.perf_counter()
        replies = await asyncio.gather(
            *(wire.send(message) for wire, message in zip(wires, messages, strict=True))
        )
        return Burst(replies, time.perf_counter() - started)
    finally:
        for wire in wires:
            wire.close()


def hold_request(
    business: Business,
    service: str,
    starts_at: datetime,
    *,
    key: str = "",
    resource_id: UUID | None = None,
    email: str = "",
    path: str = "/api/v1/bookings",
) -> bytes:
    """A guest's POST of a hold, as any client would send it."""
    body: dict[str, object] = {
        "service_id": str(business.services[service]),
        "starts_at": f"{starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "mode": "hold",
    }
    if resource_id is not None:
        body["resource_id"] = str(resource_id)
    if email:
        body |= {"customer_name": "Ann Lee", "customer_email": email}
    return request(
        "POST",
        path,
        host=f"{business.slug}.localhost",
        body=body,
        headers={"Idempotency-Key": key} if key else {},
    )
