"""The embedded server: one data folder, one private socket, one process that this class started."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

from holdfast.platform.embedded import launch
from holdfast.platform.embedded.binaries import binaries_folder
from holdfast.platform.embedded.diagnosis import explain, last_lines
from holdfast.platform.embedded.errors import EmbeddedError, StartFailed
from holdfast.platform.embedded.folder import (
    CLUSTER_NAME,
    end_leftover,
    private_socket_folder,
    refuse_unusable,
)
from holdfast.platform.embedded.lock import FolderLock
from holdfast.platform.embedded.settings import SETTINGS
from holdfast.platform.embedded.user import ServerUser, own, server_user, with_access

ADMIN = "postgres"
MINIMUM_FREE_BYTES = 128 * 1024**2


class EmbeddedPostgres:
    """A PostgreSQL 18 on `folder`, reachable through a Unix socket that only its user and root can open.

    folder: its data; made on the first start. log_file: where the server writes.
    listen: an address for TCP as well (passwords are asked there); none by default.
    settings: overrides of postgresql.conf for this run.
    minimum_free_bytes: less room than this on the disk and the start is refused.
    """

    def __init__(
        self,
        folder: Path,
        *,
        log_file: Path,
        listen: str = "",
        port: int = 5432,
        settings: Mapping[str, str] | None = None,
        minimum_free_bytes: int = MINIMUM_FREE_BYTES,
    ) -> None:
        self.folder = folder.absolute()
        self.log_file = log_file.absolute()
        self.socket_folder = self.folder.with_name("run")
        self._port = port
        self._overrides = {"listen_addresses": listen, "port": str(port), **(settings or {})}
        self._minimum_free_bytes = minimum_free_bytes
        self._lock = FolderLock(self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while this object runs one."""
        return self._process.pid if self._process is not None and self.is_running() else None

    def is_running(self) -> bool:
        """Whether the server that this object started still lives."""
        return self._process is not None and self._process.poll() is None

    def is_run_elsewhere(self) -> bool:
        """Whether another holdfast has this folder open."""
        return self._lock.is_held_elsewhere()

    def admin_url(self, database: str = "postgres") -> str:
        """The superuser's address, over the socket."""
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{ADMIN}@/{quote(database, safe='')}?host={host}&port={self._port}"

    def find_running(self) -> str:
        """The superuser's address of the server that another holdfast runs on this folder."""
        lines = (self.folder / "postmaster.pid").read_text().splitlines()
        self.socket_folder = Path(lines[4])
        return self.admin_url()

    def start(self, timeout: float = 60.0) -> None:
        """Make the folder if there is none, start, and return as soon as queries are answered.

        Recovery after a crash is PostgreSQL's own and happens here. timeout: seconds.
        Raises an EmbeddedError that says why not.
        """
        if self.is_running():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._start(time.monotonic() + timeout)
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout: float = 30.0) -> None:
        """Fast shutdown: open transactions end, data is flushed. Harder means every `timeout` seconds."""
        process, self._process = self._process, None
        if process is not None:
            for means in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if process.poll() is None:
                    process.send_signal(means)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout)
                    break
        self._lock.release()

    def failure(self) -> EmbeddedError | None:
        """Why the server is gone, in its own last words; None while it runs."""
        if self.is_running():
            return None
        lines = last_lines(self.log_file, since=self._log_start)
        return explain(lines, folder=self.folder, log_file=self.log_file)

    def _start(self, deadline: float) -> None:
        programs = binaries_folder()
        refuse_unusable(self.folder, programs, self._minimum_free_bytes)
        end_leftover(self.folder)
        user = server_user(self.folder)
        if user is not None:
            # Only our own folder is opened to passers-by; what is inside it has modes of its own.
            self.folder.parent.chmod(self.folder.parent.stat().st_mode | 0o711)
        self.socket_folder = private_socket_folder(self.folder, self._port, user)
        user = with_access(user, [self.folder.parent, self.socket_folder], programs / "postgres")
        if not (self.folder / "PG_VERSION").exists():
            self._initialise(programs, user)
        self._spawn(programs, user)
        while not self._answers():
            if time.monotonic() > deadline:
                raise StartFailed(
                    "PostgreSQL did not answer in time.",
                    f"Its log is {self.log_file}. After a crash it may need longer: start again.",
                )
            time.sleep(0.02)
            failure = self.failure()
            if failure is not None and not self._waits_for_backends():
                raise failure
            if failure is not None:
                time.sleep(0.2)
                self._spawn(programs, user)

    def _initialise(self, programs: Path, user: ServerUser | None) -> None:
        """Make the data folder under another name first: an interrupted start leaves nothing half made."""
        unfinished = self.folder.with_name(self.folder.name + ".unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        own(unfinished, user)
        arguments = [
            *(str(programs / "initdb"), "--pgdata", str(unfinished), "--username", ADMIN),
            # The same order of text on every machine, whatever locales its system has.
            *("--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--locale", "C", "--data-checksums", "--auth-local", "trust", "--auth-host", "scram-sha-256"),
        ]
        for name, value in SETTINGS.items():
            arguments += ["-c", f"{name}={value}"]
        result = subprocess.run(
            _as_user(arguments, user), cwd="/", env=_environment(), capture_output=True, check=False
        )
        if result.returncode != 0:
            lines = (result.stdout + result.stderr).decode("utf-8", "replace").splitlines()[-12:]
            shutil.rmtree(unfinished, ignore_errors=True)
            raise explain(lines, folder=self.folder.parent, log_file=self.log_file)
        unfinished.rename(self.folder)

    def _spawn(self, programs: Path, user: ServerUser | None) -> None:
        settings = {
            **self._overrides,
            "cluster_name": CLUSTER_NAME,
            "unix_socket_directories": '"{}"'.format(str(self.socket_folder).replace('"', '""')),
            "unix_socket_permissions": "0700",
        }
        arguments = [str(programs / "postgres"), "-D", str(self.folder)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        with self.log_file.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                _as_user(arguments, user),
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _waits_for_backends(self) -> bool:
        """After a killed postmaster its children take a moment to notice; trying again is then right."""
        lines = last_lines(self.log_file, since=self._log_start)
        return any("is still in use" in line for line in lines)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin_url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return self.is_running()


def _as_user(arguments: list[str], user: ServerUser | None) -> list[str]:
    return launch.command(
        arguments,
        parent_death_signal=signal.SIGINT,
        user=(user.uid, user.gid) if user else None,
        capability=user.capability if user else None,
    )


def _environment() -> dict[str, str]:
    """What the server may know of ours: nothing that names another server, nothing secret."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
