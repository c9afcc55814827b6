"""What the queue needs from time to time: jobs of dead workers started again, old ones removed."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction

from holdfast.platform import clock
from holdfast.platform.db.rows import execute, fetch_tuples, fetch_value
from holdfast.platform.jobs.retries import MOST_PATIENT_TRIES, delay_after

log = structlog.get_logger("holdfast.jobs")
HEARTBEAT_SECONDS = 5.0
DEAD_AFTER_SECONDS = 30.0
"""A worker that has not shown itself for so long is dead, and its jobs are free."""
LONGEST_RUN_SECONDS = 600.0
"""No job works this long: one that seems to has lost its end, in a moment without a database."""
KEPT_DAYS = 30


@transaction.atomic
def rescue_jobs() -> int:
    """Give the jobs of dead workers back to the queue; return how many.

    A rescue counts as a try, and the next one waits longer: a job that kills its worker each time does not
    kill it in a circle.
    """
    lost = fetch_tuples(
        "select j.id, j.attempts from procrastinate_jobs j"
        " left join procrastinate_workers w on w.id = j.worker_id"
        " where j.status = 'doing' and (w.id is null"
        " or w.last_heartbeat < clock_timestamp() - make_interval(secs => %s)"
        " or not exists (select from procrastinate_events e where e.job_id = j.id and e.type = 'started'"
        " and e.at > clock_timestamp() - make_interval(secs => %s)))"
        " order by j.id limit 500 for no key update of j skip locked",
        (DEAD_AFTER_SECONDS, LONGEST_RUN_SECONDS),
    )
    for job_id, attempts in lost:
        if attempts + 1 >= MOST_PATIENT_TRIES:
            log.error("job_given_up", job=job_id, attempts=attempts + 1)
            fetch_value("select procrastinate_finish_job_v1(%s, 'failed', false)", (job_id,))
        else:
            again_at = clock.now() + timedelta(seconds=delay_after(attempts))
            log.warning("job_rescued", job=job_id, attempts=attempts + 1)
            fetch_value(
                "select procrastinate_retry_job_v2(%s, %s::timestamptz, null, null, null)", (job_id, again_at)
            )
    return len(lost)


def forget_old_jobs() -> int:
    """Remove jobs that failed or were called off a month ago; return how many. Done ones are never kept."""
    return execute(
        "delete from procrastinate_jobs j where j.status in ('failed', 'cancelled', 'aborted', 'succeeded')"
        " and not exists (select from procrastinate_events e where e.job_id = j.id"
        " and e.at > clock_timestamp() - make_interval(days => %s))",
        (KEPT_DAYS,),
    )


def count_jobs() -> dict[str, int]:
    """Return how many jobs there are of each status: todo, doing, failed …"""
    rows = fetch_tuples("select status::text, count(*) from procrastinate_jobs group by status")
    return {str(status): int(count) for status, count in rows}
