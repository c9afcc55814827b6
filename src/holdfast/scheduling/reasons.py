"""Why not: the reason of every start that a day does not offer, found by intervals.

The reasons are asked in the order of `WhyNot`, each only about the starts that those before it have left; so
the answer agrees, start by start, with `check_start`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from holdfast.scheduling.hours import OpenWindow
from holdfast.scheduling.intervals import (
    Period,
    Span,
    epoch_up,
    instant,
    intersect,
    normalise,
    share_a_moment,
    subtract,
)
from holdfast.scheduling.runs import runs_between
from holdfast.scheduling.slots import Busy, Calendar, Terms, WhyNot, bounds_of_starts
from holdfast.scheduling.taken import starts_that_meet, starts_without_a_lane


class Missing(NamedTuple):
    """A start of the grid that is not offered; or, with `ends_at`, a stretch outside all opening hours.

    `busy` says, for TAKEN and BUFFER, what is in the way in each lane; `blackouts`, for BLACKOUT, which. Of a
    visit (`visit_reasons`), `role` is the one that nobody can fill.
    """

    starts_at: datetime
    ends_at: datetime | None
    why_not: WhyNot
    busy: tuple[Busy, ...] = ()
    blackouts: tuple[Period, ...] = ()
    role: str | None = None


class _Labelled(NamedTuple):
    """A stretch of starts with one answer, None where the start is offered if it lies on the grid."""

    start: int
    end: int
    why_not: WhyNot | None


def list_missing(calendar: Calendar, terms: Terms, *, now: datetime, within: Period) -> list[Missing]:
    """Every start that is missing within a period (a day, as a rule), and every closed stretch, sorted.

    A start is asked for when it lies on the grid of an open window, also where the service would not end
    before its place closes. A stretch is cut where its reason changes: what is past is PAST, open or closed.
    """
    asked = (epoch_up(within.starts_at), epoch_up(within.ends_at))
    if asked[0] >= asked[1]:
        return []
    lanes = calendar.taken_lanes()
    labels = _label(calendar, lanes, terms, now, asked)
    found = [
        *_closed_stretches(calendar, asked, labels),
        *_missing_starts(calendar, lanes, terms, asked, labels),
    ]
    return sorted(found, key=lambda missing: missing.starts_at)


def _label(
    calendar: Calendar, lanes: list[list[Span]], terms: Terms, now: datetime, asked: Span
) -> list[_Labelled]:
    """The asked span cut where the reason changes, as if every second were on the grid; sorted."""
    begin, end = asked
    length = terms.duration_minutes * 60
    before, after = terms.buffer_before_minutes * 60, terms.buffer_after_minutes * 60
    blackouts = [blackout.span for blackout in calendar.blackouts]
    earliest, too_late = bounds_of_starts(terms, now=now)
    open_starts = normalise(_serviceable(window, terms) for window in calendar.windows)
    layers: list[tuple[WhyNot, list[Span]]] = [
        (WhyNot.PAST, [(begin, epoch_up(now))]),
        (WhyNot.NOTICE, [(begin, earliest)]),
        (WhyNot.HORIZON, [(too_late, end)]),
        (WhyNot.CLOSED, subtract([asked], open_starts)),
        (WhyNot.BLACKOUT, starts_that_meet(blackouts, before=0, length=length)),
        (WhyNot.LIMIT, [each.span for each in calendar.full]),
        (WhyNot.TAKEN, starts_without_a_lane(lanes, before=0, length=length)),
        (WhyNot.BUFFER, starts_without_a_lane(lanes, before=before, length=length + after)),
    ]
    left = [asked]
    labels: list[_Labelled] = []
    for why_not, spans in layers:
        forbidden = normalise(spans)
        labels += [_Labelled(*span, why_not) for span in intersect(left, forbidden)]
        left = subtract(left, forbidden)
    labels += [_Labelled(*span, None) for span in left]
    return sorted(labels, key=lambda label: label.start)


def _serviceable(window: OpenWindow, terms: Terms) -> Span:
    """The starts in a window from which the service ends before its place closes; may be empty."""
    return window.start, min(window.end, window.open_until - terms.duration_minutes * 60 + 1)


def _closed_stretches(calendar: Calendar, asked: Span, labels: list[_Labelled]) -> Iterator[Missing]:
    closed = subtract([asked], normalise((window.start, window.end) for window in calendar.windows))
    for label in labels:
        # Outside all windows the reason is CLOSED or one that goes before it, so there always is one.
        if label.why_not is not None:
            for start, end in intersect([(label.start, label.end)], closed):
                yield Missing(instant(start), instant(end), label.why_not)


def _missing_starts(
    calendar: Calendar, lanes: list[list[Span]], terms: Terms, asked: Span, labels: list[_Labelled]
) -> Iterator[Missing]:
    starts: set[int] = set()
    on_grid: set[int] = set()
    for window in calendar.windows:
        step = (terms.granularity_minutes or window.granularity_minutes) * 60
        starts.update(_points(window.start, step, asked, (window.start, window.end)))
        on_grid.update(_points(window.start, step, asked, _serviceable(window, terms)))
    beginnings = [label.start for label in labels]
    for start in sorted(starts):
        label = labels[bisect_right(beginnings, start) - 1]
        why_not = label.why_not
        if why_not not in _BEFORE_THE_GRID and start not in on_grid:
            why_not = WhyNot.OFF_GRID
        if why_not is not None:
            yield _because(calendar, lanes, terms, start, why_not)


_BEFORE_THE_GRID = (WhyNot.PAST, WhyNot.NOTICE, WhyNot.HORIZON, WhyNot.CLOSED)


def _points(anchor: int, step: int, asked: Span, within: Span) -> Iterator[int]:
    """The points of a grid in both spans."""
    for run in runs_between(anchor, step, max(asked[0], within[0]), min(asked[1], within[1])):
        yield from range(run.first, run.first + run.size * run.step, run.step)


def _because(
    calendar: Calendar, lanes: list[list[Span]], terms: Terms, start: int, why_not: WhyNot
) -> Missing:
    missing = Missing(instant(start), None, why_not)
    served = terms.service_span(start)
    if why_not is WhyNot.BLACKOUT:
        met = tuple(blackout for blackout in calendar.blackouts if share_a_moment(blackout.span, served))
        return missing._replace(blackouts=met)
    if why_not not in (WhyNot.TAKEN, WhyNot.BUFFER):
        return missing
    span = served if why_not is WhyNot.TAKEN else terms.claimed_span(start)
    busy = tuple(
        Busy(lane, instant(taken[0]), instant(taken[1]))
        for lane, spans in enumerate(lanes)
        for taken in spans
        if share_a_moment(taken, span)
    )
    return missing._replace(busy=busy)
