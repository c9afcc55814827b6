"""Log files of the children: kept from growing without end, and read for what a person should see."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

LARGEST = 20 * 1024**2
"""Bytes after which a log starts anew; the one before it is kept as `.1`."""

TROUBLE = re.compile(r"\b(ERROR|CRITICAL|FATAL|PANIC)\b|^Traceback ")
TROUBLE_OF_POSTGRES = re.compile(r"\b(FATAL|PANIC)\b|No space left on device")
"""Its plain errors are answers to clients (a conflict, a timeout), who know what to do with them."""


def start_anew_when_large(path: Path) -> None:
    """Copy to `<name>.1` and empty the file; the process that writes it appends, and need not know."""
    if path.exists() and path.stat().st_size > LARGEST:
        shutil.copyfile(path, path.with_name(path.name + ".1"))
        with path.open("r+b") as log:
            log.truncate(0)


class LogFollower:
    """Reads what was added to a log since the last look and yields the lines that report trouble."""

    def __init__(self, path: Path, trouble: re.Pattern[str] = TROUBLE) -> None:
        self.path = path
        self._trouble = trouble
        self._offset = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def trouble(self, limit: int = 5) -> Iterator[str]:
        """At most `limit` new lines of trouble, then how many more there are."""
        found = [line for line in self._new_lines() if is_trouble(line, self._trouble)]
        yield from (line[:500] for line in found[:limit])
        if len(found) > limit:
            yield f"… and {len(found) - limit} more in {self.path}"

    def _new_lines(self) -> list[str]:
        try:
            with self.path.open("rb") as log:
                end = log.seek(0, 2)
                if end < self._offset:
                    self._offset = 0
                log.seek(self._offset)
                added = log.read(1024**2)
        except FileNotFoundError:
            return []
        self._offset += len(added)
        *lines, self._rest = (self._rest + added).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]


def is_trouble(line: str, trouble: re.Pattern[str] = TROUBLE) -> bool:
    """Whether a line, structured or plain, is an error rather than news."""
    if line.startswith("{"):
        try:
            return json.loads(line).get("level") in {"error", "critical"}
        except (ValueError, AttributeError):
            return False
    return bool(trouble.search(line))
