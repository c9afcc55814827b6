"""Time that is taken, in whole seconds, and the starts that it forbids.

A range `[s - before, s + length)` around a start `s` meets a span `[p, q)` exactly when `p - length < s` and
`s < q + before`. So every taken span forbids one interval of starts, whatever the grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from holdfast.scheduling.intervals import Span, intersect, normalise


class Taken(NamedTuple):
    """What is taken from each lane of a resource, buffers included, sorted by start; lane 0 first.

    The quick form of a list of `Busy`: made of the numbers that the database gives, without a datetime.
    """

    lanes: tuple[list[Span], ...]

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[int, int, int]]) -> Taken:
        """From rows of lane, first second and last second (exclusive), in any order."""
        lanes: dict[int, list[Span]] = {}
        for lane, start, end in rows:
            lanes.setdefault(lane, []).append((start, end))
        return cls._of(lanes)

    @classmethod
    def of_columns(cls, columns: Iterable[tuple[int, Sequence[int], Sequence[int]]]) -> Taken:
        """From a lane, all its first seconds and all its last ones (exclusive) at a time.

        Raises ValueError when there are more of the one than of the other.
        """
        return cls._of({lane: list(zip(starts, ends, strict=True)) for lane, starts, ends in columns})

    @classmethod
    def _of(cls, lanes: dict[int, list[Span]]) -> Taken:
        # Sorting what the database has sorted already is one pass in C.
        return cls(tuple(sorted(lanes.get(lane, ())) for lane in range(max(lanes, default=-1) + 1)))


def starts_that_meet(spans: Iterable[Span], *, before: int, length: int) -> list[Span]:
    """The starts whose range (see above) meets one of the spans, in the order of the spans, not joined."""
    earlier = length - 1
    return [(begin - earlier, end + before) for begin, end in spans]


def starts_without_a_lane(lanes: Sequence[list[Span]], *, before: int, length: int) -> list[Span]:
    """The starts for whose range no lane is free throughout; sorted by start, not always joined.

    Every list of `lanes` (one at least) must be sorted by start.
    """
    forbidden = starts_that_meet(lanes[0], before=before, length=length)
    if len(lanes) == 1:
        return forbidden
    forbidden = normalise(forbidden)
    for spans in lanes[1:]:
        if not forbidden:
            break
        forbidden = intersect(forbidden, normalise(starts_that_meet(spans, before=before, length=length)))
    return forbidden
