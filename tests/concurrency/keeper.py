"""What `holdfast up` does for a process that dies, for tests that kill it again and again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.stack import Stack

_LOOKS_EVERY_SECONDS = 0.05


@contextmanager
def keep_alive(stack: Stack) -> Iterator[Stack]:
    """Start the stack and restart its processes whenever they end: Granian itself gives up when a process
    dies twice within seconds."""
    is_over = threading.Event()

    def supervise() -> None:
        while not is_over.wait(_LOOKS_EVERY_SECONDS):
            for child in stack.children:
                if not child.is_alive():
                    child.start()

    keeper = threading.Thread(target=supervise)
    try:
        stack.start()
        keeper.start()
        yield stack
    finally:
        is_over.set()
        keeper.join()
        stack.stop()
