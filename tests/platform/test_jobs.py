"""The queue: jobs live and die with their transaction, are announced to nobody, retried, taken up again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import OperationalError, connections
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from holdfast.platform.db.exclusive import only_one
from holdfast.platform.jobs import TryLater, background, enqueue
from holdfast.platform.jobs.chores import Chore, do_once
from holdfast.platform.jobs.retries import MOST_PATIENT_TRIES, MOST_TRIES, Backoff, delay_after
from holdfast.platform.jobs.upkeep import count_jobs, forget_old_jobs, rescue_jobs
from holdfast.platform.jobs.worker import JobRunner
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import book, make_business
from tests.cluster import Cluster, Database

ran: list[tuple[str, int]] = []


@background("tests.note")
def note(*, tenant_id: str, number: int) -> None:
    """Remember that it ran."""
    ran.append((tenant_id, number))


@background("tests.always_wrong")
def always_wrong(*, number: int) -> None:
    """Fail by its own fault, whenever it is tried."""
    ran.append(("wrong", number))
    raise ZeroDivisionError


@background("tests.later")
def later(*, number: int) -> None:
    """Fail once by somebody else's fault."""
    ran.append(("later", number))
    if ran.count(("later", number)) == 1:
        raise TryLater


@background("tests.slow")
def slow(*, number: int) -> None:
    """Take a second."""
    time.sleep(1)
    ran.append(("slow", number))


class _Undone(Exception):
    pass


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    ran.clear()
    monkeypatch.setattr("holdfast.platform.jobs.retries.delay_after", lambda attempts: 0.0)


def work_until(done: Callable[[], object], *, seconds: float = 10.0) -> float:
    """Run a worker until `done()` or the time is up; return the seconds that its end took."""

    async def run() -> float:
        stopping = asyncio.Event()
        worker = asyncio.create_task(JobRunner(concurrency=3).run(stopping))
        deadline = time.monotonic() + seconds
        while not await asyncio.to_thread(_looked_at, done) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        stopping.set()
        asked_at = time.monotonic()
        await worker
        return time.monotonic() - asked_at

    return asyncio.run(run())


def _looked_at(done: Callable[[], object]) -> bool:
    try:
        return bool(done())
    except OperationalError:
        return False
    finally:
        connections.close_all()


def test_a_job_is_there_when_its_transaction_commits_and_gone_when_not(database: Database) -> None:
    tenant_id = uuid4()
    with tenant_context(tenant_id, "test"):
        enqueue(note, tenant_id=str(tenant_id), number=1)
    with pytest.raises(_Undone), tenant_context(tenant_id, "test"):
        enqueue(note, tenant_id=str(tenant_id), number=2)
        raise _Undone
    assert database.rows("select task_name, args->>'number', status::text from procrastinate_jobs") == [
        ("tests.note", "1", "todo")
    ]
    work_until(lambda: ran)
    assert ran == [(str(tenant_id), 1)]
    assert count_jobs() == {}


def test_a_job_holds_no_personal_data(database: Database) -> None:
    business = make_business()
    made = book(business, "book")
    [(arguments, lock)] = database.rows("select args, lock from procrastinate_jobs")
    assert arguments == {
        "tenant_id": str(business.tenant_id),
        "booking_id": str(made.booking_id),
        "kind": "confirmed",
        "version": 1,
    }
    assert lock == f"mail:{made.booking_id}"


def _notifications(listener: psycopg.Connection[object]) -> list[str]:
    return [notice.channel for notice in listener.notifies(timeout=0.4)]


def test_a_booking_notifies_nobody(database: Database) -> None:
    """NOTIFY would make every commit of the server wait for every other one (DESIGN §2)."""
    business = make_business()
    with database.connect_as_app() as listener:
        listener.execute('listen "procrastinate_any_queue_v1"; listen "procrastinate_queue_v1#default"')
        book(business, "book")
        assert _notifications(listener) == []
    assert database.rows("select count(*) from procrastinate_jobs") == [(1,)]


@pytest.fixture
def loud_queue(cluster: Cluster) -> Iterator[None]:
    """Procrastinate's trigger as it comes."""
    trigger = "procrastinate_jobs_notify_queue_job_inserted_v1"
    with cluster.connect() as admin:
        admin.execute(f"alter table procrastinate_jobs enable trigger {trigger}".encode())
        yield
        admin.execute(f"alter table procrastinate_jobs disable trigger {trigger}".encode())


def test_the_trigger_would_be_noticed(database: Database, loud_queue: None) -> None:
    """Negative control of the test above."""
    business = make_business()
    with database.connect_as_app() as listener:
        listener.execute('listen "procrastinate_any_queue_v1"')
        book(business, "book")
        assert _notifications(listener) == ["procrastinate_any_queue_v1"]


def test_jobs_of_one_booking_keep_their_order_even_when_one_waits(database: Database) -> None:
    with tenant_context(uuid4(), "test"):
        enqueue(later, one_after_another="x", number=1)
        enqueue(note, one_after_another="x", tenant_id="second", number=2)
    work_until(lambda: len(ran) == 3)
    assert ran == [("later", 1), ("later", 1), ("second", 2)]


def test_a_poison_job_stops_after_some_tries_and_stays_visible(database: Database) -> None:
    with tenant_context(uuid4(), "test"):
        enqueue(always_wrong, number=1)
        enqueue(note, tenant_id="other", number=2)
    work_until(lambda: count_jobs() == {"failed": 1})
    assert ran.count(("wrong", 1)) == MOST_TRIES
    assert ("other", 2) in ran
    assert database.rows("select attempts from procrastinate_jobs where status = 'failed'") == [(MOST_TRIES,)]


