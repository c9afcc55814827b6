"""The mails of the waiting list, through a real server: offered, taken; lapsed, and passed on."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client

from holdfast.capabilities.notifications.jobs import mail_due
from tests.capabilities.bookings.moves import cancel
from tests.capabilities.bookings.waiting import fill_day, let_lapse, look_around, wait
from tests.capabilities.business import Business, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import html_of, text_of
from tests.cluster import Database

Run = Callable[[], int]


def link_in(mailbox: Mailbox) -> str:
    """The private link of the last mail."""
    found = re.search(r"http://[^/]+(/b/[\w-]{43}/)", text_of(mailbox.mails[-1]))
    assert found is not None
    return found[1]


def full_salon(database: Database) -> Business:
    """A day without a gap but one that is just given back; nobody is told about that."""
    business = make_business()
    taken = fill_day(business)
    wait(business, "Zoe")
    wait(business, "Max")
    cancel(business, taken[6])
    assert database.rows("delete from procrastinate_jobs returning 1")
    return business


def test_an_offer_says_what_and_until_when_and_is_taken_by_its_link(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = full_salon(database)
    assert look_around() == 1
    assert run_jobs() == 1
    [mail] = mailbox.mails
    assert mailbox.recipients == ["<zoe@example.com>"]
    assert mail["Subject"].startswith("A time is free: cut, ")
    until = database.rows("select expires_at from waitlist_offer")[0][0].astimezone(business.zone)
    for content in (text_of(mail), html_of(mail)):
        assert "14:00 – 15:00" in content
        assert f"{business.start(hour=14).astimezone(business.zone):%A}" in content
        assert f"{until:%H:%M}" in content
    browser, link, host = Client(), link_in(mailbox), {"host": f"{business.slug}.localhost"}
    offer = browser.get(link, headers=host, follow=True)
    assert offer.redirect_chain[-1][0] == f"{link}offer/"
    page = offer.content.decode()
    assert 'data-deadline="' in page
    assert "No, thanks" in page
    taken = browser.post(f"{link}offer/", headers=host)
    assert (taken.status_code, taken["Location"]) == (302, link)
    assert database.rows("select status from booking where source = 'waitlist'") == [("confirmed",)]
    assert run_jobs() == 1
    assert mailbox.mails[-1]["Subject"].startswith("Booking: cut, ")


def test_an_offer_that_lapses_is_told_and_goes_to_the_next(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    full_salon(database)
    look_around()
    run_jobs()
    let_lapse(database)
    assert look_around() == 1
    mail_due()
    run_jobs()
    told = [(each["To"], each["Subject"].partition(":")[0]) for each in mailbox.mails]
    assert sorted(told[1:]) == [("max@example.com", "A time is free"), ("zoe@example.com", "Expired")]


def test_no_thanks_leads_back_to_the_list_and_to_the_next(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = full_salon(database)
    look_around()
    run_jobs()
    browser, link, host = Client(), link_in(mailbox), {"host": f"{business.slug}.localhost"}
    declined = browser.post(f"{link}decline/", headers=host, follow=True)
    page = declined.content.decode()
    assert declined.redirect_chain[-1][0].startswith("/w/")
    assert "You are on the waiting list." in page
    assert "What is free now was offered to you before." in page
    assert look_around() == 1
    assert run_jobs() >= 1
    assert mailbox.recipients[-1] == "<max@example.com>"
    # Nobody is told of a cancellation of what was never promised.
    assert [each["Subject"].partition(":")[0] for each in mailbox.mails] == ["A time is free"] * 2
