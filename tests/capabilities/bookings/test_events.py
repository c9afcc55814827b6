"""Reading the event log: nothing is lost, whoever commits late (TRUST §4.4, G10)."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, connections

from holdfast.capabilities.bookings.commands import cancel_booking
from holdfast.capabilities.bookings.queries.events import (
    START,
    LoggedEvent,
    Position,
    booking_as_of,
    newest_position,
    read_events,
    was_promised,
)
from holdfast.platform import clock
from holdfast.platform.access import GUEST, system_actor
from holdfast.platform.errors import Conflict
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database

READER = system_actor("test")


def read(business: Business, after: Position = START, limit: int = 500) -> list[LoggedEvent]:
    with tenant_context(business.tenant_id, "test"):
        return read_events(after=after, limit=limit)


def _write_event(sql: psycopg.Connection[object], business: Business, kind: str) -> int:
    """Put an event into the log in the open transaction of `sql`; return its id."""
    sql.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
    row = sql.execute(
        "insert into booking_event (tenant_id, booking_id, kind, version, data, occurred_at)"
        ' values (%s, %s, %s, 1, \'{"status": "held"}\', clock_timestamp()) returning id',
        [business.tenant_id, business.location_id, kind],
    ).fetchone()
    assert isinstance(row, tuple)
    return int(row[0])


def test_events_come_in_order_with_what_tells_who_may_know(database: Database) -> None:
    business = make_business()
    first = book(business, "book")
    cancel_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=first.booking_id or business.tenant_id,
        token=first.token,
    )
    second = book(business, "cut")
    events = read(business)
    assert [(event.booking_id, event.kind, event.version, event.status) for event in events] == [
        (first.booking_id, "booking.confirmed", 1, "confirmed"),
        (first.booking_id, "booking.cancelled", 2, "cancelled"),
        (second.booking_id, "booking.held", 1, "held"),
    ]
    assert {event.resource_id for event in events} == set(business.resource_ids)
    assert [event.position for event in events] == sorted(event.position for event in events)
    assert read(business, events[0].position) == events[1:]
    assert read(business, limit=1) == events[:1]
    with tenant_context(business.tenant_id, "test"):
        assert newest_position() == events[-1].position
        assert was_promised(events[0].booking_id)
        assert not was_promised(events[2].booking_id)


def test_another_tenant_s_events_are_not_there(database: Database) -> None:
    ours, theirs = make_business(), make_business()
    book(theirs, "book")
    assert read(ours) == []
    with tenant_context(ours.tenant_id, "test"):
        assert newest_position() == START


def test_a_transaction_that_commits_late_is_not_lost(database: Database) -> None:
    business = make_business()
    with (
        database.connect_as_app() as slow,
        database.connect_as_app() as quick,
        slow.transaction(),
    ):
        early = _write_event(slow, business, "booking.slow")
        with quick.transaction():
            late = _write_event(quick, business, "booking.quick")
        assert early < late
        # The quick one is committed, but the reader waits for the slow one, which comes before it.
        assert read(business) == []
        # Negative control: polling by id takes the quick one now and never sees the slow one.
        by_id = _poll_by_id(business, after=0)
        assert by_id == [late]
    assert _poll_by_id(business, after=late) == []
    assert [event.kind for event in read(business)] == ["booking.slow", "booking.quick"]


def _poll_by_id(business: Business, *, after: int) -> list[int]:
    with tenant_context(business.tenant_id, "test"), connection.cursor() as cursor:
        cursor.execute(
            "select id from booking_event where tenant_id = %s and id > %s order by id",
            [business.tenant_id, after],
        )
        return [row[0] for row in cursor.fetchall()]


def test_ids_may_go_down_where_transactions_go_up(database: Database) -> None:
    """The id of an event is drawn later than its transaction's: the order is (tx, id), never id alone."""
    business = make_business()
    with database.connect_as_app() as first, database.connect_as_app() as second, first.transaction():
        first.execute("select pg_current_xact_id()")
        with second.transaction():
            low = _write_event(second, business, "booking.second")
        high = _write_event(first, business, "booking.first")
    assert low < high
    events = read(business)
    assert [event.kind for event in events] == ["booking.first", "booking.second"]
    assert [event.kind for event in read(business, events[0].position)] == ["booking.second"]


