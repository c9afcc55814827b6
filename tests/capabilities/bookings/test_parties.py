"""Parties: planned backwards, booked as one booking, all of it or nothing, and moved in one piece."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.parties import PlanIsGoneError
from holdfast.capabilities.bookings.party_types import PartyAnswer, PartyGuest, PartyWish, Planned
from holdfast.capabilities.bookings.queries import get_booking
from holdfast.capabilities.bookings.queries.parties import find_party_plan
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.parties import Breaks
from tests.capabilities.bookings.moves import OWNER, cancel, confirm, key, sweep
from tests.capabilities.bookings.parties import bride_and_six, guests, make_studio, take_party
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.business import TESTER, Business, book
from tests.cluster import Database


@pytest.fixture
def studio(database: Database) -> Business:
    return make_studio()


def look(business: Business, wish: PartyWish) -> PartyAnswer:
    with tenant_context(business.tenant_id, "tests"):
        return find_party_plan(wish, clock.now())


def plan_of(business: Business, wish: PartyWish) -> Planned:
    found = look(business, wish)
    assert found.plan is not None, found.why_not
    return found.plan


def table(plan: Planned) -> list[tuple[int, str, str]]:
    """Guest, from and until by the clock, by guest."""
    return sorted(
        (each.guest, f"{each.local_start:%H:%M}", f"{each.local_end:%H:%M}") for each in plan.guests
    )


def claims(database: Database, business: Business) -> list[tuple[str, str, str]]:
    return [
        (role, *(f"{at.astimezone(business.zone):%H:%M}" for at in (starts_at, ends_at)))
        for role, starts_at, ends_at in database.rows(
            "select role, starts_at, ends_at from allocation order by role, starts_at"
        )
    ]


def test_a_bride_and_six_by_two_artists_ready_at_nine(studio: Business) -> None:
    plan = plan_of(studio, bride_and_six(studio))
    assert plan.is_best
    assert (f"{plan.local_start:%H:%M}", plan.ready_at) == ("06:20", studio.start(hour=9))
    assert plan.price_minor == 18000 + 6 * 7000
    assert table(plan)[0] == (1, "08:00", "09:00")
    assert Counter(each.resource_id for each in plan.guests) == Counter(
        {studio.resource_ids[0]: 4, studio.resource_ids[1]: 3}
    )


def test_the_plan_is_one_booking_that_holds_everybodys_time(studio: Business, database: Database) -> None:
    wish = bride_and_six(studio)
    plan = plan_of(studio, wish)
    made = take_party(studio, wish, plan_id=plan.id)
    data = made.data
    assert (data["status"], data["party_size"], data["price_minor"]) == ("held", 7, 60000)
    assert (data["starts_at"], data["ends_at"]) == (
        f"{plan.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        f"{plan.ready_at:%Y-%m-%dT%H:%M:%SZ}",
    )
    assert [(item["guest"], item["title"], item["offset_minutes"]) for item in data["items"]] == [
        (
            each.guest,
            "bridal" if each.guest == 1 else "makeup",
            (each.starts_at - plan.starts_at) // timedelta(minutes=1),
        )
        for each in sorted(plan.guests, key=lambda each: each.guest)
    ]
    # Back to back is one stretch; with the bride there are ten minutes after her.
    assert sorted(claims(database, studio)) == [
        ("artist 1", "06:20", "09:00"),
        ("artist 2", "06:40", "09:10"),
    ]
    confirmed = confirm(studio, made)
    # The bride is to be approved, and so is her party.
    assert confirmed.data["status"] == "pending"
    cancel(studio, made)
    assert claims(database, studio) == []
    assert differences(database) == []
    assert checked(studio) == []


def test_what_guests_are_called_is_sealed(studio: Business, database: Database) -> None:
    made = take_party(studio, bride_and_six(studio))
    assert b"Friend" not in made.body
    everything = [
        json.dumps(row, default=str)
        for name in ("booking", "booking_event", "allocation", "idempotency_record")
        for (row,) in database.rows(f"select to_jsonb(t) from {name} t")
    ]
    assert "Friend" not in "".join(everything)
    with tenant_context(studio.tenant_id, "tests"):
        booking = get_booking(actor=TESTER, booking_id=made.data["id"])
    assert booking is not None
    assert booking.notes.splitlines()[0] == "1. Friend 0"
    assert booking.notes.splitlines()[-1] == "Ring twice"
    assert {item.guest for item in booking.items} == set(range(1, 8))


def test_the_strictest_flow_is_the_partys(studio: Business) -> None:
    ready = studio.start(hour=12)
    for services, expected in (
        (("hair", "hair"), "confirmed"),
        (("hair", "makeup"), "held"),
        (("bridal", "hair"), "pending"),
    ):
        made = take_party(studio, PartyWish(guests(studio, *services), ready), hold=False)
        assert made.data["status"] == expected
    with pytest.raises(Problem, match="who the booking is for"):
        take_party(studio, PartyWish(guests(studio, "hair"), ready), hold=False, contact=None)


def test_several_services_of_a_guest_are_one_artists(studio: Business) -> None:
    wish = PartyWish(guests(studio, "makeup+hair", "hair", "hair"), studio.start(hour=9))
    made = take_party(studio, wish)
    first = [item for item in made.data["items"] if item["guest"] == 1]
    assert len({item["resource_id"] for item in first}) == 1
    assert [item["offset_minutes"] for item in first] == [0, 40]
    # Cem cannot do make-up, but hair: two artists are enough for seventy minutes.
    assert len({item["resource_id"] for item in made.data["items"]}) == 2


def test_named_people_limits_breaks_and_ways(studio: Business, database: Database) -> None:
    ada, bea, cem = studio.resource_ids
    wish = PartyWish(
        (
            PartyGuest((studio.services["hair"],), resource_id=cem),
            PartyGuest((studio.services["hair"],), resource_id=cem),
            PartyGuest((studio.services["hair"],), resource_id=cem, ready_by=studio.start(hour=8)),
        ),
        studio.start(hour=9),
        breaks=Breaks(3600, 900),
        travel_minutes=45,
    )
    plan = plan_of(studio, wish)
    assert [f"{each.local_start:%H:%M}" for each in plan.guests] == ["07:30", "08:00", "08:30"] or table(
        plan
    ) == [(1, "08:00", "08:30"), (2, "08:30", "09:00"), (3, "07:15", "07:45")]
    take_party(studio, wish, plan_id=plan.id)
    assert claims(database, studio)[0][1] == "06:30"
    assert claims(database, studio)[-1][2] == "09:45"
    rare = PartyWish(guests(studio, "rare", "rare"), studio.start(days=8, hour=9), resource_ids=(cem,))
    made = take_party(studio, rare)
    found = look(studio, rare)
    assert found.plan is None
    assert found.why_not is not None
    assert found.why_not.unable == (1, 2)
    cancel(studio, made)
    assert plan_of(studio, rare).is_best
    assert (ada, bea) == studio.resource_ids[:2]


def test_why_not_and_what_would_help(studio: Business) -> None:
    wish = bride_and_six(studio, start_from=studio.start(hour=7))
    found = look(studio, wish)
    assert found.plan is None
    assert found.why_not is not None
    assert (found.why_not.left_out, found.why_not.unable) == ((6, 7), ())
    assert (found.why_not.one_more_artist, found.why_not.minutes_short) == (True, 80)
    assert found.why_not.earlier_start == studio.start(hour=6, minute=20)
    assert found.why_not.details == (
        "There is no time for 2 of 7 guests: 80 minutes of work are left over.",
        "With one more artist all could be ready.",
        "It would do to start at 06:20.",
    )
    with pytest.raises(PlanIsGoneError):
        take_party(studio, wish)


def refused(business: Business, wish: PartyWish) -> str:
    with pytest.raises(Problem) as caught:
        look(business, wish)
    return caught.value.code


def test_what_cannot_be_asked_for(studio: Business) -> None:
    wish = bride_and_six(studio)
    assert refused(studio, replace(wish, guests=())) == "PARTY_TOO_LARGE"
    assert refused(studio, replace(wish, guests=guests(studio, "class"))) == "PARTY_UNSUITABLE"
    assert refused(
        studio, replace(wish, guests=guests(studio, "makeup"), resource_ids=(studio.resource_ids[2],))
    ) == ("RESOURCE_UNSUITABLE")
    assert refused(studio, replace(wish, resource_ids=(studio.tenant_id,))) == "NOT_FOUND"
    assert refused(studio, replace(wish, location_id=studio.tenant_id)) == "NOT_FOUND"
    assert refused(studio, replace(wish, start_from=wish.ready_by)) == "RANGE_TOO_LONG"
    assert refused(studio, replace(wish, ready_by=clock.now() - timedelta(hours=1))) == "IN_THE_PAST"
    assert refused(studio, replace(wish, ready_by=clock.now() + timedelta(days=5000))) == "TOO_FAR"


def test_a_plan_that_is_gone_brings_the_next_best(studio: Business, database: Database) -> None:
    wish = bride_and_six(studio)
    plan = plan_of(studio, wish)
    book(studio, "hair", studio.start(hour=8, minute=30), resource_id=studio.resource_ids[0])
    with pytest.raises(PlanIsGoneError) as caught:
        take_party(studio, wish, plan_id=plan.id)
    other = caught.value.answer.plan
    assert other is not None
    assert other.starts_at < plan.starts_at
    assert len(database.rows("select from booking")) == 1
    assert take_party(studio, wish, plan_id=other.id).data["party_size"] == 7


def test_the_same_key_gives_the_same_answer(studio: Business, database: Database) -> None:
    wish = bride_and_six(studio)
    first = take_party(studio, wish, key=key("party"))
    again = take_party(studio, wish, key=key("party"))
    assert (again.body, again.is_replay) == (first.body, True)
    later = take_party(studio, wish, key=key("party"), now=clock.now() + timedelta(days=30))
    assert later.body == first.body
    assert len(database.rows("select from booking")) == 1


def move(business: Business, made: MoveAnswer, *, actor: object = GUEST, **where: object) -> MoveAnswer:
    return reschedule_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=clock.now(),
        booking_id=made.data["id"],
        token=made.token if actor is GUEST else "",
        **where,
    )


def test_a_party_moves_in_one_piece(studio: Business, database: Database) -> None:
    wish = replace(bride_and_six(studio), travel_minutes=30)
    made = take_party(studio, wish)
    before = claims(database, studio)
    moved = move(studio, made, starts_at=studio.start(days=9, hour=14, minute=7))
    assert moved.data["local_start"].endswith("14:07:00")
    assert moved.data["items"] == made.data["items"]
    after = claims(database, studio)

    def minutes(clock_time: str) -> int:
        return int(clock_time[:2]) * 60 + int(clock_time[3:])

    shift = 14 * 60 + 7 - (6 * 60 + 20)
    assert [(role, minutes(start), minutes(end)) for role, start, end in after] == [
        (role, minutes(start) + shift, minutes(end) + shift) for role, start, end in before
    ]
    events = database.rows("select kind, version from booking_event order by id")
    assert events == [("booking.held", 1), ("booking.rescheduled", 2)]
    assert differences(database) == []
    # A moment of one of them is enough for nothing to move.
    book(studio, "hair", studio.start(days=10, hour=10), resource_id=studio.resource_ids[1])
    with pytest.raises(Problem) as caught:
        move(studio, moved, starts_at=studio.start(days=10, hour=9))
    assert caught.value.code == "SLOT_FULL"
    with pytest.raises(Problem) as caught:
        move(studio, moved, actor=OWNER, resource_id=studio.resource_ids[2])
    assert caught.value.code == "RESOURCE_UNSUITABLE"
    assert claims(database, studio) != []
    assert move(studio, moved, starts_at=studio.start(days=11, hour=5)).data["version"] == 3


def test_a_partys_hold_ends_with_everything(studio: Business, database: Database) -> None:
    made = take_party(studio, bride_and_six(studio))
    with database.cluster.connect() as admin:
        admin.execute("update booking set hold_expires_at = clock_timestamp() - interval '1 second'")
        admin.execute("update allocation set expires_at = clock_timestamp() - interval '1 second'")
    assert plan_of(studio, bride_and_six(studio)).is_best
    assert take_party(studio, bride_and_six(studio)).data["version"] == 1
    sweep()
    rows = database.rows("select status from booking where id = %s", [made.booking_id])
    assert rows == [("expired",)]
    assert differences(database) == []
