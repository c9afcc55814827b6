"""Slots are a projection: after any moves, what is stored is what rules, allocations and bookings say.

The expectation is worked out anew, minute by minute and in plain loops, from what was configured and from the
stored allocations and bookings; nothing of the code under test is used (DESIGN §2).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.schedules.commands import create_blackout, create_opening_rule, delete_blackout
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.classes import book_seats, change_service, day_of, generate, slots
from tests.capabilities.bookings.moves import OWNER, cancel, confirm, let_expire, sweep
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import new_seed
from tests.concurrency.truths import untruths

_DAYS = (7, 8)
_MINUTE = timedelta(minutes=1)
_TAKES = ("pencil", "pending", "confirmed", "completed", "no_show")


@dataclass
class _World:
    """What was configured, in the test's own words."""

    shop: Business
    hours: list[tuple[time, time]] = field(default_factory=lambda: [(time(8), time(20))])
    lengths: dict[str, int] = field(default_factory=lambda: {"cut": 45, "yoga": 60, "ritual": 50})
    seats: dict[str, int] = field(default_factory=lambda: {"cut": 1, "yoga": 3, "ritual": 1})
    grids: dict[str, int] = field(default_factory=lambda: {"cut": 15, "yoga": 30, "ritual": 30})
    buffers: dict[str, tuple[int, int]] = field(
        default_factory=lambda: {"cut": (0, 0), "yoga": (5, 10), "ritual": (10, 10)}
    )
    lanes: int = 2
    blackouts: dict[UUID, tuple[datetime, datetime]] = field(default_factory=dict)


def _make() -> _World:
    services = (
        NewService("cut", 45, "EUR", flow="hold", slot_granularity_minutes=15),
        NewService(
            "yoga",
            60,
            "EUR",
            flow="hold",
            capacity=3,
            slot_granularity_minutes=30,
            buffer_before_minutes=5,
            buffer_after_minutes=10,
        ),
        NewService(
            "ritual",
            50,
            "EUR",
            flow="instant",
            slot_granularity_minutes=30,
            buffer_before_minutes=10,
            buffer_after_minutes=10,
        ),
    )
    return _World(make_business(people=2, capacity=2, services=services))


def _starts(world: _World, service: str, days: int) -> Iterator[datetime]:
    """The starts of one day, walking the grid from each opening minute on."""
    shop = world.shop
    day = day_of(shop, days)
    before, after = (timedelta(minutes=each) for each in world.buffers[service])
    length, grid = (timedelta(minutes=each[service]) for each in (world.lengths, world.grids))
    for opens, closes in world.hours:
        at = datetime.combine(day, opens, shop.zone).astimezone(UTC)
        end = datetime.combine(day, closes, shop.zone).astimezone(UTC)
        free_from: datetime | None = None
        while at + length <= end:
            if world.seats[service] == 1:
                yield at
            elif free_from is None or at - before >= free_from:
                yield at
                free_from = at + length + after
            at += grid


