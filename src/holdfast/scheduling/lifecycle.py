"""The life of a booking: its statuses, and the one table of what may be done in each, by whom, to what end.

A status says two things: what was promised, and whether time is taken. `held` ends by itself when its time is
over, whether or not anybody has written `expired` yet: who reads must compare the clock.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """What a booking is."""

    HELD = "held"
    """Takes time for minutes, while somebody checks out."""
    OPTION = "option"
    """A ranked claim, days long, that takes no time."""
    PENCIL = "pencil"
    """Tentative; takes time."""
    PENDING = "pending"
    """Asked for by a customer, waiting for the business; takes time, so that two cannot be approved."""
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TAKES_TIME = frozenset(
    {
        Status.HELD,
        Status.PENCIL,
        Status.PENDING,
        Status.CONFIRMED,
        Status.COMPLETED,
        Status.NO_SHOW,
    }
)
"""The statuses with allocations; `held` only until it expires."""


class Move(StrEnum):
    """What can be done to a booking that changes its status."""

    SUBMIT = "submit"
    """A held time is handed to the business for approval."""
    CONFIRM = "confirm"
    PENCIL = "pencil"
    """The first option becomes tentative and takes time, if the time is free."""
    CANCEL = "cancel"
    """Gives the time back: a customer who cannot come, a checkout left, a request declined."""
    EXPIRE = "expire"
    """Its time to be decided is over."""
    COMPLETE = "complete"
    MARK_NO_SHOW = "mark_no_show"
    REOPEN = "reopen"
    """Takes back that it is completed or a no-show, marked by mistake."""


class Party(StrEnum):
    """Who moves. A machine with a key acts as staff; `system` is the software itself (sweeper, payment)."""

    GUEST = "guest"
    STAFF = "staff"
    SYSTEM = "system"


class Step(NamedTuple):
    """Where a move leads, and who may make it."""

    to: Status
    by: frozenset[Party]


class IllegalMoveError(ValueError):
    """A booking in this status cannot be moved so."""


_ANYONE = frozenset(Party)
_STAFF = frozenset({Party.STAFF})
_SYSTEM = frozenset({Party.SYSTEM})
_PEOPLE = _STAFF | {Party.GUEST}
_HOUSE = _STAFF | _SYSTEM

MOVES: dict[tuple[Status, Move], Step] = {
    (Status.HELD, Move.CONFIRM): Step(Status.CONFIRMED, _ANYONE),
    (Status.HELD, Move.SUBMIT): Step(Status.PENDING, _PEOPLE),
    (Status.HELD, Move.CANCEL): Step(Status.CANCELLED, _PEOPLE),
    (Status.HELD, Move.EXPIRE): Step(Status.EXPIRED, _SYSTEM),
    (Status.OPTION, Move.PENCIL): Step(Status.PENCIL, _HOUSE),
    (Status.OPTION, Move.CANCEL): Step(Status.CANCELLED, _STAFF),
    (Status.OPTION, Move.EXPIRE): Step(Status.EXPIRED, _SYSTEM),
    (Status.PENCIL, Move.CONFIRM): Step(Status.CONFIRMED, _STAFF),
    (Status.PENCIL, Move.CANCEL): Step(Status.CANCELLED, _STAFF),
    (Status.PENCIL, Move.EXPIRE): Step(Status.EXPIRED, _SYSTEM),
    (Status.PENDING, Move.CONFIRM): Step(Status.CONFIRMED, _STAFF),
    (Status.PENDING, Move.CANCEL): Step(Status.CANCELLED, _PEOPLE),
    (Status.PENDING, Move.EXPIRE): Step(Status.EXPIRED, _SYSTEM),
    (Status.CONFIRMED, Move.CANCEL): Step(Status.CANCELLED, _PEOPLE),
    (Status.CONFIRMED, Move.COMPLETE): Step(Status.COMPLETED, _HOUSE),
    (Status.CONFIRMED, Move.MARK_NO_SHOW): Step(Status.NO_SHOW, _STAFF),
    (Status.COMPLETED, Move.MARK_NO_SHOW): Step(Status.NO_SHOW, _STAFF),
    (Status.COMPLETED, Move.REOPEN): Step(Status.CONFIRMED, _STAFF),
    (Status.NO_SHOW, Move.COMPLETE): Step(Status.COMPLETED, _STAFF),
    (Status.NO_SHOW, Move.REOPEN): Step(Status.CONFIRMED, _STAFF),
}
"""Every move there is: (from, move) → step. What is not here is not allowed to anybody."""

BEGINNINGS: dict[Status, frozenset[Party]] = {
    Status.HELD: _PEOPLE,
    Status.PENDING: _PEOPLE,
    Status.CONFIRMED: _PEOPLE,
    Status.OPTION: _STAFF,
    Status.PENCIL: _STAFF,
}
"""The statuses in which a booking may begin, and who may begin it so (a guest as the service's flow says)."""


def allowed(status: Status, move: Move, by: Party | None = None) -> bool:
    """Whether a booking in this status may be moved so (with `by`: by this party)."""
    step = MOVES.get((status, move))
    return step is not None and (by is None or by in step.by)


def after(status: Status, move: Move) -> Status:
    """The status that the move leads to. Raises IllegalMoveError where it is not allowed."""
    if not allowed(status, move):
        raise IllegalMoveError(f"a booking that is {status} cannot be moved by {move}")
    return MOVES[status, move].to


def moves_from(status: Status, by: Party) -> list[Move]:
    """What this party may do to a booking in this status, in the order of `Move`: the buttons to show."""
    return [move for move in Move if allowed(status, move, by)]
