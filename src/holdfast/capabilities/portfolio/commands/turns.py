"""Who changes a portfolio waits for whoever is just changing it."""

from __future__ import annotations

from holdfast.platform.db.rows import fetch_value
from holdfast.platform.tenancy import current_context


def one_at_a_time() -> None:
    """Wait, to the end of the transaction, until nobody else of the business changes its portfolio."""
    fetch_value(
        "select pg_advisory_xact_lock(hashtextextended(%s, 9))",
        (f"portfolio:{current_context().tenant_id}",),
    )
