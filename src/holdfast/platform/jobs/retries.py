"""When a job that failed is tried again, and when it is given up."""

from __future__ import annotations

import random
from datetime import timedelta

from django.db import InterfaceError, OperationalError
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from holdfast.platform import clock

MOST_TRIES = 5
"""A job that fails by its own fault is wrong each time: it stops here and stays visible as failed."""
MOST_PATIENT_TRIES = 200
"""What others must mend (a mail server, the database) is waited for: about two days at the longest delay."""
LONGEST_DELAY = 900.0
_chance = random.SystemRandom()


class TryLater(Exception):
    """Something outside did not work, and will again: not the job's fault."""


def delay_after(attempts: int) -> float:
    """Return the seconds to wait after that many failed tries: 2, 4, 8 … to 15 minutes, give or take."""
    seconds = min(LONGEST_DELAY, 2.0 ** min(attempts + 1, 30))
    return seconds * _chance.uniform(0.8, 1.2)


class Backoff(BaseRetryStrategy):
    """Few tries for a fault of ours, many for one of others."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, or None to give up; `job.attempts` counts the tries before this one."""
        is_patient = isinstance(exception, (TryLater, OperationalError, InterfaceError))
        most = MOST_PATIENT_TRIES if is_patient else MOST_TRIES
        if job.attempts + 1 >= most:
            return None
        return RetryDecision(retry_at=clock.now() + timedelta(seconds=delay_after(job.attempts)))
