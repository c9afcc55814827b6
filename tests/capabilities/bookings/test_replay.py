"""Replaying the log gives the tables, row by row (and what it finds when it does not)."""

from __future__ import annotations

import random
import threading
from collections import Counter
from uuid import UUID

import psycopg
import pytest

from holdfast.capabilities.bookings.history import Change, Difference, Event, changes_between, compare, replay
from holdfast.main.check_log import main as check_log
from holdfast.platform.errors import Problem
from tests.capabilities.bookings import studio
from tests.capabilities.bookings.moves import cancel, confirm, let_expire, sweep
from tests.capabilities.bookings.replaying import Lot, checked, differences, move_somewhere
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths


def test_random_moves_are_all_in_the_log(database: Database) -> None:
    seed = random.randrange(2**32)
    print(f"SEED={seed}")
    lot = Lot(database, seed)
    for _ in range(60):
        lot.move()
    print(lot.done, lot.refused)
    assert sum(lot.done.values()) > 20
    assert differences(database) == []
    assert checked(lot.business) == []
    assert untruths(database) == {}


def test_random_moves_of_a_studio_are_all_in_the_log(database: Database) -> None:
    """Queues of options: who moves up when somebody goes is an event of its own."""
    seed = random.randrange(2**32)
    print(f"SEED={seed}")
    chance = random.Random(seed)
    business = make_business(people=2)
    made: list[UUID] = []
    done: Counter[str] = Counter()
    for _ in range(50):
        what = chance.choice(
            ("make", "make", "pencil", "confirm", "release", "challenge", "withdraw", "move")
        )
        try:
            if what == "make" or not made:
                start = business.start(days=chance.randint(7, 8), hour=chance.choice((9, 11)))
                who = chance.choice(business.resource_ids)
                made.append(studio.option(business, start, hours=chance.choice((2, 4)), resource_id=who).id)
            elif what == "move":
                move_somewhere(
                    business, chance.choice(made), business.start(days=8, hour=chance.randint(9, 17))
                )
            else:
                studio.move(business, what, chance.choice(made))
            done[what] += 1
        except Problem:
            continue
    print(done)
    assert sum(done.values()) > 10
    assert differences(database) == checked(business) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("update booking set title = 'Nobody said so'", "changed booking title"),
        ("update booking set starts_at = starts_at + interval '1 microsecond'", "changed booking starts_at"),
        ("update booking set price_minor = null", "changed booking price_minor"),
        ("update allocation set ends_at = ends_at + interval '1 second'", "changed allocation ends_at"),
        ("update allocation set role = 'other'", "changed allocation role"),
        ("update allocation set lane = lane + 1", "changed allocation lane"),
        ("delete from allocation", "lost allocation "),
        (
            """insert into allocation (tenant_id, booking_id, resource_id, lane, starts_at, ends_at)
            select tenant_id, booking_id, resource_id, 7, starts_at, ends_at from allocation""",
            "unknown allocation ",
        ),
    ],
)
def test_a_row_changed_without_an_event_is_found(
    business: Business, database: Database, change: str, expected: str
) -> None:
    """Negative control: each of these leaves no trace in the log."""
    book(business)
    assert differences(database) == []
    database.rows(f"with changed as ({change} returning 1) select * from changed")
    found = differences(database)
    assert [f"{each.kind} {each.table} {each.column}" for each in found] == [expected]
    assert checked(business) == found


def test_sealed_columns_are_not_compared(business: Business, database: Database) -> None:
    made = book(business, notes="please ring twice")
    cancel(business, made, reason="ill")
    database.rows("update booking set contact = null, notes = null returning 1")
    assert differences(database) == checked(business) == []


def test_an_event_that_is_gone_or_comes_twice_is_found(business: Business, database: Database) -> None:
    made = book(business)
    confirm(business, made)
    cancel(business, made)
    with database.cluster.connect() as admin:
        admin.execute("alter table booking_event disable trigger booking_event_is_append_only")
        admin.execute("delete from booking_event where version = 2")
        admin.execute(
            "insert into booking_event (tenant_id, booking_id, kind, version, data, occurred_at)"
            " select tenant_id, booking_id, kind, version, data, occurred_at from booking_event"
            " where version = 3"
        )
        admin.execute("alter table booking_event enable trigger booking_event_is_append_only")
    booking_id = str(made.booking_id)
    expected = [
        Difference("missing", "booking_event", booking_id, logged=2),
        Difference("repeated", "booking_event", booking_id, logged=3),
    ]
    assert differences(database) == checked(business) == expected


def test_a_booking_without_events_and_events_without_a_booking_are_found(
    business: Business, database: Database
) -> None:
    made = book(business)
    other = UUID(int=5)
    database.rows(
        "with one as (delete from allocation), two as (delete from booking_token)"
        " update booking set id = %s where id = %s returning 1",
        [other, made.booking_id],
    )
    assert {(each.kind, each.table, each.id) for each in checked(business)} == {
        ("lost", "booking", str(made.booking_id)),
        ("lost", "allocation", _only_allocation(database)),
        ("unknown", "booking", str(other)),
    }


