"""What customers are told when a move is taken back: what is now true, once, in a calendar that follows."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.platform import clock
from tests.capabilities.bookings.moves import OWNER, cancel, confirm
from tests.capabilities.bookings.undoing import undo
from tests.capabilities.business import TESTER, book, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.test_mails import calendar_of
from tests.cluster import Database

Run = Callable[[], int]


def test_each_undo_is_told_as_what_is_now_true(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business("undone")
    made = book(business, "book")
    assert made.booking_id is not None
    cancel(business, made, actor=OWNER)
    undo(business, made)
    reschedule_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=made.booking_id,
        starts_at=business.start(hour=15),
    )
    undo(business, made)
    undo(business, made)
    assert run_jobs() == 6
    subjects = [mail["Subject"].split(":")[0] for mail in mailbox.mails]
    assert subjects == ["Booking", "Cancelled", "Booking", "Changed", "Changed", "Cancelled"]
    events = [calendar_of(mail).walk("VEVENT")[0] for mail in mailbox.mails]
    assert len({str(event["UID"]) for event in events}) == 1
    numbers = [int(event["SEQUENCE"]) for event in events]
    assert numbers == sorted(set(numbers))
    starts = [event["DTSTART"].dt for event in events]
    assert starts[2] == starts[4] == business.start() != starts[3]
    assert [str(event["STATUS"]) for event in events][-1] == "CANCELLED"


def test_a_request_again_and_what_nobody_is_told(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business("undone")
    asked = book(business, "ask")
    confirm(business, asked, actor=OWNER)
    undo(business, asked)
    assert _subjects(mailbox, run_jobs) == ["Request", "Booking", "Request"]
    held = book(business, "cut", business.start(hour=15))
    cancel(business, held)
    undo(business, held)
    assert _subjects(mailbox, run_jobs)[3:] == []


def _subjects(mailbox: Mailbox, run_jobs: Run) -> list[str]:
    run_jobs()
    return [mail["Subject"].split(":")[0] for mail in mailbox.mails]
