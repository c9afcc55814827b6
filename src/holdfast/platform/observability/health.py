"""Health of a process without a web server: /healthz and /readyz over a few lines of HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

import structlog
from django.db import DatabaseError, InterfaceError, connection
from psycopg_pool import PoolTimeout

log = structlog.get_logger("holdfast.health")
_READ_SECONDS = 5.0
_LARGEST_HEAD = 8192
_LATE_SECONDS = 5.0


class Pulse:
    """Asks the database once a second whether it is there, so that health answers never wait for it."""

    def __init__(self) -> None:
        self._beaten_at = float("-inf")

    @property
    def is_beating(self) -> bool:
        """Whether the database answered within the last seconds."""
        return time.monotonic() - self._beaten_at < _LATE_SECONDS

    async def beat(self, stopping: asyncio.Event) -> None:
        """Ask until `stopping`."""
        while not stopping.is_set():
            if await asyncio.to_thread(_database_answers):
                self._beaten_at = time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), 1.0)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except (DatabaseError, InterfaceError, PoolTimeout):
        return False
    finally:
        connection.close()
    return True


def health_answer(path: str, trouble: Callable[[], str]) -> tuple[HTTPStatus, dict[str, str]]:
    """Answer for one path. `trouble` says why the process is not ready, or nothing when it is."""
    if path == "/healthz":
        return HTTPStatus.OK, {"status": "ok"}
    if path == "/readyz":
        reason = trouble()
        if reason:
            return HTTPStatus.SERVICE_UNAVAILABLE, {
                "type": "about:blank",
                "title": "Not ready",
                "detail": reason,
                "error": "NOT_READY",
            }
        return HTTPStatus.OK, {"status": "ready"}
    return HTTPStatus.NOT_FOUND, {"type": "about:blank", "title": "Not found", "error": "NOT_FOUND"}


async def serve_health(host: str, port: int, trouble: Callable[[], str]) -> asyncio.Server:
    """Listen on host and port; the caller closes the server. Raises `OSError` when the port is taken."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _READ_SECONDS)
            writer.write(_response(head, trouble))
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            log.debug("health_request_broken")
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port, limit=_LARGEST_HEAD)


def _response(head: bytes, trouble: Callable[[], str]) -> bytes:
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0].decode("latin-1")
    if method in (b"GET", b"HEAD"):
        status, document = health_answer(path, trouble)
    else:
        status, document = HTTPStatus.METHOD_NOT_ALLOWED, {"title": "Method not allowed"}
    kind = "application/json" if status is HTTPStatus.OK else "application/problem+json"
    body = json.dumps(document).encode()
    lines = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if method == b"HEAD" else body)
