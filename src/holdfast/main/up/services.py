"""Which processes serve, on which ports, and how each is started."""

from __future__ import annotations

import sys
from contextlib import suppress
from ipaddress import ip_address

from holdfast.main.up.children import Service
from holdfast.platform.config import Config

PORT_NAMES = ("web", "realtime", "worker health")
"""The ports that follow HOLDFAST_PORT, in order."""


def services(config: Config) -> list[Service]:
    """In the order in which they start and stop."""
    return [web(config), realtime(config), worker(config)]


def web(config: Config) -> Service:
    """Pages and API."""
    return Service(
        name="web",
        program=(
            *_granian("wsgi", "holdfast.main.wsgi:application", config.host, config.port),
            *("--workers", str(config.web_workers), "--blocking-threads", str(config.web_threads)),
        ),
        ready_url=_ready_url(config, config.port),
    )


def realtime(config: Config) -> Service:
    """Socket.IO for staff boards."""
    return Service(
        name="realtime",
        program=_granian("asgi", "holdfast.main.realtime:application", config.host, config.port + 1),
        ready_url=_ready_url(config, config.port + 1),
    )


def worker(config: Config) -> Service:
    """Jobs: mail, expiry, everything periodic."""
    return Service(
        name="worker",
        program=(sys.executable, "-m", "holdfast.main.worker"),
        ready_url=_ready_url(config, config.port + 2),
    )


def _granian(interface: str, target: str, host: str, port: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "granian", "--interface", interface, target),
        *("--host", host, "--port", str(port), "--no-ws" if interface == "wsgi" else "--ws"),
        # A worker process that is killed comes back without losing the others' connections.
        *("--respawn-failed-workers", "--respawn-interval", "0.2", "--workers-kill-timeout", "8"),
        *("--backlog", "2048", "--log-level", "warning"),
    )


def _ready_url(config: Config, port: int) -> str:
    return f"http://{local_address(config.host)}:{port}/readyz"


def local_address(host: str) -> str:
    """Where to reach, from this machine, a server that listens on `host`; ready to stand in a URL."""
    with suppress(ValueError):
        address = ip_address(host)
        if address.is_unspecified:
            return "127.0.0.1" if address.version == 4 else "[::1]"
        return host if address.version == 4 else f"[{host}]"
    return host
