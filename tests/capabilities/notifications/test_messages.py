"""The mails of a booking's life: which there are, what each says, and what it does to a calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.bookings.commands.reschedule import reschedule_booking
from holdfast.capabilities.notifications.jobs import enqueue_due, mail_due
from holdfast.capabilities.notifications.types import Due
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import ANN, Business, book, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import (
    OWNER,
    TOLD,
    cancel,
    entry_of,
    has_entry,
    html_of,
    id_of,
    text_of,
)
from tests.cluster import Database

Run = Callable[[], int]


def move(business: Business, made: Any, starts_at: Any) -> None:
    reschedule_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=id_of(made),
        token=made.token,
        starts_at=starts_at,
    )


def test_a_change_says_what_was_and_what_is(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    made = book(business, "book", business.start(hour=10))
    run_jobs()
    move(business, made, business.start(days=8, hour=15))
    run_jobs()
    first, second = mailbox.mails
    assert second["Subject"].startswith("Changed: book, ")
    old, new = business.start(hour=10), business.start(days=8, hour=15)
    for content in (text_of(second), html_of(second)):
        assert f"Before, it was on {old.astimezone(business.zone):%A}" in content
        assert "10:00 – 11:00" in content
        assert "15:00 – 16:00" in content
        assert f"{new.astimezone(business.zone):%A}" in content
    (was, before), (method, after) = entry_of(first), entry_of(second)
    assert (was, method) == ("REQUEST", "REQUEST")
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert (before["DTSTART"].dt, after["DTSTART"].dt) == (old, new)
    assert database.rows(TOLD) == [("confirmed", 1, 0, "sent", ""), ("changed", 2, 0, "sent", "")]


def test_a_hold_that_moves_tells_nobody(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    move(business, book(business, "cut"), business.start(hour=12))
    run_jobs()
    assert mailbox.mails == []
    assert database.rows(TOLD) == [("changed", 2, 0, "skipped", "it is no more than a hold")]


def test_who_asked_is_told_that_the_request_was_declined(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = make_business()
    made = book(business, "ask")
    cancel(business, made, OWNER)
    run_jobs()
    asked, declined = mailbox.mails
    assert declined["Subject"].startswith("Declined: ask, ")
    assert "We cannot take your request." in text_of(declined)
    # The nearest other times, in order: none within the one that was declined.
    (free,) = [line for line in text_of(declined).splitlines() if line.startswith("Free now: ")]
    times = free.removeprefix("Free now: ").split(" · ")
    assert [each[-5:] for each in times] == ["08:45", "09:00", "11:00"]
    (_, before), (method, after) = entry_of(asked), entry_of(declined)
    assert method == "CANCEL"
    assert str(after["STATUS"]) == "CANCELLED"
    assert (after["UID"], after["SEQUENCE"]) == (before["UID"], before["SEQUENCE"] + 1)
    assert [row[0] for row in database.rows(TOLD)] == ["received", "declined"]


def test_who_takes_a_request_back_has_cancelled(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    cancel(business, book(business, "ask"))
    run_jobs()
    assert [mail["Subject"].split(":")[0] for mail in mailbox.mails] == ["Request", "Cancelled"]


def test_a_confirmed_booking_that_staff_ends_is_cancelled(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = make_business()
    made = book(business, "ask")
    confirm_booking(tenant_id=business.tenant_id, actor=OWNER, now=clock.now(), booking_id=id_of(made))
    cancel_booking(tenant_id=business.tenant_id, actor=OWNER, now=clock.now(), booking_id=id_of(made))
    run_jobs()
    assert [mail["Subject"].split(":")[0] for mail in mailbox.mails] == ["Request", "Booking", "Cancelled"]


@pytest.fixture
def offer(database: Database) -> Iterator[Callable[[Business], Any]]:
    """Makes a hold that is offered to somebody who waits; such a source need not be known yet."""
    ((check,),) = database.rows(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'booking_source_check'"
    )

    def make(business: Business) -> Any:
        made = book(business, "cut")
        with database.cluster.connect() as admin:
            admin.execute("update booking set source = 'waitlist' where id = %s", [made.booking_id])
        return made

    with database.cluster.connect() as admin:
        admin.execute("alter table booking drop constraint booking_source_check")
        yield make
        restored = f"alter table booking add constraint booking_source_check {check} not valid"
        admin.execute(restored.encode())


def test_an_offer_says_until_when(
    database: Database, mailbox: Mailbox, run_jobs: Run, offer: Callable[[Business], Any]
) -> None:
    business = make_business()
    made = offer(business)
    with tenant_context(business.tenant_id, "test"):
        enqueue_due(business.tenant_id, [Due(id_of(made), "offer", 1, 0)])
    run_jobs()
    [mail] = mailbox.mails
    assert mail["Subject"].startswith("A time is free: cut, ")
    ((until,),) = database.rows("select hold_expires_at from booking")
    assert f"We hold it for you until {until.astimezone(business.zone):%a}" in text_of(mail)
    assert f"{until.astimezone(business.zone):%H:%M}." in text_of(mail)
    assert f"/b/{made.token}/" in text_of(mail)
    assert not has_entry(mail)


def test_an_offer_that_is_over_is_not_sent(
    database: Database, mailbox: Mailbox, run_jobs: Run, offer: Callable[[Business], Any]
) -> None:
    business = make_business()
    made = offer(business)
    with tenant_context(business.tenant_id, "test"):
        enqueue_due(business.tenant_id, [Due(id_of(made), "offer", 1, 0)])
    with clock.frozen(clock.now() + timedelta(hours=1)):
        run_jobs()
    assert mailbox.mails == []
    assert database.rows(TOLD) == [("offer", 1, 0, "skipped", "the offer is over")]


def expire(database: Database, business: Business, made: Any) -> None:
    """Let the booking expire as the database does it, with its event."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.tenant', %s, false)", [str(business.tenant_id)])
        cursor.execute(
            "update booking set status = 'held', hold_expires_at = clock_timestamp() where id = %s",
            [made.booking_id],
        )
        cursor.execute("select booking_expire_one(%s, clock_timestamp())", [made.booking_id])
        cursor.execute("select set_config('app.tenant', '', false)")


