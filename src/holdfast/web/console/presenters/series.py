"""A series before it is made: each date, whether it can be had, and what else there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from holdfast.capabilities.bookings.series_types import SeriesPreview
from holdfast.scheduling.series import NO_SUCH_TIME
from holdfast.scheduling.slots import WhyNot
from holdfast.scheduling.zones import to_local
from holdfast.web.console.rows import Names
from holdfast.web.console.staff import Staff
from holdfast.web.design.formats import clock_time, full_day, whole_number

_REASONS = {
    WhyNot.PAST: gettext_lazy("This time has passed."),
    WhyNot.NOTICE: gettext_lazy("This is too soon for the service."),
    WhyNot.HORIZON: gettext_lazy("This is too far ahead."),
    WhyNot.CLOSED: gettext_lazy("Outside the opening hours."),
    WhyNot.OFF_GRID: gettext_lazy("The service does not start at this minute."),
    WhyNot.BLACKOUT: gettext_lazy("This time is blocked out."),
    WhyNot.LIMIT: gettext_lazy("As many of these as are wanted are booked."),
    WhyNot.TAKEN: gettext_lazy("Something is booked then."),
    WhyNot.BUFFER: gettext_lazy("Too close to another booking."),
    WhyNot.SKILL: gettext_lazy("Nobody here can do this."),
    WhyNot.CAPACITY: gettext_lazy("Not everybody who is needed is free at once."),
    NO_SUCH_TIME: gettext_lazy("The clocks jump over this time on that day."),
}


@dataclass(frozen=True, slots=True)
class Other:
    """Another start of the date."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One date. `reason` is empty where the time can be had; `others` could be instead."""

    date: date
    day: str
    time: str
    person: str
    reason: str
    others: tuple[Other, ...]
    is_left_out: bool


@dataclass(frozen=True, slots=True)
class RepeatPage:
    """All dates after the first, in order, and what they come to."""

    lines: tuple[Line, ...]
    sentence: str
    warning: str


def present_series(
    found: SeriesPreview,
    staff: Staff,
    names: Names,
    *,
    usual: UUID | None,
    left_out: frozenset[date],
    moved: dict[date, datetime],
) -> RepeatPage:
    """Write the dates of a series, with what was chosen for them so far.

    `found` is the preview without the choices; `usual` is who leads, and is not repeated at each date.
    """
    zone = ZoneInfo(found.time_zone)
    lines = []
    for entry in found.entries:
        person = names.people.get(entry.resource_id) if entry.resource_id else None
        lines.append(
            Line(
                date=entry.date,
                day=full_day(entry.date, staff.reader),
                time=clock_time(entry.local_start, staff.reader),
                person=person.name if person and person.id != usual else "",
                reason=str(_REASONS[entry.reason]) if entry.reason else "",
                others=tuple(
                    _other(to_local(at, zone), moved.get(entry.date), staff) for at in entry.alternatives
                ),
                is_left_out=entry.date in left_out,
            )
        )
    missing = sum(bool(line.reason) for line in lines)
    total = len(lines) + 1
    return RepeatPage(
        tuple(lines),
        ngettext("%(count)s date, this one included", "%(count)s dates, this one included", total)
        % {"count": whole_number(total, staff.reader)},
        ngettext(
            "%(count)s date cannot be had. Choose another time of that day, or leave it out.",
            "%(count)s dates cannot be had. Choose other times of those days, or leave them out.",
            missing,
        )
        % {"count": whole_number(missing, staff.reader)}
        if missing
        else _("All of them are free."),
    )


def _other(local: datetime, chosen: datetime | None, staff: Staff) -> Other:
    return Other(local.isoformat(), clock_time(local, staff.reader), local == chosen)
