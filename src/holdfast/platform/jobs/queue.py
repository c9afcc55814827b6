"""Putting jobs into the queue, and saying what they do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ParamSpec

from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from holdfast.platform.db.rows import fetch_value
from holdfast.platform.jobs.retries import Backoff

QUEUE = "default"
P = ParamSpec("P")
_DEFER = (
    "select (procrastinate_defer_jobs_v1(array[row(%s, %s, 0, %s, null, %s::jsonb, null)]"
    "::procrastinate_job_to_defer_v1[]))[1]"
)


def background(name: str) -> Callable[[Callable[P, None]], Task[P, None, P]]:
    """Let the worker run the function as job `name`, with ids as keyword arguments.

    The name is kept in stored jobs: it never changes meaning.
    """

    def register(function: Callable[P, None]) -> Task[P, None, P]:
        task: Task[P, None, P] = app.task(name=name, queue=QUEUE, retry=Backoff())(function)
        return task

    return register


def enqueue(task: Task[..., None, ...], *, one_after_another: str | None = None, **arguments: Any) -> int:
    """Add a job to the running transaction: it exists when that commits, and never if it does not.

    Jobs with the same `one_after_another` run in the order of their making, also when one has to wait.
    Returns the job's id. One statement of Procrastinate's own, without its Python half, which costs more
    than the statement.
    """
    return int(fetch_value(_DEFER, (QUEUE, task.name, one_after_another, json.dumps(arguments))))
