"""How many statements a hold sends to PostgreSQL: counted in the server's own log, not by us."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from benchmarks.ground import Ground

_LOGGED = re.compile(r"holdfast_app@\S* LOG:  (?:execute|statement)")


def count_statements(ground: Ground, send: Callable[[], int]) -> float:
    """Statements for each of the requests that `send` sends; it returns how many those were."""
    _log_everything(ground, "all")
    try:
        start = ground.log_file.stat().st_size
        sent = send()
        time.sleep(0.5)
        with ground.log_file.open(encoding="utf-8", errors="replace") as log:
            log.seek(start)
            found = len(_LOGGED.findall(log.read()))
    finally:
        _log_everything(ground, "none")
    return found / sent


def _log_everything(ground: Ground, how: str) -> None:
    with ground.admin() as admin:
        admin.execute(f"alter system set log_statement = '{how}'".encode())
        admin.execute("select pg_reload_conf()")
    time.sleep(0.5)
