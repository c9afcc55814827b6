"""The mailed link to a customer's own bookings: who gets one, what it says, what nobody learns by asking."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.capabilities.notifications.links import send_link_mail
from holdfast.main.worker import forget_old_records
from holdfast.platform.http.ratelimit import forget_counts
from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.business import ANN, Business, book, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import html_of, text_of
from tests.cluster import Database

PATH = "/api/v1/customer-links"
Run = Callable[[], int]
JOBS = "select id, args from procrastinate_jobs where task_name = 'notifications.send_link_mail' order by id"


@pytest.fixture
def send_links(database: Database, mailbox: Mailbox) -> Run:
    """Run each waiting job of a link, as the worker would; those that raise stay."""

    def run() -> int:
        jobs = database.rows(JOBS)
        for number, arguments in jobs:
            send_link_mail(**arguments)
            database.rows("delete from procrastinate_jobs where id = %s returning 1", [number])
        return len(jobs)

    return run


@pytest.fixture
def business(database: Database) -> Business:
    made = make_business()
    book(made, "book")
    return made


def ask(business: Business, email: str = ANN.email, **more: Any) -> Answer:
    return ApiClient(business.slug).post(PATH, {"email": email, **more})


def tokens_in(text: str) -> list[str]:
    return re.findall(r"/my/([\w-]{43})/", text)


def test_a_customer_gets_a_link_that_opens_its_list(
    business: Business, database: Database, mailbox: Mailbox, send_links: Run
) -> None:
    assert ask(business).status == 202
    assert send_links() == 1
    [mail] = mailbox.mails
    assert mail["To"] == ANN.email
    assert mail["Subject"] == f"Your bookings: The {business.slug}"
    [token] = tokens_in(text_of(mail))
    assert token in html_of(mail)
    assert mail.get_body(("calendar",)) is None
    found = ApiClient(business.slug).get("/api/v1/my/bookings", X_Customer_Token=token)
    assert (found.status, [each["title"] for each in found.data]) == (200, ["book"])
    assert database.rows("select kind, booking_id, status, language from notification") == [
        ("link", None, "sent", "en")
    ]


@pytest.mark.parametrize(
    ("language", "subject", "direction"),
    [("ar", "حجوزاتك", "rtl"), ("de", "Ihre Buchungen", "ltr"), ("fr", "Vos réservations", "ltr")],
)
def test_the_mail_is_in_the_language_asked_for(
    business: Business, mailbox: Mailbox, send_links: Run, language: str, subject: str, direction: str
) -> None:
    ask(business, language=language)
    send_links()
    [mail] = mailbox.mails
    assert str(mail["Subject"]).startswith(subject)
    assert f'<html lang="{language}" dir="{direction}">' in html_of(mail)
    assert ask(business, language="xx").status == 422


def test_known_or_not_the_answer_and_the_work_are_the_same(
    business: Business, database: Database, mailbox: Mailbox, send_links: Run
) -> None:
    ask(business, "warm@example.com")
    database.rows("delete from procrastinate_jobs returning 1")
    with CaptureQueriesContext(connection) as of_known:
        known = ask(business)
    with CaptureQueriesContext(connection) as of_unknown:
        unknown = ask(business, "nobody@example.com")
    assert len(of_known) == len(of_unknown) > 0
    assert (known.status, known.body) == (unknown.status, unknown.body)
    assert known.body.count(b"If we know this address") == 1
    headers = [
        {name for name in answer.headers if name not in ("X-Request-Id",)} for answer in (known, unknown)
    ]
    assert headers[0] == headers[1]
    # What is stored before anything is looked up differs in the hash only.
    jobs = [arguments for _, arguments in database.rows(JOBS)]
    assert [sorted(each) for each in jobs] == [["email_index", "language", "message_id", "tenant_id"]] * 2
    assert {len(each["email_index"]) for each in jobs} == {64}
    assert database.rows("select count(*) from customer_link") == [(0,)]
    assert database.rows("select count(*) from notification") == [(0,)]
    send_links()
    assert len(mailbox.mails) == 1


def test_asking_again_leaves_the_links_before_alone(
    business: Business, mailbox: Mailbox, send_links: Run
) -> None:
    for spelled in (ANN.email, f"  {ANN.email.upper()} "):
        assert ask(business, spelled).status == 202
    send_links()
    tokens = [token for mail in mailbox.mails for token in tokens_in(text_of(mail))]
    assert len(set(tokens)) == 2
    for token in tokens:
        answer = ApiClient(business.slug).get("/api/v1/my/bookings", X_Customer_Token=token)
        assert (answer.status, answer.meta["count"]) == (200, 1)


def test_no_token_is_stored_anywhere(
    business: Business, database: Database, mailbox: Mailbox, send_links: Run
) -> None:
    ask(business)
    send_links()
    [token] = tokens_in(text_of(mailbox.mails[0]))
    stored = (
        "select table_name from information_schema.tables"
        " where table_schema = 'public' and table_type = 'BASE TABLE'"
    )
    for (table,) in database.rows(stored):
        for (row,) in database.rows(f'select t::text from "{table}" t'):
            assert token not in row, table
            assert token.encode().hex() not in row, table
            assert ANN.email not in row, table
    assert database.rows("select token_hash = sha256(%s) from customer_link", [token.encode()]) == [(True,)]


def test_a_mail_that_fails_is_tried_with_another_link(
    business: Business, database: Database, mailbox: Mailbox, send_links: Run
) -> None:
    ask(business)
    mailbox.recipient_answer = "550 no"
    send_links()
    desk = staff_client(business, "frontdesk")
    [failed] = desk.get("/api/v1/notifications").data
    assert (failed["kind"], failed["status"], failed["booking_id"]) == ("link", "failed", None)
    mailbox.recipient_answer = "250 ok"
    assert desk.post(f"/api/v1/notifications/{failed['id']}/retry").status == 200
    assert send_links() == 1
    assert len(mailbox.mails) == 1
    assert database.rows("select status, attempts from notification") == [("sent", 2)]
    # The job once more, as after a crash: it has left already.
    send_link_mail(
        tenant_id=str(business.tenant_id),
        message_id=failed["id"],
        email_index=database.rows("select encode(recipient_index, 'hex') from notification")[0][0],
        language="en",
    )
    assert len(mailbox.mails) == 1


def test_whoever_is_forgotten_is_told_nothing(
    business: Business, database: Database, mailbox: Mailbox, send_links: Run
) -> None:
    ask(business)
    assert database.rows("update customer set email_index = null returning 1") == [(1,)]
    send_links()
    assert mailbox.mails == []
    assert database.rows("select count(*) from customer_link") == [(0,)]


def test_a_key_asks_once(business: Business, mailbox: Mailbox, send_links: Run) -> None:
    key, guest = new_key(), ApiClient(business.slug)
    answers = [guest.post(PATH, {"email": ANN.email}, Idempotency_Key=key) for _ in range(3)]
    assert {answer.body for answer in answers} == {answers[0].body}
    assert send_links() == 1


@pytest.mark.parametrize("email", ["", "ann", "ann@", "@example.com", "a b@example.com", "x" * 300])
def test_what_is_no_address_is_said(business: Business, database: Database, email: str) -> None:
    assert ask(business, email).status == 422
    assert database.rows(JOBS) == []


@pytest.fixture
def counted(settings: Any) -> None:
    settings.HOLDFAST = replace(settings.HOLDFAST, rate_limits_on=True)
    forget_counts()


def test_a_mailbox_is_not_filled(
    business: Business, database: Database, counted: None, mailbox: Mailbox, send_links: Run
) -> None:
    answers = [ask(business) for _ in range(5)]
    assert {(each.status, each.body) for each in answers} == {(202, answers[0].body)}
    assert send_links() == 3
    assert len(mailbox.mails) == 3


def test_nobody_tries_many_addresses(business: Business, database: Database, counted: None) -> None:
    statuses = [ask(business, f"somebody{number}@example.com").status for number in range(12)]
    assert statuses == [202] * 10 + [429] * 2
    assert len(database.rows(JOBS)) == 10
    assert ask(business, ANN.email).error == "RATE_LIMITED"


def test_links_are_forgotten_after_a_month(
    business: Business, database: Database, mailbox: Mailbox, send_links: Run
) -> None:
    for _ in range(2):
        ask(business)
    send_links()
    old = (
        "update customer_link set created_at = created_at - %s, expires_at = expires_at - %s"
        " where token_hash = (select min(token_hash) from customer_link) returning 1"
    )
    assert database.rows(old, [timedelta(days=32)] * 2) == [(1,)]
    forget_old_records()
    assert database.rows("select count(*) from customer_link") == [(1,)]
