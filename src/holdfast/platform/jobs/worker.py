"""Runs the jobs of the queue until it is told to stop, through restarts of the database."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import structlog
from django.db import DEFAULT_DB_ALIAS
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector

from holdfast.platform.jobs.upkeep import DEAD_AFTER_SECONDS, HEARTBEAT_SECONDS

log = structlog.get_logger("holdfast.worker")
POLL_SECONDS = 0.5
GRACE_SECONDS = 3.5
"""How long running jobs may go on after we are told to stop."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
_chance = random.SystemRandom()


class JobRunner:
    """Takes jobs one by one, a few at a time, each in a thread."""

    def __init__(self, *, concurrency: int) -> None:
        self._concurrency = concurrency
        self.is_working = False
        """Whether jobs are being taken right now."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set; then finish what is running, and return."""
        pause = _FIRST_PAUSE
        while not stopping.is_set():
            began = asyncio.get_running_loop().time()
            try:
                await self._work(stopping)
            except Exception as failure:
                log.warning("queue_unreachable", problem=type(failure).__name__, again_in=round(pause, 1))
            if asyncio.get_running_loop().time() - began > _LONGEST_PAUSE * 2:
                pause = _FIRST_PAUSE
            if not stopping.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), pause * _chance.uniform(0.8, 1.2))
                pause = min(_LONGEST_PAUSE, pause * 2)

    async def _work(self, stopping: asyncio.Event) -> None:
        connector = PsycopgConnector(
            kwargs={**connector_params(DEFAULT_DB_ALIAS), "connect_timeout": 5},
            min_size=1,
            max_size=2,
            timeout=2.0,
            # The pool's own attempts end with it; a new one is made after our pause.
            reconnect_timeout=5.0,
        )
        with app.replace_connector(connector) as replaced:
            async with replaced.open_async():
                runner = asyncio.create_task(
                    replaced.run_worker_async(
                        concurrency=self._concurrency,
                        fetch_job_polling_interval=POLL_SECONDS,
                        listen_notify=False,
                        install_signal_handlers=False,
                        delete_jobs="successful",
                        shutdown_graceful_timeout=GRACE_SECONDS,
                        update_heartbeat_interval=HEARTBEAT_SECONDS,
                        stalled_worker_timeout=DEAD_AFTER_SECONDS,
                    )
                )
                told = asyncio.create_task(stopping.wait())
                try:
                    self.is_working = True
                    await asyncio.wait({runner, told}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self.is_working = False
                    told.cancel()
                    runner.cancel()
                    with suppress(asyncio.CancelledError):
                        await runner
