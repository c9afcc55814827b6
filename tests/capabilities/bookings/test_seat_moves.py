"""Seats that move to another session, become more or fewer, and count once for whoever leads the session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.queries import find_availability
from holdfast.capabilities.bookings.slot_types import SlotInstance
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Conflict, Invalid, Problem
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient
from tests.capabilities.bookings.classes import book_seats, counts, day_of, generate, slot, slots
from tests.capabilities.bookings.moves import OWNER, cancel, confirm, everything, key, let_expire
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths

SERVICES = (
    NewService("yoga", 60, "EUR", price_minor=1500, flow="hold", capacity=3, slot_granularity_minutes=60),
    NewService("tour", 60, "EUR", flow="instant", capacity=2, slot_granularity_minutes=60, most_per_day=2),
    NewService("cut", 60, "EUR", flow="hold"),
)


@pytest.fixture
def studio(database: Database) -> Business:
    """Two people with published yoga a week from now."""
    business = make_business(people=2, services=SERVICES)
    assert generate(business, service="yoga").created == 24
    return business


def move(
    business: Business,
    made: MoveAnswer,
    *,
    actor: Actor = GUEST,
    version: int | None = None,
    key: IdempotencyKey | None = None,
    **where: Any,
) -> MoveAnswer:
    assert made.booking_id is not None
    return reschedule_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=clock.now(),
        booking_id=made.booking_id,
        token=made.token if actor is GUEST else "",
        expected_version=version,
        key=key,
        **where,
    )


def hours_of(business: Business, sessions: list[SlotInstance], resource_id: UUID) -> dict[int, SlotInstance]:
    return {
        each.starts_at.astimezone(business.zone).hour: each
        for each in sessions
        if each.resource_id == resource_id
    }


@pytest.fixture
def yoga(studio: Business) -> dict[int, SlotInstance]:
    """The first person's sessions by hour."""
    return hours_of(studio, slots(studio, "yoga"), studio.resource_ids[0])


def test_seats_move_to_another_session(
    studio: Business, yoga: dict[int, SlotInstance], database: Database
) -> None:
    made = confirm(studio, book_seats(studio, yoga[10], 2))
    moved = move(studio, made, slot_id=yoga[12].id)
    data = moved.data
    assert (data["id"], data["version"], data["status"]) == (str(made.booking_id), 3, "confirmed")
    assert (data["slot_id"], data["party_size"], data["price_minor"]) == (str(yoga[12].id), 2, 3000)
    assert data["local_start"].endswith("12:00:00")
    assert counts(slot(studio, yoga[10].id)) == (3, 0, 0, "open")
    assert counts(slot(studio, yoga[12].id)) == (3, 2, 0, "partial")
    events = database.rows(
        "select kind, version, data -> 'before' ->> 'slot_id' from booking_event order by id"
    )
    assert events == [
        ("booking.held", 1, None),
        ("booking.confirmed", 2, None),
        ("booking.rescheduled", 3, str(yoga[10].id)),
    ]
    # Where it is already, nothing happens.
    assert move(studio, moved, slot_id=yoga[12].id).data["version"] == 3
    assert untruths(database) == {}
    assert differences(database) == []
    assert checked(studio) == []


def test_by_its_start_the_same_person_comes_first_then_others(
    studio: Business, yoga: dict[int, SlotInstance]
) -> None:
    made = book_seats(studio, yoga[10], 2)
    moved = move(studio, made, starts_at=yoga[11].starts_at)
    assert moved.data["slot_id"] == str(yoga[11].id)
    book_seats(studio, yoga[14], 2)
    moved = move(studio, made, starts_at=yoga[14].starts_at)
    assert (moved.data["resource_id"], moved.data["starts_at"]) == (
        str(studio.resource_ids[1]),
        f"{yoga[14].starts_at:%Y-%m-%dT%H:%M:%SZ}",
    )
    with pytest.raises(Conflict) as refused:
        move(studio, made, starts_at=yoga[14].starts_at, resource_id=studio.resource_ids[0])
    assert refused.value.code == "SLOT_FULL"


def test_a_full_session_keeps_the_seats_where_they_are(
    studio: Business, yoga: dict[int, SlotInstance], database: Database
) -> None:
    made = book_seats(studio, yoga[10], 2)
    book_seats(studio, yoga[12], 2)
    before = everything(database)
    with pytest.raises(Conflict) as refused:
        move(studio, made, slot_id=yoga[12].id)
    assert refused.value.code == "SLOT_FULL"
    offered = refused.value.extra["alternatives"]
    assert len(offered) == 3
    # The other person's session at that time has room, and says how much.
    at_twelve = next(
        each for each in offered if each["starts_at"] == f"{yoga[12].starts_at:%Y-%m-%dT%H:%M:%SZ}"
    )
    assert (at_twelve["resource_id"], at_twelve["seats_left"]) == (str(studio.resource_ids[1]), 3)
    assert everything(database) == before
    assert move(studio, made, slot_id=UUID(at_twelve["slot_id"])).data["version"] == 2


