"""Visits of several services, steps, people and rooms: all of it is taken, or nothing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.queries import get_booking, list_bookings
from holdfast.capabilities.bookings.queries.events import START, read_events
from holdfast.capabilities.catalog.commands import NewService, create_service
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.errors import Conflict, Invalid, NotFound, Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.moves import (
    OWNER,
    cancel,
    confirm,
    everything,
    key,
    let_all_expire,
    outcome,
    status,
    sweep,
)
from tests.capabilities.bookings.salon import People, claims, make_salon, visit
from tests.capabilities.business import TESTER, Business
from tests.cluster import Database
from tests.concurrency.truths import untruths


@pytest.fixture
def salon(database: Database) -> tuple[Business, People]:
    return make_salon()


def refused(business: Business, *services: str, **wish: Any) -> tuple[str, str, str]:
    """Code, field and role of the refusal."""
    with pytest.raises(Problem) as caught:
        visit(business, *services, **wish)
    return caught.value.code, caught.value.field or "", str(caught.value.extra.get("role", ""))


def test_a_person_and_a_room_are_taken_together(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    made = visit(business, "massage")
    assert claims(database, business, people, made) == [
        ("room", "small room", "10:00", "11:00"),
        ("therapist", "ida", "10:00", "11:00"),
    ]
    data = made.data
    assert (data["status"], data["resource_id"], data["price_minor"]) == ("held", str(people["ida"]), 7000)
    assert data["items"] == [
        {
            "service_id": str(business.services["massage"]),
            "title": "massage",
            "kind": "service",
            "price_minor": 7000,
            "duration_minutes": 60,
            "role": "therapist",
            "resource_id": str(people["ida"]),
        }
    ]
    assert untruths(database) == {}


def test_several_services_follow_each_other_with_one_person(
    salon: tuple[Business, People], database: Database
) -> None:
    business, people = salon
    made = visit(business, "wash", "cut", resource_id=people["noa"])
    # The buffer before is the first's, the buffer after the last's; in between the customer stays.
    assert claims(database, business, people, made) == [("lead", "noa", "09:55", "11:00")]
    data = made.data
    assert data["ends_at"] == f"{business.start(hour=11):%Y-%m-%dT%H:%M:%SZ}"
    assert (data["price_minor"], [item["title"] for item in data["items"]]) == (4000, ["wash", "cut"])
    assert {item["resource_id"] for item in data["items"]} == {str(people["noa"])}
    assert data["service_id"] == str(business.services["wash"])
    assert database.rows("select title from booking") == [("wash + cut",)]
    assert untruths(database) == {}


def test_what_nobody_can_do_alone_is_done_by_two(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    made = visit(business, "cut", "massage")
    assert claims(database, business, people, made) == [
        ("lead", "mia", "10:00", "10:30"),
        ("room", "small room", "10:30", "11:30"),
        ("therapist", "ida", "10:30", "11:30"),
    ]
    assert [item["resource_id"] for item in made.data["items"]] == [str(people["mia"]), str(people["ida"])]
    two = visit(
        business,
        "cut",
        "cut",
        roles={"lead": people["noa"], "lead 2": people["mia"]},
        starts_at=business.start(hour=14),
    )
    assert claims(database, business, people, two) == [
        ("lead", "noa", "14:00", "14:30"),
        ("lead 2", "mia", "14:30", "15:00"),
    ]
    assert untruths(database) == {}


def test_an_add_on_is_done_while_the_colour_sets(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    made = visit(business, "colour", add_ons=["nails", "oil"], resource_id=people["mia"])
    assert claims(database, business, people, made) == [
        ("stylist", "mia", "10:00", "10:30"),
        ("lead", "ida", "10:30", "11:00"),
        ("stylist", "mia", "11:00", "11:45"),
    ]
    assert made.data["price_minor"] == 9000 + 2000 + 500
    assert [item["kind"] for item in made.data["items"]] == ["service", "add_on", "add_on"]
    # While it sets, the same stylist cuts somebody else's hair: it fits exactly, and nothing longer does.
    at = business.start(hour=10, minute=30)
    assert visit(business, "cut", resource_id=people["mia"], starts_at=at).status_name == "held"
    assert refused(business, "cut", resource_id=people["mia"], starts_at=at)[0] == "SLOT_FULL"
    assert refused(
        business, "wash", resource_id=people["mia"], starts_at=business.start(hour=9, minute=30)
    ) == (
        "SLOT_FULL",
        "starts_at",
        "",
    )
    assert untruths(database) == {}


def test_a_meeting_takes_all_who_are_named(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    both = [people["mia"], people["noa"]]
    made = visit(business, "cut", resource_ids=both, match="all")
    assert claims(database, business, people, made) == [
        ("lead", "mia", "10:00", "10:30"),
        ("lead 2", "noa", "10:00", "10:30"),
    ]
    stored = everything(database)
    assert refused(business, "cut", resource_ids=both, match="all") == ("SLOT_FULL", "starts_at", "lead")
    visit(business, "cut", resource_id=people["noa"], starts_at=business.start(hour=12))
    taken = everything(database)
    late = business.start(hour=12)
    assert refused(business, "cut", resource_ids=both, match="all", starts_at=late) == (
        "SLOT_FULL",
        "starts_at",
        "lead 2",
    )
    assert everything(database) == taken != stored
    # Any of them, on the other hand, is to be had.
    anyone = visit(business, "cut", resource_ids=both, starts_at=late)
    assert anyone.data["resource_id"] == str(people["mia"])
    # A room that is named takes the place of any room.
    named = visit(business, "massage", resource_ids=[people["big room"], people["ida"]], match="all")
    assert claims(database, business, people, named)[0] == ("room", "big room", "10:00", "11:00")
    assert untruths(database) == {}


def test_what_is_refused_before_anything_is_asked(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    stored = everything(database)
    nobody = business.tenant_id
    for (services, wish), expected in (
        ((["oil"], {}), ("ADD_ON_ALONE", "service_id", "")),
        ((["cut"], {"add_ons": ["oil"]}), ("ADD_ON_UNSUITABLE", "add_on_ids", "")),
        ((["cut", "tour"], {}), ("CURRENCY_MIXED", "service_ids", "")),
        ((["massage"], {"roles": {"chair": people["ida"]}}), ("ROLE_UNKNOWN", "roles", "")),
        ((["massage"], {"roles": {"room": people["ida"]}}), ("RESOURCE_UNSUITABLE", "roles", "room")),
        ((["massage"], {"resource_id": people["mia"]}), ("RESOURCE_UNSUITABLE", "resource_id", "therapist")),
        ((["cut"], {"resource_id": people["big room"]}), ("RESOURCE_UNSUITABLE", "resource_id", "lead")),
        (
            (["cut"], {"resource_ids": [people["mia"], people["ida"]], "match": "all"}),
            ("RESOURCE_UNSUITABLE", "resource_ids", "lead"),
        ),
        ((["massage"], {"resource_ids": [nobody]}), ("NOT_FOUND", "resource_ids", "")),
        ((["massage"], {"roles": {"room": nobody}}), ("NOT_FOUND", "roles", "")),
        (
            (["massage"], {"starts_at": business.start(hour=19, minute=15)}),
            ("OUTSIDE_HOURS", "starts_at", "therapist"),
        ),
        ((["massage"], {"starts_at": business.start(minute=7)}), ("OFF_GRID", "starts_at", "therapist")),
    ):
        assert refused(business, *services, **wish) == expected, (services, wish)
    assert everything(database) == stored


def test_a_refusal_names_the_role_and_leaves_nothing(
    salon: tuple[Business, People], database: Database
) -> None:
    business, people = salon
    with tenant_context(business.tenant_id, TESTER.label):
        for room in ("small room", "big room"):
            create_blackout(
                actor=TESTER,
                starts_at=business.start(),
                ends_at=business.start(hour=11),
                resource_id=people[room],
            )
    assert refused(business, "massage") == ("BLACKED_OUT", "starts_at", "room")
    visit(business, "massage", starts_at=business.start(hour=13))
    stored = everything(database)
    with pytest.raises(Conflict) as caught:
        visit(business, "massage", starts_at=business.start(hour=13, minute=30))
    assert (caught.value.code, caught.value.extra["role"]) == ("SLOT_FULL", "therapist")
    assert [each["local_start"][11:16] for each in caught.value.extra["alternatives"]] == [
        "14:00",
        "14:15",
        "14:30",
    ]
    assert everything(database) == stored
    assert untruths(database) == {}


def test_prices_on_request_and_flows_of_several(salon: tuple[Business, People], database: Database) -> None:
    business, _ = salon
    made = visit(business, "cut", "talk")
    # "talk" must be approved, and its price is on request.
    assert (made.data["status"], made.data["price_minor"]) == ("pending", None)
    assert outcome(partial(visit, business, "massage", contact=None)) == "held"
    assert outcome(partial(visit, business, "cut", "talk", contact=None)) == "CONTACT_REQUIRED"
    # A hold of the same is no way around being approved.
    held = visit(business, "cut", "talk", starts_at=business.start(hour=15), mode="hold")
    assert (held.status_name, confirm(business, held).status_name) == ("held", "pending")
    assert confirm(business, held, actor=OWNER, token="").status_name == "confirmed"


def test_confirm_cancel_and_expire_take_all_of_it(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    kept = visit(business, "massage")
    assert confirm(business, kept).status_name == "confirmed"
    assert len(claims(database, business, people, kept)) == 2
    assert database.rows("select count(*) from allocation where expires_at is not null") == [(0,)]
    assert cancel(business, kept).status_name == "cancelled"
    assert database.rows("select count(*) from allocation") == [(0,)]
    visits = [
        visit(business, "colour", add_ons=["nails"]),
        visit(business, "cut", "wash", starts_at=business.start(hour=12)),
    ]
    let_all_expire(database)
    # Who comes for one of its resources sets all of an expired visit free, and nothing else.
    assert visit(business, "massage").status_name == "held"
    assert [status(database, each) for each in visits] == ["expired", "held"]
    assert sweep() == 1
    assert [status(database, each) for each in visits] == ["expired", "expired"]
    assert database.rows("select count(*) from allocation") == [(2,)]
    assert untruths(database) == {}


def test_a_replay_is_byte_for_byte(salon: tuple[Business, People], database: Database) -> None:
    business, _ = salon
    first = visit(business, "massage", key=key())
    stored = everything(database)
    again = visit(business, "massage", key=key())
    assert (again.body, again.status, again.is_replay) == (first.body, 201, True)
    assert outcome(partial(visit, business, "massage", key=key(payload=b"other"))) == "IDEMPOTENCY_KEY_REUSED"
    assert everything(database) == stored
    # A refusal is not kept: the same key may try again.
    other = key("another-key")
    assert refused(business, "massage", key=other)[0] == "SLOT_FULL"
    cancel(business, first)
    assert visit(business, "massage", key=other).is_replay is False


def test_staff_read_what_a_booking_takes(salon: tuple[Business, People], database: Database) -> None:
    business, people = salon
    made = visit(business, "colour", add_ons=["nails"], resource_id=people["mia"])
    assert made.booking_id is not None
    with tenant_context(business.tenant_id, "test"):
        booking = get_booking(actor=OWNER, booking_id=made.booking_id)
    assert booking is not None
    assert booking.resources is not None
    assert [(each.role, each.resource_id) for each in booking.resources] == [
        ("stylist", people["mia"]),
        ("lead", people["ida"]),
        ("stylist", people["mia"]),
    ]
    assert [(item.title, item.resource_id) for item in booking.items] == [
        ("colour", people["mia"]),
        ("nails", people["ida"]),
    ]
    assert booking.ends_at - booking.starts_at == timedelta(minutes=90)


def test_who_takes_part_sees_the_visit_and_hears_of_it(
    salon: tuple[Business, People], database: Database
) -> None:
    business, people = salon
    made = visit(business, "colour", add_ons=["nails"], resource_id=people["mia"])
    assert made.booking_id is not None
    day = {"starts_at": business.start(hour=0), "ends_at": business.start(hour=23)}
    with tenant_context(business.tenant_id, "test"):
        for name, sees in (("mia", True), ("ida", True), ("noa", False)):
            artist = Actor(kind="staff", role="artist", account_id=UUID(int=9), resource_id=people[name])
            assert (get_booking(actor=artist, booking_id=made.booking_id) is not None) == sees
            assert len(list_bookings(actor=artist, **day)) == sees
        both = frozenset({people["mia"], people["ida"]})
        assert [event.resource_ids for event in read_events(after=START)] == [both]
    reschedule_booking(
        tenant_id=business.tenant_id,
        actor=OWNER,
        now=clock.now(),
        booking_id=made.booking_id,
        resource_id=people["noa"],
    )
    cancel(business, made)
    with tenant_context(business.tenant_id, "test"):
        moved, cancelled = read_events(after=START)[1:]
    # Mia hears that it is hers no more; who had a part in it, that it is off.
    assert moved.resource_ids == both | {people["noa"]}
    assert cancelled.resource_ids == {people["noa"], people["ida"]}


def test_another_business_s_things_are_not_found(salon: tuple[Business, People], database: Database) -> None:
    business, _ = salon
    other, others = make_salon()
    stored = everything(database)
    with pytest.raises(NotFound):
        visit(business, "massage", resource_ids=[others["mia"]])
    with pytest.raises(NotFound):
        visit(business, "massage", roles={"room": others["big room"]})
    with pytest.raises(NotFound):
        visit(other, "massage", starts_at=other.start(), resource_id=business.tenant_id)
    assert everything(database) == stored


def test_seven_days_are_the_longest_visit(database: Database) -> None:
    business, _ = make_salon()
    with tenant_context(business.tenant_id, TESTER.label):
        long = create_service(actor=TESTER, service=NewService("retreat", 7 * 24 * 60, "EUR"))
    business.services["retreat"] = long.id
    with pytest.raises(Invalid) as caught:
        visit(business, "retreat", "cut")
    assert caught.value.code == "VISIT_TOO_LONG"