def _only_allocation(database: Database) -> str:
    ((found,),) = database.rows("select data -> 'allocations' -> 0 ->> 'id' from booking_event")
    return str(found)


def test_the_later_of_two_moves_may_have_the_lower_transaction(
    business: Business, database: Database
) -> None:
    """A transaction has its number before it waits for the booking: (tx, id) is not the moves' order."""
    made = book(business)
    with database.connect_as_app() as slow, slow.transaction():
        # As a move that has claimed its key, and waits for the resource.
        slow.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
        slow.execute("select pg_current_xact_id()")
        confirm(business, made)
        _run(slow, made.booking_id)
    order = database.rows("select version from booking_event order by tx, id")
    assert order == [(1,), (3,), (2,)]
    assert differences(database) == checked(business) == []


def _run(sql: psycopg.Connection[object], booking_id: UUID | None) -> None:
    sql.execute(
        "select booking_cancel(null, null, null, %s, null, true, null, null)",
        [booking_id],
    )


def test_a_check_beside_moves_sees_no_half_of_one(business: Business, database: Database) -> None:
    stop = threading.Event()
    failed: list[BaseException] = []

    def move() -> None:
        try:
            while not stop.is_set():
                made = book(business)
                confirm(business, made)
                cancel(business, made)
        except BaseException as problem:
            failed.append(problem)
        finally:
            _close()

    mover = threading.Thread(target=move)
    mover.start()
    try:
        for _ in range(15):
            assert checked(business) == []
    finally:
        stop.set()
        mover.join()
    assert failed == []


def _close() -> None:
    from django.db import connections

    connections.close_all()


def test_expired_holds_and_columns_that_are_new(business: Business, database: Database) -> None:
    """Events of an earlier version lack the columns that were added since."""
    made = book(business)
    let_expire(database, made)
    # The hold's end was changed behind the log's back, until the sweeper's event says it.
    assert {each.column for each in checked(business)} == {"hold_expires_at", "expires_at"}
    assert sweep() == 1
    assert checked(business) == []
    with database.cluster.connect() as admin:
        admin.execute("alter table booking_event disable trigger booking_event_is_append_only")
        admin.execute("update booking_event set data = data - '{items,slot_id,is_overbooked}'::text[]")
        admin.execute("alter table booking_event enable trigger booking_event_is_append_only")
    assert differences(database) == checked(business) == []


def test_the_operator_is_told_and_the_exit_code_says_it(
    business: Business, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    book(business)
    assert check_log([]) == 0
    agree = f"{business.slug}: 1 events, 1 bookings, 1 allocations: log and tables agree\n"
    assert capsys.readouterr().out == agree
    ((booking_id,),) = database.rows("update booking set title = 'Other' returning id")
    assert check_log([business.slug]) == 1
    assert capsys.readouterr().out == (
        f"{business.slug}: booking {booking_id}: title is cut in the log and Other in the table\n"
        f"{business.slug}: 1 events, 1 bookings, 1 allocations: 1 difference\n"
    )
    assert check_log(["nobody"]) == 1
    assert "There is no business nobody." in capsys.readouterr().err


def _event(version: int, **data: object) -> Event:
    return Event("b", version, {"id": "b", "version": version, "allocations": [], **data})


def test_the_newest_version_counts_whatever_the_order() -> None:
    events = [_event(1, status="held"), _event(3, status="cancelled"), _event(2, status="confirmed")]
    for order in (events, events[::-1]):
        found = replay(order)
        assert found.bookings["b"]["status"] == "cancelled"
        assert (found.missing, found.repeated) == ([], [])


def test_one_instant_is_the_same_in_every_zone() -> None:
    found = replay([_event(1, starts_at="2027-03-01T10:00:00+01:00")])
    row = {"id": "b", "version": 1, "starts_at": "2027-03-01T09:00:00+00:00"}
    assert compare(found, [row], []) == []
    assert len(compare(found, [row | {"starts_at": "2027-03-01T10:00:00+00:00"}], [])) == 1


def test_what_a_move_changed_is_told_before_and_after() -> None:
    taken = {"id": 1, "resource_id": "r", "role": "lead", "starts_at": "s", "ends_at": "e", "lane": 0}
    first = {"id": "b", "status": "held", "version": 1, "price_minor": None, "allocations": [taken]}
    then = first | {"status": "cancelled", "version": 2, "allocations": [], "before": {"status": "held"}}
    told = {"resource_id": "r", "role": "lead", "starts_at": "s", "ends_at": "e"}
    assert changes_between(None, first) == [Change("status", None, "held"), Change("takes", None, [told])]
    assert changes_between(first, then) == [
        Change("status", "held", "cancelled"),
        Change("takes", [told], []),
    ]
