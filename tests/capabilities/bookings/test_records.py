"""What a booking leaves behind: events, a customer, sealed contact data, an expiry that is told once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from holdfast.capabilities.bookings.queries import get_booking, get_booking_by_token, list_bookings
from holdfast.capabilities.people.types import Contact
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform import events
from holdfast.platform.crypto import unseal
from holdfast.platform.events import Event, Handler
from holdfast.platform.tenancy import request_scope, tenant_context
from tests.capabilities.bookings.moves import OWNER, cancel, confirm, key, let_expire, sweep
from tests.capabilities.business import ANN, TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths

CANARIES = ("Canary Lee", "canary@example.com", "5550100", "a canary in the notes", "the canary's reason")
CANARY = Contact("Canary Lee", "canary@example.com", "+49 30 5550100")


def _log(database: Database) -> list[tuple[Any, ...]]:
    return database.rows("select kind, version, actor, request_id, data from booking_event order by id")


def test_each_move_writes_one_event_with_the_booking_as_it_is(business: Business, database: Database) -> None:
    with request_scope("request-7"):
        made = book(business)
    confirm(business, made)
    cancel(business, made, actor=OWNER, token="", reason="ill")
    log = _log(database)
    assert [row[:4] for row in log] == [
        ("booking.held", 1, "guest", "request-7"),
        ("booking.confirmed", 2, "guest", ""),
        ("booking.cancelled", 3, OWNER.label, ""),
    ]
    held, confirmed, cancelled = (row[4] for row in log)
    for data, expected in ((held, "held"), (confirmed, "confirmed"), (cancelled, "cancelled")):
        assert data["status"] == expected
        assert data["id"] == str(made.booking_id)
        assert not {"contact", "notes", "cancellation_reason"} & set(data)
    (allocation,) = held["allocations"]
    assert allocation["resource_id"] == str(business.resource_ids[0])
    assert (allocation["lane"], allocation["expires_at"]) == (0, held["hold_expires_at"])
    assert confirmed["allocations"] == [allocation | {"expires_at": None}]
    assert cancelled["allocations"] == []
    # The last event is the row, column by column.
    ((row,),) = database.rows(
        "select to_jsonb(b) - array['contact', 'notes', 'cancellation_reason'] from booking b"
    )
    assert {name: value for name, value in cancelled.items() if name != "allocations"} == row


def test_an_expiry_is_told_once_whoever_notices(business: Business, database: Database) -> None:
    for notice in ("sweeper", "next booking", "late confirm", "late cancel"):
        made = book(business)
        let_expire(database, made)
        if notice == "sweeper":
            assert sweep() == 1
        elif notice == "next booking":
            cancel(business, book(business))
        else:
            with pytest.raises(Exception, match=r"run out|cannot be done"):
                (confirm if notice == "late confirm" else cancel)(business, made)
        assert sweep() == 0
        assert database.rows(
            "select count(*) from booking_event where kind = 'booking.expired' and booking_id = %s",
            [made.booking_id],
        ) == [(1,)]
    assert untruths(database) == {}


def _listen(monkeypatch: pytest.MonkeyPatch, kind: str, handler: Handler) -> None:
    """Subscribe for one test."""
    monkeypatch.setitem(events._handlers, kind, [*events._handlers.get(kind, []), handler])


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What listeners of the three promises are told."""
    told: list[Event] = []
    for kind in ("booking.pending", "booking.confirmed", "booking.cancelled"):
        _listen(monkeypatch, kind, told.append)
    return told


def test_listeners_hear_each_change_once_and_holds_never(
    business: Business, database: Database, heard: list[Event]
) -> None:
    made = book(business, key=key("key-of-the-hold"))
    confirm(business, made, key=key("key-of-the-move", "POST /confirm"))
    confirm(business, made, key=key("key-of-the-move", "POST /confirm"))
    confirm(business, made)
    cancel(business, made)
    cancel(business, made)
    book(business, "ask", key=key())
    book(business, "ask", key=key())
    assert [(event.kind, event.subject_id == made.booking_id) for event in heard] == [
        ("booking.confirmed", True),
        ("booking.cancelled", True),
        ("booking.pending", False),
    ]
    assert {event.tenant_id for event in heard} == {business.tenant_id}


def test_a_listener_that_fails_undoes_the_move(business: Business, database: Database) -> None:
    made = book(business)

    def fail(event: Event) -> None:
        raise RuntimeError("no room in the queue")

    with pytest.MonkeyPatch.context() as monkeypatch:
        _listen(monkeypatch, "booking.confirmed", fail)
        with pytest.raises(RuntimeError):
            confirm(business, made, key=key())
    assert database.rows("select status, version from booking") == [("held", 1)]
    assert database.rows("select count(*) from booking_event") == [(1,)]
    assert database.rows("select count(*) from idempotency_record") == [(0,)]
    assert confirm(business, made, key=key()).status_name == "confirmed"


