"""The time step: a strip of days, the month behind it, and the times of one day by part of the day."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from holdfast.scheduling.zones import local_date, to_local
from holdfast.web.design.formats import (
    Reader,
    clock_time,
    full_day,
    month_name,
    short_weekday,
    weekday_name,
    whole_number,
)
from holdfast.web.public.presenters.times import (
    day_and_time,
    labelled_time,
    offset_note,
    relative_day,
    start_code,
    time_of_day,
)

DAYS_IN_STRIP = 10
FreeStarts = Mapping[date, Sequence[datetime]]
FreeCounts = Mapping[date, int]
DayAddress = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the strip or the month; no address means no free times."""

    day: date
    weekday: str
    number: str
    label: str
    url: str | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a table; `weeks` has None where a day belongs to another month."""

    title: str
    weekdays: list[tuple[str, str]]
    weeks: list[list[DayCell | None]]
    previous_url: str | None
    next_url: str | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """One start that can be had. `value` is sent, `label` is what the button then says."""

    value: str
    time: str
    note: str
    when: str
    label: str


@dataclass(frozen=True, slots=True)
class Part:
    """Morning, afternoon or evening; when empty, a sentence and the way to the next one that is not."""

    name: str
    bound: str
    slots: list[Slot]
    empty_sentence: str
    next_label: str
    next_url: str


@dataclass(frozen=True, slots=True)
class Few:
    """Said below few of many times: the way to all of them, or, without an address, that more may come."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class When:
    """Everything the time step shows about time; `few` is None where every free time is shown."""

    chosen: date | None
    chosen_label: str
    strip: list[DayCell]
    month: Month
    parts: list[Part]
    few: Few | None = None


@dataclass(frozen=True, slots=True)
class _PartOfDay:
    name: str | Promise
    starts: time
    ends: time
    none_left: str | Promise
    none_that_day: str | Promise
    next_one: str | Promise


_NOON, _FIVE = time(12), time(17)
_PARTS = (
    _PartOfDay(
        gettext_lazy("Morning"),
        time.min,
        _NOON,
        gettext_lazy("Nothing left this morning."),
        gettext_lazy("Nothing that morning."),
        gettext_lazy("Next morning: %(when)s"),
    ),
    _PartOfDay(
        gettext_lazy("Afternoon"),
        _NOON,
        _FIVE,
        gettext_lazy("Nothing left this afternoon."),
        gettext_lazy("Nothing that afternoon."),
        gettext_lazy("Next afternoon: %(when)s"),
    ),
    _PartOfDay(
        gettext_lazy("Evening"),
        _FIVE,
        time.max,
        gettext_lazy("Nothing left this evening."),
        gettext_lazy("Nothing that evening."),
        gettext_lazy("Next evening: %(when)s"),
    ),
)


def present_when(
    *,
    counts: FreeCounts,
    starts: FreeStarts,
    chosen: date | None,
    month: date,
    is_month_open: bool,
    last_day: date,
    now: datetime,
    zone: ZoneInfo,
    reader: Reader,
    day_url: DayAddress,
    month_url: DayAddress,
    verb: Callable[[str], str],
    few: Few | None = None,
) -> When:
    """Lay out the days that have free starts, and the starts (aware) from the chosen day on.

    `last_day` is the end of the booking horizon; `verb` makes a button's text from a time.
    """
    today = local_date(now, zone)

    def cell(day: date) -> DayCell:
        return _day_cell(day, chosen=chosen, is_free=bool(counts.get(day)), reader=reader, day_url=day_url)

    first = _first_of_strip(today, chosen)
    return When(
        chosen=chosen,
        chosen_label=full_day(chosen, reader) if chosen else "",
        strip=[cell(first + timedelta(days=number)) for number in range(DAYS_IN_STRIP)],
        month=_present_month(month, today, last_day, is_month_open, reader, month_url, cell),
        parts=_present_parts(starts, chosen, today, zone, reader, day_url, verb) if chosen else [],
        few=few,
    )


