"""What must be true of the data folder, and of the folder of its socket, before a server starts on them."""

import contextlib
import hashlib
import os
import shutil
import signal
import tempfile
from pathlib import Path

import psutil

from holdfast.platform.embedded.binaries import MAJOR_VERSION
from holdfast.platform.embedded.diagnosis import disk_full
from holdfast.platform.embedded.errors import AlreadyInUse, DifferentVersion
from holdfast.platform.embedded.user import ServerUser, own

CLUSTER_NAME = "holdfast"
"""In the arguments of every server that holdfast starts: how a left-over one is told from somebody's own."""

_SOCKET_PATH_LIMIT = 107
"""Bytes that a Unix socket's address can hold (`sun_path`, less its final NUL)."""


def refuse_unusable(folder: Path, programs: Path, minimum_free_bytes: int) -> None:
    """Raise the EmbeddedError for a folder of another version or user, or a disk that is nearly full."""
    with contextlib.suppress(FileNotFoundError):
        found = (folder / "PG_VERSION").read_text().strip()
        if found != str(MAJOR_VERSION):
            raise DifferentVersion(
                f"{folder} was made by PostgreSQL {found}; this holdfast runs {MAJOR_VERSION}. "
                "Nothing in it was changed.",
                "Start the holdfast that made it and dump it (pg_dumpall), move the folder away, start "
                f"this one and load the dump; or, with the programs of {found} at hand, convert it: "
                f"{programs}/pg_upgrade -b OLD_BIN -B {programs} -d {folder} -D NEW_FOLDER",
            )
    uid = os.geteuid()
    if uid != 0 and folder.exists() and folder.stat().st_uid != uid:
        raise AlreadyInUse(
            f"{folder} belongs to another user: holdfast ran here as root, or as somebody else, before.",
            "Start it as that user again, or give this one a data folder of its own with HOLDFAST_DATA.",
        )
    if shutil.disk_usage(folder.parent).free < minimum_free_bytes:
        raise disk_full(folder.parent, "PostgreSQL was not started because the disk is nearly full")


def end_leftover(folder: Path) -> None:
    """Stop the server of a holdfast that was killed: its lock is free, so nobody else looks after it."""
    pid_file = folder / "postmaster.pid"
    try:
        lines = pid_file.read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        arguments = [] if process.status() == psutil.STATUS_ZOMBIE else process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return
    if f"cluster_name={CLUSTER_NAME}" in arguments and str(folder) in arguments:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(30)
            return
        raise AlreadyInUse(
            f"A PostgreSQL (pid {process.pid}) left over from an earlier start does not end.",
            f"End it with `kill -QUIT {process.pid}` and start again.",
        )
    if arguments and Path(arguments[0]).name == "postgres":
        raise AlreadyInUse(
            f"A PostgreSQL that holdfast did not start (pid {process.pid}) may have {folder} open.",
            f"Stop it (`kill -INT {process.pid}`) and start again.",
        )
    # A dead postmaster whose number still answers: a zombie that nobody collects, or some other program by
    # now. PostgreSQL would take it for a live one; its parent's number it knows to be none. The rest of the
    # file stays, because by it PostgreSQL finds out whether old backends are still at work.
    descriptor = os.open(pid_file, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def private_socket_folder(folder: Path, port: int, user: ServerUser | None) -> Path:
    """A folder that only the server's user (and root) may enter, with a path short enough for a socket."""
    owner = user.uid if user else os.geteuid()
    wanted = folder.with_name("run")
    if len(os.fsencode(wanted / f".s.PGSQL.{port}")) > _SOCKET_PATH_LIMIT:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        wanted = Path(tempfile.gettempdir()) / f"holdfast-{digest}"
    with contextlib.suppress(FileExistsError):
        wanted.mkdir(mode=0o700)
        own(wanted, user)
    found = wanted.lstat()
    if wanted.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
        # Somebody else's, made to look like ours: a name that cannot be guessed instead.
        wanted = Path(tempfile.mkdtemp(prefix="holdfast-"))
        own(wanted, user)
    return wanted
