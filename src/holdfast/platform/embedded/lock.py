"""One holdfast per data folder: an advisory lock that the kernel releases when its holder dies."""

import fcntl
import os
from pathlib import Path

from holdfast.platform.embedded.errors import AlreadyInUse


class FolderLock:
    """Holds `<folder>.lock` until `release` or the end of this process. The file names the holder's pid."""

    def __init__(self, folder: Path) -> None:
        self.path = folder.with_name(folder.name + ".lock")
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock, or keep it, at once; raise AlreadyInUse naming the process that has it."""
        if self._descriptor is not None:
            return
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyInUse(
                f"Another holdfast (pid {self.holder() or 'unknown'}) is using {self.path.with_suffix('')}.",
                "Stop that one first, or give this one a data folder of its own with HOLDFAST_DATA.",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def holder(self) -> int | None:
        """The pid written by whoever took the lock last."""
        try:
            return int(self.path.read_text())
        except (OSError, ValueError):
            return None

    def is_held_elsewhere(self) -> bool:
        """Whether another process has the lock now."""
        if self._descriptor is not None or not self.path.exists():
            return False
        try:
            self.acquire()
        except AlreadyInUse:
            return True
        self.release()
        return False

    def release(self) -> None:
        """Let go. The file stays: removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
