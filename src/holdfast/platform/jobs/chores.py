"""Work that comes round again: each chore by one process at a time, whatever happens to a round of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, InterfaceError, connections
from psycopg_pool import PoolTimeout

from holdfast.platform.db.exclusive import only_one

log = structlog.get_logger("holdfast.worker")
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do about every `every` seconds; `run` answers how much it found to do."""

    name: str
    every: float
    run: Callable[[], int]
    first_after: float = 1.0


async def repeat(chore: Chore, stopping: asyncio.Event, executor: Executor) -> None:
    """Do the chore again and again until `stopping`; pauses vary by a fifth, so that workers spread out."""
    pause = chore.first_after
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause * _chance.uniform(0.8, 1.2))
        if stopping.is_set():
            return
        pause = chore.every
        await asyncio.get_running_loop().run_in_executor(executor, do_once, chore)


def do_once(chore: Chore) -> int | None:
    """Do one round unless another process is at it; log what went wrong and go on living.

    Returns what the chore answered, or None where it was not done or failed.
    """
    try:
        with only_one(f"chore:{chore.name}") as is_ours:
            if not is_ours:
                return None
            count = chore.run()
    except (DatabaseError, InterfaceError, PoolTimeout) as failure:
        log.warning("chore_failed", chore=chore.name, problem=type(failure).__name__)
        return None
    except Exception:
        log.exception("chore_failed", chore=chore.name)
        return None
    finally:
        connections.close_all()
    if count:
        log.info("chore_done", chore=chore.name, count=count)
    return count
