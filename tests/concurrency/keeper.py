"""What `holdfast up` does for a web process that dies, for tests that kill it again and again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.stack import Stack

_LOOKS_EVERY_SECONDS = 0.05


@contextmanager
def keep_alive(stack: Stack) -> Iterator[Stack]:
    """Start the stack and restart its web process whenever it ends: Granian itself gives up when a process
    dies twice within seconds."""
    is_over = threading.Event()

    def supervise() -> None:
        while not is_over.wait(_LOOKS_EVERY_SECONDS):
            if not stack.web.is_alive():
                stack.web.start()

    keeper = threading.Thread(target=supervise)
    try:
        stack.start()
        keeper.start()
        yield stack
    finally:
        is_over.set()
        keeper.join()
        stack.stop()
