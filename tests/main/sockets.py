"""A realtime process, and a client of a few lines that shows every packet."""

from __future__ import annotations

import json
import time
from typing import Any

from simple_websocket import Client, ConnectionClosed

from holdfast.main.up.children import Child
from holdfast.main.up.services import realtime
from holdfast.platform.config import load_config
from tests.capabilities.business import Business
from tests.cluster import Cluster, free_ports


class Refused(Exception):
    """The server said no; the reason is the argument."""


class WebSocket(Client):
    """A connection to this machine under the name of a business, which need not be resolved."""

    def __init__(self, port: int, host: str, headers: dict[str, str]) -> None:
        self._name = f"{host}:{port}"
        super().__init__(f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket", headers=headers)

    def handshake(self) -> None:
        self.host = self._name
        super().handshake()


class Socket:
    """A Socket.IO client of a few lines (protocol 5 over Engine.IO 4), so that every packet is seen."""

    def __init__(
        self, port: int, host: str, cookies: str = "", *, origin: str | None = None, after: object = None
    ) -> None:
        headers = {"Cookie": cookies}
        if origin != "":
            headers["Origin"] = origin or f"http://{host}:{port - 1}"
        self._line = WebSocket(port, host, headers)
        # Sent without waiting for the greeting: one that came along with the handshake is kept back by the
        # client library until something else arrives.
        self._line.send("40" + json.dumps({"after": after} if after is not None else {}))
        assert self._receive().startswith("0")
        answer = self._receive()
        if answer.startswith("44"):
            self._line.close()
            raise Refused(json.loads(answer[2:])["message"])
        assert answer.startswith("40"), answer

    def next(self, *, seconds: float = 5.0) -> list[Any] | None:
        """The next event as [name, arguments …], or None when none comes in time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            packet = self._receive(left)
            if packet.startswith("42"):
                event: list[Any] = json.loads(packet[2:])
                return event
        return None

    def until(self, name: str) -> list[list[Any]]:
        """All events up to the first of this name."""
        events: list[list[Any]] = []
        while not events or events[-1][0] != name:
            event = self.next()
            assert event is not None, events
            events.append(event)
        return events

    def is_closed(self, *, seconds: float) -> bool:
        """Whether the server ends it within so many seconds."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                if self._receive(left).startswith("41"):
                    return True
        except ConnectionClosed:
            return True
        return False

    def close(self) -> None:
        self._line.close()

    def _receive(self, seconds: float = 5.0) -> str:
        while True:
            packet = self._line.receive(timeout=seconds)
            if packet != "2":
                return str(packet or "")
            self._line.send("3")


class Server:
    """One realtime process over the tests' database."""

    def __init__(self, cluster: Cluster) -> None:
        config = load_config({**cluster.environment, "HOLDFAST_PORT": str(free_ports(3))})
        self.port = config.port + 1
        self.log = cluster.folder / "logs" / f"realtime-{self.port}.log"
        environment = {**cluster.environment, "HOLDFAST_PORT": str(config.port)}
        self.child = Child(realtime(config), self.log, environment)

    def start(self) -> None:
        self.child.start()
        deadline = time.monotonic() + 20
        while not self.child.is_ready():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def connect(self, business: Business, cookies: str = "", **options: Any) -> Socket:
        return Socket(self.port, f"{business.slug}.localhost", cookies, **options)
