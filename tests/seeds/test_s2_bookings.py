"""S2, sections 5 "Bookings Table" and "Archiving": its columns, statuses and constraints, over HTTP."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest

from holdfast.capabilities.bookings.commands import archive_due_bookings
from tests.api_client import Answer, ApiClient, staff_client
from tests.capabilities.bookings.past import move_back, places
from tests.capabilities.business import Business, make_business
from tests.cluster import Database
from tests.concurrency.threads import together

BOOKINGS = "/api/v1/bookings"
MOVES = {
    "pending": (),
    "confirmed": ("approve",),
    "completed": ("approve", "complete"),
    "no_show": ("approve", "no-show"),
}


@pytest.fixture
def practice(database: Database) -> Business:
    """A provider in New York whose bookings begin as requests ("ask")."""
    return make_business("practice", zone="America/New_York")


@pytest.fixture
def provider(practice: Business) -> ApiClient:
    return staff_client(practice, "owner", resource_id=practice.resource_ids[0])


def book(practice: Business, **more: Any) -> Answer:
    """Query "Create Booking": provider, service, name, e-mail and start; all else has a default."""
    sent = {
        "provider_id": str(practice.resource_ids[0]),
        "service_id": str(practice.services["ask"]),
        "customer_name": "Ada Lovelace",
        "customer_email": "ada@example.com",
        "start_time": practice.start().isoformat(),
        **more,
    }
    return ApiClient(practice.slug).post(BOOKINGS, {key: value for key, value in sent.items() if value})


def in_status(practice: Business, provider: ApiClient, status: str) -> str:
    """The id of a booking that was brought into a status."""
    made = book(practice)
    assert made.status == 201, made.body
    path = f"{BOOKINGS}/{made.data['id']}"
    if status == "cancelled":
        assert provider.delete(path, {"reason": "ill"}).status == 200
    for move in MOVES.get(status, ()):
        assert provider.post(f"{path}/{move}").status == 200
    assert provider.get(path).data["status"] == status
    return str(made.data["id"])


# Columns


def test_a_booking_has_the_documents_columns(practice: Business, provider: ApiClient) -> None:
    """Defaults of `status`, `version` and the instants; the end is the service's; UTC is stored."""
    made = book(practice, notes="a window seat", customer_phone="+1 212 555 0100").data
    found = provider.get(f"{BOOKINGS}/{made['id']}").data
    assert (found["status"], found["version"], found["notes"]) == ("pending", 1, "a window seat")
    assert found["customer"] == {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "phone": "+1 212 555 0100",
    }
    starts_at, ends_at = (datetime.fromisoformat(found[each]) for each in ("starts_at", "ends_at"))
    assert starts_at == practice.start() and (ends_at - starts_at).total_seconds() == 3600
    assert found["starts_at"].endswith("Z")
    assert (found["local_start"][11:16], found["time_zone"]) == ("10:00", "America/New_York")
    assert (found["resource_id"], found["service_id"]) == (
        str(practice.resource_ids[0]),
        str(practice.services["ask"]),
    )
    assert (found["confirmed_at"], found["cancelled_at"], found["cancellation_reason"]) == (None, None, "")
    assert found["created_at"] == found["updated_at"]


@pytest.mark.parametrize(
    ("missing", "status"),
    [("customer_phone", 201), ("customer_name", 422), ("service_id", 422), ("start_time", 422)],
)
def test_who_and_what_must_be_said(practice: Business, database: Database, missing: str, status: int) -> None:
    """NOT NULL but for the phone: "no registration required"."""
    assert book(practice, **{missing: None}).status == status
    assert database.rows("select count(*) from booking") == [(int(status == 201),)]


def test_a_customer_can_be_reached(practice: Business, database: Database) -> None:
    """`customer_email NOT NULL` here, `customer_phone NOT NULL` in S1: one of the two is asked for."""
    assert book(practice, customer_email=None).error in ("CONTACT_REQUIRED", "VALIDATION_ERROR")
    assert book(practice, customer_email=None, customer_phone="+1 212 555 0100").status == 201
    assert database.rows("select count(*) from booking") == [(1,)]


@pytest.mark.parametrize(
    "change", ["ends_at = starts_at", "ends_at = starts_at - interval '1 hour'", "status = 'gone'"]
)
def test_the_table_itself_refuses_nonsense(practice: Business, database: Database, change: str) -> None:
    """`check_booking_time_order`, `check_status`."""
    assert book(practice).status == 201
    with pytest.raises(psycopg.errors.CheckViolation):
        database.rows(f"update booking set {change} returning 1")


def test_moves_note_when_they_were_made(practice: Business, provider: ApiClient) -> None:
    """`confirmed_at`, `cancelled_at`, `cancellation_reason`; `version` and `updated_at` rise with each."""
    path = f"{BOOKINGS}/{in_status(practice, provider, 'pending')}"
    seen = [provider.get(path).data]
    for method, where, body in (
        ("POST", f"{path}/approve", None),
        ("DELETE", path, {"reason": "moved away"}),
    ):
        assert provider.send(method, where, body).status == 200
        seen.append(provider.get(path).data)
    asked, sure, gone = seen
    assert [each["version"] for each in seen] == [1, 2, 3]
    assert asked["updated_at"] < sure["updated_at"] < gone["updated_at"]
    assert {each["created_at"] for each in seen} == {asked["created_at"]}
    assert (sure["confirmed_at"], sure["cancelled_at"]) == (sure["updated_at"], None)
    assert (gone["confirmed_at"], gone["cancelled_at"]) == (sure["confirmed_at"], gone["updated_at"])
    assert gone["cancellation_reason"] == "moved away"


