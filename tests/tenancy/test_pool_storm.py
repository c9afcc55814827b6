"""TRUST G15: whatever befalls a pooled connection, the next request sees its own tenant or nothing.

Many tenants share four connections from many threads, while bodies raise, statements time out and backends
are killed. Every answer is compared with the canary of its tenant.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

import pytest
from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
)

from holdfast.capabilities.bookings.commands import expire_due_holds
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform import tenancy
from holdfast.platform.db.rows import fetch_tuples, fetch_value
from holdfast.platform.tenancy import call_in_context, tenant_context
from tests.capabilities.business import Business, book, forget_everything, make_business
from tests.cluster import Database

TENANTS = 12
THREADS = 12
ROUNDS = 120
POOL = 4
UNKNOWN = UUID("01890000-0000-7000-8000-00000000dead")


class Broken(Exception):
    """Raised by a body on purpose."""


class Storm:
    """Threads that read as random tenants; `wrong` counts what they should not have seen."""

    def __init__(self, businesses: list[Business], seed: int) -> None:
        self.businesses = businesses
        self.seed = seed
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def run(self) -> None:
        threads = [threading.Thread(target=self._work, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in threads), "a thread hangs"

    def _work(self, number: int) -> None:
        choose = random.Random(f"{self.seed}-{number}")
        try:
            for _ in range(ROUNDS):
                deed = choose.choices(
                    (self._read, self._raise, self._time_out, self._lose, self._call, self._sweep),
                    (60, 10, 4, 4, 15, 2),
                )[0]
                with suppress(Broken, OperationalError, InterfaceError):
                    deed(choose.choice(self.businesses))
                with suppress(OperationalError, InterfaceError):
                    self._read_without_context()
                self._count(deed.__name__)
                # What Django does at the end of a request: the connection goes back to the pool.
                connections.close_all()
        except BaseException as problem:
            self._note(f"thread {number}: {problem!r}")
            raise
        finally:
            connections.close_all()

    def _read(self, business: Business) -> None:
        with tenant_context(business.tenant_id, "tests"):
            self._compare(business)

    def _compare(self, business: Business) -> None:
        """Everything that is visible must belong to the business; without any condition of our own."""
        seen = fetch_tuples(
            "select current_setting('app.tenant'), (select array_agg(name) from location),"
            " (select array_agg(distinct tenant_id) from resource),"
            " (select array_agg(distinct tenant_id) from booking)"
        )
        expected = (
            str(business.tenant_id),
            [f"{business.slug} street"],
            [business.tenant_id],
            [business.tenant_id],
        )
        if seen != [expected]:
            self._note(f"{business.slug} saw {seen}")
        if {each.name for each in current_schedule().locations.values()} != {f"{business.slug} street"}:
            self._note(f"{business.slug} was given another schedule")

    def _raise(self, business: Business) -> None:
        with tenant_context(business.tenant_id, "tests"):
            self._compare(business)
            raise Broken

    def _time_out(self, business: Business) -> None:
        with tenant_context(business.tenant_id, "tests"):
            fetch_value("select set_config('statement_timeout', '5', true)")
            fetch_value("select pg_sleep(2)")

    def _lose(self, business: Business) -> None:
        """The backend is killed under the request, as by a restart of the server."""
        with tenant_context(business.tenant_id, "tests"):
            fetch_value("select pg_terminate_backend(pg_backend_pid())")

    def _call(self, business: Business) -> None:
        other = self.businesses[self.businesses.index(business) - 1]
        for owner, expected in ((business, "version_conflict"), (other, "not_found")):
            with tenant_context(owner.tenant_id, "tests"):
                found = fetch_value("select id from booking limit 1")
            answer = call_in_context(
                business.tenant_id,
                "tests",
                "booking_confirm",
                (None, None, None, found, None, True, 99, *(None,) * 6),
            )
            if answer["outcome"] != expected:
                self._note(f"{business.slug} got {answer} for a booking of {owner.slug}")

    def _sweep(self, business: Business) -> None:
        """The background job that goes through all tenants leaves none behind."""
        expire_due_holds()

    def _read_without_context(self) -> None:
        rows = fetch_value("select (select count(*) from location) + (select count(*) from booking)")
        if rows != 0:
            self._note(f"{rows} rows without a context")
        with suppress(IntegrityError, ProgrammingError):
            fetch_value("insert into schedule_version (tenant_id) values (%s) returning 1", (UNKNOWN,))
            self._note("a row was written without a context")

    def _count(self, deed: str) -> None:
        with self._lock:
            self.seen[deed] += 1

    def _note(self, wrong: str) -> None:
        with self._lock:
            self.wrong.append(wrong)


@pytest.fixture
def small_pool() -> Iterator[None]:
    """Four connections for everybody, as `HOLDFAST_WEB_THREADS` would give."""
    pool = connection.settings_dict["OPTIONS"]["pool"]
    kept = dict(pool)
    connections.close_all()
    connection.close_pool()
    pool.update(min_size=POOL, max_size=POOL, timeout=60)
    yield
    connections.close_all()
    connection.close_pool()
    pool.clear()
    pool.update(kept)


@pytest.fixture
def storm(database: Database, small_pool: None) -> Storm:
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(10**9)))
    print(f"SEED={seed}")
    businesses = [make_business(f"tenant-{number}") for number in range(TENANTS)]
    for business in businesses:
        book(business)
    return Storm(businesses, seed)


def test_no_request_sees_another_tenant(storm: Storm, database: Database) -> None:
    before = database.rows("select tenant_id, count(*) from booking group by 1 order by 1")
    storm.run()
    assert storm.wrong == []
    assert storm.seen.total() == THREADS * ROUNDS
    assert {"_read", "_raise", "_time_out", "_lose", "_call", "_sweep"} == set(storm.seen)
    assert database.rows("select tenant_id, count(*) from booking group by 1 order by 1") == before


def test_a_context_of_the_session_is_seen_by_the_next_request(
    storm: Storm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the same storm with `set_config(…, false)`."""
    monkeypatch.setattr(tenancy, "SET_CONTEXT", tenancy.SET_CONTEXT.replace("true", "false"))
    monkeypatch.setattr(tenancy, "_statements", {})
    storm.run()
    assert storm.wrong != []
    assert any("rows without a context" in wrong for wrong in storm.wrong)
    forget_everything()


def test_the_sweeper_expires_each_hold_in_its_own_tenant(storm: Storm, database: Database) -> None:
    with database.cluster.connect() as admin:
        admin.execute("update booking set hold_expires_at = clock_timestamp()")
        admin.execute("update allocation set expires_at = clock_timestamp()")
    assert expire_due_holds() == TENANTS
    assert database.rows(
        "select b.tenant_id, b.status, e.tenant_id, e.kind from booking b"
        " join booking_event e on e.booking_id = b.id and e.kind = 'booking.expired' order by 1"
    ) == [
        (business.tenant_id, "expired", business.tenant_id, "booking.expired")
        for business in sorted(storm.businesses, key=lambda each: each.tenant_id)
    ]
    assert fetch_value("select current_setting('app.tenant', true)") in ("", None)