@pytest.mark.parametrize("batch", [1, 7])
def test_a_reader_beside_many_writers_sees_each_event_once(database: Database, batch: int) -> None:
    """Writers take their time between insert and commit; the reader polls all along, in small batches."""
    business = make_business()
    seed = random.randrange(2**32)
    print(f"SEED={seed}")
    chance = random.Random(seed)
    pauses = [[chance.uniform(0, 0.02) for _ in range(15)] for _ in range(4)]

    def write(mine: list[float]) -> None:
        with database.connect_as_app() as sql:
            for pause in mine:
                with sql.transaction():
                    _write_event(sql, business, "booking.test")
                    time.sleep(pause)

    writers = [threading.Thread(target=write, args=(mine,)) for mine in pauses]
    for writer in writers:
        writer.start()
    seen: list[LoggedEvent] = []
    deadline = time.monotonic() + 20
    while len(seen) < 60 and time.monotonic() < deadline:
        seen += read(business, seen[-1].position if seen else START, batch)
    for writer in writers:
        writer.join()
    assert len(seen) == 60
    assert len({event.position for event in seen}) == 60
    assert seen == read(business)
    connections.close_all()


def test_the_order_is_that_of_numbers(database: Database) -> None:
    """Transaction ids of different length: as text, 1000 would come before 999."""
    business = make_business()
    with database.connect_as_app() as sql:
        sql.execute("select set_config('app.tenant', %s, false)", [str(business.tenant_id)])
        for tx in ("99", "100", "9"):
            sql.execute(
                "insert into booking_event (tenant_id, tx, booking_id, kind, version, data, occurred_at)"
                " values (%s, %s::xid8, %s, 'booking.test', 1, '{}', clock_timestamp())",
                [business.tenant_id, tx, business.location_id],
            )
    assert [event.position.tx for event in read(business)] == [9, 99, 100]
    with tenant_context(business.tenant_id, "test"):
        assert newest_position().tx == 100


def test_a_position_can_be_handed_out_and_back() -> None:
    assert str(Position(12, 34)) == "12-34"
    assert Position.parse("12-34") == Position(12, 34)
    for wrong in ("", "12", "-", "a-b", "1-2-3", "٣-٤", "1" * 21 + "-1", f"{2**64}-1", f"1-{2**63}", "1-2\n"):
        assert Position.parse(wrong) is None


def test_a_booking_as_a_move_left_it(database: Database) -> None:
    business = make_business()
    made = book(business, "book")
    assert made.booking_id is not None
    cancel_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=made.booking_id,
        token=made.token,
    )
    with tenant_context(business.tenant_id, "test"):
        booked = booking_as_of(actor=READER, booking_id=made.booking_id, version=1)
        cancelled = booking_as_of(actor=READER, booking_id=made.booking_id, version=2)
        assert booking_as_of(actor=READER, booking_id=made.booking_id, version=3) is None
        assert booking_as_of(actor=READER, booking_id=business.tenant_id, version=1) is None
    assert booked is not None
    assert cancelled is not None
    assert (booked.status, booked.sequence, booked.version) == ("confirmed", 0, 1)
    assert (cancelled.status, cancelled.sequence, cancelled.version) == ("cancelled", 1, 2)
    assert booked.starts_at == cancelled.starts_at == business.start()
    assert booked.ends_at - booked.starts_at == timedelta(hours=1)
    assert booked.contact is not None


def test_reading_on_walks_an_index_however_long_the_log_is(database: Database) -> None:
    """Row security must not keep the position out of the index (only leakproof operators may go there)."""
    business = make_business()
    book(business, "book")
    with pytest.raises(Conflict):
        book(business, "book")
    with database.connect_as_app() as sql, sql.transaction():
        sql.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
        sql.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
        plan = "\n".join(
            str(row[0])
            for row in sql.execute(
                "explain select id from booking_event where tenant_id = %s and (tx, id) > ('5'::xid8, 7)"
                " and tx < pg_snapshot_xmin(pg_current_snapshot()) order by tx, id limit 5",
                [business.tenant_id],
            )
        )
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "ROW(tx, id) > ROW('5'::xid8, 7)" in condition, plan
