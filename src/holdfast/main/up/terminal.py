"""What the person at the terminal reads: one line a step, with ✓ and seconds, and problems in full."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stop(Exception):
    """Holdfast cannot go on. `happened` and `remedy` are sentences for the person at the terminal."""

    def __init__(self, happened: str, remedy: str = "") -> None:
        super().__init__(happened)
        self.happened = happened
        self.remedy = remedy


class Terminal:
    """Writes progress to standard output and problems to standard error."""

    def __init__(self) -> None:
        is_plain = "NO_COLOR" in os.environ or not sys.stdout.isatty()
        self._good, self._bad, self._dim, self._end = (
            ("", "", "", "") if is_plain else ("\033[32m", "\033[31m", "\033[2m", "\033[0m")
        )

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Show `doing` when the body has succeeded, with the seconds it took."""
        began = time.monotonic()
        yield
        self.done(doing, time.monotonic() - began)

    def done(self, what: str, seconds: float) -> None:
        """A step that took `seconds`."""
        print(f"  {self._good}✓{self._end} {what} {self._dim}{seconds:.1f} s{self._end}", flush=True)

    def say(self, text: str = "") -> None:
        """Plain words."""
        print(text, flush=True)

    def warn(self, text: str) -> None:
        """Something to know that does not stop anything."""
        print(f"  ! {text}", file=sys.stderr, flush=True)

    def problem(self, stop: Stop) -> None:
        """Why everything stops, and what to do."""
        print(f"\n  {self._bad}✗{self._end} {stop.happened}", file=sys.stderr)
        if stop.remedy:
            print(f"    {stop.remedy}", file=sys.stderr)
        sys.stderr.flush()