@pytest.mark.parametrize(("service", "subjects"), [("ask", ["Request", "Expired"]), ("cut", [])])
def test_who_waits_for_an_answer_hears_that_it_expired(
    database: Database, mailbox: Mailbox, run_jobs: Run, service: str, subjects: list[str]
) -> None:
    """A request has its answer; a checkout that was left is nobody's news."""
    business = make_business()
    made = book(business, service)
    run_jobs()
    expire(database, business, made)
    assert mail_due() == len(subjects) // 2
    assert mail_due() == 0
    run_jobs()
    assert [mail["Subject"].split(":")[0] for mail in mailbox.mails] == subjects
    if subjects:
        (_, before), (method, after) = (entry_of(mail) for mail in mailbox.mails)
        assert (method, after["UID"]) == ("CANCEL", before["UID"])
        assert after["SEQUENCE"] == before["SEQUENCE"] + 1


def test_an_offer_that_ran_out_is_told(
    database: Database, mailbox: Mailbox, run_jobs: Run, offer: Callable[[Business], Any]
) -> None:
    business = make_business()
    expire(database, business, offer(business))
    assert mail_due() == 1
    run_jobs()
    [mail] = mailbox.mails
    assert mail["Subject"].startswith("Expired: cut, ")
    assert not has_entry(mail)


LANGUAGES = [
    ("de-DE", "ltr", "Termin: book", "Ihr Termin steht.", "Guten Tag Ann Lee,"),
    ("fr-FR", "ltr", "Réservation : book", "Votre rendez-vous est réservé.", "Bonjour Ann Lee,"),
    ("ar-AE", "rtl", "حجز: book", "تم حجزك.", "مرحباً Ann Lee،"),
    ("en-GB", "ltr", "Booking: book", "You are booked.", "Hello Ann Lee,"),
]


@pytest.mark.parametrize(("locale", "direction", "subject", "heading", "greeting"), LANGUAGES)
def test_each_language(
    database: Database,
    mailbox: Mailbox,
    run_jobs: Run,
    locale: str,
    direction: str,
    subject: str,
    heading: str,
    greeting: str,
) -> None:
    business = make_business()
    with connection.cursor() as cursor:
        cursor.execute("update tenant set locale = %s", [locale])
    made = book(business, "book", contact=ANN)
    move(business, made, business.start(days=9))
    run_jobs()
    first, second = mailbox.mails
    assert str(first["Subject"]).strip().startswith(subject)
    assert f'lang="{locale[:2]}" dir="{direction}"' in html_of(first)
    for content in (text_of(first), html_of(first)):
        assert heading in content
        assert greeting in content
    assert "%(" not in text_of(second) + str(second["Subject"])
