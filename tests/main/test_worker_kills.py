"""Workers killed while mails are under way (TRUST G10): each mail is one effect, twice only where it must be.

A mail server and a database cannot agree in one step: what was handed over the moment before a SIGKILL is
sent a second time, under the same Message-ID, by which mail programs know it. That is counted here, and is at
most what the worker was sending at once. Quick size: 12 mails and one kill; full size (slow): 240 and 20.
"""

from __future__ import annotations

import time
from collections import Counter
from functools import partial

import pytest

from tests.capabilities.business import book, make_business
from tests.capabilities.notifications.mailbox import Mailbox, mail_server
from tests.cluster import Database
from tests.main.test_worker import Start, Worker, start_worker, wait_for

__all__ = ["start_worker"]
# How many jobs a worker runs side by side.
AT_ONCE = 3


def _kill(database: Database, worker: Worker) -> None:
    """SIGKILL it, and let the time pass after which it counts as dead and its mail as not sent."""
    worker.process.kill()
    worker.process.wait()
    with database.cluster.connect() as admin:
        admin.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        admin.execute("update notification set leased_until = clock_timestamp() where status = 'sending'")


def _let_all_come_due(database: Database) -> None:
    """Do not wait the seconds or minutes between two tries."""
    with database.cluster.connect() as admin:
        admin.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")


def _has(box: Mailbox, count: int) -> bool:
    return len(box.mails) >= count


def _send_and_kill(database: Database, start: Start, box: Mailbox, *, mails: int, kills: int) -> None:
    business = make_business(people=1 + mails // 48)
    for number in range(mails):
        day, hour = divmod(number // len(business.resource_ids), 12)
        who = business.resource_ids[number % len(business.resource_ids)]
        book(business, "book", business.start(days=7 + day, hour=8 + hour), resource_id=who)
    # Slow enough that a kill meets a mail that is under way.
    box.greeting_delay = 0.05
    for killed in range(1, kills + 1):
        worker = start(HOLDFAST_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
        wait_for(partial(_has, box, mails * killed // (kills + 1)), worker)
        _kill(database, worker)
        _let_all_come_due(database)
    box.greeting_delay = 0.0
    last = start(HOLDFAST_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
    deadline = time.monotonic() + 60
    while database.rows("select count(*) from notification where status = 'sent'") != [(mails,)]:
        assert time.monotonic() < deadline, last.said()
        _let_all_come_due(database)
        time.sleep(0.2)
    sent = Counter(str(mail["Message-ID"]) for mail in box.mails)
    twice = sent.total() - len(sent)
    print(f"{len(sent)} mails, {kills} kills, {twice} sent a second time")
    assert len(sent) == mails
    assert set(sent.values()) <= {1, 2}
    assert twice <= kills * AT_ONCE
    assert database.rows("select count(distinct booking_id), count(*) from notification") == [(mails, mails)]
    waiting = "select count(*) from procrastinate_jobs where task_name = 'notifications.send_booking_mail'"
    wait_for(lambda: database.rows(waiting) == [(0,)], last)


def test_a_mail_is_one_effect_though_its_worker_is_killed(database: Database, start_worker: Start) -> None:
    with mail_server() as box:
        _send_and_kill(database, start_worker, box, mails=12, kills=1)


@pytest.mark.slow
def test_two_hundred_mails_and_twenty_kills(database: Database, start_worker: Start) -> None:
    with mail_server() as box:
        _send_and_kill(database, start_worker, box, mails=240, kills=20)
