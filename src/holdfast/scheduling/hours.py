"""Opening hours: which rule speaks on which day, and the windows of time that follow.

Precedence, for each local date. From strong to weak:

| strength | kind | then scope, inside one kind |
| --- | --- | --- |
| strongest | EXCEPTION | resource + service > resource > service > location > whole tenant |
| | DATE_RANGE | the same |
| weakest | WEEKLY | the same |

The strongest level that opens anything on that date gives the day's windows: it replaces every weaker level.
A closing rule takes its own hours away from what its level or a weaker one opens; so a closing EXCEPTION from
00:00 to 00:00 closes the day, and one from 12:00 to 14:00 only cuts the lunch out of the weekly hours. Hours
belong to the date on which they begin: Friday's 20:00-02:00 is Friday's, also when Saturday is closed.

Kinds as in the salon document, "Data model", `availability_rules`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.scheduling.intervals import Period, Span, epoch, instant, normalise, subtract
from holdfast.scheduling.zones import (
    day_bounds,
    second_of_day,
    spans_of_clock,
)


class RuleKind(StrEnum):
    """How a rule says on which dates it speaks."""

    WEEKLY = "WEEKLY"
    DATE_RANGE = "DATE_RANGE"
    EXCEPTION = "EXCEPTION"


_KIND_STRENGTH = {RuleKind.WEEKLY: 0, RuleKind.DATE_RANGE: 1, RuleKind.EXCEPTION: 2}


@dataclass(frozen=True, slots=True)
class OpeningRule:
    """One statement about opening hours, in wall-clock time of the zone it is read in.

    `days_of_week` are ISO numbers (1 is Monday); a WEEKLY rule needs some, for the other kinds none means
    every day. `valid_from` and `valid_to` are inclusive; a DATE_RANGE needs one of them, an EXCEPTION both.
    An `end_time` of 00:00 is the midnight that ends the day; an end before the start runs into the next day.
    An id that is None means "any"; a `slot_capacity` of None, that the service says how many seats there are.
    Raises ValueError, with the field's name first, for what is contradictory.
    """

    kind: RuleKind
    start_time: time
    end_time: time
    days_of_week: tuple[int, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    is_closed: bool = False
    location_id: UUID | None = None
    resource_id: UUID | None = None
    service_id: UUID | None = None
    slot_capacity: int | None = None
    slot_granularity_minutes: int = 15

    def __post_init__(self) -> None:
        if self.start_time == self.end_time != time(0):
            raise ValueError("end_time must differ from start_time")
        if any(day not in range(1, 8) for day in self.days_of_week):
            raise ValueError("days_of_week must be ISO weekdays, 1 (Monday) to 7")
        if self.kind is RuleKind.WEEKLY and not self.days_of_week:
            raise ValueError("days_of_week must name a day in a weekly rule")
        missing = (self.valid_from is None) + (self.valid_to is None)
        if missing > {RuleKind.WEEKLY: 2, RuleKind.DATE_RANGE: 1, RuleKind.EXCEPTION: 0}[self.kind]:
            raise ValueError("valid_from and valid_to must say when the rule is valid")
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError("valid_to must not be before valid_from")
        if self.slot_capacity is not None and self.slot_capacity < 1:
            raise ValueError("slot_capacity must be at least 1")
        if self.slot_granularity_minutes < 1:
            raise ValueError("slot_granularity_minutes must be at least 1")

    @property
    def strength(self) -> int:
        """The level of the rule in the table of precedence; more is stronger."""
        if self.resource_id is not None:
            scope = 4 if self.service_id is not None else 3
        elif self.service_id is not None:
            scope = 2
        else:
            scope = 1 if self.location_id is not None else 0
        return _KIND_STRENGTH[self.kind] * 5 + scope

    def speaks_on(self, day: date) -> bool:
        """Whether the rule says anything about hours that begin on this date."""
        if self.days_of_week and day.isoweekday() not in self.days_of_week:
            return False
        return not (
            (self.valid_from is not None and day < self.valid_from)
            or (self.valid_to is not None and day > self.valid_to)
        )


class OpenWindow(NamedTuple):
    """A stretch of opening hours, in seconds since 1970 UTC, and the grid of starts in it.

    The grid begins at the opening instant (`start`), steps by the granularity in elapsed time, and ends
    before `end`. A service that starts in the window may run until `open_until`: later than `end` where other
    hours of the same place join on (around the clock, 24:00 is the next day's 00:00), never earlier.
    """

    start: int
    end: int
    open_until: int
    granularity_minutes: int = 15
    slot_capacity: int | None = None
    location_id: UUID | None = None

    @property
    def starts_at(self) -> datetime:
        """The opening instant, which anchors the grid."""
        return instant(self.start)

    @property
    def ends_at(self) -> datetime:
        """The closing instant."""
        return instant(self.end)

    @classmethod
    def of(
        cls, period: Period, granularity_minutes: int = 15, slot_capacity: int | None = None
    ) -> OpenWindow:
        """A window over a period whose ends are whole seconds."""
        start, end = period.span
        return cls(start, end, end, granularity_minutes, slot_capacity)


def applicable_rules(
    rules: Iterable[OpeningRule],
    *,
    location_id: UUID | None,
    resource_id: UUID | None,
    service_id: UUID | None,
) -> list[OpeningRule]:
    """The rules that have a say for this resource and service at this location (None: wherever).

    A person's own hours at another location stay in: on a day with such hours the person does not fall back
    to the hours of this location. `open_periods` then leaves their windows out.
    """
    return [
        rule
        for rule in rules
        if rule.resource_id in (None, resource_id)
        and rule.service_id in (None, service_id)
        and (
            location_id is None
            or rule.location_id in (None, location_id)
            or (rule.resource_id is not None and not rule.is_closed)
        )
    ]


def open_periods(
    rules: Sequence[OpeningRule],
    *,
    from_date: date,
    to_date: date,
    zone: ZoneInfo,
    location_id: UUID | None = None,
) -> list[OpenWindow]:
    """The windows whose hours begin on the local dates `from_date` to `to_date`, both inclusive; sorted.

    Give only rules that apply (`applicable_rules`); with a location, windows of other locations are left out.
    Hours of the evening before that run into `from_date` are included whole, because their opening anchors
    the grid. Every window is the same whatever range is asked, except that `open_until` sees one day past
    `to_date`. Overlapping rules of one level give overlapping windows. The work grows with the range: the
    caller caps it.
    """
    begin, _ = day_bounds(from_date, zone)
    _, end = day_bounds(to_date, zone)
    strongest_first = sorted(
        (
            _Clock(-rule.strength, second_of_day(rule.start_time), second_of_day(rule.end_time), rule)
            for rule in rules
        ),
        key=lambda clock: clock.weakness,
    )
    windows: list[OpenWindow] = []
    for number in range(-1, (to_date - from_date).days + 2):
        windows += _windows_of_day(strongest_first, from_date + timedelta(days=number), zone, location_id)
    from_second, to_second = epoch(begin), epoch(end)
    return [window for window in _join(windows) if window.end > from_second and window.start < to_second]


class _Clock(NamedTuple):
    """A rule with what every day would ask of it again."""

    weakness: int
    start: int
    end: int
    rule: OpeningRule


def _windows_of_day(
    strongest_first: list[_Clock], day: date, zone: ZoneInfo, location_id: UUID | None
) -> list[OpenWindow]:
    """The windows that begin on one date, after precedence."""
    closed: list[Span] = []
    opened: list[_Clock] = []
    for clock in strongest_first:
        if opened and clock.weakness != opened[0].weakness:
            break
        if not clock.rule.speaks_on(day):
            continue
        if clock.rule.is_closed:
            closed += spans_of_clock(day, clock.start, clock.end, zone)
        else:
            opened.append(clock)
    closed = normalise(closed)
    windows: list[OpenWindow] = []
    for _, start, end, rule in opened:
        if location_id is None or rule.location_id is None or rule.location_id == location_id:
            spans = spans_of_clock(day, start, end, zone)
            windows += [
                OpenWindow(
                    *span, span[1], rule.slot_granularity_minutes, rule.slot_capacity, rule.location_id
                )
                for span in (subtract(spans, closed) if closed else spans)
            ]
    return windows


def _join(windows: list[OpenWindow]) -> list[OpenWindow]:
    """The windows, sorted and without twins; each knows how long its place stays open without a break."""
    if all(before.end < after.start for before, after in pairwise(windows)):
        return windows
    stretches: dict[tuple[object, ...], list[Span]] = {}
    ordered = sorted(set(windows), key=_all_but_the_place)
    for window in ordered:
        stretch = stretches.setdefault(window[4:], [])
        if stretch and window.start <= stretch[-1][1]:
            stretch[-1] = (stretch[-1][0], max(stretch[-1][1], window.end))
        else:
            stretch.append((window.start, window.end))
    joined: list[OpenWindow] = []
    for window in ordered:
        stretch = stretches[window[4:]]
        _, open_until = stretch[bisect_left(stretch, (window.start + 1, 0)) - 1]
        joined.append(window if open_until == window.end else window._replace(open_until=open_until))
    return joined


def _all_but_the_place(window: OpenWindow) -> tuple[int, ...]:
    # Unsaid seats sort before said ones: None does not compare.
    return *window[:4], window.slot_capacity or 0