def _expected_rows(world: _World, database: Database) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What each start should be, by service, resource and time; groups only where they have their time."""
    shop = world.shop
    allocations = database.rows(
        "select resource_id, lane, starts_at, ends_at, expires_at, slot_id from allocation"
    )
    bookings = database.rows("select slot_id, status, party_size from booking where slot_id is not null")
    stored_ids = {
        (service, resource, at): slot
        for slot, service, resource, at in database.rows(
            "select id, service_id, resource_id, starts_at from slot_instance"
        )
    }
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for service, service_id in shop.services.items():
        before, after = (timedelta(minutes=each) for each in world.buffers[service])
        for resource in shop.resource_ids:
            for days in _DAYS:
                for at in _starts(world, service, days):
                    ends = at + timedelta(minutes=world.lengths[service])
                    claim = (at - before, ends + after)
                    is_shut = any(at < end and start < ends for start, end in world.blackouts.values())
                    is_group = world.seats[service] > 1
                    if is_group:
                        slot = stored_ids.get((service_id, resource, at))
                        own = [each for each in allocations if slot is not None and each[5] == slot]
                        if not own:
                            # Not there only where each lane has something else.
                            others = [each for each in allocations if each[0] == resource]
                            in_the_way = {
                                lane
                                for _, lane, start, end, *_ in others
                                if start < claim[1] and end > claim[0]
                            }
                            assert len(in_the_way) == world.lanes
                            continue
                        # The time that the session really takes, one lane of it.
                        assert [each[0] for each in own] == [resource]
                        claim = (own[0][2], own[0][3])
                        seated = [each for each in bookings if each[0] == slot]
                        capacity = world.seats[service]
                        booked = sum(party for _, status, party in seated if status in _TAKES)
                        held = sum(party for _, status, party in seated if status == "held")
                    else:
                        capacity = world.lanes
                        kinds = {0: "", 1: ""}
                        for who, lane, start, end, expires, _ in allocations:
                            if who == resource and start < claim[1] and end > claim[0]:
                                kinds[lane] = "booked" if expires is None else kinds[lane] or "held"
                        booked = sum(kind == "booked" for kind in kinds.values())
                        held = sum(kind == "held" for kind in kinds.values())
                    status = "partial" if 0 < booked + held < capacity else "full"
                    status = "open" if booked + held == 0 else status
                    rows[service_id, resource, at] = (
                        is_group,
                        capacity,
                        booked,
                        held,
                        "blocked" if is_shut else status,
                        ["blackout"] if is_shut else [],
                        ends,
                        *claim,
                    )
    return rows


def _stored_rows(database: Database) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    rows = database.rows(
        "select service_id, resource_id, starts_at, is_group, capacity, booked, held, status, blocked_by,"
        " ends_at, claim_starts_at, claim_ends_at from slot_instance where not 'rules' = any (blocked_by)"
    )
    return {row[:3]: row[3:] for row in rows}


def _check(world: _World, database: Database) -> None:
    assert untruths(database) == {}
    generate(world.shop, days=_DAYS[0], to=_DAYS[1])
    kept = {
        row[0]
        for row in database.rows("select starts_at from slot_instance where is_group and booked + held > 0")
    }
    stored, expected = _stored_rows(database), _expected_rows(world, database)
    # Somebody sits in a session of other hours or length: it stays as it was (test_generate_slots.py).
    odd = {
        key
        for key in stored.keys() | expected.keys()
        if stored.get(key) != expected.get(key) and key[2] in kept and (stored.get(key) or (False,))[0]
    }
    assert {key: row for key, row in stored.items() if key not in odd} == {
        key: row for key, row in expected.items() if key not in odd
    }
    again = generate(world.shop, days=_DAYS[0], to=_DAYS[1])
    assert (again.created, again.changed, again.removed) == (0, 0, 0)
    # A session keeps the seats that are taken when the rules now give fewer; else it is as they say.
    fuller = [
        key
        for key in odd & stored.keys() & expected.keys()
        if stored[key][1] > expected[key][1] and stored[key][6:] == expected[key][6:]
    ]
    assert again.unchanged == len(expected.keys() - odd) + len(fuller)


def _move(world: _World, database: Database, chance: random.Random, made: list[MoveAnswer]) -> None:
    shop = world.shop
    kind = chance.choice(
        ("book",) * 5 + ("seat",) * 4 + ("confirm",) * 3 + ("cancel",) * 2 + ("expire", "sweep")
    )
    if kind == "book":
        service = chance.choice(("cut", "ritual"))
        starts = list(_starts(world, service, chance.choice(_DAYS)))
        if starts:
            made.append(
                book(shop, service, chance.choice(starts), resource_id=chance.choice(shop.resource_ids))
            )
    elif kind == "seat":
        sessions = slots(shop, "yoga", days=_DAYS[0], to=_DAYS[1])
        if sessions:
            made.append(book_seats(shop, chance.choice(sessions), chance.choice((1, 1, 2))))
    elif kind == "sweep":
        sweep()
    elif made:
        which = chance.choice(made)
        if kind == "confirm":
            confirm(shop, which)
        elif kind == "cancel":
            cancel(shop, which, actor=OWNER)
        elif database.rows("select 1 from booking where id = %s and status = 'held'", [which.booking_id]):
            let_expire(database, which)
            # The next to come to this calendar, or the sweeper, will notice.
            sweep()


def _change_rules(world: _World, chance: random.Random) -> None:
    shop = world.shop
    kind = chance.choice(("length", "seats", "hours", "blackout", "blackout", "open again"))
    if kind == "length":
        service = chance.choice(("cut", "yoga", "ritual"))
        world.lengths[service] = chance.choice((30, 45, 60, 90))
        change_service(shop, service, duration_minutes=world.lengths[service])
    elif kind == "seats":
        world.seats["yoga"] = chance.choice((3, 4, 6))
        change_service(shop, "yoga", capacity=world.seats["yoga"])
    elif kind == "hours" and len(world.hours) == 1:
        world.hours = [(time(9), time(13)), (time(14), time(18))]
        with tenant_context(shop.tenant_id, TESTER.label):
            for opens, closes in world.hours:
                create_opening_rule(
                    actor=TESTER,
                    location_id=shop.location_id,
                    kind="EXCEPTION",
                    start_time=opens,
                    end_time=closes,
                    valid_from=day_of(shop, _DAYS[0]),
                    valid_to=day_of(shop, _DAYS[1]),
                )
    elif kind == "blackout":
        starts_at = shop.start(days=chance.choice(_DAYS), hour=chance.randrange(8, 18), minute=20)
        ends_at = starts_at + timedelta(minutes=chance.choice((10, 60, 150)))
        with tenant_context(shop.tenant_id, TESTER.label):
            made = create_blackout(actor=TESTER, starts_at=starts_at, ends_at=ends_at)
        world.blackouts[made] = (starts_at, ends_at)
    elif kind == "open again" and world.blackouts:
        gone = chance.choice(sorted(world.blackouts))
        del world.blackouts[gone]
        with tenant_context(shop.tenant_id, TESTER.label):
            delete_blackout(actor=TESTER, blackout_id=gone)


@pytest.mark.parametrize("number", range(4))
def test_what_is_stored_is_what_follows(database: Database, number: int) -> None:
    chance = random.Random(new_seed() + number)
    world = _make()
    _check(world, database)
    made: list[MoveAnswer] = []
    for _ in range(4):
        for _ in range(15):
            with suppress(Problem):
                _move(world, database, chance, made)
        _check(world, database)
        _change_rules(world, chance)
        _check(world, database)
    assert len(made) > 10


def test_a_counter_that_is_off_is_seen(database: Database) -> None:
    """Negative control: without the trigger on allocations the comparison fails."""
    world = _make()
    _check(world, database)
    with database.cluster.connect() as admin:
        admin.execute("alter table allocation disable trigger allocation_notes_slots")
        try:
            book(world.shop, "cut", world.shop.start())
        finally:
            admin.execute("alter table allocation enable trigger allocation_notes_slots")
    assert "lanes of a published start that are not as taken" in untruths(database)
    with pytest.raises(AssertionError):
        assert _stored_rows(database) == _expected_rows(world, database)
    # Generating repairs it.
    generate(world.shop, days=_DAYS[0], to=_DAYS[1])
    assert _stored_rows(database) == _expected_rows(world, database)
