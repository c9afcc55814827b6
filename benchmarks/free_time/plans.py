"""What PostgreSQL does for a question: the statements that the server really sent, explained.

They are taken from PostgreSQL's own log with their parameters, and run again with EXPLAIN as the role that
serves, in the context of the same business, after as many runs as it takes to choose a generic plan.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.free_time.asking import Asking
from benchmarks.free_time.questions import Question
from benchmarks.ground import Ground

_ENTRY = re.compile(
    r"holdfast_app@(?P<database>\S+) LOG:  execute [^:]*: (?P<text>.*?)\n"
    r"[^\n\t]*DETAIL:  Parameters: (?P<parameters>[^\n]*)\n",
    re.DOTALL,
)
_PARAMETER = re.compile(r"\$\d+ = ('(?:[^']|'')*'|NULL)")
_TABLE = re.compile(r"\bfrom (?:allocation|booking)\b")
# After five runs PostgreSQL may settle on one plan for all parameters.
_RUNS = 8
_LOGGED = {
    "log_statement": "'all'",
    "log_parameter_max_length": "-1",
    "log_error_verbosity": "'default'",
}


@dataclass(frozen=True)
class Plan:
    """What the statements about taken time cost for one question: 8 kB buffers, milliseconds, indexes."""

    row: str
    bookings: int
    statements: int
    buffers: int
    milliseconds: float
    indexes: tuple[str, ...]


def explain(
    ground: Ground, asking: Asking, asked: Sequence[Question], bookings: int, app_url: str
) -> list[Plan]:
    """Ask each question once while everything is logged; explain what was sent about bookings."""
    _log(ground, _LOGGED)
    sent: dict[str, list[tuple[str, str]]] = {}
    try:
        for question in asked:
            start = ground.log_file.stat().st_size
            asking.ask(question, bookings)
            time.sleep(0.2)
            sent[question.row] = list(_read_log(ground, start))
    finally:
        _log(ground, dict.fromkeys(_LOGGED))
    with psycopg.connect(app_url) as app:
        return [
            _plan(app, question.row, bookings, question.salon.tenant_id, sent[question.row])
            for question in asked
        ]


def _read_log(ground: Ground, start: int) -> Iterator[tuple[str, str]]:
    with ground.log_file.open(encoding="utf-8", errors="replace") as log:
        log.seek(start)
        for entry in _ENTRY.finditer(log.read()):
            if _TABLE.search(entry["text"]):
                yield entry["text"].replace("\n\t", "\n"), entry["parameters"]


def _plan(
    app: psycopg.Connection, row: str, bookings: int, tenant_id: UUID, sent: Sequence[tuple[str, str]]
) -> Plan:
    buffers, milliseconds, indexes = 0, 0.0, set()
    for text, parameters in sent:
        values = ", ".join(_PARAMETER.findall(parameters))
        with app.transaction(force_rollback=True):
            app.execute("select set_config('app.tenant', %s, true)", [str(tenant_id)])
            app.execute(f"prepare asked as {text}".encode())
            for _ in range(_RUNS):
                found = app.execute(
                    f"explain (analyze, buffers, timing off, format json) execute asked ({values})".encode()
                ).fetchone()
            app.execute("deallocate asked")
        assert found is not None
        tree: dict[str, Any] = found[0][0]
        buffers += tree["Plan"]["Shared Hit Blocks"] + tree["Plan"]["Shared Read Blocks"]
        milliseconds += tree["Execution Time"]
        indexes |= set(_indexes(tree["Plan"]))
    return Plan(row, bookings, len(sent), buffers, milliseconds, tuple(sorted(indexes)))


def _indexes(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield f"all of {node['Relation Name']}"
    if "Index Name" in node:
        yield node["Index Name"]
    for child in node.get("Plans", ()):
        yield from _indexes(child)


def _log(ground: Ground, settings: Mapping[str, str | None]) -> None:
    with ground.admin() as admin:
        for name, value in settings.items():
            admin.execute(
                f"alter system reset {name}".encode()
                if value is None
                else f"alter system set {name} = {value}".encode()
            )
        admin.execute("select pg_reload_conf()")
    time.sleep(0.5)
