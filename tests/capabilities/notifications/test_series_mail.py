"""A series is one mail, not one for each of its dates; reminders come for each."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

from icalendar import Calendar

from tests.capabilities.bookings.series import cancel, make, move, wish
from tests.capabilities.business import Business, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import html_of, text_of
from tests.cluster import Database

Run = Callable[[], int]


def entries_of(mail: EmailMessage) -> list[tuple[str, str, int]]:
    (calendar,) = [
        part.get_payload(decode=True) for part in mail.walk() if part.get_filename() == "bookings.ics"
    ]
    file = Calendar.from_ical(calendar)
    assert file["METHOD"] == "PUBLISH"
    return [(str(each["UID"])[:36], str(each["STATUS"]), each["SEQUENCE"]) for each in file.walk("VEVENT")]


def day_names(business: Business) -> list[str]:
    return [f"{business.start(days=7 * number).astimezone(business.zone):%-d}" for number in (1, 2, 3, 4)]


def test_one_mail_for_all(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    made = make(business, wish(business, "book"))
    run_jobs()
    (mail,) = mailbox.mails
    assert mail["Subject"].startswith("Booking: book, ")
    ids = [str(each["id"]) for each in made.bookings]
    assert entries_of(mail) == [(each, "CONFIRMED", 0) for each in ids]
    for content in (text_of(mail), html_of(mail)):
        assert "All dates:" in content
        assert content.count("10:00 – 11:00") == 5
        assert content.count("/b/") >= 5
        assert all(day in content for day in day_names(business))

    move(business, made.id, position=2, starts_at=business.start(days=14, hour=15))
    cancel(business, made.id, position=3)
    run_jobs()
    _, changed, cancelled = mailbox.mails
    assert changed["Subject"].startswith("Changed: book, ")
    assert entries_of(changed) == [(each, "CONFIRMED", 1) for each in ids[1:]]
    assert cancelled["Subject"].startswith("Cancelled: book, ")
    assert entries_of(cancelled) == [(each, "CANCELLED", 2) for each in ids[2:]]
    assert "/b/" not in text_of(cancelled).split("All dates:")[1].split("Your booking:")[0]
    assert database.rows("select count(*) from notification where status = 'sent'") == [(3,)]


def test_one_of_a_series_is_told_alone(mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    made = make(business, wish(business, "book", rrule="FREQ=DAILY;COUNT=2"))
    run_jobs()
    cancel(business, made.id, position=2)
    run_jobs()
    _, alone = mailbox.mails
    assert "All dates:" not in text_of(alone)
    assert [part.get_filename() for part in alone.walk() if part.get_filename()] == ["booking.ics"]
