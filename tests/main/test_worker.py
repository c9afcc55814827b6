"""The worker as a process: mails, expired holds, bad days and a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.people.types import Contact
from holdfast.main.worker import forget_old_records
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.idempotency import IdempotencyKey
from tests.capabilities.business import book, make_business
from tests.capabilities.notifications.mailbox import mail_server
from tests.cluster import Cluster, Database, free_ports


class Worker:
    """One worker process over the tests' database."""

    def __init__(self, cluster: Cluster, folder: Path, **variables: str) -> None:
        self.port = free_ports(3)
        self.log = folder / f"worker-{self.port}.log"
        environment = {
            **os.environ,
            **cluster.environment,
            "HOLDFAST_DATA": str(folder),
            "HOLDFAST_PORT": str(self.port),
            **variables,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "holdfast.main.worker"], env=environment, stdout=log, stderr=log
            )

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port + 2}{path}", timeout=2) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)
        except OSError:
            return 0, {}

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def said(self) -> str:
        return self.log.read_text()

    def stop(self) -> float:
        """Ask it to end; return how long that took."""
        asked_at = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
        return time.monotonic() - asked_at


Start = Callable[..., Worker]


@pytest.fixture
def start_worker(cluster: Cluster, database: Database, tmp_path: Path) -> Iterator[Start]:
    """Starts workers that end with the test."""
    started: list[Worker] = []

    def start(**variables: str) -> Worker:
        started.append(Worker(cluster, tmp_path, **variables))
        wait_for(started[-1].is_ready, started[-1])
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.wait()


