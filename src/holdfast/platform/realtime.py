"""Real time without business: who listens to which tenant's log, each at its own place, without gaps.

A `Feed` follows the logs of those tenants that have listeners, each in a context of its own, and hands every
entry once to whom it concerns. What an entry is, how it is read and how it is sent is given by the wiring.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.db import DatabaseError, InterfaceError
from psycopg_pool import PoolTimeout

from holdfast.platform.db.threads import in_thread

log = structlog.get_logger("holdfast.realtime")
TICK_SECONDS = 0.25
BATCH = 500
_AT_ONCE = 4


class Positioned(Protocol):
    """An entry of a log; positions of one log can be compared."""

    @property
    def position(self) -> Any:
        """Where it stands in its log."""


E = TypeVar("E", bound=Positioned)


@dataclass(frozen=True, slots=True)
class Log(Generic[E]):
    """How a tenant's log is read; both run in a thread."""

    read: Callable[[UUID, Any, int], Sequence[E]]
    """Entries behind a position, in order, at most so many: tenant, position, limit."""
    newest: Callable[[UUID], Any]
    """The position of the newest entry."""


@dataclass(slots=True)
class _Tail:
    """One tenant's log as far as it was told. The lock keeps a newcomer's past before its present."""

    position: Any = None
    listeners: set[str] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Feed(Generic[E]):
    """Tells each listener what happens in its tenant's log, and newcomers what they have missed."""

    def __init__(self, source: Log[E], tell: Callable[[UUID, E], Awaitable[None]]) -> None:
        """`tell` hands one entry to the tenant's listeners."""
        self._source = source
        self._tell = tell
        self._tails: dict[UUID, _Tail] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        self.is_running = False
        """Whether logs are being followed right now."""

    async def join(
        self,
        tenant_id: UUID,
        listener: str,
        after: Any,
        catch_up: Callable[[list[E] | None, Any], Awaitable[None]],
    ) -> None:
        """Add a listener, told first what lies behind `after` (None: nothing), then everything as it comes.

        `catch_up` gets the missed entries and the position from which the listener goes on; None for the
        entries says that they are too many, or that the position is none of this log: read anew. It must
        make the listener reachable for `tell` before it returns.
        """
        tail = self._tails.setdefault(tenant_id, _Tail())
        tail.listeners.add(listener)
        try:
            async with tail.lock:
                if tail.position is None:
                    tail.position = await in_thread(self._source.newest, tenant_id)
                await catch_up(await self._missed(tenant_id, after, tail.position), tail.position)
        except BaseException:
            self.leave(tenant_id, listener)
            raise

    async def _missed(self, tenant_id: UUID, after: Any, upto: Any) -> list[E] | None:
        if after is None or after == upto:
            return []
        if after > upto:
            return None  # Of another log: a restored database, or made up.
        found = await in_thread(self._source.read, tenant_id, after, BATCH)
        if len(found) >= BATCH:
            return None
        return [entry for entry in found if entry.position <= upto]

    def leave(self, tenant_id: UUID, listener: str) -> None:
        """Take a listener away; the log of a tenant without any is not read."""
        tail = self._tails.get(tenant_id)
        if tail is not None:
            tail.listeners.discard(listener)
            if not tail.listeners:
                del self._tails[tenant_id]

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow the logs until `stopping`; survives a database that is away."""
        self.is_running = True
        try:
            while not stopping.is_set():
                await asyncio.gather(*(self._follow(tenant) for tenant in list(self._tails)))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), TICK_SECONDS)
        finally:
            self.is_running = False

    async def _follow(self, tenant_id: UUID) -> None:
        tail = self._tails.get(tenant_id)
        if tail is None:
            return
        try:
            async with self._places, tail.lock:
                while tail.position is not None:
                    entries = await in_thread(self._source.read, tenant_id, tail.position, BATCH)
                    for entry in entries:
                        await self._tell(tenant_id, entry)
                        tail.position = entry.position
                    if len(entries) < BATCH:
                        return
        except (DatabaseError, InterfaceError, PoolTimeout) as failure:
            log.warning("log_unreachable", tenant=str(tenant_id), problem=type(failure).__name__)
        except Exception:
            log.exception("feed_failed", tenant=str(tenant_id))


def is_own_origin(origin: str, host: str, *, web_port: int, is_production: bool) -> bool:
    """Tell whether a page of the same business made this handshake: sockets know no same-origin policy.

    `origin` is the Origin header, `host` the Host header of the handshake. Realtime may listen beside the
    pages, on another port of the same host; in production pages are https.
    """
    try:
        page, here = urlsplit(origin), urlsplit(f"//{host}")
        page_port, here_port = page.port, here.port
    except ValueError:
        return False
    if page.hostname is None or page.hostname != here.hostname or page.path or page.query:
        return False
    if page.scheme != "https" and (is_production or page.scheme != "http"):
        return False
    return page_port == here_port or page_port in (web_port, None)