# Statuses


@pytest.mark.parametrize(("status", "is_free"), [*((each, False) for each in MOVES), ("cancelled", True)])
def test_only_a_cancelled_booking_gives_its_time_back(
    practice: Business, provider: ApiClient, status: str, is_free: bool
) -> None:
    """ "`WHERE status NOT IN ('cancelled')`": what was completed or missed has had its time."""
    in_status(practice, provider, status)
    again = book(practice)
    assert again.status == (201 if is_free else 409)
    assert is_free or again.error == "SLOT_FULL"


@pytest.mark.parametrize("status", [*MOVES, "cancelled"])
def test_bookings_are_found_by_provider_and_status(
    practice: Business, provider: ApiClient, status: str
) -> None:
    """`idx_bookings_status ON bookings(provider_id, status)`."""
    made = in_status(practice, provider, status)
    day = f"start={practice.start():%Y-%m-%d}&end={practice.start():%Y-%m-%d}"
    mine = f"{BOOKINGS}?{day}&provider_id={practice.resource_ids[0]}"
    assert [each["id"] for each in provider.get(f"{mine}&status={status}").data] == [made]
    others = {*MOVES, "cancelled"} - {status}
    assert provider.get(mine + "".join(f"&status={each}" for each in sorted(others))).data == []
    elsewhere = f"{BOOKINGS}?{day}&provider_id={UUID(int=1)}&status={status}"
    assert provider.get(elsewhere).data == []
    assert provider.get(f"{mine}&status=gone").status == 422


def test_statuses_that_nothing_leads_to_are_refused(practice: Business, provider: ApiClient) -> None:
    """The document names five statuses, not the ways between them: a request is not completed."""
    path = f"{BOOKINGS}/{in_status(practice, provider, 'pending')}"
    for refused in ("complete", "no-show", "reopen"):
        assert provider.post(f"{path}/{refused}").error == "MOVE_NOT_ALLOWED"
    assert provider.patch(path, {"status": "pending"}).status == 422
    assert provider.get(path).data["version"] == 1
    assert provider.delete(path).status == 200
    assert provider.post(f"{path}/approve").error == "BOOKING_CANCELLED"


# Concurrency Control Strategy


def test_of_many_with_one_version_one_changes_the_booking(
    practice: Business, provider: ApiClient, database: Database
) -> None:
    """Approach 3: "if affected rows = 0, conflict detected", for the other five."""
    path = f"{BOOKINGS}/{in_status(practice, provider, 'confirmed')}"

    def change(hour: int) -> str:
        sent = {"starts_at": practice.start(hour=hour).isoformat(), "version": 2}
        answer = provider.patch(path, sent)
        return "ok" if answer.status == 200 else answer.error

    said = together([partial(change, hour) for hour in range(12, 18)])
    assert Counter(said) == {"ok": 1, "VERSION_CONFLICT": 5}
    assert provider.get(path).data["version"] == 3
    assert database.rows("select count(*) from booking_event where version = 3") == [(1,)]


def test_what_has_bookings_is_not_deleted(
    practice: Business, provider: ApiClient, database: Database
) -> None:
    """`service_id … ON DELETE RESTRICT`, and for the provider too, whatever its CASCADE says (S0)."""
    book(practice)
    for table in ("service", "resource", "customer", "location"):
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            database.rows(f"delete from {table} where true returning 1")


# Performance Optimization, 2: Archiving


def test_completed_bookings_older_than_six_months_are_archived(
    practice: Business, provider: ApiClient, database: Database
) -> None:
    """ "Move completed bookings older than 6 months to archive table": out of the way, still readable."""
    recent, old = (in_status(practice, provider, each) for each in ("cancelled", "completed"))
    path = f"{BOOKINGS}/{old}"
    move_back(database, UUID(old), days=191)
    then = provider.get(path).data
    day = then["starts_at"][:10]
    assert (then["status"], then["is_archived"]) == ("completed", False)
    assert archive_due_bookings() == 1
    assert places(database) == {"booking": [UUID(recent)], "archived_booking": [UUID(old)]}
    assert provider.get(path).data == then | {"is_archived": True, "moves": []}
    listed = provider.get(f"{BOOKINGS}?start={day}&end={day}&status=completed").data
    assert [each["id"] for each in listed] == [old]
    assert len(provider.get(f"{path}/history").data) == then["version"]
    assert provider.post(f"{path}/reopen").error == "BOOKING_ARCHIVED"
    # Somebody else may have a time of that day now: nothing of the archive is in the way.
    assert database.rows("select count(*) from allocation") == [(0,)]
