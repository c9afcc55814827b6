"""A business's own words: what may stand in them, how they are filled, and who may write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from holdfast.capabilities.notifications.placeholders import fill, known_to
from holdfast.capabilities.notifications.types import KINDS, LANGUAGES
from holdfast.capabilities.people.types import Contact
from tests.api_client import ApiClient, staff_client
from tests.capabilities.business import book, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import html_of, text_of
from tests.cluster import Database

Run = Callable[[], int]
PATH = "/api/v1/mail-templates"
# The sentence that stands below any words, by its beginning.
BELOW = {
    "en": "This link is yours",
    "ar": "هذا الرابط لك",
    "de": "Dieser Link ist nur",
    "fr": "Ce lien est pour",
}
OWN = {
    "subject": "{{service}} is yours, {{name}}",
    "body": "Dear {{name}},\r\n\r\nsee you on {{day}} at {{ time }}.\nAsk for {{person}}.\n\n{{link}}\n",
}


def test_own_words_are_used_and_can_be_taken_back(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = make_business()
    owner = staff_client(business)
    saved = owner.send("PUT", f"{PATH}/confirmed/en", OWN)
    assert (saved.status, saved.data["is_own"], saved.data["version"]) == (200, True, 1)
    made = book(business, "book")
    run_jobs()
    [mail] = mailbox.mails
    day = business.start().astimezone(business.zone)
    assert mail["Subject"] == "book is yours, Ann Lee"
    link = f"/b/{made.token}/"
    assert f"Dear Ann Lee,\n\nsee you on {day:%A}" in text_of(mail)
    assert f"Ask for {business.slug} person 0." in text_of(mail)
    assert "You are booked." not in text_of(mail) + html_of(mail)
    assert text_of(mail).count(link) == 1
    assert html_of(mail).count(f'{link}"') == 1
    assert "This link is yours alone" in text_of(mail)
    assert "application/ics" in {part.get_content_type() for part in mail.walk()}
    assert owner.delete(f"{PATH}/confirmed/en").data["is_own"] is False
    book(business, "book", business.start(hour=14))
    run_jobs()
    assert mailbox.mails[1]["Subject"].startswith("Booking: book, ")


def test_words_without_the_link_get_it_below(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    staff_client(business).send("PUT", f"{PATH}/confirmed/en", {"subject": "Yours", "body": "See you."})
    made = book(business, "book")
    run_jobs()
    [mail] = mailbox.mails
    for content in (text_of(mail), html_of(mail)):
        assert content.count(f"/b/{made.token}/") == 1


def test_only_the_language_of_the_business_counts(
    database: Database, mailbox: Mailbox, run_jobs: Run
) -> None:
    business = make_business()
    with connection.cursor() as cursor:
        cursor.execute("update tenant set locale = 'ar-AE'")
    owner = staff_client(business)
    owner.send("PUT", f"{PATH}/confirmed/en", OWN)
    owner.send(
        "PUT", f"{PATH}/confirmed/ar", {"subject": "موعد {{service}}", "body": "أهلاً {{name}}\n{{link}}"}
    )
    book(business, "book")
    run_jobs()
    [mail] = mailbox.mails
    assert str(mail["Subject"]).strip() == "موعد book"
    assert "أهلاً Ann Lee" in text_of(mail)
    assert 'dir="rtl"' in html_of(mail)


@pytest.mark.parametrize(
    ("kind", "words", "code", "field", "unknown"),
    [
        ("confirmed", {"body": "{{nmae}} {{time}} {{x}}"}, "PLACEHOLDER_UNKNOWN", "body", ["nmae", "x"]),
        ("confirmed", {"subject": "{{old_time}}"}, "PLACEHOLDER_UNKNOWN", "subject", ["old_time"]),
        ("confirmed", {"body": "{{settings.SECRET_KEY}}"}, "PLACEHOLDER_UNKNOWN", "body", None),
        ("confirmed", {"body": "{{name.__class__}}"}, "PLACEHOLDER_UNKNOWN", "body", ["name.__class__"]),
        ("confirmed", {"body": "{{name|safe}}"}, "PLACEHOLDER_BROKEN", "body", None),
        ("confirmed", {"body": "{% load x %}"}, "PLACEHOLDER_BROKEN", "body", None),
        ("confirmed", {"body": "{{ name"}, "PLACEHOLDER_BROKEN", "body", None),
        ("confirmed", {"body": "{{}}"}, "PLACEHOLDER_BROKEN", "body", None),
        ("confirmed", {"body": " \n "}, "VALIDATION_ERROR", "body", None),
    ],
)
def test_what_cannot_be_filled_in_is_refused_by_name(
    database: Database, kind: str, words: dict[str, str], code: str, field: str, unknown: list[str] | None
) -> None:
    owner = staff_client(make_business())
    for method, path in (("PUT", f"{PATH}/{kind}/en"), ("POST", f"{PATH}/{kind}/en/preview")):
        answer = owner.send(method, path, {"subject": "Hello", "body": "Hello", **words})
        assert (answer.status, answer.error, answer.field) == (422, code, field), answer.body
        if unknown:
            assert answer.json["unknown"] == unknown
            assert "name" in answer.json["known"]
    assert database.rows("select * from mail_template") == []


def test_facts_are_never_read_as_words(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    """A customer whose name is a placeholder or a tag gets no link and no markup of their own."""
    business = make_business()
    staff_client(business).send(
        "PUT", f"{PATH}/confirmed/en", {"subject": "For {{service}}", "body": "{{business}} {{link}}"}
    )
    with connection.cursor() as cursor:
        cursor.execute("update tenant set name = '<b>{{link}}</b>'")
    made = book(business, "book", contact=Contact("{{link}}", "ann@example.com"))
    run_jobs()
    [mail] = mailbox.mails
    assert "<b>{{link}}</b>" in text_of(mail)
    assert text_of(mail).count(f"/b/{made.token}/") == 1
    assert "<b>" not in html_of(mail)
    assert html_of(mail).count("<a href") == 1


def test_lines_without_facts_are_left_out() -> None:
    facts = {"name": "Ann", "person": "", "price": "", "place": "Street"}
    assert fill("Hi {{name}}\nWith {{person}}\n{{place}} {{price}}\n\nBye", facts) == "Hi Ann\nStreet \n\nBye"


def test_every_kind_has_words_in_every_language(database: Database) -> None:
    """The built-in words are valid words of one's own, and differ from language to language."""
    owner = staff_client(make_business())
    for kind in KINDS:
        seen = set()
        for locale in LANGUAGES:
            answer = owner.get(f"{PATH}/{kind}/{locale}")
            assert (answer.status, answer.headers["ETag"]) == (200, '"0"')
            shown = answer.data
            assert shown["direction"] == ("rtl" if locale == "ar" else "ltr")
            assert shown["placeholders"] == list(known_to(kind))
            assert "{{link}}" in shown["body"] and "{{service}}" in shown["subject"]
            assert "%(" not in shown["subject"] + shown["body"]
            assert BELOW[locale] not in shown["body"]
            seen.add(shown["body"])
            words = {"subject": shown["subject"], "body": shown["body"]}
            saved = owner.send("PUT", f"{PATH}/{kind}/{locale}", words)
            assert (saved.status, saved.data["body"]) == (200, shown["body"])
        assert len(seen) == len(LANGUAGES), kind
    assert len(owner.get(PATH).data) == len(KINDS) * len(LANGUAGES)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_preview_sends_and_saves_nothing(database: Database, mailbox: Mailbox, locale: str) -> None:
    business = make_business()
    owner = staff_client(business)
    built_in = owner.post(f"{PATH}/changed/{locale}/preview", {}).data
    assert (
        "book" in built_in["subject"] or "cut" in built_in["subject"] or business.slug in built_in["subject"]
    )
    assert f"{business.slug} person 0" in built_in["text"]
    own = owner.post(f"{PATH}/changed/{locale}/preview", {"subject": "S", "body": "Was: {{old_time}}"}).data
    assert own["subject"] == "S"
    assert own["text"].startswith("Was: ") and len(own["text"].split("\n")[0]) > 8
    assert owner.post(f"{PATH}/changed/{locale}/preview", {"subject": "S"}).status == 422
    for shown in (built_in, own):
        assert shown["text"].count(BELOW[locale]) == 1
        assert shown["html"].count(BELOW[locale]) == 1
    assert mailbox.mails == []
    assert database.rows("select count(*) from mail_template") == [(0,)]


