"""One booking as a line of the day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from holdfast.capabilities.bookings.queries.permitted import moves_of_staff
from holdfast.capabilities.bookings.types import Booking
from holdfast.scheduling.lifecycle import Move
from holdfast.scheduling.zones import local_date, offset_label, resolve_local, to_local
from holdfast.web.console.rows import Names, dates_of, status_now
from holdfast.web.console.staff import Staff
from holdfast.web.design.formats import Reader, clock_time, duration, full_day, money, short_day, whole_number

STATUS_NAMES = {
    "held": gettext_lazy("At checkout"),
    "option": gettext_lazy("Option"),
    "pencil": gettext_lazy("Pencilled"),
    "pending": gettext_lazy("Request"),
    "confirmed": gettext_lazy("Confirmed"),
    "completed": gettext_lazy("Done"),
    "no_show": gettext_lazy("No-show"),
    "cancelled": gettext_lazy("Cancelled"),
    "expired": gettext_lazy("Let go"),
}
_MOVABLE = ("pending", "confirmed", "pencil", "option")
MARK_NAMES = {
    Move.COMPLETE: gettext_lazy("Done"),
    Move.MARK_NO_SHOW: gettext_lazy("No-show"),
    Move.REOPEN: gettext_lazy("Take back"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A button that says what became of a booking."""

    move: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is shown of a booking; contact data is empty for who may not see it."""

    id: UUID
    version: int
    status: str
    status_name: str
    starts: str
    ends: str
    note_on_time: str
    client: str
    phone: str
    email: str
    service: str
    length: str
    price: str
    person: str
    place: str
    notes: str
    day: str
    is_over: bool
    is_running: bool
    can_approve: bool
    can_cancel: bool
    can_repeat: bool
    series_note: str
    marks: tuple[Mark, ...]


def present_entry(booking: Booking, staff: Staff, names: Names, *, on_day: date | None = None) -> Entry:
    """Write a booking as a line; `on_day` is the day of the list, for bookings that run over several."""
    zone = ZoneInfo(booking.time_zone)
    status = status_now(booking, staff.now)
    contact = booking.contact
    shown = contact if staff.sees_contacts else None
    minutes = int((booking.ends_at - booking.starts_at).total_seconds()) // 60
    is_open = status in _MOVABLE and booking.ends_at > staff.now
    moves = [] if booking.is_archived else moves_of_staff(staff.actor, status, booking.resource_id)
    return Entry(
        id=booking.id,
        version=booking.version,
        status=status,
        status_name=str(STATUS_NAMES[status]),
        starts=wall_time(booking.starts_at, zone, staff.reader),
        ends=wall_time(booking.ends_at, zone, staff.reader),
        note_on_time=_note_on_time(booking, staff, on_day),
        client=contact.name if contact else "",
        phone=shown.phone if shown else "",
        email=shown.email if shown else "",
        service=booking.title,
        length=duration(minutes, staff.reader),
        price=price_of(booking, staff.reader),
        person=names.person(booking),
        place=names.place(booking),
        notes=booking.notes,
        day=full_day(local_date(booking.starts_at, zone), staff.reader),
        is_over=booking.ends_at <= staff.now,
        is_running=booking.starts_at <= staff.now < booking.ends_at,
        can_approve=is_open and status == "pending" and Move.CONFIRM in moves,
        can_cancel=is_open and Move.CANCEL in moves,
        can_repeat=may_repeat(booking, staff),
        series_note=_series_note(booking, staff, names),
        # What has not begun cannot have been missed.
        marks=tuple(
            Mark(move, str(MARK_NAMES[move]))
            for move in moves
            if move in MARK_NAMES and booking.starts_at <= staff.now
        ),
    )


def may_repeat(booking: Booking, staff: Staff) -> bool:
    """Tell whether the booking can become the first of a series, by whoever looks."""
    return (
        staff.actor.can("bookings:create")
        and booking.status in ("pending", "confirmed")
        and booking.service_id is not None
        and booking.slot_id is None
        and booking.series_id is None
    )


def _series_note(booking: Booking, staff: Staff, names: Names) -> str:
    """Which of its series it is: "3 of 12"."""
    if booking.series_id is None or booking.series_position is None:
        return ""
    total = max(names.series.get(booking.series_id, 0), booking.series_position)
    return _("Part of a series: %(number)s of %(total)s") % {
        "number": whole_number(booking.series_position, staff.reader),
        "total": whole_number(total, staff.reader),
    }


def wall_time(at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """The clock on the wall, with the offset where that hour comes twice."""
    local = to_local(at, zone)
    written = clock_time(local, reader)
    return f"{written} ({offset_label(at, zone)})" if len(resolve_local(local, zone)) > 1 else written


def price_of(booking: Booking, reader: Reader) -> str:
    """The agreed price; nothing where it is on request."""
    if booking.price_minor is None:
        return ""
    return money(booking.price_minor, booking.currency, reader) if booking.price_minor else _("Free")


def _note_on_time(booking: Booking, staff: Staff, on_day: date | None) -> str:
    """What the two times alone do not say: days that it runs over, and how long a hold still has."""
    first, last = dates_of(booking)
    if on_day is not None and first < on_day:
        return _("since %(day)s") % {"day": short_day(first, staff.reader)}
    if last > first:
        return _("until %(day)s") % {"day": short_day(last, staff.reader)}
    if booking.status == "held" and booking.hold_expires_at and booking.hold_expires_at > staff.now:
        minutes = math.ceil((booking.hold_expires_at - staff.now).total_seconds() / 60)
        return ngettext("%(count)s minute left", "%(count)s minutes left", minutes) % {"count": minutes}
    return ""
