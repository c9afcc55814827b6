"""Putting away thousands of bookings while others are made, and while PostgreSQL is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, connections

from holdfast.capabilities.bookings.commands import archive_due_bookings, mark_booking
from holdfast.platform import clock
from holdfast.platform.errors import Conflict
from holdfast.scheduling.lifecycle import Move
from tests.capabilities.bookings.past import move_back
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Cluster, Database
from tests.concurrency.threads import together
from tests.concurrency.truths import untruths

# One booking of long ago, as often as wanted: an hour each, one after the other, with time, link and log.
_MANY = """
with old as (
    select b, a, t, number, gen_random_uuid() as id, make_interval(hours => number) as back
    from booking b join allocation a on a.booking_id = b.id join booking_token t on t.booking_id = b.id,
        generate_series(1, %(count)s) number
    where b.id = %(like)s),
booked as (
    insert into booking select (jsonb_populate_record(b, jsonb_build_object(
        'id', id, 'contact', null, 'starts_at', (b).starts_at - back, 'ends_at', (b).ends_at - back,
        'local_start', (b).local_start - back))).* from old),
taken as (
    insert into allocation (tenant_id, booking_id, resource_id, lane, starts_at, ends_at, role)
    select (a).tenant_id, id, (a).resource_id, 0, (a).starts_at - back, (a).ends_at - back, 'lead' from old)
insert into booking_token (tenant_id, token_hash, booking_id, expires_at)
select (t).tenant_id, uuid_send(id), id, (t).expires_at from old
"""
_TOLD = """
insert into booking_event (tenant_id, booking_id, kind, version, occurred_at, data)
select b.tenant_id, b.id, e.kind, e.version, b.updated_at,
    to_jsonb(b) - array['contact', 'notes', 'cancellation_reason'] || jsonb_build_object(
        'status', e.data -> 'status', 'version', e.version, 'allocations', (
            select jsonb_agg(to_jsonb(a) - array['tenant_id', 'booking_id']) from allocation a
            where a.booking_id = b.id))
from booking b join booking_event e on e.tenant_id = b.tenant_id
where e.booking_id = %(like)s and b.id <> e.booking_id
"""
_EACH_IN_ONE_PLACE = """
select count(*), count(distinct id), count(*) filter (where is_archived) from every_booking
where starts_at < now() - interval '100 days'
"""


def make_many(database: Database, business: Business, count: int) -> None:
    """So many completed bookings of more than half a year ago."""
    made = book(business, "book")
    mark_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=made.booking_id or UUID(int=0),
        move=Move.COMPLETE,
    )
    move_back(database, made, 200)
    with database.cluster.connect() as admin:
        for statement in (_MANY, _TOLD):
            admin.execute(statement.encode(), {"count": count - 1, "like": made.booking_id})


def in_one_place(database: Database) -> tuple[int, int, int]:
    """How many old bookings there are, how many different ones, and how many of them are put away."""
    ((every, different, archived),) = database.rows(_EACH_IN_ONE_PLACE)
    return every, different, archived


def test_bookings_go_on_while_thousands_are_put_away(database: Database, no_deadlocks: None) -> None:
    count, holders, each = 5_000, 3, 12
    business = make_business(people=holders)
    make_many(database, business, count)
    put_away: list[int] = []

    def archive() -> int:
        put_away.append(archive_due_bookings(batch=100))
        return 0

    def hold(person: UUID) -> int:
        made = 0
        for number in range(each):
            at = business.start(days=3 + number // 8, hour=8 + number % 8)
            made += book(business, "cut", at, resource_id=person).status == 201
        return made

    # Two archivers: what one has locked the other passes over.
    calls: list[Callable[[], int]] = [archive, archive]
    calls += [partial(hold, who) for who in business.resource_ids]
    done = together(calls)
    assert done == [0, 0, *[each] * holders]
    put_away.append(archive_due_bookings())
    assert sum(put_away) == count
    assert in_one_place(database) == (count, count, count)
    assert database.rows("select count(*) from booking") == [(holders * each,)]
    assert database.rows("select count(*) from archived_allocation") == [(count,)]
    assert untruths(database) == {}
    assert checked(business) == []


def test_the_time_that_is_put_away_is_not_sold_meanwhile(database: Database) -> None:
    """Who asks for a taken time of today while others are put away is refused as ever."""
    business = make_business()
    make_many(database, business, 300)
    book(business, "book")

    def ask() -> int:
        with pytest.raises(Conflict) as refused:
            book(business, "book")
        return 0 if refused.value.code == "SLOT_FULL" else 1

    assert together([archive_due_bookings, ask, ask]) == [300, 0, 0]


def test_who_marks_a_booking_while_it_is_put_away_meets_it_in_one_state(database: Database) -> None:
    """Marking locks the booking: either it is marked and stays, or it has gone and that is said."""
    business = make_business(people=1)
    make_many(database, business, 40)
    ids = [each for (each,) in database.rows("select id from booking order by starts_at")]

    def mark(booking_id: UUID) -> str:
        try:
            mark_booking(
                tenant_id=business.tenant_id,
                actor=TESTER,
                now=clock.now(),
                booking_id=booking_id,
                move=Move.MARK_NO_SHOW,
            )
        except Conflict as refused:
            return refused.code
        return "marked"

    def mark_all() -> list[str]:
        return [mark(each) for each in ids]

    def archive() -> list[str]:
        return [str(archive_due_bookings(batch=1))]

    said, (count,) = together([mark_all, archive])
    assert set(said) <= {"marked", "BOOKING_ARCHIVED"}
    assert said.count("marked") == 40 - int(count)
    assert in_one_place(database) == (40, 40, int(count))
    assert differences(database) == []


@contextmanager
def archiving(database: Database) -> Iterator[threading.Thread]:
    """Archive in small batches in the background, until the connection is lost or nothing is left."""

    def run() -> None:
        try:
            archive_due_bookings(batch=10)
        except (DatabaseError, psycopg.Error):
            pass
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(30)


def test_a_kill_leaves_every_booking_in_one_place(cluster: Cluster, database: Database) -> None:
    count = 1_500
    business = make_business()
    make_many(database, business, count)
    with archiving(database):
        deadline = clock.now() + timedelta(seconds=20)
        while in_one_place(database)[2] < 50 and clock.now() < deadline:
            pass
        cluster.kill()
    cluster.restart()
    connection.close()
    every, different, archived = in_one_place(database)
    assert (every, different) == (count, count)
    assert 50 <= archived < count, "the kill came too late, or nothing was put away"
    assert archived % 10 == 0
    assert differences(database) == checked(business) == []
    assert archive_due_bookings() == count - archived
    assert in_one_place(database) == (count, count, count)
    assert checked(business) == []
