"""Who runs the server. PostgreSQL refuses to run as root, so root lends it an unprivileged user.

Other people's folders keep their modes: where a parent folder (a home of mode 0700, say) is closed to that
user, the server gets one Linux capability instead, the one that reads past directory permissions.
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.embedded import launch
from holdfast.platform.embedded.errors import NotPermitted

SYSTEM_USER = "holdfast"
_DAC_OVERRIDE = 1
_DAC_READ_SEARCH = 2


@dataclass(frozen=True)
class ServerUser:
    """The user that the server's processes become, when holdfast itself is root."""

    name: str
    uid: int
    gid: int
    capability: int | None = None
    """Number of the capability that lets it pass closed parent folders; None where nothing is closed."""


def server_user(data_folder: Path) -> ServerUser | None:
    """None for a plain user, who runs the server as themselves; for root the user to lend.

    The owner of an existing data folder goes first, so that a folder keeps its owner from start to start.
    """
    if os.geteuid() != 0:
        return None
    if data_folder.exists() and (owner := data_folder.stat().st_uid) != 0:
        return _by_uid(owner)
    return _named(SYSTEM_USER) or _created() or _named("nobody") or _by_uid(65534)


def own(path: Path, user: ServerUser | None) -> None:
    """Give `path` itself (not what is in it) to the server's user."""
    if user is not None:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def with_access(user: ServerUser | None, folders: Sequence[Path], program: Path) -> ServerUser | None:
    """The same user, with the capability it needs to run `program` and to enter `folders`.

    Raises NotPermitted when even that does not help.
    """
    if user is None or _can_reach(user, folders, program):
        return user
    for capability in _permitted_capabilities():
        candidate = ServerUser(user.name, user.uid, user.gid, capability)
        if _can_reach(candidate, folders, program):
            return candidate
    closed = next((path for path in [*folders, program] if not _can_reach(user, [], path)), folders[0])
    raise NotPermitted(
        f"PostgreSQL does not run as root, and the user '{user.name}' lent to it cannot reach {closed}.",
        "Run holdfast as a plain user, or move it and HOLDFAST_DATA to a place that every user may enter "
        "(/opt/holdfast and /var/lib/holdfast, for example).",
    )


def _can_reach(user: ServerUser, folders: Sequence[Path], program: Path) -> bool:
    script = 'test -r "$0" || exit 1; for folder in "$@"; do cd "$folder" || exit 1; done'
    attempt = launch.command(
        ["/bin/sh", "-c", script, str(program), *map(str, folders)],
        user=(user.uid, user.gid),
        capability=user.capability,
    )
    return subprocess.run(attempt, cwd="/", capture_output=True, check=False).returncode == 0


def _permitted_capabilities() -> list[int]:
    """Those of the two useful capabilities that this process may hand on, the weaker one first.

    Containers often keep back DAC_READ_SEARCH and leave DAC_OVERRIDE.
    """
    if sys.platform != "linux":
        return []
    status = Path("/proc/self/status").read_text()
    permitted = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:"))
    return [number for number in (_DAC_READ_SEARCH, _DAC_OVERRIDE) if permitted >> number & 1]


def _created() -> ServerUser | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    arguments = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    shell = shutil.which("nologin", path="/usr/sbin:/sbin:/usr/bin:/bin") or "/bin/false"
    subprocess.run([useradd, *arguments, "--shell", shell, SYSTEM_USER], capture_output=True, check=False)
    return _named(SYSTEM_USER)


def _named(name: str) -> ServerUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _by_uid(uid: int) -> ServerUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return ServerUser(str(uid), uid, uid)
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
