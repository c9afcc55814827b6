"""Moving a booking: it stays the same one, and its old time is given up only when the new one is taken."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.queries import get_booking, get_booking_by_token
from holdfast.capabilities.catalog.commands import NewService, update_service
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules.commands import create_blackout, create_opening_rule
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform import clock
from holdfast.platform.access import GUEST, PERMISSIONS, Actor
from holdfast.platform.errors import Conflict, Problem
from holdfast.platform.events import Event
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.moves import (
    OWNER,
    become,
    cancel,
    confirm,
    everything,
    key,
    let_expire,
    outcome,
    status,
)
from tests.capabilities.bookings.salon import claims, make_salon, visit
from tests.capabilities.business import EVERY_DAY, TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths

ROUTE = "PATCH /bookings"


def move(
    business: Business,
    made: MoveAnswer,
    starts_at: datetime | None = None,
    *,
    resource_id: UUID | None = None,
    actor: Actor = GUEST,
    token: str | None = None,
    version: int | None = None,
    key: IdempotencyKey | None = None,
) -> MoveAnswer:
    """Move with the booking's own token, unless told otherwise."""
    assert made.booking_id is not None
    return reschedule_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=clock.now(),
        booking_id=made.booking_id,
        starts_at=starts_at,
        resource_id=resource_id,
        token=made.token if token is None else token,
        expected_version=version,
        key=key,
    )


