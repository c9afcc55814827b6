"""The sweeper's step. Correctness never waits for it: whoever books releases expired holds first."""

from __future__ import annotations

from django.db import transaction

from holdfast.platform.db.rows import fetch_value

# Small batches keep the locks short; the job calls again while there is more.
_BATCH = 200


def expire_due_holds() -> int:
    """End every hold whose time is up, in all tenants, each in its own context; return how many."""
    ended = 0
    while True:
        with transaction.atomic():
            count = int(fetch_value("select booking_expire_due(%s)", (_BATCH,)))
        ended += count
        # Fewer than a batch may mean that another sweeper has the rest of it; none, that all is done.
        if count == 0:
            return ended