def test_more_or_fewer_seats(studio: Business, yoga: dict[int, SlotInstance], database: Database) -> None:
    made = book_seats(studio, yoga[10])
    grown = move(studio, made, party_size=3)
    assert (grown.data["party_size"], grown.data["price_minor"], grown.data["version"]) == (3, 4500, 2)
    assert counts(slot(studio, yoga[10].id)) == (3, 0, 3, "full")
    smaller = move(studio, made, party_size=2)
    assert (smaller.data["party_size"], smaller.data["price_minor"]) == (2, 3000)
    other = book_seats(studio, yoga[10])
    with pytest.raises(Conflict) as refused:
        move(studio, other, party_size=2)
    assert refused.value.code == "SLOT_FULL"
    with pytest.raises(Invalid) as too_many:
        move(studio, other, slot_id=yoga[12].id, party_size=4)
    assert too_many.value.code == "PARTY_TOO_LARGE"
    moved = move(studio, other, slot_id=yoga[12].id, party_size=3)
    assert (moved.data["slot_id"], moved.data["party_size"]) == (str(yoga[12].id), 3)
    assert untruths(database) == {}
    assert differences(database) == []


def test_who_may_and_when(studio: Business, yoga: dict[int, SlotInstance], database: Database) -> None:
    made = confirm(studio, book_seats(studio, yoga[10]))

    def refused(**asked: Any) -> str:
        with pytest.raises(Problem) as caught:
            move(studio, made, **asked)
        return caught.value.code

    assert refused(slot_id=yoga[12].id, version=7) == "VERSION_CONFLICT"
    assert refused(service_ids=(studio.services["cut"],), actor=OWNER) == "NOT_FOR_GROUPS"
    assert refused(slot_id=studio.tenant_id) == "NOT_FOUND"
    assert refused(starts_at=studio.start(days=30)) == "NOT_PUBLISHED"
    generate(studio, service="tour", days=8)
    assert refused(slot_id=slots(studio, "tour", days=8)[0].id) == "SERVICE_MIXED"
    assert move(studio, made, actor=OWNER, slot_id=yoga[12].id, version=2).data["version"] == 3
    held = book_seats(studio, yoga[10])
    let_expire(database, held)
    made = held
    assert refused(slot_id=yoga[12].id) == "HOLD_EXPIRED"
    assert counts(slot(studio, yoga[10].id)) == (3, 0, 0, "open")
    made = book_seats(studio, yoga[10])
    cancel(studio, made)
    assert refused(slot_id=yoga[12].id) == "BOOKING_CANCELLED"
    assert untruths(database) == {}


def test_the_same_key_moves_once(studio: Business, yoga: dict[int, SlotInstance]) -> None:
    made = book_seats(studio, yoga[10])
    first = move(studio, made, slot_id=yoga[12].id, key=key("move"))
    again = move(studio, made, slot_id=yoga[12].id, key=key("move"))
    assert (again.body, again.is_replay) == (first.body, True)
    assert counts(slot(studio, yoga[12].id)) == (3, 0, 1, "partial")


def free_hours(business: Business, service: str, person: UUID) -> list[int]:
    with tenant_context(business.tenant_id, TESTER.label):
        found = find_availability(
            Wanted((business.services[service],), resource_id=person),
            from_date=day_of(business, 8),
            to_date=day_of(business, 8),
            now=clock.now(),
        )
    return [start.local_start.hour for start in found.days[0].starts]


def test_a_session_counts_once_against_the_limit_of_who_leads_it(
    studio: Business, database: Database
) -> None:
    """Two tours a day: both seats of one are one tour, a third one is not given."""
    generate(studio, service="tour", days=8)
    first, second = studio.resource_ids
    tours = hours_of(studio, slots(studio, "tour", days=8), first)
    book_seats(studio, tours[9])
    book_seats(studio, tours[9])
    made = book_seats(studio, tours[11])
    assert free_hours(studio, "tour", first) == [11]
    assert len(free_hours(studio, "tour", second)) == 12
    with pytest.raises(Conflict) as refused:
        book_seats(studio, tours[13])
    assert refused.value.code == "LIMIT_REACHED"
    assert {each["resource_id"] for each in refused.value.extra["alternatives"]} <= {str(first), str(second)}
    # Alone in its session it may move: then that one is not given any more. Beside another it may not.
    moved = move(studio, made, slot_id=tours[13].id)
    assert moved.data["slot_id"] == str(tours[13].id)
    book_seats(studio, tours[13])
    with pytest.raises(Conflict) as refused:
        move(studio, made, slot_id=tours[15].id)
    assert refused.value.code == "LIMIT_REACHED"
    assert untruths(database) == {}


def test_over_the_api(studio: Business, yoga: dict[int, SlotInstance]) -> None:
    client = ApiClient(studio.slug)
    made = client.send(
        "POST",
        "/api/v1/bookings",
        {"slot_id": str(yoga[10].id), "party_size": 2, "client_name": "Ann", "client_email": "a@example.com"},
    )
    path = f"/api/v1/bookings/{made.data['id']}"
    sent = {"token": made.data["token"], "version": 1}
    moved = client.send("PATCH", path, {**sent, "slot_id": str(yoga[11].id), "party_size": 3})
    assert (moved.status, moved.data["slot_id"], moved.data["party_size"]) == (200, str(yoga[11].id), 3)
    odd = client.send(
        "PATCH", path, {**sent, "slot_id": str(yoga[10].id), "starts_at": studio.start(hour=20).isoformat()}
    )
    assert (odd.status, odd.json["field"]) == (422, "starts_at")
