"""The web process of production with places where it may be killed: what the tests of crashes start.

Nothing of this is in the product. `HOLDFAST_TEST_FAILPOINT` names a file; when it holds the name of a
failpoint that is reached, it is removed and the process ends at once, by SIGKILL: no `finally`, no rollback,
no reply.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from holdfast.capabilities.bookings.commands import answers, create
from holdfast.main.wsgi import application as production
from holdfast.platform.http import keys

FAILPOINTS = (
    "request read",
    "before the call",
    "call under way",
    "after the call",
    "refused",
    "before the claim",
    "after the claim",
    "after the work",
    "after remembering",
    "before commit",
    "after commit",
    "before the reply",
)
_ARMED = Path(os.environ["HOLDFAST_TEST_FAILPOINT"])


def reach(name: str) -> None:
    """End the process if this failpoint is armed."""
    if _is_armed(name):
        with suppress(FileNotFoundError):
            # Of several that reach it, one dies.
            _ARMED.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def _is_armed(name: str) -> bool:
    try:
        return _ARMED.read_text(encoding="utf-8") == name
    except FileNotFoundError:
        return False


def _around(module: Any, function: str, before: str, after: str) -> None:
    real = getattr(module, function)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        reach(before)
        if before == "before the call" and _is_armed("call under way"):
            # Dies while PostgreSQL works, or waits for a lock: the backend goes on without anybody to tell.
            threading.Timer(0.2, reach, ["call under way"]).start()
        result = real(*arguments, **named)
        reach(after)
        return result

    setattr(module, function, wrapped)


_around(answers, "call_in_context", "before the call", "after the call")
_around(create, "not_free", "refused", "")
_around(keys, "claim", "before the claim", "after the claim")
_around(keys, "remember", "after the work", "after remembering")
_around(BaseDatabaseWrapper, "commit", "before commit", "after commit")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve as production does."""
    reach("request read")
    answer = production(environ, start_response)
    if environ["PATH_INFO"].startswith("/api/"):
        reach("before the reply")
    return answer
