"""Two bookings that change places: in one step, and both or none."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.swap import swap_bookings
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.errors import Conflict, Forbidden, Invalid, NotFound
from holdfast.platform.tenancy import tenant_context
from tests.api_client import staff_client
from tests.capabilities.bookings.moves import cancel, confirm, everything
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.bookings.salon import claims, make_salon, visit
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database


def _swap(business: Business, one: MoveAnswer, other: MoveAnswer, **more: Any) -> list[dict[str, Any]]:
    assert one.booking_id and other.booking_id
    with tenant_context(business.tenant_id, TESTER.label):
        return swap_bookings(
            now=clock.now(),
            **{"actor": TESTER, "booking_id": one.booking_id, "other_id": other.booking_id, **more},
        )


def _places(database: Database) -> dict[UUID, tuple[datetime, UUID]]:
    return {
        each: (start, who)
        for each, start, who in database.rows("select booking_id, starts_at, resource_id from allocation")
    }


def test_two_of_one_person_change_places_without_a_third(database: Database, business: Business) -> None:
    """The day has just these two hours: neither could move first."""
    first = confirm(business, book(business, "cut", business.start(hour=10)))
    second = book(business, "cut", business.start(hour=11))
    done = _swap(business, first, second)
    assert [(each["id"], each["version"]) for each in done] == [
        (str(first.booking_id), 3),
        (str(second.booking_id), 2),
    ]
    who = business.resource_ids[0]
    assert _places(database) == {
        first.booking_id: (business.start(hour=11), who),
        second.booking_id: (business.start(hour=10), who),
    }
    assert database.rows("select status, sequence from booking order by created_at") == [
        ("confirmed", 1),
        ("held", 1),
    ]
    # The hold's new time runs out when the old one would have.
    assert database.rows(
        "select count(*) from allocation a join booking b on b.id = a.booking_id"
        " where a.expires_at is not distinct from b.hold_expires_at"
    ) == [(2,)]
    assert differences(database) == checked(business) == []
    assert database.rows(
        "select count(*) from procrastinate_jobs where task_name = 'notifications.send_booking_mail'"
        " and args ->> 'kind' = 'changed'"
    ) != [(0,)]


def test_two_people_change_their_guests(database: Database) -> None:
    business = make_business(people=2)
    one, other = (
        book(business, "cut", business.start(hour=hour), resource_id=who)
        for hour, who in zip((10, 15), business.resource_ids, strict=True)
    )
    _swap(business, one, other)
    assert _places(database) == {
        one.booking_id: (business.start(hour=15), business.resource_ids[1]),
        other.booking_id: (business.start(hour=10), business.resource_ids[0]),
    }


def test_everything_that_a_visit_takes_goes_along(database: Database) -> None:
    business, people = make_salon(rooms=1)
    one, other = (visit(business, "massage", starts_at=business.start(hour=hour)) for hour in (10, 11))
    before = claims(database, business, people, one), claims(database, business, people, other)
    _swap(business, one, other)
    assert (claims(database, business, people, other), claims(database, business, people, one)) == before


def test_a_longer_one_that_does_not_fit_moves_neither(database: Database, business: Business) -> None:
    short = book(business, "style", business.start(hour=10))
    book(business, "cut", business.start(hour=10, minute=30))
    long = book(business, "cut", business.start(hour=15))
    before = everything(database)
    with pytest.raises(Conflict) as refused:
        _swap(business, short, long)
    assert (refused.value.code, refused.value.extra["booking_id"]) == ("SLOT_FULL", str(long.booking_id))
    assert refused.value.extra["alternatives"]
    assert everything(database) == before


def test_what_cannot_be_moved_moves_neither(database: Database, business: Business) -> None:
    one, gone = (book(business, "cut", business.start(hour=hour)) for hour in (10, 12))
    cancel(business, gone)
    before = everything(database)
    with pytest.raises(Conflict, match="as it is now") as refused:
        _swap(business, one, gone)
    assert refused.value.code == "MOVE_NOT_ALLOWED"
    assert everything(database) == before


def test_versions_that_were_seen_count(database: Database, business: Business) -> None:
    one, other = (book(business, "cut", business.start(hour=hour)) for hour in (10, 12))
    before = everything(database)
    for versions in ({"expected_version": 2}, {"other_version": 7}):
        with pytest.raises(Conflict) as refused:
            _swap(business, one, other, **versions)
        assert (refused.value.code, refused.value.extra["current_version"]) == ("VERSION_CONFLICT", 1)
    assert everything(database) == before
    _swap(business, one, other, expected_version=1, other_version=1)


def test_who_may(database: Database, business: Business) -> None:
    one, other = (book(business, "cut", business.start(hour=hour)) for hour in (10, 12))
    before = everything(database)
    artist = Actor(kind="staff", role="artist", resource_id=business.resource_ids[0])
    with pytest.raises(Forbidden):
        _swap(business, one, other, actor=artist)
    with pytest.raises(Invalid):
        _swap(business, one, one)
    with pytest.raises(NotFound):
        _swap(business, one, other, other_id=UUID(int=9))
    assert everything(database) == before


def test_over_http(database: Database, business: Business) -> None:
    one, other = (book(business, "cut", business.start(hour=hour)) for hour in (10, 12))
    frontdesk = staff_client(business, "frontdesk")
    body = {"booking_id": str(one.booking_id), "other_id": str(other.booking_id), "version": 1}
    done = frontdesk.post("/api/v1/swaps", body, Idempotency_Key="a-key-of-ours-1")
    assert done.status == 200, done.body
    assert [each["starts_at"] for each in done.data] == [
        f"{business.start(hour=hour):%Y-%m-%dT%H:%M:%SZ}" for hour in (12, 10)
    ]
    again = frontdesk.post("/api/v1/swaps", body, Idempotency_Key="a-key-of-ours-1")
    assert (again.status, again.body) == (200, done.body)
    assert frontdesk.post("/api/v1/swaps", body).error == "VERSION_CONFLICT"
    assert [row[0] for row in database.rows("select version from booking")] == [2, 2]
