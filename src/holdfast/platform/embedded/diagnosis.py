"""From the server's own log to what a person needs to know."""

import shutil
from pathlib import Path

from holdfast.platform.embedded.errors import DiskFull, EmbeddedError, StartFailed

_NO_ROOM = ("No space left on device", "Disk quota exceeded")


def last_lines(log_file: Path, count: int = 12, *, since: int = 0) -> list[str]:
    """The last `count` lines that were written to `log_file` after byte `since`."""
    try:
        with log_file.open("rb") as log:
            end = log.seek(0, 2)
            log.seek(max(since if since <= end else 0, end - 64 * 1024))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return []
    return text.splitlines()[-count:]


def explain(lines: list[str], *, folder: Path, log_file: Path) -> EmbeddedError:
    """Why a server that wrote these last lines ended."""
    if any(sign in line for line in lines for sign in _NO_ROOM):
        return disk_full(folder, "PostgreSQL stopped because the disk is full")
    quoted = "".join(f"\n  {line}" for line in lines)
    return StartFailed(f"PostgreSQL ended by itself. It last said:{quoted}", f"The whole log is {log_file}.")


def disk_full(folder: Path, happened: str) -> DiskFull:
    """A DiskFull that says how much room is left where `folder` lies."""
    free = shutil.disk_usage(folder).free // 1024**2
    return DiskFull(
        f"{happened}: {free} MB are free where {folder} lies.",
        "Make room there, or move the data folder to a larger disk and set HOLDFAST_DATA; then start again. "
        "Nothing that was acknowledged is lost.",
    )