def test_one_person_is_one_customer(business: Business, database: Database) -> None:
    contacts = [
        ANN,
        Contact("Ann Lee-Smith", "ANN@Example.COM", ""),
        Contact("A. Lee", "ann@example.com", "+49 30 999999"),
        Contact("Ann", "", "0049 (30) 123-45 67"),
    ]
    for hour, contact in enumerate(contacts, start=9):
        book(business, starts_at=business.start(hour=hour), contact=contact)
    assert database.rows("select count(*) from customer") == [(1,)]
    assert database.rows("select count(distinct customer_id), count(*) from booking") == [(1, 4)]
    with tenant_context(business.tenant_id, "tests"):
        found = list_bookings(actor=OWNER, starts_at=business.start(hour=0), ends_at=business.start(hour=23))
    # Each booking keeps what was typed for it; what was known of the customer is not overwritten.
    assert [each.contact for each in found] == contacts
    ((customer, sealed),) = database.rows("select id, contact from customer")
    with tenant_context(business.tenant_id, "tests"):
        assert _open(business, customer, sealed) == ANN


def _open(business: Business, customer: Any, sealed: bytes) -> Contact:
    return Contact.from_bytes(unseal(business.tenant_id, "customer", "contact", customer, sealed))


def test_different_people_and_businesses_share_no_customer(business: Business, database: Database) -> None:
    other = make_business()
    book(business)
    book(business, starts_at=business.start(hour=12), contact=replace(ANN, email="bob@example.com"))
    book(other)
    assert database.rows("select count(*), count(distinct email_index) from customer") == [(3, 3)]
    assert database.rows("select count(distinct phone_index) from customer") == [(2,)]


def test_nothing_that_a_person_typed_is_stored_readable(business: Business, database: Database) -> None:
    made = book(business, contact=CANARY, notes="a canary in the notes", key=key())
    confirm(business, made, key=key(route="confirm"))
    cancel(business, made, reason="the canary's reason", key=key(route="cancel"))
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER,
            starts_at=business.start(),
            ends_at=business.start(hour=12),
            reason="the canary's reason",
        )
        booking = get_booking(actor=OWNER, booking_id=made.booking_id)
    assert booking
    assert (booking.contact, booking.notes) == (CANARY, "a canary in the notes")
    assert booking.cancellation_reason == "the canary's reason"
    tables = [
        name for (name,) in database.rows("select tablename from pg_tables where schemaname = 'public'")
    ]
    stored = "\n".join(
        row for name in tables for (row,) in database.rows(f'select to_jsonb(t)::text from "{name}" t')
    )
    assert str(made.booking_id) in stored
    readable = stored + _unhexed(stored)
    for canary in (*CANARIES, made.token):
        assert canary.lower() not in readable.lower(), canary
    assert "The " + business.slug in readable


def _unhexed(stored: str) -> str:
    """What bytea columns hold, as text."""
    texts = []
    for part in stored.split("\\\\x")[1:]:
        digits = part[
            : next((place for place, c in enumerate(part) if c not in "0123456789abcdef"), len(part))
        ]
        texts.append(bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("latin-1"))
    return "\n".join(texts)


def test_a_readable_column_would_be_seen(business: Business, database: Database) -> None:
    """Negative control: plain bytes in a sealed column are found."""
    book(business)
    database.rows("update booking set notes = 'a canary in the notes'::bytea returning 1")
    ((stored,),) = database.rows("select to_jsonb(b)::text from booking b")
    assert "a canary in the notes" in _unhexed(stored)


def test_the_private_link_opens_its_booking(business: Business, database: Database) -> None:
    made, other = book(business), book(business, starts_at=business.start(hour=12))
    with tenant_context(business.tenant_id, "tests"):
        found = get_booking_by_token(made.token)
        assert found
        assert (found.id, found.contact) == (made.booking_id, ANN)
        assert get_booking_by_token(other.token) != found
        assert get_booking_by_token("") is None
    assert len(made.token) == 43
    with tenant_context(make_business().tenant_id, "tests"):
        assert get_booking_by_token(made.token) is None


def test_the_answer_holds_no_contact_data(business: Business) -> None:
    made = book(business, contact=CANARY, notes="a canary in the notes")
    text = json.dumps(made.data)
    assert not any(canary in text for canary in CANARIES)
    assert set(made.data) == {
        "token",
        "id",
        "status",
        "version",
        "service_id",
        "location_id",
        "resource_id",
        "starts_at",
        "ends_at",
        "local_start",
        "time_zone",
        "price_minor",
        "currency",
        "items",
        "party_size",
        "slot_id",
        "is_overbooked",
        "series_id",
        "series_position",
        "hold_expires_at",
        "created_at",
        "confirmed_at",
        "cancelled_at",
    }
