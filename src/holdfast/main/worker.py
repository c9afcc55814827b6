"""The worker process: jobs of the queue, and the chores that come round again.

    python -m holdfast.main.worker

Any number of them may run. On SIGTERM it finishes the jobs at hand and ends within seconds; what it could
not finish, another worker takes up. Health is on HOLDFAST_PORT + 2.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "holdfast.main.settings")

import django
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from holdfast.capabilities.bookings.commands import (
    archive_due_bookings,
    complete_due_bookings,
    expire_due_holds,
)
from holdfast.capabilities.bookings.commands.customer_links import forget_old_links
from holdfast.capabilities.bookings.commands.offers import forget_old_offers
from holdfast.capabilities.bookings.commands.options import expire_due_options
from holdfast.capabilities.bookings.commands.publish_due import publish_due_slots
from holdfast.capabilities.bookings.commands.waitlist_offers import offer_due_waiting
from holdfast.capabilities.notifications.jobs import mail_due
from holdfast.capabilities.portfolio.commands import forget_lost_uploads, forget_removed_pictures
from holdfast.capabilities.tenants.queries import list_tenants
from holdfast.platform import clock
from holdfast.platform.db.roles import UnsafeRole, refuse_unsafe_role
from holdfast.platform.idempotency import forget_old_answers
from holdfast.platform.jobs.chores import Chore, repeat
from holdfast.platform.jobs.upkeep import forget_old_jobs, rescue_jobs
from holdfast.platform.jobs.worker import GRACE_SECONDS, JobRunner
from holdfast.platform.observability.health import Pulse, serve_health
from holdfast.platform.tenancy import tenant_context

log = structlog.get_logger("holdfast.worker")
# Jobs, chores and the pulse together stay below the pool's connections (see settings: at least 8).
_JOBS_AT_ONCE = 3
_CHORES_AT_ONCE = 3
_LAST_SECONDS = 1.0


def forget_old_records() -> int:
    """Remove what no longer counts: old jobs; answers, offers, links and pictures, tenant by tenant."""
    count, now = forget_old_jobs(), clock.now()
    for tenant in list_tenants():
        with tenant_context(tenant.id, "system:upkeep"):
            count += forget_old_answers() + forget_old_offers() + forget_old_links()
            count += forget_removed_pictures(now=now) + forget_lost_uploads(now=now)
    return count


def publish_slots() -> int:
    """Keep starts published where a business wants that."""
    return publish_due_slots(now=clock.now())


CHORES = (
    Chore("sweep_holds", 2.0, expire_due_holds),
    Chore("complete_bookings", 60.0, complete_due_bookings, first_after=10.0),
    Chore("archive_bookings", 300.0, archive_due_bookings, first_after=60.0),
    Chore("sweep_options", 5.0, expire_due_options),
    Chore("offer_waiting", 3.0, offer_due_waiting, first_after=2.0),
    Chore("rescue_jobs", 10.0, rescue_jobs),
    Chore("publish_slots", 60.0, publish_slots, first_after=5.0),
    Chore("mail_due", 30.0, mail_due, first_after=3.0),
    Chore("forget_old_records", 900.0, forget_old_records, first_after=30.0),
)


async def work() -> None:
    """Run until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    runner, pulse = JobRunner(concurrency=_JOBS_AT_ONCE), Pulse()

    def trouble() -> str:
        if not pulse.is_beating:
            return "The database does not answer."
        return "" if runner.is_working else "No jobs are being taken."

    config = settings.HOLDFAST
    health = await serve_health(config.host, config.port + 2, trouble)
    executor = ThreadPoolExecutor(_CHORES_AT_ONCE, thread_name_prefix="chore")
    tasks = [
        asyncio.create_task(runner.run(stopping)),
        asyncio.create_task(pulse.beat(stopping)),
        *(asyncio.create_task(repeat(chore, stopping, executor)) for chore in CHORES),
    ]
    log.info("worker_started", port=config.port + 2)
    try:
        done, _ = await asyncio.wait(
            {*tasks, asyncio.create_task(stopping.wait())}, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()
    finally:
        stopping.set()
        health.close()
        _, unfinished = await asyncio.wait(tasks, timeout=GRACE_SECONDS + _LAST_SECONDS)
        log.info("worker_stopped", unfinished=len(unfinished))


def _refuse_unsafe_role() -> None:
    """Never work as a role that sees past the policies; a database that is not there yet is waited for."""
    try:
        with connection.cursor():
            refuse_unsafe_role(connection.connection)
    except (DatabaseError, InterfaceError) as failure:
        log.warning("database_unreachable", problem=type(failure).__name__)
    finally:
        connection.close()


def main() -> int:
    """Work; the answer is the exit status."""
    django.setup()
    # Its jobs are of no capability, and it needs Django's models to be there.
    import_module("holdfast.main.demo.pictures")
    try:
        _refuse_unsafe_role()
        # Not asyncio.run(): at its end that waits for threads, for as long as a network call may hang.
        asyncio.new_event_loop().run_until_complete(work())
    except UnsafeRole as refusal:
        log.critical("unsafe_role", detail=str(refusal))
        return 1
    return 0


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    sys.stderr.flush()
    # Threads that hang in a network call must not keep the process: their jobs are taken up again elsewhere.
    os._exit(status)
