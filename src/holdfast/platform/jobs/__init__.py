"""Background jobs: rows of Procrastinate's queue, enqueued in the transaction of the change they follow.

A job names its tenant and ids, never personal data, and opens its tenant's context itself. It may run more
than once (a worker can die at any point), so every job finds out what is already done.
"""

from holdfast.platform.jobs.queue import background, enqueue
from holdfast.platform.jobs.retries import TryLater

__all__ = ["TryLater", "background", "enqueue"]
