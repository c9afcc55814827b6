from itertools import product

import pytest

from holdfast.scheduling.lifecycle import (
    BEGINNINGS,
    MOVES,
    TAKES_TIME,
    IllegalMoveError,
    Move,
    Party,
    Status,
    after,
    allowed,
    moves_from,
)

# Every status and every move: "to, who" (g guest, s staff, y system), or nothing where it is refused.
TABLE = """
-         submit     confirm       pencil    cancel       expire    complete     mark_no_show reopen
held      pending:gs confirmed:gsy -         cancelled:gs expired:y -            -            -
option    -          -             pencil:sy cancelled:s  expired:y -            -            -
pencil    -          confirmed:s   -         cancelled:s  expired:y -            -            -
pending   -          confirmed:s   -         cancelled:gs expired:y -            -            -
confirmed -          -             -         cancelled:gs -         completed:sy no_show:s    -
completed -          -             -         -            -         -            no_show:s    confirmed:s
no_show   -          -             -         -            -         completed:s  -            confirmed:s
cancelled -          -             -         -            -         -            -            -
expired   -          -             -         -            -         -            -            -
"""
LETTERS = {"g": Party.GUEST, "s": Party.STAFF, "y": Party.SYSTEM}


def cells() -> dict[tuple[Status, Move], str]:
    (_, *moves), *rows = (line.split() for line in TABLE.strip().splitlines())
    return {
        (Status(row[0]), Move(move)): cell for row in rows for move, cell in zip(moves, row[1:], strict=True)
    }


def test_the_table_is_complete() -> None:
    assert set(cells()) == set(product(Status, Move))


@pytest.mark.parametrize(("status", "move"), list(product(Status, Move)))
def test_every_move_from_every_status(status: Status, move: Move) -> None:
    cell = cells()[status, move]
    if cell == "-":
        assert not allowed(status, move)
        assert not any(allowed(status, move, party) for party in Party)
        with pytest.raises(IllegalMoveError, match=status):
            after(status, move)
        return
    target, letters = cell.split(":")
    assert allowed(status, move)
    assert after(status, move) == Status(target)
    assert {party for party in Party if allowed(status, move, party)} == {
        LETTERS[letter] for letter in letters
    }


def test_time_is_taken_by_six_statuses() -> None:
    assert {status.value for status in TAKES_TIME} == {
        "held",
        "pencil",
        "pending",
        "confirmed",
        "completed",
        "no_show",
    }


def test_what_ended_without_a_visit_takes_no_time_and_stays_so() -> None:
    for status in (Status.CANCELLED, Status.EXPIRED):
        assert status not in TAKES_TIME
        assert not [move for start, move in MOVES if start is status]


def test_every_status_can_be_reached() -> None:
    assert {*BEGINNINGS, *(step.to for step in MOVES.values())} == set(Status)


def test_a_guest_begins_only_what_a_service_offers() -> None:
    assert {status for status, by in BEGINNINGS.items() if Party.GUEST in by} == {
        Status.HELD,
        Status.PENDING,
        Status.CONFIRMED,
    }
    assert all(Party.STAFF in by for by in BEGINNINGS.values())


def test_the_buttons_of_a_party() -> None:
    assert moves_from(Status.CONFIRMED, Party.GUEST) == [Move.CANCEL]
    assert moves_from(Status.CONFIRMED, Party.STAFF) == [Move.CANCEL, Move.COMPLETE, Move.MARK_NO_SHOW]
    assert moves_from(Status.HELD, Party.SYSTEM) == [Move.CONFIRM, Move.EXPIRE]
