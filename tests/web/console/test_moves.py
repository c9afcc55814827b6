"""What staff do with a booking: approve, cancel after a second look, and what a change meanwhile says."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.queries import get_booking
from holdfast.capabilities.people.types import Contact
from holdfast.platform import clock
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.capabilities.staff import host_of
from tests.cluster import Database
from tests.web.console.conftest import Member
from tests.web.console.test_day import day_path

WorkAs = Callable[..., Member]


def cancel_path(booked: MoveAnswer) -> str:
    return f"/console/bookings/{booked.booking_id}/cancel/"


def approve_path(booked: MoveAnswer) -> str:
    return f"/console/bookings/{booked.booking_id}/approve/"


def statuses(database: Database) -> list[tuple[str, int]]:
    return database.rows("select status, version from booking order by id")


def test_a_booking_is_cancelled_after_a_second_look(
    salon: Business, owner: Member, database: Database
) -> None:
    booked = book(salon, "book")
    owner.get(day_path(salon))
    owner.get(f"{cancel_path(booked)}?back={day_path(salon)}")
    text = owner.text()
    for said in (
        "Cancel this booking?",
        "Ann Lee",
        "book",
        "10:00",
        "11:00",
        "salon person 0",
        "salon street",
    ):
        assert said in text, said
    assert statuses(database) == [("confirmed", 1)], "looking changes nothing"
    owner.send(cancel_path(booked), reason="The roof leaks.")
    assert owner.url == day_path(salon)
    assert "Cancelled: Ann Lee at 10:00." in owner.text()
    assert owner.entries() == []
    assert statuses(database) == [("cancelled", 2)]
    assert database.rows("select count(*) from allocation") == [(0,)]
    with tenant_context(salon.tenant_id, TESTER.label):
        kept = get_booking(actor=TESTER, booking_id=booked.booking_id)
    assert kept is not None
    assert kept.cancellation_reason == "The roof leaks."
    owner.get(day_path(salon))
    assert "Cancelled: Ann Lee" not in owner.text(), "said once"


def test_the_form_sent_twice_cancels_once(salon: Business, owner: Member, database: Database) -> None:
    booked = book(salon, "book")
    owner.get(cancel_path(booked))
    fields = owner.form(cancel_path(booked))
    assert owner.post(cancel_path(booked), fields)
    owner.post(cancel_path(booked), fields)
    assert owner.status == 200
    assert statuses(database) == [("cancelled", 2)]
    assert database.rows("select count(*) from booking_event where kind = 'booking.cancelled'") == [(1,)]


def test_a_booking_that_changed_meanwhile_is_shown_as_it_is(
    salon: Business, owner: Member, database: Database
) -> None:
    booked = book(salon, "ask")
    owner.get(cancel_path(booked))
    fields = owner.form(cancel_path(booked))
    confirm_booking(tenant_id=salon.tenant_id, actor=TESTER, now=clock.now(), booking_id=booked.booking_id)
    owner.post(cancel_path(booked), {**fields, "reason": "No time"})
    assert owner.status == 409
    text = owner.text()
    assert "This booking has changed since you looked." in text
    assert "Cancel this booking?" in text
    assert "Confirmed" in text
    assert "No time" in owner.page, "what was typed is kept"
    assert statuses(database) == [("confirmed", 2)]
    owner.send(cancel_path(booked), reason="No time")
    assert statuses(database) == [("cancelled", 3)]


def test_a_booking_that_somebody_else_cancelled_is_said_to_be(
    salon: Business, owner: Member, database: Database
) -> None:
    booked = book(salon, "book")
    owner.get(cancel_path(booked))
    cancel_booking(tenant_id=salon.tenant_id, actor=TESTER, now=clock.now(), booking_id=booked.booking_id)
    owner.send(cancel_path(booked))
    assert owner.status == 200
    assert "Nothing was changed. Ann Lee" in owner.text()
    assert "is now: Cancelled." in owner.text()
    assert statuses(database) == [("cancelled", 2)]


def test_a_request_is_approved_from_the_list(salon: Business, owner: Member, database: Database) -> None:
    booked = book(salon, "ask")
    owner.get(day_path(salon))
    owner.send(approve_path(booked))
    assert owner.url == day_path(salon)
    assert "Ann Lee is confirmed for 10:00." in owner.text()
    assert statuses(database) == [("confirmed", 2)]


def test_a_request_that_was_withdrawn_is_not_approved(
    salon: Business, owner: Member, database: Database
) -> None:
    booked = book(salon, "ask")
    owner.get(day_path(salon))
    cancel_booking(tenant_id=salon.tenant_id, actor=TESTER, now=clock.now(), booking_id=booked.booking_id)
    owner.send(approve_path(booked))
    assert "is now: Cancelled." in owner.text()
    assert statuses(database) == [("cancelled", 2)]


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("frontdesk", True), ("artist", True)])
def test_who_may_approve_and_cancel(
    salon: Business, work_as: WorkAs, database: Database, role: str, may: bool
) -> None:
    booked = book(salon, "ask", resource_id=salon.resource_ids[0])
    member = work_as(role, resource_id=salon.resource_ids[0])
    member.get(day_path(salon))
    assert ("Approve" in member.text(), "Decline" in member.text()) == (may, may)
    token = member.form("/account/logout/")["csrfmiddlewaretoken"]
    member.post(
        approve_path(booked), {"csrfmiddlewaretoken": token, "version": "1", "key": "abcdefgh12345678"}
    )
    assert statuses(database) == ([("confirmed", 2)] if may else [("pending", 1)])


def test_an_artist_does_not_approve_for_a_colleague(
    salon: Business, work_as: WorkAs, database: Database
) -> None:
    booked = book(salon, "ask", resource_id=salon.resource_ids[1])
    member = work_as("artist", resource_id=salon.resource_ids[0])
    member.get(day_path(salon))
    assert "Approve" not in member.text()
    token = member.form("/account/logout/")["csrfmiddlewaretoken"]
    member.post(
        approve_path(booked), {"csrfmiddlewaretoken": token, "version": "1", "key": "abcdefgh12345678"}
    )
    assert member.status == 404
    assert statuses(database) == [("pending", 1)]


def test_what_became_of_a_booking_is_said_from_the_list(
    salon: Business, owner: Member, database: Database
) -> None:
    booked = book(salon, "book")
    action = f"/console/bookings/{booked.booking_id}/mark/"
    owner.get(day_path(salon))
    assert action not in owner.page  # It has not begun.
    begin = (
        "update booking set starts_at = now() - interval '1 minute', ends_at = now() + interval '1 minute'"
        " returning 1"
    )
    assert database.rows(begin) == [(1,)]
    owner.get("/console/")
    owner.send(action, move="mark_no_show")
    assert "is now: No-show." in owner.text()
    owner.send(action, move="reopen")
    assert statuses(database) == [("confirmed", 3)]
    owner.send(action, move="complete")
    assert statuses(database) == [("completed", 4)]
    # An old page changes nothing, and says what is.
    owner.send(action, move="mark_no_show", version="2")
    assert "is now: Done." in owner.text()
    assert statuses(database) == [("completed", 4)]


def test_an_artist_reaches_no_booking_of_a_colleague(
    salon: Business, work_as: WorkAs, database: Database
) -> None:
    booked = book(salon, "book", resource_id=salon.resource_ids[1])
    artist = work_as("artist", resource_id=salon.resource_ids[0])
    artist.get(cancel_path(booked))
    assert artist.status == 404
    assert statuses(database) == [("confirmed", 1)]


def test_ids_of_nobody_and_of_others_are_the_same(salon: Business, owner: Member, database: Database) -> None:
    theirs = book(make_business("other"), "book", contact=Contact("Noor", "noor@example.com"))
    pages = []
    for booking_id in (theirs.booking_id, new_id(), UUID(int=0)):
        owner.get(f"/console/bookings/{booking_id}/cancel/")
        assert owner.status == 404
        pages.append(owner.page.replace(str(booking_id), ""))
    assert pages[0].split("<main")[1] == pages[1].split("<main")[1] == pages[2].split("<main")[1]
    owner.get("/console/")
    token = owner.form("/account/logout/")["csrfmiddlewaretoken"]
    owner.post(cancel_path(theirs), {"csrfmiddlewaretoken": token, "version": "1"})
    assert owner.status == 404
    owner.post(approve_path(theirs), {"csrfmiddlewaretoken": token, "version": "1"})
    assert owner.status == 404
    assert statuses(database) == [("confirmed", 1)]


def test_strangers_are_asked_to_sign_in_and_change_nothing(salon: Business, database: Database) -> None:
    booked = book(salon, "book")
    for path in (cancel_path(booked), approve_path(booked), "/console/", day_path(salon)):
        for ask in (Client().get, Client().post):
            answer = ask(path, headers=host_of(salon))
            assert answer.status_code in (302, 405), path
            assert answer.status_code == 405 or answer["Location"].startswith("/account/login/?next=")
    assert statuses(database) == [("confirmed", 1)]


def test_a_forged_form_changes_nothing(salon: Business, owner: Member, database: Database) -> None:
    booked = book(salon, "book")
    owner.post(cancel_path(booked), {"version": "1", "key": "abcdefgh12345678"})
    assert owner.status == 403
    assert statuses(database) == [("confirmed", 1)]


@pytest.mark.parametrize(
    "fields",
    [
        {"version": ""},
        {"version": "one"},
        {"version": "-1"},
        {"version": str(2**40)},
        {"reason": "x" * 501},
        {"reason": "a\x00b"},
        {"key": "\x00"},
        {"key": "x" * 5000, "version": "99"},
    ],
)
def test_forms_that_no_page_of_ours_sends_change_nothing(
    salon: Business, owner: Member, database: Database, fields: dict[str, str]
) -> None:
    booked = book(salon, "book")
    owner.get(cancel_path(booked))
    owner.post(cancel_path(booked), owner.form(cancel_path(booked)) | {"version": "99"} | fields)
    assert owner.status < 500
    assert statuses(database) == [("confirmed", 1)]


@pytest.mark.parametrize(
    "back", ["https://evil.example/console/", "//evil.example", "/console/\\..", "/b/x/"]
)
def test_the_way_back_stays_in_the_console(salon: Business, owner: Member, back: str) -> None:
    booked = book(salon, "book")
    owner.get(cancel_path(booked))
    form = owner.form(cancel_path(booked))
    answer = owner.client.post(cancel_path(booked), form | {"back": back}, headers=host_of(salon))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/console/")
    assert "evil" not in answer["Location"]


def test_what_is_over_is_not_cancelled(salon: Business, owner: Member, database: Database) -> None:
    booked = book(salon, "book")
    with clock.frozen(salon.start(hour=12)):
        owner.get(cancel_path(booked))
    assert "Nothing was changed." in owner.text()
    assert statuses(database) == [("confirmed", 1)]
