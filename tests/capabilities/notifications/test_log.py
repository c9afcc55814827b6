"""The delivery log over HTTP: who was told what, with addresses hidden, and trying again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from holdfast.capabilities.notifications.queries.messages import mask_address
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.business import book, make_business
from tests.capabilities.notifications.mailbox import Mailbox
from tests.capabilities.notifications.reading import TOLD, cancel
from tests.cluster import Database

Run = Callable[[], int]
PATH = "/api/v1/notifications"


def test_staff_see_what_was_told(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    made = book(business, "book")
    other = book(business, "book", business.start(hour=14))
    cancel(business, made)
    run_jobs()
    desk = staff_client(business, "frontdesk")
    everything = desk.get(PATH)
    assert everything.meta == {"count": 3, "has_more": False}
    assert "ann@example.com" not in everything.body.decode()
    assert {each["recipient"] for each in everything.data} == {"a…@e….com"}
    of_one = desk.get(f"{PATH}?booking_id={made.booking_id}").data
    assert [(each["kind"], each["status"]) for each in of_one] == [
        ("confirmed", "sent"),
        ("cancelled", "sent"),
    ]
    assert [each["booking_id"] for each in desk.get(f"{PATH}?limit=1").data] == [
        everything.data[0]["booking_id"]
    ]
    assert desk.get(f"{PATH}?limit=1").meta["has_more"] is True
    assert desk.get(f"{PATH}?status=failed").data == []
    assert desk.get(f"{PATH}?status=lost").status == 422
    assert desk.get(f"{PATH}?booking_id={other.booking_id}&status=sent").meta["count"] == 1


def test_a_failed_mail_is_tried_again_once(database: Database, mailbox: Mailbox, run_jobs: Run) -> None:
    business = make_business()
    book(business, "book")
    mailbox.recipient_answer = "550 no"
    run_jobs()
    desk = staff_client(business, "frontdesk")
    [failed] = desk.get(f"{PATH}?status=failed").data
    assert failed["reason"] == "the address was refused (550)"
    mailbox.recipient_answer = "250 ok"
    key = new_key()
    for _ in range(2):
        answer = desk.post(f"{PATH}/{failed['id']}/retry", Idempotency_Key=key)
        assert (answer.status, answer.meta) == (200, {"is_queued": True})
    assert desk.post(f"{PATH}/{failed['id']}/retry").status == 200
    assert run_jobs() == 2
    assert len(mailbox.mails) == 1
    assert [row[3] for row in database.rows(TOLD)] == ["sent"]
    again = desk.post(f"{PATH}/{failed['id']}/retry")
    assert (again.status, again.error) == (409, "NOTIFICATION_NOT_FAILED")
    assert run_jobs() == 0


@pytest.mark.parametrize(("role", "listing", "retrying"), [("artist", 200, 403), ("", 401, 401)])
def test_who_may_look(
    database: Database, mailbox: Mailbox, run_jobs: Run, role: str, listing: int, retrying: int
) -> None:
    business = make_business()
    book(business, "book")
    mailbox.recipient_answer = "550 no"
    run_jobs()
    ((message,),) = database.rows("select id from notification")
    client = staff_client(business, role) if role else ApiClient(business.slug)
    answer = client.get(PATH)
    assert answer.status == listing
    if listing == 200:
        assert answer.data == []
    assert client.post(f"{PATH}/{message}/retry").status == retrying
    stranger = staff_client(make_business(), "owner")
    assert stranger.get(PATH).data == []
    assert stranger.post(f"{PATH}/{message}/retry").status == 404
    assert run_jobs() == 0


@pytest.mark.parametrize(
    ("address", "hint"),
    [("ann@example.com", "a…@e….com"), ("x@y.co.uk", "x…@y….uk"), ("", ""), ("نور@مثال.com", "ن…@م….com")],
)
def test_hints_of_addresses(address: str, hint: str) -> None:
    assert mask_address(address) == hint