def refused(business: Business, made: MoveAnswer, *where: Any, **how: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        move(business, made, *where, **how)
    return caught.value


def test_a_booking_moves_and_stays_itself(business: Business, database: Database) -> None:
    made = book(business, "ask")
    there = business.start(days=8, hour=15)
    moved = move(business, made, there)
    assert moved.status == 200
    was, now = made.data, moved.data
    assert (now["id"], now["token"], now["status"]) == (was["id"], was["token"], "pending")
    assert (now["starts_at"], now["version"]) == (f"{there:%Y-%m-%dT%H:%M:%SZ}", 2)
    assert now["local_start"].endswith("T15:00:00")
    # Buffers move along.
    assert database.rows("select starts_at, ends_at, role from allocation") == [
        (there - timedelta(minutes=15), there + timedelta(minutes=75), "lead")
    ]
    assert database.rows("select version, sequence, updated_at > created_at from booking") == [(2, 1, True)]
    ((before, after),) = database.rows(
        "select data->'before'->>'starts_at', data->>'starts_at' from booking_event"
        " where kind = 'booking.rescheduled' and version = 2"
    )
    assert datetime.fromisoformat(str(before)) == business.start()
    assert datetime.fromisoformat(str(after)) == there
    # The link counts from the new end on.
    assert database.rows("select expires_at from booking_token") == [(there + timedelta(hours=1, days=30),)]
    # The old time is free again.
    assert outcome(partial(book, business, "book")) == "confirmed"
    assert untruths(database) == {}


def test_its_own_time_does_not_stand_in_the_way(business: Business, database: Database) -> None:
    made = book(business, "ask")
    assert move(business, made, business.start(minute=15)).data["version"] == 2
    assert move(business, made, business.start()).data["version"] == 3
    assert untruths(database) == {}


def test_a_hold_keeps_its_clock(business: Business, database: Database) -> None:
    made = book(business)
    moved = move(business, made, business.start(hour=12))
    assert moved.data["hold_expires_at"] == made.data["hold_expires_at"]
    assert confirm(business, made).status_name == "confirmed"
    assert untruths(database) == {}


@pytest.mark.parametrize(
    ("hour", "minute", "code"),
    [
        (12, 0, "SLOT_FULL"),
        (12, 30, "SLOT_FULL"),
        (7, 0, "OUTSIDE_HOURS"),
        (10, 7, "OFF_GRID"),
        (16, 0, "BLACKED_OUT"),
    ],
)
def test_a_refused_move_leaves_the_booking_as_it_was(
    business: Business, database: Database, hour: int, minute: int, code: str
) -> None:
    made = book(business, "book")
    book(business, "book", business.start(hour=12))
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(actor=TESTER, starts_at=business.start(hour=16), ends_at=business.start(hour=17))
    stored = everything(database)
    problem = refused(business, made, business.start(hour=hour, minute=minute), key=key(route=ROUTE))
    assert (problem.code, problem.field) == (code, "starts_at")
    if code == "SLOT_FULL":
        assert len(problem.extra["alternatives"]) == 3
    assert everything(database) == stored
    # The key is free for another try.
    assert move(business, made, business.start(hour=18), key=key(route=ROUTE)).is_replay is False


def test_the_past_the_notice_and_the_horizon_count(database: Database) -> None:
    business = make_business(
        services=[NewService("s", 60, "EUR", flow="instant", minimum_notice_minutes=24 * 60, horizon_days=30)]
    )
    made = book(business, "s")
    assert refused(business, made, clock.now() - timedelta(days=1)).code == "IN_THE_PAST"
    assert refused(business, made, clock.now() + timedelta(hours=20)).code == "TOO_SOON"
    assert refused(business, made, business.start(days=40)).code == "TOO_FAR"


def test_a_version_that_is_old_is_told_what_is_true(business: Business, database: Database) -> None:
    made = book(business, "book")
    move(business, made, business.start(hour=12), version=1)
    stored = everything(database)
    problem = refused(business, made, business.start(hour=14), version=1)
    assert (problem.code, problem.extra["current_version"]) == ("VERSION_CONFLICT", 2)
    assert problem.extra["current"]["starts_at"] == f"{business.start(hour=12):%Y-%m-%dT%H:%M:%SZ}"
    assert everything(database) == stored


def test_what_is_over_or_off_is_not_moved(business: Business, database: Database) -> None:
    there = business.start(hour=12)
    off = book(business, "book")
    cancel(business, off)
    assert refused(business, off, there).code == "BOOKING_CANCELLED"
    late = book(business)
    let_expire(database, late)
    assert refused(business, late, there).code == "HOLD_EXPIRED"
    assert status(database, late) == "expired"
    done = book(business, "book")
    become(database, done, "completed")
    for actor in (GUEST, OWNER):
        assert refused(business, done, there, actor=actor).code == "MOVE_NOT_ALLOWED"
    assert untruths(database).keys() <= {"a booking whose last event says something else"}


def test_a_guest_moves_only_what_has_not_begun(business: Business, database: Database) -> None:
    made = book(business, "book")
    begun = clock.now() - timedelta(minutes=10)
    for change in (
        "update booking set starts_at = %s, ends_at = %s where id = %s returning 1",
        "update allocation set starts_at = %s, ends_at = %s where booking_id = %s returning 1",
    ):
        database.rows(change, [begun, begun + timedelta(hours=1), made.booking_id])
    there = business.start(hour=12)
    assert refused(business, made, there).code == "MOVE_NOT_ALLOWED"
    assert move(business, made, there, actor=OWNER, token="").data["version"] == 2


def test_who_may_move_a_booking(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    business = make_business(people=2)
    first, second = business.resource_ids
    made, other = book(business, "book", resource_id=first), book(business, "book", resource_id=second)
    there = business.start(hour=12)
    stored = everything(database)
    assert refused(business, made, there, token="").code == "NOT_FOUND"
    assert refused(business, made, there, token=other.token).code == "NOT_FOUND"
    monkeypatch.setitem(PERMISSIONS, "assistant", PERMISSIONS["artist"] | {"bookings:update:own"})
    artist = Actor(kind="staff", role="assistant", account_id=UUID(int=8), resource_id=second)
    assert refused(business, made, there, token="", actor=artist).code == "NOT_FOUND"
    assert refused(business, other, there, token="", actor=artist, resource_id=first).code == "FORBIDDEN"
    foreign = make_business()
    assert refused(foreign, made, foreign.start(hour=12), token="", actor=OWNER).code == "NOT_FOUND"
    assert everything(database) == stored
    assert move(business, other, there, token="", actor=artist).data["version"] == 2


def test_somebody_else_takes_over(database: Database) -> None:
    business = make_business(people=3)
    first, second, third = business.resource_ids
    made = book(business, "book", resource_id=first)
    book(business, "book", resource_id=second)
    assert refused(business, made, resource_id=second).code == "SLOT_FULL"
    moved = move(business, made, resource_id=third)
    assert (moved.data["resource_id"], moved.data["starts_at"]) == (str(third), made.data["starts_at"])
    assert database.rows("select count(*) from allocation where resource_id = %s", [first]) == [(0,)]
    with tenant_context(business.tenant_id, TESTER.label):
        room = create_resource(actor=TESTER, location_id=business.location_id, name="r", kind="room")
    assert refused(business, made, resource_id=room).code == "RESOURCE_UNSUITABLE"
    assert refused(business, made, resource_id=business.tenant_id).code == "RESOURCE_UNSUITABLE"
    assert untruths(database) == {}


def test_a_move_to_another_place_speaks_its_wall_time(database: Database) -> None:
    business = make_business()
    with tenant_context(business.tenant_id, TESTER.label):
        there = create_location(actor=TESTER, name="there", time_zone="Asia/Dubai")
        somebody = create_resource(actor=TESTER, location_id=there, name="somebody")
        create_opening_rule(
            actor=TESTER,
            location_id=there,
            kind="WEEKLY",
            start_time=time(8),
            end_time=time(20),
            days_of_week=EVERY_DAY,
        )
    made = book(business, "book")
    moved = move(business, made, business.start(hour=11), resource_id=somebody).data
    assert (moved["location_id"], moved["time_zone"]) == (str(there), "Asia/Dubai")
    assert moved["local_start"][11:] in ("14:00:00", "13:00:00")
    assert untruths(database) == {}


def test_all_of_a_visit_moves_or_nothing(database: Database) -> None:
    business, people = make_salon()
    made = visit(business, "colour", add_ons=["nails"], resource_id=people["mia"])
    there = business.start(hour=14)
    moved = move(business, made, there)
    assert claims(database, business, people, moved) == [
        ("stylist", "mia", "14:00", "14:30"),
        ("lead", "ida", "14:30", "15:00"),
        ("stylist", "mia", "15:00", "15:30"),
    ]
    assert moved.data["items"] == made.data["items"]
    assert moved.data["price_minor"] == 11000
    visit(business, "massage", starts_at=business.start(hour=17))
    stored = everything(database)
    problem = refused(business, made, business.start(hour=16, minute=30))
    # Ida, who does the nails, gives a massage by then.
    assert (problem.code, problem.extra["role"]) == ("SLOT_FULL", "lead")
    assert everything(database) == stored
    handed = move(business, made, resource_id=people["noa"])
    assert [who for _, who, _, _ in claims(database, business, people, handed)] == ["noa", "ida", "noa"]
    assert [item["resource_id"] for item in handed.data["items"]] == [str(people["noa"]), str(people["ida"])]
    assert untruths(database) == {}


def test_rooms_are_chosen_anew_where_they_must(database: Database) -> None:
    business, people = make_salon(therapists=3)
    made = visit(business, "massage", resource_id=people["ida"])
    at = business.start(hour=15)
    visit(
        business,
        "massage",
        starts_at=at,
        resource_id=people["therapist 1"],
        roles={"room": people["small room"]},
    )
    assert ("room", "big room", "15:00", "16:00") in claims(
        database, business, people, move(business, made, at)
    )
    # Where the room is free it stays the same.
    back = move(business, made, business.start())
    assert ("room", "big room", "10:00", "11:00") in claims(database, business, people, back)
    visit(business, "massage", starts_at=business.start(hour=17), resource_id=people["therapist 1"])
    visit(business, "massage", starts_at=business.start(hour=17), resource_id=people["therapist 2"])
    problem = refused(business, made, business.start(hour=17))
    assert (problem.code, problem.extra["role"]) == ("SLOT_FULL", "room")
    assert untruths(database) == {}


def test_what_was_agreed_is_kept_when_the_service_changed(business: Business, database: Database) -> None:
    made = book(business, "ask")
    with tenant_context(business.tenant_id, TESTER.label):
        update_service(
            actor=TESTER,
            service_id=business.services["ask"],
            changes={"duration_minutes": 90, "buffer_after_minutes": 0, "price_minor": 1, "is_active": False},
            expected_version=None,
        )
    there = business.start(hour=15)
    moved = move(business, made, there).data
    assert moved["ends_at"] == f"{there + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert moved["price_minor"] == 9900
    assert database.rows("select ends_at from allocation") == [(there + timedelta(minutes=75),)]


def test_limits_count_without_the_booking_itself(database: Database) -> None:
    business = make_business(services=[NewService("one", 60, "EUR", flow="instant", most_per_day=1)])
    made = book(business, "one")
    book(business, "one", business.start(days=8))
    assert move(business, made, business.start(hour=15)).data["version"] == 2
    problem = refused(business, made, business.start(days=8, hour=15))
    assert problem.code == "LIMIT_REACHED"
    assert len(problem.extra["alternatives"]) == 3


def test_to_where_it_is_changes_nothing(business: Business, database: Database) -> None:
    made = book(business, "book")
    stored = everything(database)
    assert move(business, made, business.start()).data["version"] == 1
    assert move(business, made).data["version"] == 1
    assert everything(database) == stored


def test_a_replay_is_byte_for_byte(business: Business, database: Database) -> None:
    made = book(business, "book")
    there = business.start(hour=12)
    first = move(business, made, there, key=key(route=ROUTE))
    move(business, made, business.start(hour=14))
    stored = everything(database)
    again = move(business, made, there, key=key(route=ROUTE))
    assert (again.body, again.is_replay) == (first.body, True)
    # Knowing the key is not enough to be told.
    assert refused(business, made, there, key=key(route=ROUTE), token="").code == "NOT_FOUND"
    assert everything(database) == stored


def test_a_naive_start_is_wall_time_of_the_booking(business: Business) -> None:
    made = book(business, "book")
    local = business.start(hour=12).astimezone(business.zone).replace(tzinfo=None)
    assert move(business, made, local).data["starts_at"] == f"{business.start(hour=12):%Y-%m-%dT%H:%M:%SZ}"


def test_the_move_is_announced_in_its_transaction(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Event] = []
    monkeypatch.setattr("holdfast.platform.events._handlers", {"booking.rescheduled": [heard.append]})
    made = book(business, "book")
    move(business, made, business.start(hour=12))
    move(business, made, business.start(hour=12))
    assert [(event.subject_id, event.data["version"]) for event in heard] == [(made.booking_id, 2)]


def test_in_a_transaction_that_blocks_the_time(business: Business, database: Database) -> None:
    """Whoever blocks out a time can move what is in it at once, and take all back together."""
    made = book(business, "book")
    nowhere = book(business, "book", business.start(hour=11))
    stored = everything(database)
    day = {"starts_at": business.start(hour=9), "ends_at": business.start(hour=13)}
    with pytest.raises(Conflict), tenant_context(business.tenant_id, TESTER.label):
        create_blackout(actor=TESTER, resource_id=business.resource_ids[0], **day)
        move(business, made, business.start(hour=15), actor=OWNER, token="")
        move(business, nowhere, business.start(hour=15), actor=OWNER, token="")
    assert everything(database) == stored
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(actor=TESTER, resource_id=business.resource_ids[0], **day)
        move(business, made, business.start(hour=15), actor=OWNER, token="")
        with pytest.raises(Problem) as caught:
            move(business, nowhere, business.start(hour=12), actor=OWNER, token="")
        assert caught.value.code == "BLACKED_OUT"
        move(business, nowhere, business.start(hour=17), actor=OWNER, token="")
        cancel(business, nowhere, actor=OWNER, token="")
    assert database.rows("select starts_at from allocation") == [(business.start(hour=15),)]
    assert untruths(database) == {}


def test_owner_and_link_see_the_moved_booking(business: Business) -> None:
    made = book(business, "book")
    move(business, made, business.start(hour=12))
    assert made.booking_id is not None
    with tenant_context(business.tenant_id, "test"):
        by_link, by_id = (
            get_booking_by_token(made.token),
            get_booking(actor=OWNER, booking_id=made.booking_id),
        )
    assert by_link == by_id
    assert by_id is not None
    assert (by_id.starts_at, by_id.sequence, by_id.version) == (business.start(hour=12), 1, 2)