def present_few(total: int, url: str, reader: Reader) -> Few:
    """Say that these are few of so many times; no address where the others cannot be had."""
    if not url:
        return Few(_("These are the times offered right now; more may show later."), "")
    label = ngettext("See the one time", "See all %(count)s times", total)
    return Few(label % {"count": whole_number(total, reader)}, url)


def _first_of_strip(today: date, chosen: date | None) -> date:
    """Today, unless the chosen day would not fit; then three days before it."""
    if chosen is None or (chosen - today).days < DAYS_IN_STRIP:
        return today
    return chosen - timedelta(days=3)


def _day_cell(
    day: date, *, chosen: date | None, is_free: bool, reader: Reader, day_url: DayAddress
) -> DayCell:
    label = full_day(day, reader)
    return DayCell(
        day=day,
        weekday=short_weekday(day, reader),
        number=whole_number(day.day, reader),
        label=label if is_free else _("%(day)s, no free times") % {"day": label},
        url=day_url(day) if is_free else None,
        is_chosen=day == chosen,
    )


def _present_month(
    month: date,
    today: date,
    last_day: date,
    is_open: bool,
    reader: Reader,
    month_url: DayAddress,
    cell: Callable[[date], DayCell],
) -> Month:
    first = month.replace(day=1)
    previous = (first - timedelta(days=1)).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    weeks = calendar.Calendar(reader.first_weekday).monthdatescalendar(first.year, first.month)
    return Month(
        title=month_name(first, reader),
        weekdays=[(weekday_name(day, reader), short_weekday(day, reader)) for day in weeks[0]],
        weeks=[[cell(day) if day.month == first.month else None for day in week] for week in weeks],
        previous_url=month_url(previous) if first > today else None,
        next_url=month_url(following) if following <= last_day else None,
        is_open=is_open,
    )


def _present_parts(
    free: FreeStarts,
    chosen: date,
    today: date,
    zone: ZoneInfo,
    reader: Reader,
    day_url: DayAddress,
    verb: Callable[[str], str],
) -> list[Part]:
    parts: list[Part] = []
    for part in _PARTS:
        starts = _starts_in(part, free.get(chosen, ()), zone)
        later = _next_in(part, free, chosen, zone)
        if not starts and later is None:
            continue  # This business knows no such part of the day.
        parts.append(
            Part(
                name=str(part.name),
                bound=_bound(part, reader),
                slots=[_slot(at, zone, reader, verb) for at in starts],
                empty_sentence=str(part.none_left if chosen == today else part.none_that_day),
                next_label=str(part.next_one) % {"when": _short(later, zone, reader, today)} if later else "",
                next_url=day_url(local_date(later, zone)) if later else "",
            )
        )
    return parts


def _starts_in(part: _PartOfDay, starts: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    return [at for at in starts if part.starts <= to_local(at, zone).time() < part.ends]


def _next_in(part: _PartOfDay, free: FreeStarts, chosen: date, zone: ZoneInfo) -> datetime | None:
    for day in sorted(day for day in free if day > chosen):
        starts = _starts_in(part, free[day], zone)
        if starts:
            return starts[0]
    return None


def _slot(at: datetime, zone: ZoneInfo, reader: Reader, verb: Callable[[str], str]) -> Slot:
    return Slot(
        value=start_code(at),
        time=time_of_day(at, zone, reader),
        note=offset_note(at, zone),
        when=day_and_time(at, zone, reader, is_short=True),
        label=verb(labelled_time(at, zone, reader)),
    )


def _bound(part: _PartOfDay, reader: Reader) -> str:
    if part.ends == _NOON:
        return ""
    if part.ends == _FIVE:
        return _("until %(time)s") % {"time": clock_time(_FIVE, reader)}
    return _("from %(time)s") % {"time": clock_time(_FIVE, reader)}


def _short(at: datetime, zone: ZoneInfo, reader: Reader, today: date) -> str:
    day = relative_day(local_date(at, zone), today, reader)
    return _("%(day)s, %(time)s") % {"day": day, "time": labelled_time(at, zone, reader)}
