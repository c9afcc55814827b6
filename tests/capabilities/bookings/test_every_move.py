"""Every status, move and party: the functions in SQL do what the core's table says, and nothing else."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import (
    cancel_booking,
    complete_due_bookings,
    confirm_booking,
    expire_due_holds,
    mark_booking,
)
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Problem
from holdfast.scheduling.lifecycle import MOVES, Move, Party, Status, after, allowed
from tests.capabilities.bookings.moves import OWNER, everything
from tests.capabilities.bookings.undoing import undo
from tests.capabilities.business import Business, book
from tests.cluster import Database

MARKS = (Move.COMPLETE, Move.MARK_NO_SHOW, Move.REOPEN)
# Where each move is made: by people through the commands, by the clock through the chores. An option is
# pencilled and expires by functions of its own.
DOORS = [
    *product((Move.CONFIRM, Move.CANCEL), (Party.GUEST, Party.STAFF)),
    *product(MARKS, (Party.GUEST, Party.STAFF)),
    (Move.EXPIRE, Party.SYSTEM),
    (Move.COMPLETE, Party.SYSTEM),
]
LIMITED = (Status.HELD,)
NO_TIME = (Status.OPTION, Status.CANCELLED, Status.EXPIRED)


@pytest.mark.parametrize("status", list(Status))
def test_the_functions_do_what_the_table_says(business: Business, database: Database, status: Status) -> None:
    for number, (move, party) in enumerate(DOORS):
        made = _bring(business, database, status, hour=8 + number)
        stored, before = everything(database), _row(database, made)
        code = _make(business, database, made, move, party)
        now = _row(database, made)
        said = f"{status} {move} {party}: {code}"
        if allowed(status, move, party) and (move is not Move.EXPIRE or status in LIMITED):
            assert now == (after(status, move), before[1] + 1), said
            # One event for it, with the booking as it is now.
            found = database.rows(
                "select data ->> 'status' from booking_event where booking_id = %s and version = %s",
                [made.booking_id, now[1]],
            )
            assert found == [(after(status, move),)], said
            keeps = after(status, move) not in NO_TIME
            assert _allocations(database, made) == (1 if keeps else 0), said
        else:
            assert everything(database) == stored, said


@pytest.mark.parametrize("status", list(Status))
def test_each_move_can_be_taken_back_and_made_again(
    business: Business, database: Database, status: Status
) -> None:
    """Undo is in no row of the table: whatever a move did, it gives the status and the time before it."""
    for number, (move, party) in enumerate(DOORS):
        if not allowed(status, move, party) or (move is Move.EXPIRE and status not in LIMITED):
            continue
        made = _bring(business, database, status, hour=8 + number)
        _tell(database, made)
        before = _row(database, made), _allocations(database, made)
        _make(business, database, made, move, party)
        done = _row(database, made), _allocations(database, made)
        said = f"{status} {move} {party}"
        undo(business, made)
        assert (_row(database, made), _allocations(database, made)) == (
            (before[0][0], before[0][1] + 2),
            before[1],
        ), said
        undo(business, made, done[0][1])
        assert (_row(database, made), _allocations(database, made)) == (
            (done[0][0], done[0][1] + 2),
            done[1],
        ), said


def test_each_move_of_the_table_is_made_somewhere() -> None:
    elsewhere = {(Status.HELD, Move.SUBMIT), (Status.OPTION, Move.PENCIL)}
    made = {(status, move) for status, move in MOVES if any(move is door for door, _ in DOORS)}
    assert set(MOVES) - made == elsewhere


@pytest.mark.parametrize("status", list(Status))
def test_what_is_done_already_is_said_again(business: Business, database: Database, status: Status) -> None:
    """Twice the same move: one effect; a move too late says what the booking is."""
    for number, (move, party) in enumerate(DOORS):
        made = _bring(business, database, status, hour=8 + number)
        _make(business, database, made, move, party)
        stored = everything(database)
        again = _make(business, database, made, move, party)
        assert everything(database) == stored, f"{status} {move} {party}: {again}"


def _bring(business: Business, database: Database, status: Status, *, hour: int) -> MoveAnswer:
    """A booking of this status, with its time if it has any; written past the moves that lead there."""
    made = book(business, starts_at=business.start(hour=hour))
    assert database.rows(
        "update booking set status = %s, hold_expires_at = case when %s = 'held' then hold_expires_at end,"
        " option_rank = case when %s = 'option' then 1 end,"
        " option_expires_at = case when %s = 'option' then ends_at end where id = %s returning 1",
        [status, status, status, status, made.booking_id],
    )
    if status in NO_TIME:
        database.rows("delete from allocation where booking_id = %s returning 1", [made.booking_id])
    elif status is not Status.HELD:
        database.rows(
            "update allocation set expires_at = null where booking_id = %s returning 1", [made.booking_id]
        )
    return made


def _make(business: Business, database: Database, made: MoveAnswer, move: Move, party: Party) -> str:
    """Try it; return "ok" or why not."""
    assert made.booking_id is not None
    if party is Party.SYSTEM:
        return _let_time_pass(database, made.booking_id, move)
    actor: Actor = GUEST if party is Party.GUEST else OWNER
    common = {"tenant_id": business.tenant_id, "actor": actor, "now": clock.now()}
    token = made.token if party is Party.GUEST else ""
    try:
        if move is Move.CONFIRM:
            confirm_booking(**common, booking_id=made.booking_id, token=token)
        elif move is Move.CANCEL:
            cancel_booking(**common, booking_id=made.booking_id, token=token)
        else:
            mark_booking(**common, booking_id=made.booking_id, move=move)
    except Problem as refused:
        return refused.code
    return "ok"


def _let_time_pass(database: Database, booking_id: UUID, move: Move) -> str:
    """What the chores find when everything is long over; the row is left as it was."""
    (old,) = database.rows(
        "select hold_expires_at, starts_at, ends_at, updated_at from booking where id = %s", [booking_id]
    )
    change = (
        "update booking set hold_expires_at = %s, starts_at = %s, ends_at = %s, updated_at = %s where id = %s"
    )
    if move is Move.EXPIRE:
        database.rows(
            "update booking set hold_expires_at = case when status = 'held' then clock_timestamp() end"
            " where id = %s returning 1",
            [booking_id],
        )
        count = expire_due_holds()
    else:
        database.rows(
            "update booking set starts_at = starts_at - interval '30 days',"
            " ends_at = ends_at - interval '30 days', updated_at = updated_at - interval '30 days'"
            " where id = %s returning 1",
            [booking_id],
        )
        count = complete_due_bookings()
    if not count:
        database.rows(f"{change} returning 1", [*old, booking_id])
    return "ok" if count else "nothing to do"


def _tell(database: Database, made: MoveAnswer) -> None:
    """Let the log say what `_bring` has written past it, as the move that leads there would."""
    database.rows("update booking set version = 2 where id = %s returning 1", [made.booking_id])
    database.rows(
        "select 1 from booking b, booking_record_event(b, 'booking.' || b.status, clock_timestamp())"
        " where b.id = %s",
        [made.booking_id],
    )


def _row(database: Database, made: MoveAnswer) -> tuple[str, int]:
    ((status, version),) = database.rows(
        "select status, version from booking where id = %s", [made.booking_id]
    )
    return status, version


def _allocations(database: Database, made: MoveAnswer) -> int:
    ((count,),) = database.rows("select count(*) from allocation where booking_id = %s", [made.booking_id])
    return int(count)
