"""The Socket.IO server: what is said to whom.

A client connects with its session cookie and may say where it stopped, `auth: {after: "<position>"}`:

- `booking:created`, `booking:updated` ({id, version, status}, position): something happened; what it was is
  read over the API, where rights are checked anew. `created` is a booking's first version.
- `feed:ready` (position): what was missed has been told, everything further comes by itself.
- `feed:reset` (position): too much was missed, or the position is unknown here: read anew.

Each process follows the log by itself, so that several need nothing between them. Clients use WebSockets
only: no second request has to find the process of the first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import UUID

import socketio
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from psycopg_pool import PoolTimeout

from holdfast.capabilities.bookings.queries.events import LoggedEvent, Position, newest_position, read_events
from holdfast.main.realtime.admission import Admission, Handshake, Refused, admit, room_of
from holdfast.platform.db.roles import refuse_unsafe_role
from holdfast.platform.db.threads import in_thread
from holdfast.platform.errors import Problem
from holdfast.platform.observability.health import Pulse, health_answer
from holdfast.platform.realtime import Feed, Log, is_own_origin
from holdfast.platform.tenancy import tenant_context

log = structlog.get_logger("holdfast.realtime")
RECHECK_SECONDS = 4.0
"""How long somebody may listen on after losing the right to (TRUST G11: 5 seconds)."""
_READER = "system:realtime"
_NEVER = Position(2**64, 0)
_UNREACHABLE = (DatabaseError, InterfaceError, PoolTimeout)
Message = dict[str, Any]


class StaffFeed:
    """Tells staff about their business's bookings as they change."""

    def __init__(self) -> None:
        self.sockets = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            cors_allowed_origins=_is_allowed,
            # Clients have nothing to say but where they stopped.
            max_http_buffer_size=16_384,
        )
        self.sockets.on("connect", self._connect)
        self.sockets.on("disconnect", self._disconnect)
        self.feed: Feed[LoggedEvent] = Feed(Log(_read, _newest), self._tell)
        self.pulse = Pulse()
        self._listeners: dict[str, tuple[Handshake, Admission]] = {}
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to follow the logs; raises `UnsafeRole`."""
        await in_thread(_refuse_unsafe_role)
        self._tasks = [
            asyncio.create_task(self.feed.run(self._stopping)),
            asyncio.create_task(self.pulse.beat(self._stopping)),
            asyncio.create_task(self._recheck()),
        ]

    async def stop(self) -> None:
        """Close every socket, so that clients look for another process at once, and end."""
        self._stopping.set()
        for sid in list(self._listeners):
            await self.sockets.disconnect(sid)
        await asyncio.wait(self._tasks, timeout=2)

    def trouble(self) -> str:
        """Say why this process is not ready, or nothing."""
        if not self.pulse.is_beating:
            return "The database does not answer."
        return "" if self.feed.is_running else "No log is being followed."

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        handshake = Handshake.read(environ)
        try:
            admission = await in_thread(admit, handshake)
        except (Refused, Problem):
            raise socketio.exceptions.ConnectionRefusedError("auth") from None
        except _UNREACHABLE:
            raise socketio.exceptions.ConnectionRefusedError("unavailable") from None
        self._listeners[sid] = (handshake, admission)
        after = auth.get("after") if isinstance(auth, dict) else None
        # Once the client has been told that it is connected.
        self.sockets.start_background_task(self._welcome, sid, admission, _position(after))

    async def _disconnect(self, sid: str, *_: object) -> None:
        listener = self._listeners.pop(sid, None)
        if listener is not None:
            self.feed.leave(listener[1].tenant_id, sid)

    async def _welcome(self, sid: str, admission: Admission, after: Position | None) -> None:
        async def catch_up(missed: list[LoggedEvent] | None, position: Position) -> None:
            for event in missed or ():
                if admission.may_know(event.resource_ids):
                    await self._say(event, sid)
            await self.sockets.enter_room(sid, admission.room)
            await self.sockets.emit("feed:reset" if missed is None else "feed:ready", str(position), to=sid)

        try:
            await self.feed.join(admission.tenant_id, sid, after, catch_up)
        except Exception as failure:
            log.warning("welcome_failed", problem=type(failure).__name__)
            await self.sockets.disconnect(sid)
        if sid not in self._listeners:
            self.feed.leave(admission.tenant_id, sid)

    async def _tell(self, tenant_id: UUID, event: LoggedEvent) -> None:
        await self._say(event, room_of(tenant_id))
        for resource_id in event.resource_ids:
            await self._say(event, room_of(tenant_id, resource_id))

    async def _say(self, event: LoggedEvent, to: str) -> None:
        name = "booking:created" if event.version == 1 else "booking:updated"
        content = {"id": str(event.booking_id), "version": event.version, "status": event.status}
        await self.sockets.emit(name, (content, str(event.position)), to=to)

    async def _recheck(self) -> None:
        """Close the sockets of those who were signed out, removed, or may know something else now."""
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), RECHECK_SECONDS)
            now: dict[Handshake, Admission | None] = {}
            try:
                for handshake in {handshake for handshake, _ in self._listeners.values()}:
                    now[handshake] = await in_thread(_admit_or_none, handshake)
            except _UNREACHABLE:
                continue
            for sid, (handshake, admission) in list(self._listeners.items()):
                if handshake in now and now[handshake] != admission:
                    await self.sockets.disconnect(sid)


def _admit_or_none(handshake: Handshake) -> Admission | None:
    try:
        return admit(handshake)
    except (Refused, Problem):
        return None


def _is_allowed(origin: str | None, environ: Mapping[str, Any]) -> bool:
    """Refuse handshakes of other sites' pages before anything is read; without an origin, it is no page's."""
    config = settings.HOLDFAST
    host = str(environ.get("HTTP_HOST", ""))
    return origin is not None and is_own_origin(
        origin, host, web_port=config.port, is_production=config.is_production
    )


def _position(after: object) -> Position | None:
    """Read where the client stopped; what cannot be read is behind everything, and answered by a reset."""
    if after is None or after == "":
        return None
    return (Position.parse(after) if isinstance(after, str) else None) or _NEVER


def _read(tenant_id: UUID, after: Position, limit: int) -> list[LoggedEvent]:
    with tenant_context(tenant_id, _READER):
        return read_events(after=after, limit=limit)


def _newest(tenant_id: UUID) -> Position:
    with tenant_context(tenant_id, _READER):
        return newest_position()


def _refuse_unsafe_role() -> None:
    try:
        with connection.cursor():
            refuse_unsafe_role(connection.connection)
    except _UNREACHABLE as failure:
        # Not ready, then; it may come.
        log.warning("database_unreachable", problem=type(failure).__name__)


def _health(feed: StaffFeed) -> Callable[..., Awaitable[None]]:
    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        status, document = health_answer(scope["path"], feed.trouble)
        kind = b"application/json" if status is HTTPStatus.OK else b"application/problem+json"
        headers = [(b"content-type", kind), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status.value, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})

    return answer


staff_feed = StaffFeed()
application = socketio.ASGIApp(
    staff_feed.sockets, _health(staff_feed), on_startup=staff_feed.start, on_shutdown=staff_feed.stop
)
