"""Half-open periods of time, and the set arithmetic on sorted lists of them.

Two forms: `Period` (aware datetimes) is what others hold and pass; `Span` (a pair of whole seconds since
1970 UTC) is what the arithmetic works on. A list of spans is *normal* when it is sorted and disjoint, without
empty spans and without two that touch: `normalise` makes it so, and every list returned here is normal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor

Span = tuple[int, int]
"""A half-open range of seconds since 1970-01-01T00:00Z."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open range of time, `starts_at <= t < ends_at`. Both ends are aware; they are kept in UTC.

    Raises ValueError when an end is naive or the period is empty or runs backwards.
    """

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.starts_at.utcoffset() is None or self.ends_at.utcoffset() is None:
            raise ValueError("a period needs aware datetimes")
        object.__setattr__(self, "starts_at", self.starts_at.astimezone(UTC))
        object.__setattr__(self, "ends_at", self.ends_at.astimezone(UTC))
        if self.starts_at >= self.ends_at:
            raise ValueError("a period must end after it starts")

    @classmethod
    def from_span(cls, span: Span) -> Period:
        """The period of a span of seconds."""
        return cls(instant(span[0]), instant(span[1]))

    @property
    def span(self) -> Span:
        """The whole seconds that this period touches (rounded outwards, so that taken time is never lost)."""
        return epoch(self.starts_at), epoch_up(self.ends_at)

    @property
    def length(self) -> timedelta:
        """Elapsed time, not the difference of two clocks on a wall."""
        return self.ends_at - self.starts_at


def epoch(at: datetime) -> int:
    """Whole seconds since 1970 UTC, rounded down."""
    return floor(at.timestamp())


def epoch_up(at: datetime) -> int:
    """Whole seconds since 1970 UTC, rounded up."""
    return ceil(at.timestamp())


def instant(seconds: int) -> datetime:
    """The aware UTC datetime of a number of seconds since 1970 UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def normalise(spans: Iterable[Span]) -> list[Span]:
    """The union of any spans, in any order: sorted, disjoint; spans that overlap or touch become one."""
    normal: list[Span] = []
    last_start = last_end = 0
    for start, end in sorted(spans):
        if start >= end:
            continue
        if normal and start <= last_end:
            if end > last_end:
                last_end = end
                normal[-1] = (last_start, end)
        else:
            normal.append((start, end))
            last_start, last_end = start, end
    return normal


def union(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """Every moment that is in the first list or in the second. The lists need not be normal."""
    return normalise([*first, *second])


def subtract(spans: list[Span], taken: list[Span]) -> list[Span]:
    """What is left of the normal list `spans` without the normal list `taken`."""
    left: list[Span] = []
    index, count = 0, len(taken)
    for span_start, end in spans:
        start = span_start
        while index < count and taken[index][1] <= start:
            index += 1
        cut = index
        while cut < count and taken[cut][0] < end:
            if taken[cut][0] > start:
                left.append((start, taken[cut][0]))
            start = taken[cut][1]
            cut += 1
        if start < end:
            left.append((start, end))
    return left


def intersect(first: list[Span], second: list[Span]) -> list[Span]:
    """Every moment that is in both normal lists."""
    both: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start = max(first[i][0], second[j][0])
        end = min(first[i][1], second[j][1])
        if start < end:
            both.append((start, end))
        if first[i][1] <= second[j][1]:
            i += 1
        else:
            j += 1
    return both


def share_a_moment(first: Span, second: Span) -> bool:
    """Whether two spans overlap; touching is not overlapping."""
    return first[0] < second[1] and second[0] < first[1]


def overlaps(spans: list[Span], span: Span) -> bool:
    """Whether the span shares a moment with the normal list. An empty span shares none."""
    if span[0] >= span[1]:
        return False
    index = bisect_right(spans, span[0], key=_start_of) - 1
    if index >= 0 and spans[index][1] > span[0]:
        return True
    return index + 1 < len(spans) and spans[index + 1][0] < span[1]


def _start_of(span: Span) -> int:
    return span[0]
