"""What has been put away stays readable to its owners: the staff, whoever holds its link, its calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import icalendar
import psycopg
import pytest
from django.db import ProgrammingError

from holdfast.capabilities.bookings.commands import archive_due_bookings
from holdfast.capabilities.bookings.queries import get_booking, list_bookings
from holdfast.capabilities.bookings.queries.exposure_report import report_exposure
from holdfast.capabilities.notifications.commands import claim_message
from holdfast.capabilities.notifications.queries import list_notifications
from holdfast.platform import clock
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, make_account, signed_in, staff_client
from tests.capabilities.bookings.moves import OWNER
from tests.capabilities.bookings.past import move_back
from tests.capabilities.bookings.studio import look, move, option, outcome
from tests.capabilities.bookings.test_archive import archived, finish
from tests.capabilities.business import ANN, TESTER, Business, book, make_business
from tests.cluster import Database

API = "/api/v1/bookings"


def long_ago(business: Business) -> str:
    """The days around what `archived` has put away, as a query."""
    return f"start={business.start(days=-195):%Y-%m-%d}&end={business.start(days=-190):%Y-%m-%d}"


def test_the_staff_find_it_by_its_id_and_in_its_time(business: Business, database: Database) -> None:
    owner = staff_client(business)
    before = finish(business, database, "completed")
    kept = owner.get(f"{API}/{before.booking_id}").data
    move_back(database, before)
    then = owner.get(f"{API}/{before.booking_id}").data
    assert then["moves"] == ["mark_no_show", "reopen"] == kept["moves"]
    assert archive_due_bookings() == 1
    now = owner.get(f"{API}/{before.booking_id}")
    assert now.headers["ETag"] == '"2"'
    assert now.data == then | {"moves": [], "is_archived": True}
    assert now.data["customer"]["name"] == ANN.name
    listed = owner.get(f"{API}?{long_ago(business)}").data
    assert listed == [now.data | {"resources": None}]
    assert owner.get(f"{API}?{long_ago(business)}&status=completed").data == listed
    for other in ("status=cancelled", f"resource_id={before.booking_id}"):
        assert owner.get(f"{API}?{long_ago(business)}&{other}").data == []
    assert owner.get(API).data == []
    assert [each["kind"] for each in owner.get(f"{API}/{before.booking_id}/history").data] == [
        "booking.confirmed",
        "booking.completed",
    ]


def test_artists_find_what_was_theirs(database: Database) -> None:
    business = make_business(people=2)
    mine, theirs = (
        signed_in(business, make_account(business, "artist", resource_id=each, name=name))
        for each, name in zip(business.resource_ids, ("one", "two"), strict=True)
    )
    made = archived(business, database)
    assert mine.get(f"{API}/{made.booking_id}").data["is_archived"] is True
    assert [each["id"] for each in mine.get(f"{API}?{long_ago(business)}").data] == [str(made.booking_id)]
    assert theirs.get(f"{API}/{made.booking_id}").status == 404
    assert theirs.get(f"{API}?{long_ago(business)}").data == []
    assert staff_client(make_business()).get(f"{API}/{made.booking_id}").status == 404


def test_its_private_link_opens_it_as_long_as_it_would_have(business: Business, database: Database) -> None:
    made = archived(business, database, "cancelled")
    guest = ApiClient(business.slug)
    path = f"{API}/{made.booking_id}"
    found = guest.get(path, X_Booking_Token=made.token)
    assert (found.status, found.data["status"], found.data["moves"]) == (200, "cancelled", [])
    assert found.data["cancellation_reason"] == "ill"
    assert len(guest.get(f"{path}/history", X_Booking_Token=made.token).data) == 2
    page = guest.get(f"/b/{made.token}/")
    assert page.status == 200 and b"cancelled" in page.body.lower()
    calendar = icalendar.Calendar.from_ical(guest.get(f"/b/{made.token}/booking.ics").body)
    (event,) = calendar.walk("VEVENT")
    assert str(event["UID"]).startswith(str(made.booking_id))
    for wrong in ("x" * 43, ""):
        assert guest.get(path, X_Booking_Token=wrong).status in (401, 404)
    assert ApiClient(make_business().slug).get(path, X_Booking_Token=made.token).status == 404
    database.rows("update booking_token set expires_at = now() returning 1")
    assert guest.get(path, X_Booking_Token=made.token).status == 404
    assert guest.get(f"/b/{made.token}/").status == 404


@pytest.mark.parametrize("how", ["completed", "cancelled", "expired", "no_show"])
def test_moves_on_it_are_told_that_it_is_put_away(business: Business, database: Database, how: str) -> None:
    made = archived(business, database, how)
    path = f"{API}/{made.booking_id}"
    rows = database.rows("select to_jsonb(b)::text from every_booking b")
    owner, guest = staff_client(business), ApiClient(business.slug, X_Booking_Token=made.token)
    tries: list[tuple[ApiClient, str, str, Any]] = [
        (owner, "POST", "/reopen", None),
        (owner, "POST", "/complete", None),
        (owner, "POST", "/no-show", None),
        (owner, "POST", "/approve", None),
        (owner, "POST", "/confirm", None),
        (owner, "POST", "/tokens", {"action": "view"}),
        (owner, "POST", "/undo", None),
        (owner, "DELETE", "", None),
        (owner, "PATCH", "", {"starts_at": f"{business.start(days=9):%Y-%m-%dT%H:%M:%SZ}"}),
        (guest, "POST", "/confirm", None),
        (guest, "DELETE", "", None),
        (guest, "PATCH", "", {"starts_at": f"{business.start(days=9):%Y-%m-%dT%H:%M:%SZ}"}),
    ]
    for client, method, way, body in tries:
        refused = client.send(method, path + way, body)
        assert (refused.status, refused.error) == (409, "BOOKING_ARCHIVED"), (method, way, refused.body)
        assert refused.json["current"]["status"] == how
        assert refused.json["current"]["id"] == str(made.booking_id)
    strangers: list[ApiClient] = [
        ApiClient(business.slug, X_Booking_Token="x" * 43),
        staff_client(make_business("elsewhere")),
    ]
    for client in strangers:
        assert client.delete(path).error == "NOT_FOUND"
    assert database.rows("select to_jsonb(b)::text from every_booking b") == rows


def test_the_day_of_long_ago_shows_it_without_buttons(business: Business, database: Database) -> None:
    made = archived(business, database)
    day = business.start(days=-193)
    owner = staff_client(business)
    links = f"/console/bookings/{made.booking_id}/"
    day_page, history = owner.get(f"/console/day/{day:%Y-%m-%d}/"), owner.get(f"{links}history/")
    assert (day_page.status, history.status) == (200, 200)
    assert ANN.name in day_page.body.decode() and ANN.name in history.body.decode()
    # Of all that the console can do with a booking, only its history is left.
    assert day_page.body.decode().count(links) == day_page.body.decode().count(f"{links}history/") == 1
    assert f"{links}undo/" not in history.body.decode()


def test_what_was_mailed_about_it_is_still_told(business: Business, database: Database) -> None:
    made = finish(business, database, "completed")
    with tenant_context(business.tenant_id, TESTER.label):
        booking_id = made.booking_id or UUID(int=0)
        claim_message(booking_id=booking_id, kind="confirmed", version=1, recipient_index=None)
        (before,) = list_notifications(actor=TESTER, booking_id=made.booking_id)
    move_back(database, made)
    assert archive_due_bookings() == 1
    with tenant_context(business.tenant_id, TESTER.label):
        assert list_notifications(actor=TESTER, booking_id=made.booking_id) == [before]
        assert list_notifications(actor=TESTER) == [before]
    assert before.recipient == "a…@e….com"


def test_a_studio_booking_is_read_as_one(business: Business, database: Database) -> None:
    made = option(business)
    assert look(business, made.id).title == "Perfume film"
    database.rows("update booking set status = 'cancelled', option_rank = null returning 1")
    move_back(database, made.id)
    assert archive_due_bookings() == 1
    assert look(business, made.id).title == "Perfume film"
    for what in ("pencil", "confirm", "release", "challenge", "withdraw"):
        assert outcome(partial(move, business, what, made.id)) == "BOOKING_ARCHIVED"
    assert outcome(partial(move, business, "pencil", business.location_id)) == "NOT_FOUND"


@pytest.fixture
def without_archive(database: Database) -> Iterator[None]:
    """The app role may not so much as look at the archive."""
    tables = "archived_booking, archived_allocation"
    with database.cluster.connect() as admin:
        admin.execute(f"revoke all on {tables} from holdfast_app".encode())
        yield
        admin.execute(f"grant select, insert, update, delete on {tables} to holdfast_app".encode())


def test_whoever_asks_for_today_never_looks_into_the_archive(
    business: Business, database: Database, without_archive: None
) -> None:
    owner, guest = staff_client(business), ApiClient(business.slug)
    made = book(business, "cut")
    token = {"X_Booking_Token": made.token}
    service = business.services["cut"]
    day = f"{business.start():%Y-%m-%d}"
    asked = (
        owner.get(API),
        owner.get(f"{API}?start={business.start(days=-29):%Y-%m-%d}&end={day}"),
        owner.get(f"{API}/{made.booking_id}"),
        owner.get("/console/"),
        guest.get(f"/api/v1/availability?service_id={service}&from={day}&to={day}"),
        guest.get(f"{API}/{made.booking_id}", **token),
        guest.post(f"{API}/{made.booking_id}/confirm", **token),
        guest.get(f"/b/{made.token}/"),
        owner.patch(
            f"{API}/{made.booking_id}", {"starts_at": f"{business.start(hour=12):%Y-%m-%dT%H:%M:%SZ}"}
        ),
        owner.post(f"{API}/{made.booking_id}/complete"),
    )
    assert [each.status for each in asked] == [200] * len(asked)
    with tenant_context(business.tenant_id, OWNER.label):
        assert report_exposure(actor=OWNER, from_at=business.start(days=-7), to_at=clock.now()).looks == {}


def test_whoever_asks_for_long_ago_does(
    business: Business, database: Database, without_archive: None
) -> None:
    """Negative control: the same role, refused what the archive is needed for."""
    since = clock.now() - timedelta(days=31)
    for look_up in (
        lambda: list_bookings(actor=OWNER, starts_at=since, ends_at=clock.now()),
        lambda: get_booking(actor=OWNER, booking_id=business.location_id),
        lambda: report_exposure(actor=OWNER, from_at=since, to_at=clock.now()),
    ):
        with (
            pytest.raises(ProgrammingError) as refused,
            tenant_context(business.tenant_id, OWNER.label),
        ):
            look_up()
        assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
