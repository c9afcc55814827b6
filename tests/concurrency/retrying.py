"""A client that behaves as clients should: it keeps its key and asks again until it has an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from benchmarks.wire import Reply, Wire

_LOST = (OSError, EOFError, asyncio.IncompleteReadError)
# Not an answer yet: the first try is still running, or the server is just coming back.
_LATER = {409: "IDEMPOTENCY_IN_PROGRESS", 503: "UNAVAILABLE"}
PATIENCE = 30.0


async def send_once(port: int, message: bytes) -> Reply | None:
    """One try over a connection of its own; None when the answer got lost."""
    try:
        wire = await Wire.open(port)
    except OSError:
        return None
    try:
        return await asyncio.wait_for(wire.send(message), PATIENCE)
    except _LOST:
        return None
    finally:
        wire.close()


def is_final(reply: Reply | None) -> bool:
    """Whether the server has said how it ended."""
    if reply is None:
        return False
    return reply.status not in _LATER or reply.json().get("error") != _LATER[reply.status]


async def send_until_answered(
    port: int, message: bytes, *, on_try: Callable[[Reply | None], None] | None = None
) -> Reply:
    """Try the same request until there is an answer; raises TimeoutError when there is none for long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        reply = await send_once(port, message)
        if on_try is not None:
            on_try(reply)
        if reply is not None and is_final(reply):
            return reply
        await asyncio.sleep(0.05)
    raise TimeoutError("no answer")