def test_what_others_must_mend_is_waited_for() -> None:
    strategy = Backoff()

    def decision(failure: Exception, attempts: int) -> bool:
        job = Job(
            id=1, queue="q", lock=None, queueing_lock=None, task_name="t", attempts=attempts, priority=0
        )
        return strategy.get_retry_decision(exception=failure, job=job) is not None

    assert [decision(ValueError(), tries) for tries in (0, MOST_TRIES - 2, MOST_TRIES - 1)] == [
        True,
        True,
        False,
    ]
    for patient in (TryLater(), OperationalError()):
        assert decision(patient, MOST_PATIENT_TRIES - 2)
        assert not decision(patient, MOST_PATIENT_TRIES - 1)


def test_tries_move_apart() -> None:
    delays = [delay_after(attempts) for attempts in range(12)]
    assert 1.6 <= delays[0] <= 2.4
    assert 6.4 <= delays[2] <= 9.6
    assert all(720 <= delay <= 1080 for delay in delays[9:])


def test_a_worker_finishes_its_job_before_it_ends(database: Database) -> None:
    with tenant_context(uuid4(), "test"):
        enqueue(slow, number=1)
        enqueue(slow, one_after_another="x", number=2)
    took = work_until(lambda: count_jobs().get("doing", 0) == 2)
    assert sorted(ran) == [("slow", 1), ("slow", 2)]
    assert count_jobs() == {}
    assert took < 3


def test_jobs_of_a_dead_worker_are_taken_up_again(database: Database) -> None:
    with tenant_context(uuid4(), "test"):
        lost = enqueue(note, tenant_id="lost", number=1)
        running = enqueue(note, tenant_id="running", number=2)
    with database.connect_as_app() as sql:
        for job, seconds in ((lost, 60), (running, 1)):
            sql.execute(
                "with w as (insert into procrastinate_workers (last_heartbeat)"
                " values (clock_timestamp() - make_interval(secs => %s)) returning id)"
                " update procrastinate_jobs set status = 'doing', worker_id = w.id from w"
                " where procrastinate_jobs.id = %s",
                [seconds, job],
            )
    assert rescue_jobs() == 1
    assert database.rows("select id, status::text, attempts from procrastinate_jobs order by id") == [
        (lost, "todo", 1),
        (running, "doing", 0),
    ]


def test_a_job_that_kills_its_worker_each_time_is_given_up(database: Database) -> None:
    with tenant_context(uuid4(), "test"):
        deadly = enqueue(note, tenant_id="deadly", number=1)
    with database.connect_as_app() as sql:
        sql.execute("update procrastinate_jobs set status = 'doing', attempts = %s", [MOST_PATIENT_TRIES - 1])
    assert rescue_jobs() == 1
    assert database.rows("select id, status::text from procrastinate_jobs") == [(deadly, "failed")]


def test_failed_jobs_are_kept_for_a_month(database: Database) -> None:
    with tenant_context(uuid4(), "test"):
        old, young = (enqueue(note, tenant_id="x", number=number) for number in range(2))
    with database.connect_as_app() as sql:
        sql.execute("update procrastinate_jobs set status = 'failed'")
        sql.execute("update procrastinate_events set at = at - interval '31 days' where job_id = %s", [old])
    assert forget_old_jobs() == 1
    assert database.rows("select id from procrastinate_jobs") == [(young,)]


def test_a_chore_is_done_by_one_at_a_time(database: Database) -> None:
    inside, leave = threading.Event(), threading.Event()

    def wait() -> int:
        inside.set()
        assert leave.wait(5)
        return 7

    answers: list[int | None] = []
    first = threading.Thread(target=lambda: answers.append(do_once(Chore("twice", 1, wait))))
    first.start()
    assert inside.wait(5)
    assert do_once(Chore("twice", 1, lambda: 1)) is None
    assert do_once(Chore("other", 1, lambda: 2)) == 2
    leave.set()
    first.join()
    assert answers == [7]
    assert do_once(Chore("twice", 1, lambda: 3)) == 3


def test_a_chore_survives_its_failures(database: Database) -> None:
    def fail() -> int:
        raise ZeroDivisionError

    assert do_once(Chore("failing", 1, fail)) is None
    assert do_once(Chore("failing", 1, lambda: 1)) == 1


def test_whoever_waits_in_the_only_place_holds_back_no_reader_of_the_log(database: Database) -> None:
    """The lock's transaction may be open for long: it must take no transaction id."""
    with only_one("anything") as is_ours, database.connect_as_app() as sql:
        assert is_ours
        sql.execute("select pg_current_xact_id()")
        [(lag,)] = sql.execute(
            "select pg_snapshot_xmax(s)::text::bigint - pg_snapshot_xmin(s)::text::bigint"
            " from pg_current_snapshot() s"
        ).fetchall()
        assert lag == 0


def test_every_job_is_known_to_the_worker() -> None:
    assert "notifications.send_booking_mail" in app.tasks


def test_a_database_that_was_away_is_found_again(cluster: Cluster, database: Database) -> None:
    """The worker has a thread of its own: the server must be restarted by the one that outlives it."""
    tenant_id: UUID = uuid4()
    worker = threading.Thread(target=lambda: work_until(lambda: ran, seconds=30))
    worker.start()
    time.sleep(0.8)
    cluster.kill()
    time.sleep(0.5)
    cluster.restart()
    with tenant_context(tenant_id, "test"):
        enqueue(note, tenant_id=str(tenant_id), number=1)
    worker.join()
    assert ran == [(str(tenant_id), 1)]