def wait_for(done: Callable[[], object], worker: Worker | None = None, *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, worker.said() if worker else "not in time"
        time.sleep(0.05)


def statuses(database: Database) -> list[str]:
    return [status for (status,) in database.rows("select status from notification order by created_at")]


def test_a_booking_becomes_a_mail_and_no_contact_data_is_logged(
    database: Database, start_worker: Start, tmp_path: Path
) -> None:
    worker = start_worker(HOLDFAST_LOG_LEVEL="DEBUG")
    business = make_business()
    someone = Contact("Jörg Müller", "jörg.müller@bücher.example", "+49 (30) 123-45-67")
    made = book(business, "cut", contact=someone)
    assert made.booking_id is not None
    for move in (confirm_booking, cancel_booking):
        move(
            tenant_id=business.tenant_id,
            actor=GUEST,
            now=clock.now(),
            booking_id=made.booking_id,
            token=made.token,
        )
    booked_at = time.monotonic()
    wait_for(lambda: statuses(database) == ["sent", "sent"], worker)
    assert time.monotonic() - booked_at < 3
    mails = sorted((tmp_path / "mail").glob("*.eml"))
    assert len(mails) == 2
    assert b"booking.ics" in mails[0].read_bytes()
    assert worker.stop() < 5
    assert worker.process.returncode == 0
    said = worker.said()
    assert "mail_sent" in said
    for secret in ("müller", "bücher", "Jörg", "123-45-67", "1234567", made.token):
        assert secret not in said


def test_a_refused_address_is_not_logged_either(database: Database, start_worker: Start) -> None:
    with mail_server() as box:
        box.recipient_answer = "550 5.1.1 <ann@example.com> +49 30 1234567: no such user"
        worker = start_worker(HOLDFAST_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
        book(make_business(), "book")
        wait_for(lambda: statuses(database) == ["failed"], worker)
        worker.stop()
    assert "mail_refused" in worker.said()
    assert "ann@example.com" not in worker.said()
    assert "1234567" not in worker.said()
    assert database.rows("select reason from notification") == [("the address was refused (550)",)]


def test_a_dead_mail_server_stops_nobody_and_loses_nothing(database: Database, start_worker: Start) -> None:
    with mail_server() as gone:
        port = gone.port
    worker = start_worker(HOLDFAST_SMTP_URL=f"smtp://127.0.0.1:{port}")
    business = make_business()
    for hour in (9, 11, 13):
        book(business, "book", business.start(hour=hour))
    wait_for(lambda: statuses(database) == ["failed"] * 3, worker)
    assert worker.is_ready()
    with mail_server(port) as box:
        wait_for(lambda: statuses(database) == ["sent"] * 3, worker)
        time.sleep(0.5)
        assert len(box.mails) == 3
    assert len({mail["Message-ID"] for mail in box.mails}) == 3
    assert database.rows("select count(*) from procrastinate_jobs") == [(0,)]


def test_expired_holds_end_without_anybody_asking(database: Database, start_worker: Start) -> None:
    worker = start_worker()
    business = make_business()
    made = book(business, "cut")
    with database.cluster.connect() as admin:
        admin.execute("update booking set hold_expires_at = clock_timestamp() + interval '1 second'")
        admin.execute("update allocation set expires_at = clock_timestamp() + interval '1 second'")
    due_at = time.monotonic() + 1
    wait_for(lambda: database.rows("select status from booking") == [("expired",)], worker)
    assert time.monotonic() - due_at < 5
    assert database.rows(
        "select kind from booking_event where booking_id = %s order by id", [made.booking_id]
    )[-1] == ("booking.expired",)
    assert database.rows("select count(*) from allocation") == [(0,)]


def test_two_workers_share_the_work_and_send_each_mail_once(
    database: Database, start_worker: Start, tmp_path: Path
) -> None:
    workers = [start_worker(), start_worker()]
    business = make_business(people=6)
    for number in range(24):
        book(business, "book", business.start(hour=8 + number % 12, days=7 + number // 12))
    wait_for(lambda: statuses(database) == ["sent"] * 24, workers[0])
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 24
    assert {attempts for (attempts,) in database.rows("select attempts from notification")} == {1}


def test_the_database_may_restart(database: Database, start_worker: Start) -> None:
    worker = start_worker()
    business = make_business()
    database.cluster.kill()
    wait_for(lambda: worker.get("/readyz")[0] == 503, worker)
    assert worker.get("/healthz") == (200, {"status": "ok"})
    assert worker.get("/readyz")[1]["error"] == "NOT_READY"
    database.cluster.restart()
    back_at = time.monotonic()
    wait_for(worker.is_ready, worker)
    assert time.monotonic() - back_at < 10
    book(business, "book")
    wait_for(lambda: statuses(database) == ["sent"], worker)
    assert worker.process.poll() is None


def test_a_killed_worker_s_mail_is_sent_by_the_next(database: Database, start_worker: Start) -> None:
    """SIGKILL while the mail server thinks: the job is taken up when its worker counts as dead."""
    with mail_server() as box:
        worker = start_worker(HOLDFAST_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
        worker.process.send_signal(signal.SIGSTOP)
        book(make_business(), "book")
        with database.connect_as_app() as sql:
            sql.execute(
                "update procrastinate_jobs set status = 'doing', worker_id = (select max(id) from"
                " procrastinate_workers)"
            )
            sql.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        worker.process.kill()
        worker.process.wait()
        another = start_worker(HOLDFAST_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
        wait_for(lambda: len(box.mails) == 1, another)


def test_a_worker_ends_at_once_when_it_has_nothing_to_do(database: Database, start_worker: Start) -> None:
    worker = start_worker()
    assert worker.stop() < 2
    assert worker.process.returncode == 0
    assert database.rows("select count(*) from procrastinate_workers") == [(0,)]


def test_a_worker_that_hangs_in_a_call_ends_in_time_too(database: Database, start_worker: Start) -> None:
    with mail_server() as box:
        box.greeting_delay = 30.0
        worker = start_worker(HOLDFAST_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
        book(make_business(), "book")
        wait_for(lambda: statuses(database) == ["sending"], worker)
        assert worker.stop() < 5
        assert worker.process.returncode == 0


def test_a_worker_refuses_a_role_that_sees_past_the_policies(cluster: Cluster, tmp_path: Path) -> None:
    worker = Worker(cluster, tmp_path, HOLDFAST_APP_DATABASE_URL=cluster.server.admin_url("holdfast"))
    assert worker.process.wait(20) == 1
    assert "unsafe_role" in worker.said()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [("GET /nothing HTTP/1.1", 404), ("POST /readyz HTTP/1.1", 405), ("GET /readyz?x=1 HTTP/1.1", 200)],
)
def test_health_answers_only_what_it_is_for(start_worker: Start, request_line: str, status: int) -> None:
    worker = start_worker()
    with socket.create_connection(("127.0.0.1", worker.port + 2), timeout=5) as line:
        line.sendall(f"{request_line}\r\nHost: x\r\n\r\n".encode())
        answer = b""
        while piece := line.recv(4096):
            answer += piece
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_kept_answers_are_forgotten_after_a_day(database: Database) -> None:
    ours, theirs = make_business(), make_business()
    for number, business in enumerate((ours, theirs)):
        for hour in (9, 11):
            key = IdempotencyKey("POST /bookings", f"key-{number}-{hour}", b"f")
            book(business, "cut", business.start(hour=hour), key=key)
    with database.cluster.connect() as admin:
        admin.execute(
            "update idempotency_record set created_at = created_at - %s where key like %s",
            [timedelta(hours=24, seconds=1), "%-9"],
        )
    assert forget_old_records() == 2
    assert database.rows("select key from idempotency_record order by key") == [("key-0-11",), ("key-1-11",)]