def test_two_who_write_at_once(database: Database) -> None:
    """The second saw words that are no longer in use."""
    owner = staff_client(make_business())
    assert owner.send("PUT", f"{PATH}/offer/de", OWN, If_Match='"0"').data["version"] == 1
    late = owner.send("PUT", f"{PATH}/offer/de", OWN | {"subject": "Late"}, If_Match='"0"')
    assert (late.status, late.error, late.json["current_version"]) == (409, "VERSION_CONFLICT", 1)
    assert owner.get(f"{PATH}/offer/de").data["subject"] == OWN["subject"]
    assert owner.send("PUT", f"{PATH}/offer/de", OWN, If_Match='"1"').data["version"] == 2


@pytest.mark.parametrize(
    ("role", "status"), [("manager", 403), ("frontdesk", 403), ("artist", 403), ("", 401)]
)
def test_who_may_write(database: Database, role: str, status: int) -> None:
    business = make_business()
    client: Any = staff_client(business, role) if role else ApiClient(business.slug)
    assert client.send("PUT", f"{PATH}/confirmed/en", OWN).status == status
    assert client.get(f"{PATH}/confirmed/en").status == status
    assert database.rows("select * from mail_template") == []


@pytest.mark.parametrize("path", ["confirmed/xx", "nonsense/en", "confirmed/EN"])
def test_unknown_kinds_and_languages(database: Database, path: str) -> None:
    owner = staff_client(make_business())
    assert owner.get(f"{PATH}/{path}").status == 422
    assert owner.send("PUT", f"{PATH}/{path}", OWN).status == 422
