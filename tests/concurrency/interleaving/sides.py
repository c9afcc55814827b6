"""The two sides of a race, each a thread with a session of its own, and the hand that moves them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from holdfast.platform.errors import Problem
from tests.cluster import Database
from tests.concurrency.interleaving.pauses import KEYS

Call = Callable[[], str]
# Which side moves, and how many steps; None is to its end.
Plan = Sequence[tuple[int, int | None]]
PATIENCE_SECONDS = 30.0
_NOT_PAUSED_AT = ("savepoint", "release savepoint", "rollback to savepoint", "select set_config")


@dataclass(frozen=True)
class Ran:
    """How it went: what each side answered, and which side took each step."""

    answers: tuple[str, str]
    trace: tuple[int, ...]

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps each side took."""
        return self.trace.count(0), self.trace.count(1)


class Side:
    """A thread and its session, which stops before each statement and before its commit."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.classid = KEYS + number
        self.turn = 0
        self.is_at_turn = False
        self.is_blocked = False
        self._thread = ThreadPoolExecutor(1)
        self._running: Future[str] | None = None
        self.pid: int = self._thread.submit(self._open).result()

    @property
    def is_done(self) -> bool:
        return self._running is None or self._running.done()

    def start(self, call: Call) -> None:
        """Begin; the session stops before its first statement."""
        self.turn, self.is_at_turn, self.is_blocked = 0, False, False
        self._running = self._thread.submit(self._run, call)

    def answer(self) -> str:
        """What the call answered: what it led to, the code of a refusal, or an error that nobody expects."""
        assert self._running is not None
        return self._running.result(PATIENCE_SECONDS)

    def close(self) -> None:
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _run(self, call: Call) -> str:
        with connection.execute_wrapper(self._pause_before):
            try:
                return call()
            except Problem as refused:
                return refused.code
            except Exception as error:
                return f"ERROR {type(error).__name__}: {error}"

    def _open(self) -> int:
        connection.ensure_connection()
        commit = connection.commit

        def pause_and_commit() -> None:
            self._pause()
            commit()

        connection.commit = pause_and_commit
        # Whoever waits for the other side waits as long as the test thinks.
        self._set(str(self.number), "60s")
        return int(self._ask("select pg_backend_pid()"))

    def _close(self) -> None:
        self._set("", "2s")
        del connection.commit
        connection.close()

    def _set(self, side: str, patience: str) -> None:
        self._ask(
            f"select set_config('pause.side', '{side}', false),"
            f" set_config('lock_timeout', '{patience}', false)"
        )

    def _pause_before(self, execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        if not statement.lower().startswith(_NOT_PAUSED_AT):
            self._pause()
        return execute(statement, *rest)

    def _pause(self) -> None:
        self._ask("select pause_here()")

    def _ask(self, statement: str) -> Any:
        session: psycopg.Connection[Any] = connection.connection
        found = session.execute(statement.encode()).fetchone()
        return found[0] if found else None


class Pair:
    """Two sides, and the session that holds what they wait for."""

    def __init__(self, database: Database) -> None:
        self._hand = database.cluster.connect(prepare_threshold=1)
        self.sides = (Side(1), Side(2))

    def close(self) -> None:
        for side in self.sides:
            side.close()
        self._hand.close()

    def run(self, calls: tuple[Call, Call], plan: Plan) -> Ran:
        """Run both calls in the order of the plan; what is left of them runs to its end, first side first.

        A side that waits for the other cannot move: its turn passes on to the other.
        """
        self._hand.execute(
            b"select setval('pause_1', 0, false), setval('pause_2', 0, false),"
            b" pg_advisory_lock(c, t) from (values (7001), (7002)) s (c), (values (0), (1)) k (t)"
        )
        for side, call in zip(self.sides, calls, strict=True):
            side.start(call)
        trace: list[int] = []
        try:
            self._settle()
            for place, count in (*plan, (0, None), (1, None), (0, None)):
                self._move(place, count, trace)
        finally:
            self._hand.execute("select pg_advisory_unlock_all()")
        return Ran((self.sides[0].answer(), self.sides[1].answer()), tuple(trace))

    def _move(self, place: int, count: int | None, trace: list[int]) -> None:
        side = self.sides[place]
        while side.is_at_turn and count != 0:
            trace.append(place)
            self._step(side)
            count = None if count is None else count - 1

    def _step(self, side: Side) -> None:
        self._hand.execute("select pg_advisory_unlock(%s, %s)", [side.classid, side.turn])
        side.turn, side.is_at_turn = 1 - side.turn, False
        self._settle()
        if not side.is_done:
            # What it has passed is closed again for the turn after next.
            self._hand.execute("select pg_advisory_lock(%s, %s)", [side.classid, 1 - side.turn])

    def _settle(self) -> None:
        """Wait until each side is at its next pause, waits for the other, or is done."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            done = [side.is_done for side in self.sides]
            waiting = {
                pid: (kind, classid, turn)
                for pid, kind, classid, turn in self._hand.execute(
                    "select pid, locktype, classid::bigint, objid::bigint from pg_locks"
                    " where not granted and pid = any (%s)",
                    [[side.pid for side in self.sides]],
                )
            }
            for side in self.sides:
                found = waiting.get(side.pid)
                side.is_at_turn = found == ("advisory", side.classid, side.turn)
                side.is_blocked = found is not None and not side.is_at_turn
            is_circle = all(side.is_blocked for side in self.sides)
            if not is_circle and all(
                is_done or side.is_at_turn or side.is_blocked
                for is_done, side in zip(done, self.sides, strict=True)
            ):
                return
            # Both wait for each other: PostgreSQL will end one of them.
            assert time.monotonic() < deadline, "a side neither moved nor waited"
            time.sleep(0.0002)
