"""Reminders: one for each booking, lead time and start, whatever moves, stops or restarts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from holdfast.capabilities.bookings.commands.reschedule import reschedule_booking
from holdfast.capabilities.notifications.commands.due import lead_minutes_of
from holdfast.capabilities.notifications.jobs import mail_due
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.events import nobody_listening
from tests.capabilities.business import Business, book, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import cancel, has_entry, id_of, text_of
from tests.cluster import Database

Run = Callable[[], int]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def quietly(business: Business, service: str = "book", **more: Any) -> Any:
    """A booking whose confirmation nobody is told of, so that all mails are reminders."""
    with nobody_listening():
        return book(business, service, **more)


def move(business: Business, made: Any, starts_at: Any) -> None:
    with nobody_listening():
        reschedule_booking(
            tenant_id=business.tenant_id,
            actor=GUEST,
            now=clock.now(),
            booking_id=id_of(made),
            token=made.token,
            starts_at=starts_at,
        )


def remind(at: Any) -> int:
    """Look at an instant, as the worker does every half minute."""
    with clock.frozen(at):
        return mail_due()


def test_a_day_before_by_default_and_once(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    quietly(business)
    start = business.start()
    assert remind(start - DAY - MINUTE) == 0
    assert remind(start - DAY) == 1
    assert [remind(start - DAY + n * MINUTE) for n in range(1, 5)] == [0, 0, 0, 0]
    with clock.frozen(start - DAY + MINUTE):
        run_jobs()
    [mail] = mailbox.mails
    assert mail["Subject"].startswith("Reminder: book, ")
    assert "See you soon." in text_of(mail)
    assert not has_entry(mail)
    assert database.rows("select kind, lead_minutes, status from notification") == [
        ("reminder", 1440, "sent")
    ]


def test_several_lead_times_are_several_mails(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business(settings={"reminders": {"lead_minutes": [2880, 60]}})
    quietly(business)
    start = business.start()
    for at in (start - 2 * DAY, start - DAY, start - HOUR, start - 30 * MINUTE):
        with clock.frozen(at):
            mail_due()
            run_jobs()
    assert database.rows("select lead_minutes from notification order by 1") == [(60,), (2880,)]
    assert len(mailbox.mails) == 2


def test_after_a_pause_only_the_nearest_is_sent(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    """The worker was away for days: one mail now, not one for each lead time that has passed."""
    business = make_business(settings={"reminders": {"lead_minutes": [2880, 1440, 60]}})
    quietly(business)
    start = business.start()
    with clock.frozen(start - 10 * HOUR):
        assert mail_due() == 1
        run_jobs()
    assert database.rows("select lead_minutes from notification") == [(1440,)]
    assert remind(start - HOUR) == 1


def test_none_where_a_business_wants_none(database: Database) -> None:
    business = make_business(settings={"reminders": {"lead_minutes": []}})
    quietly(business)
    assert remind(business.start() - HOUR) == 0


def test_a_restart_forgets_nothing_and_repeats_nothing(database: Database) -> None:
    """A round that fails before its commit is taken again; one that committed is not."""
    business = make_business()
    quietly(business)
    at = business.start() - DAY
    with database.cluster.connect() as admin:
        admin.execute("alter table procrastinate_jobs rename to gone")
    try:
        assert remind(at) == 0
    finally:
        with database.cluster.connect() as admin:
            admin.execute("alter table gone rename to procrastinate_jobs")
    assert remind(at + MINUTE) == 1
    with database.cluster.connect() as admin:
        admin.execute("update mail_progress set reminded_until = '-infinity'")
    assert remind(at + 2 * MINUTE) == 0


def test_who_moved_is_reminded_of_the_new_time(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    made = quietly(business)
    start, later = business.start(), business.start(days=12)
    with clock.frozen(start - DAY):
        assert mail_due() == 1
    # The mail had not left yet: it would name a time that is no more.
    move(business, made, later)
    with clock.frozen(start - DAY + MINUTE):
        run_jobs()
    assert mailbox.mails == []
    assert database.rows("select status, reason from notification") == [("skipped", "it was moved or is off")]
    assert remind(start - HOUR) == 0
    with clock.frozen(later - DAY):
        assert mail_due() == 1
        run_jobs()
    assert len(mailbox.mails) == 1


def test_moved_there_and_back_is_not_reminded_twice(database: Database) -> None:
    business = make_business()
    made = quietly(business)
    start = business.start()
    assert remind(start - DAY) == 1
    move(business, made, business.start(days=12))
    move(business, made, start)
    assert remind(start - DAY + MINUTE) == 0


def test_what_is_off_is_not_reminded_of(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    made, other = quietly(business), quietly(business, starts_at=business.start(hour=14))
    with nobody_listening():
        cancel(business, made)
    assert remind(business.start() - DAY) == 0
    with clock.frozen(business.start(hour=14) - DAY):
        assert mail_due() == 1
    with nobody_listening():
        cancel(business, other)
    with clock.frozen(business.start(hour=14) - HOUR):
        run_jobs()
    assert mailbox.mails == []


def test_who_books_within_the_lead_time_is_not_reminded(database: Database) -> None:
    """They were told of it just now."""
    business = make_business(settings={"reminders": {"lead_minutes": [60 * 24 * 8]}})
    quietly(business)
    assert remind(clock.now() + MINUTE) == 0


@pytest.mark.parametrize("service", ["cut", "ask"])
def test_only_confirmed_bookings(database: Database, service: str) -> None:
    business = make_business()
    quietly(business, service)
    assert remind(business.start() - HOUR) == 0


def test_businesses_are_apart_and_the_suspended_are_left_alone(database: Database) -> None:
    one, two = make_business(), make_business(settings={"reminders": {"lead_minutes": [120]}})
    quietly(one)
    quietly(two)
    assert remind(one.start() - DAY) == 1
    with database.cluster.connect() as admin:
        admin.execute("update tenant set status = 'suspended' where id = %s", [two.tenant_id])
    assert remind(two.start() - HOUR) == 0
    with database.cluster.connect() as admin:
        admin.execute("update tenant set status = 'active' where id = %s", [two.tenant_id])
    assert remind(two.start() - HOUR) == 1


def test_old_marks_are_forgotten(database: Database) -> None:
    business = make_business()
    quietly(business)
    assert remind(business.start() - DAY) == 1
    assert database.rows("select count(*) from reminder") == [(1,)]
    remind(business.start() + 8 * DAY)
    assert database.rows("select count(*) from reminder") == [(0,)]


@pytest.mark.parametrize(
    ("settings", "leads"),
    [
        ({}, (1440,)),
        ({"reminders": {}}, (1440,)),
        ({"reminders": {"lead_minutes": "60"}}, (1440,)),
        ({"reminders": {"lead_minutes": [60, 60, 2880]}}, (60, 2880)),
        ({"reminders": {"lead_minutes": [True, 1, -5, 10**9, "7", None, 30.5, 90]}}, (90,)),
        ({"reminders": [60]}, (1440,)),
    ],
)
def test_lead_times_are_read_with_care(settings: dict[str, Any], leads: tuple[int, ...]) -> None:
    assert lead_minutes_of(settings) == leads
