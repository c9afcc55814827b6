"""A small HTTP/1.1 client on raw sockets: fast enough that what is measured is the server.

Keep-alive, one request at a time on a connection; answers must carry a Content-Length. Nothing is hidden: no
retries, no redirects, no proxies.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: status, headers by lower-case name, and the exact bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def request(
    method: str,
    path: str,
    *,
    host: str,
    body: Mapping[str, Any] | bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of a request; a mapping becomes JSON."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    payload = b""
    if body is not None:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines.append("Content-Type: application/json")
    if payload or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(payload)}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join((*lines, "", "")).encode() + payload


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int, host: str = "127.0.0.1") -> Wire:
        """Connect; nothing is sent yet."""
        return cls(*await asyncio.open_connection(host, port))

    async def send(self, message: bytes) -> Reply:
        """Send a request and wait for its whole answer; raises OSError or EOFError when it breaks off."""
        self._writer.write(message)
        await self._writer.drain()
        return await self.receive()

    async def receive(self) -> Reply:
        """Read one answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        body = await self._reader.readexactly(length) if length else b""
        return Reply(int(first.split(" ", 2)[1]), headers, body)

    def close(self) -> None:
        """Close without waiting; also cuts off an answer that is on its way."""
        self._writer.transport.abort()
