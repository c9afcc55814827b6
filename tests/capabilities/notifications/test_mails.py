"""The mails: what they say, in which language, to whom, and that each is sent once."""

from __future__ import annotations

import email
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.db import connection

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.queries import get_booking_by_token
from holdfast.capabilities.notifications import commands, jobs
from holdfast.capabilities.notifications.queries import list_notifications
from holdfast.capabilities.people.types import Contact
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor, system_actor
from holdfast.platform.errors import Unauthenticated
from holdfast.platform.events import nobody_listening
from holdfast.platform.jobs import TryLater
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import ANN, TESTER, Business, book, make_business
from tests.capabilities.notifications.mailbox import Mailbox, mail_server
from tests.cluster import Database

Run = Callable[[], int]
NOTIFICATIONS = "select kind, version, status, attempts, reason from notification order by created_at, kind"


def cancel(business: Business, made: MoveAnswer) -> None:
    cancel_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=_id(made),
        token=made.token,
    )


def _id(made: MoveAnswer) -> Any:
    assert made.booking_id is not None
    return made.booking_id


def parts(mail: EmailMessage) -> dict[str, str]:
    """Content by type; the calendar of the alternative."""
    found = {}
    for part in mail.walk():
        if not part.is_multipart() and part.get_content_type() not in found:
            content = part.get_content()
            found[part.get_content_type()] = content if isinstance(content, str) else content.decode()
    return found


def read(folder: Path) -> list[EmailMessage]:
    found = [email.message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.iterdir())]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def calendar_of(mail: EmailMessage) -> Any:
    """The attached file."""
    [attached] = [part for part in mail.walk() if part.get_filename() == "booking.ics"]
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    return icalendar.Calendar.from_ical(content)


