"""One artist's day at a party: in which orders guests can be served, each as late as can be."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from holdfast.scheduling.intervals import Span, intersect, normalise, subtract
from holdfast.scheduling.taken import starts_that_meet

_MINUTE = 60
_NEVER = 1 << 62


class Artist(NamedTuple):
    """When an artist works, and what is taken of that time already; both normal."""

    open: list[Span]
    taken: list[Span]


class Breaks(NamedTuple):
    """Seconds of work at most, what is needed around included, and then a break of at least so many."""

    after: int
    length: int


class Kind(NamedTuple):
    """What guests of one kind have in common."""

    length: int
    before: int
    after: int
    artists: frozenset[int]
    ready_by: int | None
    is_last: bool

    @property
    def work(self) -> int:
        """The seconds that it takes of an artist."""
        return self.before + self.length + self.after


class Day(NamedTuple):
    """Some guests served by one artist, the one who begins last: `frontier` is from when the artist is taken,
    `run` how long without a break from there; the others are in `later`."""

    frontier: int
    run: int
    kind: int
    start: int
    later: Day | None

    def sequence(self) -> list[tuple[int, int]]:
        """Kind and start of everybody served, by time."""
        found = []
        day: Day | None = self
        while day is not None:
            found.append((day.kind, day.start))
            day = day.later
        return found

    @staticmethod
    def grown(
        day: Day | None, number: int, kind: Kind, starts: list[Span], limit: int, breaks: Breaks | None
    ) -> Iterator[Day]:
        """The same day with one guest more at its beginning: at once, and after a break."""
        if kind.is_last:
            # Nobody is ready later: this one begins the count, and is ready at the limit.
            begin = limit - kind.length
            if day is None and latest_start(starts, limit) == begin:
                yield Day(begin - kind.before, kind.work, number, begin, None)
            return
        frontier = _NEVER if day is None else day.frontier
        start = latest_start(starts, min(frontier - kind.after, limit) - kind.length)
        if start is None:
            return
        run = 0 if day is None else day.run
        is_rested = (
            breaks is None or frontier - (start + kind.length + kind.after) >= breaks.length or day is None
        )
        if is_rested or breaks is None:
            yield Day(start - kind.before, kind.work, number, start, day)
            return
        if run + kind.work <= breaks.after:
            yield Day(start - kind.before, run + kind.work, number, start, day)
        start = latest_start(starts, min(frontier - breaks.length - kind.after, limit) - kind.length)
        if start is not None:
            yield Day(start - kind.before, kind.work, number, start, day)


def starts_of(artist: Artist, kind: Kind, limit: int, start_from: int | None) -> list[Span]:
    """When the artist could begin with such a guest, were there nobody else; normal, to the second."""
    until = limit if kind.ready_by is None else min(limit, kind.ready_by)
    last = until - kind.length + 1
    first = -_NEVER if start_from is None else start_from
    if first >= last:
        return []
    is_open = normalise((start, end - kind.length + 1) for start, end in artist.open)
    is_taken = normalise(starts_that_meet(artist.taken, before=kind.before, length=kind.length + kind.after))
    free = intersect(subtract(is_open, is_taken), [(first, last)])
    return [span for span in free if -(-span[0] // _MINUTE) * _MINUTE < span[1]]


def latest_start(starts: list[Span], at: int) -> int | None:
    """The last whole minute of these starts that is not after an instant."""
    index = bisect_right(starts, at, key=_start_of)
    while index > 0:
        index -= 1
        start = min(at, starts[index][1] - 1) // _MINUTE * _MINUTE
        if start >= starts[index][0]:
            return start
    return None


def work_days(
    kinds: Sequence[Kind],
    counts: Sequence[int],
    starts: Sequence[list[Span]],
    limit: int,
    breaks: Breaks | None,
) -> list[Day | None]:
    """For every set of guests (`subsets`) the day that begins latest, or None where there is none."""
    weights, size = _weights(counts)
    best: list[Day | None] = [None] * size
    open_days: list[list[Day]] = [[] for _ in range(size)]
    for whole in range(size):
        so_far: Sequence[Day | None] = (None,) if whole == 0 else open_days[whole]
        for number, weight in enumerate(weights):
            if not starts[number] or whole // weight % (counts[number] + 1) == counts[number]:
                continue
            for day in so_far:
                for new in Day.grown(day, number, kinds[number], starts[number], limit, breaks):
                    known = best[whole + weight]
                    if known is None or new.start > known.start:
                        best[whole + weight] = new
                    _keep(open_days[whole + weight], new)
        open_days[whole] = []
    return best


def subsets(counts: Sequence[int]) -> list[list[int]]:
    """For every set of guests, as a number, the sets that are part of it; the empty one is 0.

    The number has a digit for each kind, of which there are so many; the last is everybody.
    """
    weights, _ = _weights(counts)
    parts: list[list[int]] = [[0]]
    for count, weight in zip(counts, weights, strict=True):
        parts = [
            [part + its * weight for its in range(digit + 1) for part in smaller]
            for digit in range(count + 1)
            for smaller in parts
        ]
    return parts


def _weights(counts: Sequence[int]) -> tuple[list[int], int]:
    weights, size = [], 1
    for count in counts:
        weights.append(size)
        size *= count + 1
    return weights, size


def _keep(days: list[Day], new: Day) -> None:
    """Keep a day unless another leaves as much time and as fresh an artist."""
    if any(day.frontier >= new.frontier and day.run <= new.run for day in days):
        return
    days[:] = [day for day in days if not (new.frontier >= day.frontier and new.run <= day.run)]
    days.append(new)


def _start_of(span: Span) -> int:
    return span[0]
