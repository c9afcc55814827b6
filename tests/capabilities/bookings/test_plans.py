"""Look-ups of the hot functions in a database that is new: no statistics, and the right index all the same.

While PostgreSQL knows nothing of a table, several indexes that begin with the tenant seem equally cheap. The
wrong one reads all that a business has: a hold took 4 ms instead of 0.8 after 20,000 bookings.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from holdfast.platform.db.roles import prepare_database
from tests.cluster import PASSWORD, Cluster


@pytest.fixture(scope="module")
def fresh(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """The app role in a database that was only migrated."""
    prepared = prepare_database(
        cluster.server.admin_url(), database="fresh", app_password=PASSWORD, backup_password=PASSWORD
    )
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--no-input", "--skip-checks", "-v", "0"],
        env={**os.environ, **cluster.environment, "HOLDFAST_APP_DATABASE_URL": prepared.owner_url},
        check=True,
        capture_output=True,
    )
    with psycopg.connect(prepared.app_url, autocommit=True) as app:
        app.execute("set plan_cache_mode = force_generic_plan")
        yield app
    with psycopg.connect(cluster.server.admin_url(), autocommit=True) as admin:
        admin.execute("drop database fresh with (force)")


LOOK_UPS = {
    "select from booking where tenant_id = $1 and id = $1": "booking_pkey",
    "select from booking where tenant_id = $1 and id = $1 for key share": "booking_pkey",
    "update booking set status = 'held' where tenant_id = $1 and id = $1": "booking_pkey",
    "select from resource where tenant_id = $1 and id = $1 for key share": "resource_pkey",
    "select from allocation where tenant_id = $1 and booking_id = $1": "allocation_booking",
    """select from allocation where tenant_id = $1 and resource_id = any (array[$1])
        and expires_at <= now()""": "allocation_expiry",
    """select from allocation where tenant_id = $1 and resource_id = $1
        and ends_at > now() and starts_at < now()""": "allocation_time",
    """select from allocation where tenant_id = $1 and resource_id = any (array[$1, $1])
        and ends_at > now() and starts_at < now()""": "allocation_time",
    """select starts_at, ends_at, expires_at from allocation where tenant_id = $1 and resource_id = $1
        and lane = 0 and ends_at > now() order by ends_at limit 1""": "allocation_time",
    "select from booking_token where tenant_id = $1 and token_hash = 'x'": "booking_token_pkey",
    """select from idempotency_record where tenant_id = $1 and actor = 'a' and route = 'r' and key = 'k'
        and created_at > clock_timestamp()""": "idempotency_record_pkey",
    "select from customer where tenant_id = $1 and email_index = 'x'": "customer_email",
    # The archive: what is due, and who asks for one booking wherever it is.
    """select from booking where tenant_id = $1 and starts_at < now() and ends_at <= now()
        and updated_at <= now() and status in ('completed', 'no_show', 'cancelled', 'expired')
        order by starts_at limit 200""": "booking_time",
    "select from every_booking where tenant_id = $1 and id = $1": "archived_booking_pkey",
}


@pytest.mark.parametrize(("statement", "index"), LOOK_UPS.items())
def test_a_new_database_finds_rows_by_the_right_index(
    fresh: psycopg.Connection, statement: str, index: str
) -> None:
    fresh.execute(f"prepare looked_up (uuid) as {statement}".encode())
    try:
        plan = "\n".join(
            line for (line,) in fresh.execute("explain execute looked_up (gen_random_uuid())").fetchall()
        )
    finally:
        fresh.execute("deallocate looked_up")
    assert f" using {index} on " in plan, plan
    assert "Filter: (id =" not in plan, plan
