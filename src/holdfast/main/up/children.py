"""One child process: started so that it cannot outlive us, stopped with all that it started."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.embedded import launch
from holdfast.platform.embedded.diagnosis import last_lines


@dataclass(frozen=True)
class Service:
    """A process that serves for as long as holdfast is up."""

    name: str
    program: tuple[str, ...]
    ready_url: str
    """Answers 200 when the process can do its work."""


class Child:
    """Runs a service in a session of its own: the terminal's Ctrl-C reaches only the supervisor, and one
    signal to the group reaches every worker."""

    def __init__(self, service: Service, log_file: Path, environment: Mapping[str, str]) -> None:
        self.service = service
        self.log_file = log_file
        self.started_at = 0.0
        """On the monotonic clock, in seconds."""
        self._environment = dict(environment)
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it lives."""
        return self._process.pid if self._process is not None and self.is_alive() else None

    @property
    def exit_status(self) -> str:
        """How it ended, in words."""
        code = self._process.poll() if self._process is not None else None
        if code is None:
            return "is not running" if self._process is None else "is running"
        return f"ended with status {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    def is_alive(self) -> bool:
        """Whether the main process lives."""
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Whether it says that it can do its work."""
        return self.why_not_ready() is None

    def why_not_ready(self) -> str | None:
        """What it answers instead of being ready; None when it is."""
        # The loopback address is meant, whatever proxy the environment names.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.service.ready_url, timeout=2):
                return None
        except urllib.error.HTTPError as answer:
            with answer:
                return f"{answer.code} {answer.read(500).decode('utf-8', 'replace')}"
        except (OSError, http.client.HTTPException) as silence:
            return str(silence)

    def last_words(self) -> list[str]:
        """The last lines of its log since it was started."""
        return last_lines(self.log_file, since=self._log_start)

    def start(self) -> None:
        """Start it, after ending what a dead main process may have left of its group."""
        self.kill_group()
        self.started_at = time.monotonic()
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                launch.command(list(self.service.program), parent_death_signal=signal.SIGTERM),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self, timeout: float = 10.0) -> None:
        """Ask it to finish what it is doing; after `timeout` seconds, end the whole group."""
        if self._process is not None:
            if self.is_alive():
                self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout)
        self.kill_group()

    def end_now(self) -> None:
        """Tell the whole group to end at once, without waiting: safe in a signal handler."""
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def kill_group(self) -> None:
        """End at once the process and everything that it started."""
        if self._process is not None:
            self.end_now()
            self._process.wait()
            self._process = None
