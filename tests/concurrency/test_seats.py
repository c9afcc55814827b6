"""However many want seats at once, exactly as many are seated; generation meanwhile disturbs nobody.

As `test_exactly_as_many.py` (TRUST G1), for published sessions: over HTTP in two processes, and in threads.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count

import pytest
from benchmarks.wire import request

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.expire import expire_due_holds
from holdfast.capabilities.bookings.slot_types import Report, SlotInstance
from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Problem
from tests.capabilities.bookings.classes import book_seats, change_service, counts, generate, slot, slots
from tests.capabilities.bookings.moves import cancel, confirm, let_expire
from tests.capabilities.bookings.replaying import differences
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.bursts import LONGEST_BURST, fire
from tests.concurrency.planted import planted
from tests.concurrency.threads import new_seed, together
from tests.concurrency.truths import untruths
from tests.stack import Stack

CAPACITIES = (1, 2, 5, 10)
_numbers = count()


def _studio(seats: int, *, people: int = 1) -> Business:
    yoga = NewService("yoga", 60, "EUR", flow="hold", capacity=seats, slot_granularity_minutes=60)
    cut = NewService("cut", 45, "EUR", flow="hold", slot_granularity_minutes=15)
    return make_business(people=people, services=(yoga, cut))


def _message(business: Business, session: SlotInstance, party_size: int = 1) -> bytes:
    number = next(_numbers)
    return request(
        "POST",
        "/api/v1/bookings",
        host=f"{business.slug}.localhost",
        body={
            "slot_id": str(session.id),
            "party_size": party_size,
            "mode": "hold",
            "customer_name": "Ann Lee",
            "customer_email": f"guest{number % 7}@example.com",
        },
        headers={"Idempotency-Key": f"seats-{number:09}"} if number % 3 else {},
    )


def _publish(seats: int, sessions: int) -> tuple[Business, list[SlotInstance]]:
    """A group has two seats or more; a session of one has the other taken."""
    business = _studio(max(seats, 2))
    generate(business, to=7 + sessions // 12, service="yoga")
    found = slots(business, "yoga", to=7 + sessions // 12)[:sessions]
    if seats == 1:
        for session in found:
            book_seats(business, session)
    return business, found


@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("seats", CAPACITIES)
def test_exactly_as_many_as_there_are_seats(database: Database, two_processes: Stack, seats: int) -> None:
    _fill(database, two_processes, seats, [200 if number % 6 == 0 else 30 for number in range(12)])


@pytest.mark.slow
@pytest.mark.usefixtures("no_deadlocks")
@pytest.mark.parametrize("seats", [1, 10, 50])
def test_two_hundred_for_seats_again_and_again(database: Database, two_processes: Stack, seats: int) -> None:
    _fill(database, two_processes, seats, [200] * 24)


def _fill(database: Database, two_processes: Stack, seats: int, sizes: list[int]) -> None:
    business, sessions = _publish(seats, len(sizes))
    assert len(sessions) == len(sizes)
    slowest = 0.0
    for session, size in zip(sessions, sizes, strict=True):
        burst = fire(two_processes, [_message(business, session) for _ in range(size)])
        assert burst.outcomes == {(201, ""): seats, (409, "SLOT_FULL"): size - seats}
        slowest = max(slowest, burst.seconds)
    assert slowest < LONGEST_BURST
    held = max(seats, 2)
    assert database.rows(
        "select held, booked, status, count(*) from slot_instance where held > 0 group by 1, 2, 3"
    ) == [(held, 0, "full", len(sessions))]
    assert untruths(database) == {}
    print(f"{seats} seats: {len(sessions)} bursts, slowest {slowest:.2f} s")


@pytest.mark.usefixtures("no_deadlocks")
def test_parties_never_sit_on_each_other(database: Database, two_processes: Stack) -> None:
    """Parties of one to four and ten seats: never more, and no seat empty that the smallest party wanted."""
    business, sessions = _publish(10, 12)
    for session in sessions:
        parties = [1 + number % 4 for number in range(40)]
        burst = fire(two_processes, [_message(business, session, party) for party in parties])
        seated = sum(
            party for party, reply in zip(parties, burst.replies, strict=True) if reply.status == 201
        )
        assert seated == 10
        assert set(burst.outcomes) == {(201, ""), (409, "SLOT_FULL")}
    assert untruths(database) == {}


COUNT_THEN_INSERT = {
    (
        "    perform i.id from slot_instance i\n"
        "    where i.tenant_id = app_tenant() and i.id = any (p_slots) order by i.id for no key update;\n"
    ): "",
    "if v_slot.capacity - v_slot.booked - v_slot.held < p_party_size then": (
        "if v_slot.capacity - (select coalesce(sum(b.party_size), 0) from booking b"
        " where b.tenant_id = v_tenant and b.slot_id = p_slot and b.status in ('held', 'confirmed'))"
        " < p_party_size then"
    ),
}


def test_without_lock_and_constraint_the_race_shows(database: Database, two_processes: Stack) -> None:
    """Negative control: to count, then insert, is right for one after another, and oversells in a race."""
    with database.cluster.connect() as admin:
        admin.execute("alter table slot_instance drop constraint no_overselling")
        try:
            with planted(database, "seat_moves.sql", COUNT_THEN_INSERT):
                business, sessions = _publish(2, 12)
                for session in sessions:
                    fire(two_processes, [_message(business, session) for _ in range(60)])
            oversold = database.rows("select count(*) from slot_instance where booked + held > capacity")
            assert oversold[0][0] > 0
            assert "seats that are not as many as their bookings" in untruths(database)
        finally:
            database.cluster.clean()
            admin.execute(
                "alter table slot_instance add constraint no_overselling check (booked + held <= capacity)"
            )
    # The guards are back.
    business, sessions = _publish(2, 1)
    burst = fire(two_processes, [_message(business, sessions[0]) for _ in range(60)])
    assert burst.outcomes == {(201, ""): 2, (409, "SLOT_FULL"): 58}


def _tried(call: Callable[[], object]) -> str:
    try:
        call()
    except Problem as refused:
        return refused.code
    return "ok"


@pytest.mark.usefixtures("no_deadlocks")
def test_threads_meet_at_the_end_of_a_hold(database: Database) -> None:
    """Confirm, cancel, sweep and book again, all at the instant at which holds of one session end."""
    business, sessions = _publish(3, 10)
    for session in sessions:
        held = [book_seats(business, session) for _ in range(3)]
        for made in held:
            let_expire(database, made)
        calls: list[Callable[[], str]] = [
            *(partial(_tried, partial(confirm, business, made)) for made in held),
            *[partial(_tried, partial(book_seats, business, session))] * 5,
            lambda: str(expire_due_holds() >= 0),
        ]
        outcomes = together(calls)
        assert outcomes[:3] == ["HOLD_EXPIRED"] * 3
        assert Counter(outcomes[3:8]) == {"ok": 3, "SLOT_FULL": 2}
        assert counts(slot(business, session.id)) == (3, 0, 3, "full")
    assert untruths(database) == {}


@pytest.mark.usefixtures("no_deadlocks")
def test_two_generations_and_bookings_at_once(database: Database) -> None:
    """Every row once, every counter right, every booking kept, whoever comes first."""
    random_source = random.Random(new_seed())
    for _ in range(4):
        business = _studio(4, people=2)
        reports: list[Report] = []

        def generating(business: Business = business, reports: list[Report] = reports) -> str:
            reports.append(generate(business, to=8))
            return "ok"

        def booking(business: Business = business) -> str:
            service = random_source.choice(("yoga", "cut"))
            at = business.start(hour=random_source.randrange(8, 19), days=random_source.choice((7, 8)))
            return _tried(partial(book, business, service, at))

        outcomes = together([generating, generating, *([booking] * 12)])
        assert set(outcomes) <= {"ok", "SLOT_FULL", "NOT_PUBLISHED"}
        assert untruths(database) == {}
        last = generate(business, to=8)
        assert (last.created, last.changed, last.removed) == (0, 0, 0)
        assert sum(report.created for report in reports) == last.unchanged
        assert {report.kept for report in reports} == {0}


@pytest.mark.usefixtures("no_deadlocks")
def test_rules_change_while_seats_are_taken(database: Database) -> None:
    """Nobody who was told that a seat is theirs loses it, and nobody sits in a session that is gone."""
    business = _studio(5)
    generate(business, service="yoga")
    for length in (120, 60, 180, 60):
        told: list[MoveAnswer] = []

        def booking(session: SlotInstance, told: list[MoveAnswer] = told) -> str:
            return _tried(lambda: told.append(book_seats(business, session)))

        def changing(length: int = length) -> str:
            change_service(business, "yoga", duration_minutes=length)
            generate(business, service="yoga")
            return "ok"

        together([changing, *(partial(booking, session) for session in slots(business, "yoga")[:8])])
        stored = {row[0] for row in database.rows("select id from booking where status = 'held'")}
        assert {made.booking_id for made in told} <= stored
        without_time = (
            "select b.id from booking b left join allocation a on a.slot_id = b.slot_id"
            " where b.status = 'held' and a.id is null"
        )
        assert database.rows(without_time) == []
        assert untruths(database) == {}
    assert database.rows("select count(*) > 0 from booking") == [(True,)]


@pytest.mark.usefixtures("no_deadlocks")
def test_the_sweeper_and_others_keep_lanes_right(database: Database) -> None:
    """Counters of computed starts, counted at each commit, while holds end on many calendars at once."""
    random_source = random.Random(new_seed())
    business = _studio(4, people=3)
    generate(business, service="cut")
    for _ in range(6):
        made: list[MoveAnswer] = []
        for hour in range(8, 19, 2):
            for person in business.resource_ids:
                at = business.start(hour=hour, minute=random_source.choice((0, 15, 30)))
                with suppress(Problem):
                    made.append(book(business, "cut", at, resource_id=person))
        for each in made:
            if random_source.random() < 0.7:
                let_expire(database, each)
        random_source.shuffle(made)
        moves = [random_source.choice((confirm, cancel)) for _ in made[:8]]
        calls: list[Callable[[], str]] = [
            lambda: str(expire_due_holds()),
            lambda: str(generate(business, service="cut")),
            *(
                partial(_tried, partial(move, business, each))
                for move, each in zip(moves, made, strict=False)
            ),
            *(
                partial(_tried, partial(book, business, "cut", business.start(hour=hour)))
                for hour in range(8, 14)
            ),
        ]
        together(calls)
        assert untruths(database) == {}
        with database.cluster.connect() as admin:
            admin.execute("update booking set hold_expires_at = clock_timestamp() where status = 'held'")
            admin.execute("update allocation set expires_at = clock_timestamp() where expires_at is not null")
        expire_due_holds()
        assert untruths(database) == {}


@pytest.mark.usefixtures("no_deadlocks")
def test_forty_clients_swap_seats_between_two_sessions(database: Database) -> None:
    """Moves to and fro, growing and shrinking parties: never above the capacity, counters always right."""
    business, (first, second) = _publish(10, 2)
    made = [book_seats(business, session) for session in (first, second) for _ in range(9)]
    random_source = random.Random(new_seed())
    moves = [
        (each, target, size)
        for each in made
        for target, size in random_source.sample([(first, 1), (second, 1), (first, 2), (second, 2)], 2)
    ]
    outcomes = Counter(
        together(
            [partial(_tried, partial(_move_seats, business, *wish)) for wish in moves]
            + [partial(_tried, partial(cancel, business, each)) for each in made[:4]]
        )
    )
    assert set(outcomes) <= {"ok", "SLOT_FULL", "BOOKING_CANCELLED"}
    assert outcomes["ok"] >= 8
    assert untruths(database) == {}
    assert differences(database) == []
    for session in (first, second):
        live = slot(business, session.id)
        assert live.booked + live.held <= 10


@pytest.mark.usefixtures("no_deadlocks")
def test_a_moving_booking_is_cancelled_by_one_and_moved_by_others(database: Database) -> None:
    """The locks of a move go with the seats: whoever waited at the old session looks again."""
    for _ in range(6):
        business, sessions = _publish(3, 3)
        made = [book_seats(business, session) for session in sessions]
        calls = [
            partial(_tried, partial(_move_seats, business, each, target, 1))
            for each in made
            for target in sessions
        ] + [partial(_tried, partial(cancel, business, each)) for each in made]
        outcomes = Counter(together(calls))
        assert set(outcomes) <= {"ok", "SLOT_FULL", "BOOKING_CANCELLED"}
        assert database.rows("select sum(booked + held) from slot_instance") == [(0,)]
        assert untruths(database) == {}
        assert differences(database) == []


WITHOUT_COUNTING = {
    """    if v_slot.capacity - v_slot.booked - v_slot.held
        < v_party - (case when v_before.slot_id = p_slot then v_before.party_size else 0 end)
    then
        return jsonb_build_object('outcome', 'full');
    end if;
""": "",
}


def test_moves_that_do_not_count_oversell(database: Database) -> None:
    """Negative control: without the count (and the constraint behind it) seats go above the capacity."""
    with database.cluster.connect() as admin:
        admin.execute("alter table slot_instance drop constraint no_overselling")
        try:
            with planted(database, "seat_moves.sql", WITHOUT_COUNTING):
                business, (first, second) = _publish(2, 2)
                for made in [book_seats(business, first) for _ in range(2)]:
                    _move_seats(business, made, second, 2)
            oversold = database.rows("select count(*) from slot_instance where booked + held > capacity")
            assert oversold == [(1,)]
        finally:
            database.cluster.clean()
            admin.execute(
                "alter table slot_instance add constraint no_overselling check (booked + held <= capacity)"
            )


def _move_seats(business: Business, made: MoveAnswer, session: SlotInstance, party_size: int) -> MoveAnswer:
    assert made.booking_id is not None
    return reschedule_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=made.booking_id,
        slot_id=session.id,
        party_size=party_size,
        token=made.token,
    )
