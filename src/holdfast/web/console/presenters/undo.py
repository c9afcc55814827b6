"""Moves of a booking as a list, and what taking them back would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.capabilities.bookings.queries.history import Entry as Move
from holdfast.capabilities.bookings.undo_types import Reason, State, Undone
from holdfast.scheduling.zones import local_date
from holdfast.web.console.presenters.entry import STATUS_NAMES, wall_time
from holdfast.web.console.rows import Names
from holdfast.web.console.staff import Staff
from holdfast.web.design.formats import short_day

_KINDS = {
    "booking.held": gettext_lazy("Time held"),
    "booking.pending": gettext_lazy("Asked for"),
    "booking.confirmed": gettext_lazy("Confirmed"),
    "booking.rescheduled": gettext_lazy("Moved"),
    "booking.changed": gettext_lazy("Changed"),
    "booking.repeated": gettext_lazy("Made the first of a series"),
    "booking.cancelled": gettext_lazy("Cancelled"),
    "booking.expired": gettext_lazy("Let go"),
    "booking.completed": gettext_lazy("Marked as done"),
    "booking.no_show": gettext_lazy("Marked as no-show"),
    "booking.reopened": gettext_lazy("Mark taken back"),
    "booking.undone": gettext_lazy("Taken back"),
    "booking.option": gettext_lazy("Option"),
    "booking.pencil": gettext_lazy("Pencilled"),
    "booking.option_promoted": gettext_lazy("Moved up in the queue"),
    "booking.option_demoted": gettext_lazy("Moved down in the queue"),
    "booking.challenged": gettext_lazy("Challenged"),
    "booking.challenge_withdrawn": gettext_lazy("Challenge withdrawn"),
}
_WHOM = {
    "guest": gettext_lazy("The customer"),
    "account": gettext_lazy("A colleague"),
    "machine": gettext_lazy("A connected program"),
    "system": gettext_lazy("By itself"),
}
_REASONS = {
    "SLOT_FULL": gettext_lazy("The time is taken now."),
    "BLACKED_OUT": gettext_lazy("The time is blocked out now."),
    "RESOURCE_INACTIVE": gettext_lazy("Whom it was with is not to be booked any more."),
    "HOLD_OVER": gettext_lazy("It was only held, and that time is over."),
    "OPTION_RANKS_FULL": gettext_lazy("There are three options on this time already."),
    "MOVED_SINCE": gettext_lazy("Somebody else has moved it since."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One move of the list; `is_gone` where it does not count any more."""

    version: int
    what: str
    who: str
    when: str
    state: str
    is_now: bool
    is_gone: bool
    can_go_back: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """One booking and what becomes of it; with `reasons` it cannot."""

    id: UUID
    title: str
    was: str
    becomes: str
    reasons: tuple[str, ...]


def present_moves(
    moves: Sequence[Move], states: dict[int, State], here: int, counted: set[int], staff: Staff, names: Names
) -> list[Line]:
    """Write the moves, the last one first; `here` is the move it stands on, `counted` those that count."""
    zone = ZoneInfo(staff.tenant.time_zone)
    return [
        Line(
            version=move.version,
            what=str(_KINDS.get(move.kind, move.kind.removeprefix("booking."))),
            who=_("You") if move.actor == staff.actor.label else str(_WHOM[_kind_of(move.actor)]),
            when=_instant(move.at, zone, staff),
            state=write_state(states[move.version], zone, staff, names),
            is_now=move.version == here,
            is_gone=move.restores is None and move.version not in counted,
            # What was only held is over by the time that anybody wants it back.
            can_go_back=move.restores is None
            and move.version != here
            and states[move.version].status != "held",
        )
        for move in reversed(moves)
    ]


def present_undone(undone: Undone, staff: Staff, names: Names) -> Preview:
    """Write one booking of a rehearsal."""
    zone = ZoneInfo(staff.tenant.time_zone)
    return Preview(
        undone.booking_id,
        undone.title,
        write_state(undone.was, zone, staff, names),
        write_state(undone.becomes, zone, staff, names),
        tuple(write_reason(each, zone, staff, names) for each in undone.reasons),
    )


def write_state(state: State, zone: ZoneInfo, staff: Staff, names: Names) -> str:
    """Status, when and with whom: "Confirmed, Fri 27 Nov, 10:00, Mia"."""
    person = names.people.get(state.resource_id) if state.resource_id else None
    parts = [str(STATUS_NAMES[state.status]), _instant(state.starts_at, zone, staff)]
    return _(", ").join(parts + ([person.name] if person else []))


def write_reason(reason: Reason, zone: ZoneInfo, staff: Staff, names: Names) -> str:
    """Why not, with who has the time."""
    said = str(_REASONS.get(reason.code, reason.detail))
    person = names.people.get(reason.resource_id) if reason.resource_id else None
    met = [
        _(", ").join(filter(None, (each.title, _instant(each.starts_at, zone, staff))))
        for each in reason.in_the_way
    ]
    if met and person is not None:
        met.insert(0, person.name)
    return f"{said} ({'; '.join(met)})" if met else said


def _kind_of(actor: str) -> str:
    kind = actor.partition(":")[0]
    return kind if kind in _WHOM else "system"


def _instant(at: datetime, zone: ZoneInfo, staff: Staff) -> str:
    return _(", ").join((short_day(local_date(at, zone), staff.reader), wall_time(at, zone, staff.reader)))
