"""Slots: the starts that can be offered for a service on one resource, and why a start cannot.

A start is offered when

- it is not past, not sooner than the notice and not later than the horizon;
- it lies on the grid of an open window, and the service time `[start, start + duration)` lies in open hours;
- the service time meets no blackout;
- it does not lie in a period that is full: as many as are wanted have been taken in for that day or week;
- one lane is free for the whole claimed time `[start - buffer before, start + duration + buffer after)`.
  Buffers may reach outside opening hours and into blackouts: tidying up is not serving.

Each taken or blocked period forbids one interval of starts, so what remains of a window is found by
subtracting intervals and counted by dividing by the step; nothing walks through minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from holdfast.scheduling.hours import OpenWindow
from holdfast.scheduling.intervals import Period, Span, epoch, epoch_up, share_a_moment, union
from holdfast.scheduling.runs import Run, count_runs, list_runs, merge_runs
from holdfast.scheduling.taken import Taken, starts_that_meet, starts_without_a_lane
from holdfast.scheduling.zones import DAY

_END_OF_TIME = epoch(datetime.max.replace(tzinfo=UTC))


class WhyNot(StrEnum):
    """Why a start is not offered. Of several reasons, the first of this order is given.

    SKILL and CAPACITY are not found here: they are given by those who know skills and seats.
    """

    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    CLOSED = "closed"
    OFF_GRID = "off_grid"
    BLACKOUT = "blackout"
    LIMIT = "limit"
    TAKEN = "taken"
    BUFFER = "buffer"
    SKILL = "skill"
    CAPACITY = "capacity"


class Busy(NamedTuple):
    """Time that is taken from one lane of a resource, buffers included (an allocation). Aware datetimes."""

    lane: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a service is offered. Minutes and days are elapsed time, a day being 24 hours.

    `granularity_minutes` None means the grid of each opening rule; `horizon_days` None means no limit. Raises
    ValueError, with the field's name first, for a length below zero or a duration or step of zero.
    """

    duration_minutes: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    granularity_minutes: int | None = None
    notice_minutes: int = 0
    horizon_days: int | None = None

    def __post_init__(self) -> None:
        for name, value, least in (
            ("duration_minutes", self.duration_minutes, 1),
            ("buffer_before_minutes", self.buffer_before_minutes, 0),
            ("buffer_after_minutes", self.buffer_after_minutes, 0),
            ("granularity_minutes", self.granularity_minutes, 1),
            ("notice_minutes", self.notice_minutes, 0),
            ("horizon_days", self.horizon_days, 0),
        ):
            if value is not None and value < least:
                raise ValueError(f"{name} must be at least {least}")

    def service_span(self, start: int) -> Span:
        """The seconds in which the customer is served."""
        return start, start + self.duration_minutes * 60

    def claimed_span(self, start: int) -> Span:
        """The seconds that a booking takes from its lane, buffers included."""
        begin, end = self.service_span(start)
        return begin - self.buffer_before_minutes * 60, end + self.buffer_after_minutes * 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known about the time of one resource. Periods may come unsorted and overlap.

    No start lies in a period of `full` (`limits.full_periods`); a service that began before may run into it.
    `busy` may be given as numbers (`Taken`), which is quicker. What is in a lane that the capacity no longer
    has is left out. Raises ValueError for a capacity below 1.
    """

    windows: Sequence[OpenWindow]
    blackouts: Sequence[Period] = ()
    busy: Sequence[Busy] | Taken = ()
    capacity: int = 1
    full: Sequence[Period] = ()

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise ValueError("capacity must be at least 1")

    def taken_lanes(self) -> list[list[Span]]:
        """What is taken from each lane, sorted by start; as many lists as the capacity."""
        if isinstance(self.busy, Taken):
            given = self.busy.lanes[: self.capacity]
            return [*given, *([] for _ in range(self.capacity - len(given)))]
        lanes: list[list[Span]] = [[] for _ in range(self.capacity)]
        for lane, starts_at, ends_at in self.busy:
            if 0 <= lane < self.capacity and starts_at < ends_at:
                lanes[lane].append((epoch(starts_at), epoch_up(ends_at)))
        for spans in lanes:
            spans.sort()
        return lanes

    def is_full_at(self, start: int) -> bool:
        """Whether a start, in seconds since 1970, lies in a period that is full."""
        return any(begin <= start < end for begin, end in (each.span for each in self.full))

    def has_free_lane(self, span: Span) -> bool:
        """Whether one lane is free for the whole span."""
        return any(not any(share_a_moment(taken, span) for taken in lane) for lane in self.taken_lanes())


def count_starts(calendar: Calendar, terms: Terms, *, now: datetime, within: Period | None = None) -> int:
    """How many starts are offered (with `within`: that lie in it)."""
    return count_runs(start_runs(calendar, terms, now=now, within=within))


def list_starts(
    calendar: Calendar, terms: Terms, *, now: datetime, within: Period | None = None
) -> list[datetime]:
    """The starts that are offered, sorted, each once (with `within`: that lie in it)."""
    return list_runs(start_runs(calendar, terms, now=now, within=within))


def start_runs(calendar: Calendar, terms: Terms, *, now: datetime, within: Period | None = None) -> list[Run]:
    """The same starts as disjoint runs. Merge those of several resources with `merge_runs` for "anyone"."""
    earliest, too_late = bounds_of_starts(terms, now=now, within=within)
    duration = terms.duration_minutes * 60
    blocked = _forbidden_starts(calendar, terms)
    count = len(blocked)
    make_run = Run._make
    runs: list[Run] = []
    index = furthest = 0
    windows_overlap = False
    for window in sorted(calendar.windows, key=_start_and_end):
        anchor = window.start
        windows_overlap = windows_overlap or anchor < furthest
        furthest = max(furthest, window.end)
        start = max(anchor, earliest)
        end = min(window.end, window.open_until - duration + 1, too_late)
        step = (terms.granularity_minutes or window.granularity_minutes) * 60
        while index < count and blocked[index][1] <= start:
            index += 1
        # The innermost loop of a month of a whole team: it calls nothing that it can write out.
        for cut in range(index, count):
            begin, until = blocked[cut]
            if begin >= end:
                break
            first = start + (anchor - start) % step
            if first < begin:
                runs.append(make_run((first, (begin - first + step - 1) // step, step)))
            if until > start:
                start = until
        first = start + (anchor - start) % step
        if first < end:
            runs.append(make_run((first, (end - first + step - 1) // step, step)))
    return merge_runs(runs) if windows_overlap else runs


def bounds_of_starts(terms: Terms, *, now: datetime, within: Period | None = None) -> Span:
    """From which second to which (exclusive) starts may lie, by notice and horizon, and `within`."""
    earliest = epoch_up(now) + terms.notice_minutes * 60
    too_late = _END_OF_TIME if terms.horizon_days is None else epoch(now) + terms.horizon_days * DAY + 1
    if within is None:
        return earliest, too_late
    return max(earliest, epoch_up(within.starts_at)), min(too_late, epoch_up(within.ends_at))


def check_start(starts_at: datetime, calendar: Calendar, terms: Terms, *, now: datetime) -> WhyNot | None:
    """Why this start is not offered, or None when it is. Agrees with `list_starts`, start by start.

    Raises ValueError for a naive datetime.
    """
    if starts_at.utcoffset() is None:
        raise ValueError("a start needs an aware datetime")
    starts_at = starts_at.astimezone(UTC)
    too_soon_or_late = check_moment(starts_at, terms, now=now)
    if too_soon_or_late is not None:
        return too_soon_or_late
    start = epoch(starts_at)
    _, end = terms.service_span(epoch_up(starts_at))
    windows = [window for window in calendar.windows if window.start <= start < window.end]
    steps = [
        (start - window.start) % ((terms.granularity_minutes or window.granularity_minutes) * 60)
        for window in windows
        if end <= window.open_until
    ]
    if not steps:
        return WhyNot.CLOSED
    if all(steps) or starts_at.microsecond:
        return WhyNot.OFF_GRID
    if any(share_a_moment(blackout.span, (start, end)) for blackout in calendar.blackouts):
        return WhyNot.BLACKOUT
    if calendar.is_full_at(start):
        return WhyNot.LIMIT
    if not calendar.has_free_lane((start, end)):
        return WhyNot.TAKEN
    return None if calendar.has_free_lane(terms.claimed_span(start)) else WhyNot.BUFFER


def check_moment(starts_at: datetime, terms: Terms, *, now: datetime) -> WhyNot | None:
    """Whether an aware instant is past, sooner than the notice or later than the horizon."""
    if starts_at < now:
        return WhyNot.PAST
    # In UTC, whatever zone names the moment: wall-clock arithmetic would miss an hour twice a year.
    moment = now.astimezone(UTC)
    if starts_at < moment + timedelta(minutes=terms.notice_minutes):
        return WhyNot.NOTICE
    if terms.horizon_days is not None and starts_at > moment + timedelta(days=terms.horizon_days):
        return WhyNot.HORIZON
    return None


def _forbidden_starts(calendar: Calendar, terms: Terms) -> list[Span]:
    """The starts, hours aside, at which the service would meet a blackout or a limit, or no lane; sorted."""
    length = terms.duration_minutes * 60
    taken = starts_without_a_lane(
        calendar.taken_lanes(),
        before=terms.buffer_before_minutes * 60,
        length=length + terms.buffer_after_minutes * 60,
    )
    if not calendar.blackouts and not calendar.full:
        return taken
    blacked_out = (blackout.span for blackout in calendar.blackouts)
    full = (each.span for each in calendar.full)
    return union(taken, [*starts_that_meet(blacked_out, before=0, length=length), *full])


def _start_and_end(window: OpenWindow) -> Span:
    return window.start, window.end
