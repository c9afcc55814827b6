"""Slots: the starts that can be offered for a service on one resource, and why a start cannot.

A start is offered when

- it is not past, not sooner than the notice and not later than the horizon;
- it lies on the grid of an open window, and the service time `[start, start + duration)` lies in open hours;
- the service time meets no blackout;
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
from holdfast.scheduling.intervals import Period, Span, epoch, epoch_up, intersect, normalise, union
from holdfast.scheduling.runs import Run, count_runs, list_runs, merge_runs, runs_between


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

    `busy` in a lane that the capacity no longer has is left out. Raises ValueError for a capacity below 1.
    """

    windows: Sequence[OpenWindow]
    blackouts: Sequence[Period] = ()
    busy: Sequence[Busy] = ()
    capacity: int = 1

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise ValueError("capacity must be at least 1")


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
    earliest = epoch_up(now) + terms.notice_minutes * 60
    latest = None if terms.horizon_days is None else epoch(now) + terms.horizon_days * 86_400
    if within is not None:
        earliest = max(earliest, epoch_up(within.starts_at))
        latest = epoch_up(within.ends_at) - 1 if latest is None else min(latest, epoch_up(within.ends_at) - 1)
    duration = terms.duration_minutes * 60
    blocked = _forbidden_starts(calendar, terms)
    runs: list[Run] = []
    index = furthest = 0
    windows_overlap = False
    for window in sorted(calendar.windows, key=_start_and_end):
        windows_overlap = windows_overlap or window.start < furthest
        furthest = max(furthest, window.end)
        start = max(window.start, earliest)
        end = min(window.end, window.open_until - duration + 1)
        if latest is not None and latest < end:
            end = latest + 1
        step = (terms.granularity_minutes or window.granularity_minutes) * 60
        while index < len(blocked) and blocked[index][1] <= start:
            index += 1
        cut = index
        while start < end and cut < len(blocked) and blocked[cut][0] < end:
            if start < blocked[cut][0]:
                runs += runs_between(window.start, step, start, blocked[cut][0])
            start = blocked[cut][1]
            cut += 1
        if start < end:
            runs += runs_between(window.start, step, start, end)
    return merge_runs(runs) if windows_overlap else runs


def check_start(starts_at: datetime, calendar: Calendar, terms: Terms, *, now: datetime) -> WhyNot | None:
    """Why this start is not offered, or None when it is. Agrees with `list_starts`, start by start.

    Raises ValueError for a naive datetime.
    """
    if starts_at.utcoffset() is None:
        raise ValueError("a start needs an aware datetime")
    starts_at = starts_at.astimezone(UTC)
    if starts_at < now:
        return WhyNot.PAST
    if starts_at < now + timedelta(minutes=terms.notice_minutes):
        return WhyNot.NOTICE
    if terms.horizon_days is not None and starts_at > now + timedelta(days=terms.horizon_days):
        return WhyNot.HORIZON
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
    if any(_meets(blackout.span, (start, end)) for blackout in calendar.blackouts):
        return WhyNot.BLACKOUT
    if not _free_lanes(calendar, (start, end)):
        return WhyNot.TAKEN
    return None if _free_lanes(calendar, terms.claimed_span(start)) else WhyNot.BUFFER


def _forbidden_starts(calendar: Calendar, terms: Terms) -> list[Span]:
    """The starts, hours aside, at which the service would meet a blackout or find no lane free; normal."""
    # A range [s - before, s + length) meets [p, q) exactly when p - length < s < q + before.
    length = terms.duration_minutes * 60
    blacked_out = [(begin - length + 1, end) for begin, end in (each.span for each in calendar.blackouts)]
    before = terms.buffer_before_minutes * 60
    length += terms.buffer_after_minutes * 60
    lanes: list[list[Span]] = [[] for _ in range(calendar.capacity)]
    for lane, starts_at, ends_at in calendar.busy:
        if 0 <= lane < calendar.capacity and starts_at < ends_at:
            lanes[lane].append((epoch(starts_at) - length + 1, epoch_up(ends_at) + before))
    if calendar.capacity == 1:
        return normalise(lanes[0] + blacked_out)
    taken = normalise(lanes[0])
    for lane_spans in lanes[1:]:
        if not taken:
            break
        taken = intersect(taken, normalise(lane_spans))
    return union(taken, blacked_out)


def _free_lanes(calendar: Calendar, span: Span) -> set[int]:
    """The lanes that are free for the whole span."""
    taken = {
        lane
        for lane, starts_at, ends_at in calendar.busy
        if starts_at < ends_at and _meets((epoch(starts_at), epoch_up(ends_at)), span)
    }
    return set(range(calendar.capacity)) - taken


def _meets(first: Span, second: Span) -> bool:
    return first[0] < second[1] and second[0] < first[1]


def _start_and_end(window: OpenWindow) -> Span:
    return window.start, window.end
