"""Whether the ports are free, and if not, whose they are."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

import psutil

from holdfast.main.up.terminal import Stop


def refuse_taken_ports(host: str, first: int, names: tuple[str, ...]) -> None:
    """Raise Stop when one of the ports first, first + 1, … cannot be listened on; `names` says what for."""
    for port, name in enumerate(names, start=first):
        if not 0 < port < 65536:
            raise Stop(f"Port {port} does not exist.", "Choose HOLDFAST_PORT between 1024 and 65000.")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as attempt:
            # As the servers do it: a port that only lingers from the last run is free.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((host, port))
            except OSError as refusal:
                raise _explained(refusal, host, port, name, first) from refusal


def _explained(refusal: OSError, host: str, port: int, name: str, first: int) -> Stop:
    other = f"HOLDFAST_PORT={first + 10 if first < 65000 else 8000}"
    if refusal.errno == errno.EADDRINUSE:
        return Stop(
            f"Port {port} ({name}) is taken{_by_whom(port)}.",
            f"Stop that program, or choose another port: {other} make run",
        )
    if refusal.errno == errno.EACCES:
        return Stop(
            f"Only root may listen on port {port} ({name}).", f"Choose another port: {other} make run"
        )
    return Stop(
        f"Cannot listen on {host} port {port} ({name}): {refusal.strerror}.",
        "HOLDFAST_HOST must be an address of this machine, 127.0.0.1 or 0.0.0.0.",
    )


def _by_whom(port: int) -> str:
    # Only root sees every process; for others it stays unsaid.
    with suppress(psutil.Error, PermissionError):
        for connection in psutil.net_connections("tcp"):
            if not connection.laddr or not connection.pid or connection.laddr.port != port:
                continue
            if connection.status == psutil.CONN_LISTEN:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""
