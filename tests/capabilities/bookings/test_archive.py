"""The archive: what is over for long leaves the tables of today, and nothing of it is lost or changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from holdfast.capabilities.bookings.commands import archive_due_bookings, complete_due_bookings, mark_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.queries.history import list_bookings_as_of, list_history
from holdfast.platform import clock
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.lifecycle import Move
from tests.capabilities.bookings.classes import book_seats, counts, publish_class, slot, slots
from tests.capabilities.bookings.moves import become, cancel, confirm, everything, let_expire, sweep
from tests.capabilities.bookings.past import move_back, places
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.bookings.salon import make_salon, visit
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths

FINISHED = ("completed", "no_show", "cancelled", "expired")
TABLES = ("booking", "allocation")


def finish(business: Business, database: Database, how: str, *, hour: int = 10) -> MoveAnswer:
    """A booking that ended in one of the four ways."""
    made = book(business, "cut" if how == "expired" else "book", business.start(hour=hour))
    if how == "cancelled":
        return cancel(business, made, reason="ill")
    if how == "expired":
        let_expire(database, made)
        assert sweep() == 1
        return made
    mark_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=made.booking_id or UUID(int=0),
        move=Move.COMPLETE if how == "completed" else Move.MARK_NO_SHOW,
    )
    return made


def archived(business: Business, database: Database, how: str = "completed", **more: Any) -> MoveAnswer:
    """A booking of two hundred days ago that has been put away."""
    made = finish(business, database, how, **more)
    move_back(database, made)
    assert archive_due_bookings() == 1
    return made


# -- What moves, and when.


@pytest.mark.parametrize(
    ("settings", "days_ago", "is_archived"),
    [
        ({}, 184, True),
        ({}, 182, False),
        ({"archive_after_days": 60}, 61, True),
        ({"archive_after_days": 60}, 59, False),
        ({"archive_after_days": 1}, 29, False),
        ({"archive_after_days": 1}, 32, True),
        ({"archive_after_days": None}, 9000, False),
        ({"archive_after_days": "soon"}, 9000, False),
    ],
)
def test_after_how_many_days(
    database: Database, settings: dict[str, Any], days_ago: int, is_archived: bool
) -> None:
    business = make_business(settings=settings)
    made = finish(business, database, "completed")
    # It ended so many days ago: a week is how far ahead it was booked.
    move_back(database, made, days_ago + 7)
    assert archive_due_bookings() == is_archived
    assert archive_due_bookings() == 0
    expected = {"booking": [made.booking_id], "archived_booking": []}
    if is_archived:
        expected = {"booking": [], "archived_booking": [made.booking_id]}
    assert places(database) == expected


def test_what_is_finished_moves_and_nothing_else(business: Business, database: Database) -> None:
    finished = [finish(business, database, how, hour=8 + at) for at, how in enumerate(FINISHED)]
    unfinished = []
    for at, status in enumerate(("held", "pencil", "pending", "confirmed")):
        made = book(business, "book", business.start(hour=13 + at))
        become(database, made, "confirmed" if status == "held" else status)
        unfinished.append(made)
    recent = finish(business, database, "cancelled", hour=19)
    move_back(database, [each.booking_id for each in finished + unfinished if each.booking_id])
    assert archive_due_bookings(batch=3) == 4
    assert places(database) == {
        "booking": sorted(each.booking_id for each in [*unfinished, recent] if each.booking_id),
        "archived_booking": sorted(each.booking_id for each in finished if each.booking_id),
    }
    # Completed, it comes later; what was changed today is left, however long it is over.
    assert complete_due_bookings() == 2
    assert archive_due_bookings() == 0


def test_it_is_no_change_of_the_booking(database: Database) -> None:
    business, _ = make_salon()
    made = visit(business, "massage", "wash")
    confirm(business, made)
    mark_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=made.booking_id or UUID(int=0),
        move=Move.COMPLETE,
    )
    move_back(database, made)

    def rows(prefix: str) -> list[list[tuple[Any, ...]]]:
        return [
            database.rows(f"select to_jsonb(t)::text from {prefix}{each} t order by 1") for each in TABLES
        ]

    def rest() -> list[list[tuple[Any, ...]]]:
        return [
            database.rows(f"select to_jsonb(t)::text from {each} t order by 1")
            for each in ("booking_event", "booking_token", "customer", "notification", "idempotency_record")
        ]

    before, kept = rows(""), rest()
    history = _history(business, made)
    then = _as_of(business, made)
    assert [len(each) for each in before] == [1, 3]
    assert differences(database) == checked(business) == []
    assert archive_due_bookings() == 1
    assert rows("archived_") == before
    assert rows("") == [[], []]
    assert rest() == kept
    assert differences(database) == checked(business) == []
    assert _history(business, made) == history
    assert _as_of(business, made) == then
    assert len(then) == 1 and then[0].contact is not None
    assert untruths(database) == {}


def _history(business: Business, made: MoveAnswer) -> list[Any]:
    with tenant_context(business.tenant_id, TESTER.label):
        return list_history(made.booking_id or UUID(int=0))


def _as_of(business: Business, made: MoveAnswer) -> list[Any]:
    with tenant_context(business.tenant_id, TESTER.label):
        return list_bookings_as_of(
            actor=TESTER,
            at=clock.now(),
            starts_at=business.start(days=-210),
            ends_at=business.start(days=-180),
        )


def test_each_business_has_its_own(database: Database) -> None:
    mine, theirs = make_business(settings={"archive_after_days": None}), make_business()
    for business in (mine, theirs):
        move_back(database, finish(business, database, "completed"))
    assert archive_due_bookings() == 1
    assert database.rows("select tenant_id from archived_booking") == [(theirs.tenant_id,)]
    assert checked(mine) == checked(theirs) == []


def test_what_somebody_works_on_is_left_for_the_next_round(business: Business, database: Database) -> None:
    made = finish(business, database, "completed")
    move_back(database, made)
    with database.connect_as_app() as other, other.transaction():
        other.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
        other.execute("select from booking where id = %s for no key update", [made.booking_id])
        assert archive_due_bookings() == 0
    assert archive_due_bookings() == 1


def test_seats_leave_their_session_with_their_booking(business: Business, database: Database) -> None:
    publish_class(business, days=7)
    session = slots(business, "yoga")[0]
    gone, kept = book_seats(business, session, 2), book_seats(business, session, 1, email="bo@example.com")
    for each in (gone, kept):
        confirm(business, each)
    mark_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=gone.booking_id or UUID(int=0),
        move=Move.COMPLETE,
    )
    move_back(database, gone)
    with database.connect_as_app() as other, other.transaction():
        other.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
        other.execute("select from slot_instance where id = %s for no key update", [session.id])
        assert archive_due_bookings() == 0
    assert counts(slot(business, session.id)) == (6, 3, 0, "partial")
    assert archive_due_bookings() == 1
    assert counts(slot(business, session.id)) == (6, 1, 0, "partial")
    assert checked(business) == []
    assert untruths(database) == {}


# -- Nothing is lost.


def test_a_booking_leaves_its_table_for_the_archive_only(business: Business, database: Database) -> None:
    made = archived(business, database)
    book(business, "book")
    before = everything(database)
    with database.connect_as_app() as app:
        for statement in ("delete from allocation; delete from booking", "delete from archived_booking"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
                app.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
                app.execute(statement.encode())
    assert everything(database) == before
    assert places(database)["archived_booking"] == [made.booking_id]


def test_a_check_of_the_log_finds_what_is_in_both_places(business: Business, database: Database) -> None:
    """Negative control: each of these is a booking put away by half."""
    made = finish(business, database, "completed")
    assert checked(business) == []
    changes: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("insert into archived_booking select * from booking", lambda said: "twice booking" in said),
        (
            "insert into archived_allocation select * from allocation",
            lambda said: "twice allocation" in said,
        ),
        ("delete from archived_allocation where false", lambda said: True),
    )
    for change, is_said in changes:
        with database.cluster.connect() as admin:
            admin.execute(change.encode())
        said = " ".join(f"{each.kind} {each.table}" for each in checked(business))
        assert is_said(said), said
    assert {each.id for each in checked(business) if each.table == "booking"} == {str(made.booking_id)}
    assert str(checked(business)[0]).endswith("in the table and in the archive")


# -- What a later change of the tables must not forget.


def _columns(database: Database, table: str) -> list[tuple[Any, ...]]:
    return database.rows(
        "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        [table],
    )


@pytest.mark.parametrize("table", TABLES)
def test_the_archive_has_the_same_columns(database: Database, table: str) -> None:
    """A migration that adds a column to one adds it to the other, and to the view of both."""
    columns = _columns(database, table)
    stored = [(name, kind, must or name == "booking_id") for name, kind, must in columns]
    archive = [
        (name, kind, must or name == "booking_id")
        for name, kind, must in _columns(database, f"archived_{table}")
    ]
    assert archive == stored
    seen = [(name, kind) for name, kind, _ in _columns(database, f"every_{table}")]
    extra = [("is_archived", "boolean")] if table == "booking" else []
    assert seen == [(name, kind) for name, kind, _ in columns] + extra


def test_no_key_holds_a_booking_back(database: Database) -> None:
    """A table with a foreign key to booking would keep its bookings from being put away.

    Let it keep the id without a key, or move its rows along in `booking_archive`.
    """
    keys = (
        "select conrelid::regclass::text from pg_constraint where contype = 'f' and confrelid = %s::regclass"
    )
    assert database.rows(keys, ["booking"]) == [("allocation",)]
    assert database.rows(keys, ["archived_booking"]) == database.rows(keys, ["allocation"]) == []


def test_what_names_a_booking_has_an_index_for_it(database: Database) -> None:
    """Without a key the look-up by booking still needs one; these are all that name bookings."""
    named = database.rows(
        "select c.relname, a.attname, exists(select from pg_index i where i.indrelid = c.oid"
        " and a.attnum = any (i.indkey)) from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
        " and a.attname in ('booking_id', 'holder_id', 'challenger_id')"
    )
    assert {table for table, _, _ in named} >= {
        "booking_token",
        "notification",
        "option_challenge",
        "reminder",
    }
    assert [f"{table}.{column}" for table, column, is_indexed in named if not is_indexed] == []


def test_long_ago_is_from_the_last_change(business: Business, database: Database) -> None:
    """What somebody reopened and completed last month stays at hand, however old it is."""
    made = finish(business, database, "completed")
    move_back(database, made)
    database.rows("update booking set updated_at = now() - %s returning 1", [timedelta(days=20)])
    assert archive_due_bookings() == 0
    database.rows("update booking set updated_at = now() - %s returning 1", [timedelta(days=190)])
    assert archive_due_bookings() == 1
