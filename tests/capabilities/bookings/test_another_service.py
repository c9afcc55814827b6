"""Another service for the same booking: its time, people and price become what the new one takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Problem
from tests.capabilities.bookings.moves import OWNER
from tests.capabilities.bookings.replaying import checked
from tests.capabilities.bookings.salon import claims, make_salon, visit
from tests.capabilities.business import Business
from tests.cluster import Database
from tests.concurrency.truths import untruths


def become(
    business: Business, made: MoveAnswer, *services: str, actor: Actor = OWNER, **more: Any
) -> MoveAnswer:
    assert made.booking_id is not None
    return reschedule_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=clock.now(),
        booking_id=made.booking_id,
        service_ids=[business.services[name] for name in services],
        token=made.token,
        **more,
    )


def test_a_booking_becomes_another_service_and_stays_itself(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "wash", resource_id=people["noa"])
    assert claims(database, business, people, made) == [("lead", "noa", "09:55", "10:40")]
    now = become(business, made, "colour")
    assert now.data["id"] == made.data["id"]
    assert now.data["service_id"] == str(business.services["colour"])
    assert now.data["price_minor"] == 9000
    assert now.data["version"] == made.data["version"] + 1
    # Who led still does, for as long as colouring takes; setting in the middle is free for others.
    assert {who for _, who, _, _ in claims(database, business, people, made)} == {"noa"}
    assert claims(database, business, people, made)[-1][3] == "11:30"
    assert checked(business) == []
    assert untruths(database) == {}


def test_add_ons_come_and_go(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "colour", resource_id=people["mia"])
    with_nails = become(business, made, add_on_ids=[business.services["nails"]])
    assert with_nails.data["price_minor"] == 11000
    assert ("ida", "10:30", "11:00") in {each[1:] for each in claims(database, business, people, made)}
    without = become(business, made, add_on_ids=[])
    assert without.data["price_minor"] == 9000
    assert {who for _, who, _, _ in claims(database, business, people, made)} == {"mia"}
    assert checked(business) == []


def test_several_services_at_another_time_and_with_somebody_else(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "wash", resource_id=people["noa"])
    there = business.start(hour=15)
    now = become(business, made, "cut", "wash", starts_at=there, resource_id=people["mia"])
    assert now.data["starts_at"] == f"{there:%Y-%m-%dT%H:%M:%SZ}"
    assert now.data["price_minor"] == 4000
    assert [each["kind"] for each in now.data["items"]] == ["service", "service"]
    assert {who for _, who, _, _ in claims(database, business, people, made)} == {"mia"}


def test_what_does_not_fit_leaves_it_as_it_was(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "wash", resource_id=people["noa"])
    visit(business, "wash", resource_id=people["noa"], starts_at=business.start() + timedelta(hours=1))
    before = database.rows("select to_jsonb(b) from booking b where id = %s", [made.booking_id])
    taken = claims(database, business, people, made)
    with pytest.raises(Problem) as caught:
        become(business, made, "colour")
    assert caught.value.code == "SLOT_FULL"
    assert database.rows("select to_jsonb(b) from booking b where id = %s", [made.booking_id]) == before
    assert claims(database, business, people, made) == taken
    assert checked(business) == []


def test_whoever_does_not_give_it_must_be_replaced_by_name(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "wash", resource_id=people["noa"])
    with pytest.raises(Problem) as caught:
        become(business, made, "massage")
    assert caught.value.code == "RESOURCE_UNSUITABLE"
    now = become(business, made, "massage", resource_id=people["ida"])
    assert now.data["resource_id"] == str(people["ida"])
    assert len(claims(database, business, people, made)) == 2


def test_the_same_service_is_an_ordinary_move(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "wash", resource_id=people["noa"])
    assert become(business, made, "wash").data["version"] == made.data["version"]


def test_guests_may_not(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "wash", resource_id=people["noa"])
    with pytest.raises(Problem) as caught:
        become(business, made, "colour", actor=GUEST)
    assert caught.value.status in (401, 403)