def test_a_booking_is_confirmed_by_mail(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business("glow", zone="America/New_York")
    made = book(business, "book", business.start(hour=14))
    assert run_jobs() == 1
    [mail] = mailbox.mails
    host = f"{business.slug}.localhost"
    assert mail["To"] == "ann@example.com"
    assert mail["From"] == f"The {business.slug} <bookings@{host}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    day = business.start(hour=14).astimezone(business.zone)
    assert mail["Subject"] == f"Booking: book, The {business.slug}, {day:%a, %b} {day.day}"
    content = parts(mail)
    assert list(content) == ["text/plain", "text/html", "text/calendar", "application/ics"]
    link = f"http://{host}:8000/b/{made.token}/"
    for kind in ("text/plain", "text/html"):
        assert link in content[kind]
        assert "Ann Lee" in content[kind]
        assert f"{business.slug} person 0" in content[kind]
        assert f"{business.slug} street" in content[kind]
        assert "New York, GMT-" in content[kind]
        assert "2:00\u202fPM" in content[kind]
        assert "€42.00" in content[kind]
        assert "+49" not in content[kind], content[kind]
    assert database.rows(NOTIFICATIONS) == [("confirmed", 1, "sent", 1, "")]


def test_the_private_link_of_the_mail_opens_the_booking(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = make_business()
    made = book(business, "book")
    run_jobs()
    token = parts(mailbox.mails[0])["text/plain"].split("/b/")[1].split("/")[0]
    with tenant_context(business.tenant_id, "test"):
        booking = get_booking_by_token(token)
    assert booking is not None
    assert booking.id == made.booking_id


def test_a_request_its_confirmation_and_its_cancellation_are_one_entry(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = make_business()
    made = book(business, "ask")
    run_jobs()
    staff = Actor(kind="staff", role="owner")
    confirm_booking(tenant_id=business.tenant_id, actor=staff, now=clock.now(), booking_id=_id(made))
    run_jobs()
    cancel(business, made)
    run_jobs()
    assert [mail["Subject"].split(":")[0] for mail in mailbox.mails] == ["Request", "Booking", "Cancelled"]
    calendars = [calendar_of(mail) for mail in mailbox.mails]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert [str(calendar["METHOD"]) for calendar in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [str(event["STATUS"]) for event in events] == ["TENTATIVE", "CONFIRMED", "CANCELLED"]
    assert {str(event["UID"]) for event in events} == {f"{made.booking_id}@{business.slug}.localhost"}
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
    assert [event["DTSTAMP"].dt for event in events] == sorted(event["DTSTAMP"].dt for event in events)
    assert all(event["DTSTART"].dt == business.start() for event in events)
    assert database.rows(NOTIFICATIONS) == [
        ("received", 1, "sent", 1, ""),
        ("confirmed", 2, "sent", 1, ""),
        ("cancelled", 3, "sent", 1, ""),
    ]


def test_a_late_mail_tells_of_the_move_it_is_about(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    """Cancelled before the confirmation could leave: two mails, in order, each true for its moment."""
    business = make_business()
    cancel(business, book(business, "book"))
    assert run_jobs() == 2
    assert [mail["Subject"].split(":")[0] for mail in mailbox.mails] == ["Booking", "Cancelled"]
    events = [calendar_of(mail).walk("VEVENT")[0] for mail in mailbox.mails]
    assert [(str(event["STATUS"]), event["SEQUENCE"]) for event in events] == [
        ("CONFIRMED", 0),
        ("CANCELLED", 1),
    ]


def test_arabic_for_an_arabic_business(database: Database, mail_folder: Path, run_jobs: Run) -> None:
    business = make_business("noor", zone="Asia/Dubai")
    with connection.cursor() as cursor:
        cursor.execute("update tenant set locale = 'ar-AE', name = 'صالون نور'")
    book(business, "book")
    run_jobs()
    [mail] = read(mail_folder)
    content = parts(mail)
    assert mail["Subject"].strip().startswith("حجز: book, صالون نور")
    assert 'lang="ar" dir="rtl"' in content["text/html"]
    for kind in ("text/plain", "text/html"):
        assert "تم حجزك." in content[kind]
        assert "مرحباً Ann Lee،" in content[kind]
        assert "دبي" in content[kind]
        assert "هذا الرابط لك وحدك" in content[kind]


def test_an_unknown_language_is_english(database: Database, mail_folder: Path, run_jobs: Run) -> None:
    business = make_business()
    with connection.cursor() as cursor:
        cursor.execute("update tenant set locale = 'xx-ZZ'")
    book(business, "book")
    run_jobs()
    assert "You are booked." in parts(read(mail_folder)[0])["text/plain"]


def test_files_are_private_and_whole(database: Database, mail_folder: Path, run_jobs: Run) -> None:
    book(make_business(), "book")
    run_jobs()
    [file] = list(mail_folder.iterdir())
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o077 == 0
    assert mail_folder.stat().st_mode & 0o077 == 0


def test_a_job_that_runs_again_sends_nothing(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    book(business, "book")
    [(arguments,)] = database.rows("select args from procrastinate_jobs")
    run_jobs()
    jobs.send_booking_mail(**arguments)
    jobs.send_booking_mail(**arguments)
    assert len(mailbox.mails) == 1
    assert database.rows(NOTIFICATIONS) == [("confirmed", 1, "sent", 1, "")]


def test_a_dead_server_loses_no_mail(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    book(make_business(), "book")
    mailbox.data_answer = "451 later"
    for _ in range(2):
        with pytest.raises(TryLater):
            run_jobs()
    assert database.rows(NOTIFICATIONS) == [("confirmed", 1, "failed", 2, "the mail was put off (451)")]
    mailbox.data_answer = "250 ok"
    run_jobs()
    assert len(mailbox.mails) == 1
    assert database.rows(NOTIFICATIONS) == [("confirmed", 1, "sent", 3, "")]


def test_no_server_at_all_is_waited_for(
    database: Database, mail_folder: Path, run_jobs: Run, settings: Any
) -> None:
    with mail_server() as gone:
        port = gone.port
    settings.HOLDFAST = _with_smtp(settings.HOLDFAST, f"smtp://127.0.0.1:{port}")
    book(make_business(), "book")
    with pytest.raises(TryLater):
        run_jobs()
    assert database.rows(NOTIFICATIONS) == [
        ("confirmed", 1, "failed", 1, "the mail server does not answer (ConnectionRefusedError)")
    ]


def _with_smtp(config: Any, url: str) -> Any:
    from dataclasses import replace

    return replace(config, smtp_url=url)


def test_an_address_that_is_refused_for_good_is_not_tried_again(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    mailbox.recipient_answer = "550 no such user ann@example.com"
    book(make_business(), "book")
    run_jobs()
    assert mailbox.mails == []
    assert database.rows(NOTIFICATIONS) == [("confirmed", 1, "failed", 1, "the address was refused (550)")]


def test_two_workers_do_not_send_the_same_mail(database: Database, mailbox: Mailbox) -> None:
    """The second finds the first at work; when the first has died, it takes over after the lease."""
    business = make_business()
    made = book(business, "book")
    [(arguments,)] = database.rows("select args from procrastinate_jobs")
    with tenant_context(business.tenant_id, "test"):
        commands.claim_message(booking_id=_id(made), kind="confirmed", version=1, recipient_index=None)
    with pytest.raises(TryLater):
        jobs.send_booking_mail(**arguments)
    assert mailbox.mails == []
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.tenant', %s, false)", [str(business.tenant_id)])
        cursor.execute("update notification set leased_until = clock_timestamp() - interval '1 second'")
        cursor.execute("select set_config('app.tenant', '', false)")
    jobs.send_booking_mail(**arguments)
    assert len(mailbox.mails) == 1


def test_who_gave_no_address_is_skipped_and_logged(
    database: Database, mail_folder: Path, run_jobs: Run
) -> None:
    book(make_business(), "book", contact=Contact("Ann", "", "+49 30 1234567"))
    run_jobs()
    assert not mail_folder.exists()
    assert database.rows(NOTIFICATIONS) == [("confirmed", 1, "skipped", 1, "no e-mail address")]


def test_a_released_hold_tells_nobody(database: Database, mail_folder: Path, run_jobs: Run) -> None:
    business = make_business()
    cancel(business, book(business, "cut"))
    assert run_jobs() == 1
    assert database.rows(NOTIFICATIONS) == [("cancelled", 2, "skipped", 1, "it was never more than a hold")]


def test_what_is_over_is_not_told(database: Database, mail_folder: Path, run_jobs: Run) -> None:
    business = make_business()
    book(business, "book")
    with clock.frozen(business.start() + timedelta(hours=2)):
        run_jobs()
    assert database.rows(NOTIFICATIONS) == [("confirmed", 1, "skipped", 1, "the time is over")]


def test_nobody_is_told_of_demo_bookings(database: Database, mail_folder: Path, run_jobs: Run) -> None:
    business = make_business()
    with nobody_listening():
        book(business, "book")
    assert run_jobs() == 0
    made = book(business, "book", business.start(hour=12))
    with database.cluster.connect() as admin:
        admin.execute("update booking set source = 'demo' where id = %s", [made.booking_id])
    assert run_jobs() == 1
    assert not mail_folder.exists()
    assert database.rows(NOTIFICATIONS) == []


def test_the_log_knows_no_address_but_finds_by_it(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = make_business()
    made = book(business, "book")
    run_jobs()
    [(row, index)] = database.rows("select notification::text, length(recipient_index) from notification")
    assert "ann" not in row
    assert index == 32
    with tenant_context(business.tenant_id, "test"):
        [told] = list_notifications(actor=system_actor("test"), booking_id=_id(made))
        assert (told.kind, told.status, told.attempts) == ("confirmed", "sent", 1)
        with pytest.raises(Unauthenticated):
            list_notifications(actor=GUEST, booking_id=_id(made))


EVIL = (
    "Ann\r\nBcc: victim@example.org",
    "Ann\nATTENDEE:mailto:x@example.org\nEND:VEVENT",
    '<script>alert(1)</script><a href="http://evil.example">win</a>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    'Ann";X-EVIL="1:;,\\',
    "Ann\u2028Bcc: victim@example.org\x00\x07",
)


@pytest.mark.parametrize("payload", EVIL)
def test_no_name_breaks_out_of_its_place(
    database: Database, mailbox: Mailbox, run_jobs: Run, payload: str
) -> None:
    business = make_business()
    book(business, "book", contact=Contact(payload, "ann@example.com", ""), notes=payload)
    with connection.cursor() as cursor:
        cursor.execute("update tenant set name = %s", [payload.replace("\x00", "")])
    run_jobs()
    [mail] = mailbox.mails
    assert mailbox.recipients == ["<ann@example.com>"]
    assert sorted(mail.keys()) == sorted(
        ["Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"]
    )
    content = parts(mail)
    assert "<script" not in content["text/html"]
    assert content["text/html"].count("<a href") == 1
    event = calendar_of(mail).walk("VEVENT")[0]
    assert "X-EVIL" not in event
    assert len(calendar_of(mail).walk("VEVENT")) == 1
    assert list(event).count("ATTENDEE") == 1


def test_a_stranger_s_advertisement_is_not_passed_on(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    book(make_business(), "book", contact=Contact("Win now at http://evil.example", "ann@example.com", ""))
    run_jobs()
    assert all("evil.example" not in content for content in list(parts(mailbox.mails[0]).values())[:2])


def test_the_zone_is_the_business_s(database: Database, mail_folder: Path, run_jobs: Run) -> None:
    business = make_business("kath", zone="Asia/Kathmandu")
    book(business, "book", business.start(hour=9))
    run_jobs()
    text = parts(read(mail_folder)[0])["text/plain"]
    assert "(Kathmandu, GMT+5:45)" in text
    assert business.zone == ZoneInfo("Asia/Kathmandu")


def test_the_actor_of_the_mails_is_the_system() -> None:
    assert jobs.MAILER.label == "system:mail"
    assert TESTER.label == "system:tests"
    assert ANN.email == "ann@example.com"
