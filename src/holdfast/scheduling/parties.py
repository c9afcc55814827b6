"""Several guests, several artists, one time by which everybody is ready: who is served when, by whom.

Each guest is served by one artist from beginning to end. Planned backwards from the time they are to be
ready: everybody as late as can be, because an hour less in the morning is what a party wishes for. The best
plan is the one with the latest first start, of these one with the fewest artists, of these the one in which
whoever is to be last (the bride) waits least. What is better for one guest, to be served later, never harms
another, so only plans with nothing to be moved later are looked at; and guests who want the same are one
kind, of which only the number counts. Times are whole seconds since 1970 UTC; services begin at whole
minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from holdfast.scheduling.intervals import Span
from holdfast.scheduling.party_days import (
    Artist,
    Breaks,
    Day,
    Kind,
    latest_start,
    starts_of,
    subsets,
    work_days,
)

__all__ = ["Artist", "Breaks", "Guest", "Part", "PartyPlan", "Shortfall", "plan_party"]

MOST_PAIRS = 20_000
"""How many ways to part the guests in two are gone through: nine guests who all want something else, or
twelve of five kinds. Beyond, a plan is found by a search that keeps the best few of many."""
_BEAM = 48


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody to be served: for so many seconds, with time before and after that the artist needs.

    `artists` are the numbers of those who could. `ready_by` is this guest's own limit, `is_last` says that
    nobody is to be ready later; one guest at most may be that.
    """

    length: int
    artists: frozenset[int]
    before: int = 0
    after: int = 0
    ready_by: int | None = None
    is_last: bool = False


class Part(NamedTuple):
    """One guest with one artist, by their numbers; the time of service alone."""

    guest: int
    artist: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PartyPlan:
    """A plan, by time. `is_best` where none better exists; else no plan starts later than `at_best`."""

    parts: tuple[Part, ...]
    is_best: bool
    at_best: int

    @property
    def first_start(self) -> int:
        return min(part.start for part in self.parts)

    @property
    def ready_at(self) -> int:
        return max(part.end for part in self.parts)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why there is no plan: the guests for whom there is no time beside the others, and what would help.

    `unable` are guests whom nobody could serve, or nobody at any time that day. `one_more_artist` tells
    whether another one, free all the while, would do; `earlier_start` the start with which it would do
    without; `seconds_short` how much work of the artists is left over.
    """

    left_out: tuple[int, ...]
    unable: tuple[int, ...] = ()
    one_more_artist: bool = False
    earlier_start: int | None = None
    seconds_short: int = 0


def plan_party(
    guests: Sequence[Guest],
    artists: Sequence[Artist],
    *,
    ready_by: int,
    start_from: int | None = None,
    breaks: Breaks | None = None,
) -> PartyPlan | Shortfall:
    """Plan the party so that everybody is ready by a time, and nobody starts before another.

    The same question has the same answer. Raises ValueError without guests, and when two are to be last.
    """
    if not guests or sum(guest.is_last for guest in guests) > 1:
        raise ValueError("a party has guests, of whom one at most is the last")
    found = _best(guests, artists, ready_by, start_from, breaks)
    return found or _shortfall(guests, artists, ready_by, start_from, breaks)


def _best(
    guests: Sequence[Guest],
    artists: Sequence[Artist],
    ready_by: int,
    start_from: int | None,
    breaks: Breaks | None,
) -> PartyPlan | None:
    best: tuple[tuple[int, int, int], _Solved] | None = None
    for limit in _limits(guests, artists, ready_by, start_from):
        solved = _Question(guests, artists, limit, start_from, breaks).solve()
        if solved is None:
            continue
        rank = (solved.value, -len({part.artist for part in solved.parts}), limit)
        if best is None or rank > best[0]:
            best = rank, solved
    if best is None:
        return None
    solved = best[1]
    return PartyPlan(
        tuple(sorted(solved.parts, key=lambda part: (part.start, part.artist))),
        solved.is_best,
        solved.at_best,
    )


def _limits(
    guests: Sequence[Guest], artists: Sequence[Artist], ready_by: int, start_from: int | None
) -> list[int]:
    """When all can be ready: as late as whoever is last, with each who could serve them."""
    last = next((guest for guest in guests if guest.is_last), None)
    if last is None:
        return [ready_by]
    limits = set()
    for number in last.artists:
        starts = starts_of(artists[number], _kind_of(last), ready_by, start_from)
        start = latest_start(starts, ready_by)
        if start is not None:
            limits.add(start + last.length)
    return sorted(limits, reverse=True)


def _kind_of(guest: Guest) -> Kind:
    return Kind(guest.length, guest.before, guest.after, guest.artists, guest.ready_by, guest.is_last)


class _Solved(NamedTuple):
    value: int
    parts: list[Part]
    is_best: bool
    at_best: int


class _Question:
    """The guests by kind, everybody's possible starts, and one limit for all."""

    def __init__(
        self,
        guests: Sequence[Guest],
        artists: Sequence[Artist],
        limit: int,
        start_from: int | None,
        breaks: Breaks | None,
    ) -> None:
        self._members: dict[Kind, list[int]] = {}
        for number, guest in enumerate(guests):
            self._members.setdefault(_kind_of(guest), []).append(number)
        self._kinds = list(self._members)
        self._counts = [len(self._members[kind]) for kind in self._kinds]
        self._limit = limit
        self._breaks = breaks
        self._artists = len(artists)
        self._starts: list[list[list[Span]]] = [
            [
                starts_of(artist, kind, limit, start_from) if number in kind.artists else []
                for kind in self._kinds
            ]
            for number, artist in enumerate(artists)
        ]

    def solve(self) -> _Solved | None:
        alone = self._alone()
        if alone is None:
            return None
        at_best = min(alone, self._by_load())
        if prod((count + 1) * (count + 2) // 2 for count in self._counts) > MOST_PAIRS:
            sequences = self._search()
        else:
            sequences = self._shared_out()
            if sequences is not None:
                at_best = min(start for days in sequences for _, start in days)
        if sequences is None:
            return None
        value = min(start for days in sequences for _, start in days)
        return _Solved(value, self._parts(sequences), value == at_best, at_best)

    def _alone(self) -> int | None:
        """The latest start of whoever must start earliest, had they the artists for themselves."""
        latest = []
        for kind in range(len(self._kinds)):
            own = [latest_start(starts[kind], self._limit) for starts in self._starts]
            known = [start for start in own if start is not None]
            if not known:
                return None
            latest.append(max(known))
        return min(latest)

    def _by_load(self) -> int:
        """The latest first start if everybody's work could be cut as one likes."""
        everything = sum(kind.length * len(its) for kind, its in self._members.items())
        busy = len(set().union(*(kind.artists for kind in self._kinds)))
        return (self._limit - -(-everything // min(busy, sum(self._counts)))) // 60 * 60

    def _shared_out(self) -> list[list[tuple[int, int]]] | None:
        """The best plan: every set of guests for each artist, then every way to share the guests out."""
        days = [
            work_days(self._kinds, self._counts, starts, self._limit, self._breaks) for starts in self._starts
        ]
        parts = subsets(self._counts)
        everybody = len(parts) - 1
        values: list[list[int | None]] = [[None] * len(parts)]
        values[0][0] = self._limit
        for number, day in enumerate(days):
            before = values[-1]
            now: list[int | None] = [None] * len(parts)
            for whole in range(len(parts)) if number < len(days) - 1 else (everybody,):
                best: int | None = None
                for part in parts[whole]:
                    rest, own = before[whole - part], day[part] if part else None
                    if rest is None or (part and own is None):
                        continue
                    found = rest if own is None else min(rest, own.start)
                    if best is None or found > best:
                        best = found
                now[whole] = best
            values.append(now)
        value = values[-1][everybody]
        return None if value is None else self._fewest(days, parts, value)

    def _fewest(
        self, days: Sequence[Sequence[Day | None]], parts: Sequence[Sequence[int]], value: int
    ) -> list[list[tuple[int, int]]]:
        """The plan with the fewest artists of those that start no earlier."""
        everybody = len(parts) - 1
        counts: list[list[int | None]] = [[0, *[None] * everybody]]
        chosen: list[list[int]] = []
        for number, day in enumerate(days):
            before = counts[-1]
            now: list[int | None] = [None] * len(parts)
            choice = [0] * len(parts)
            for whole in range(len(parts)) if number < len(days) - 1 else (everybody,):
                for part in parts[whole]:
                    rest, own = before[whole - part], day[part] if part else None
                    if rest is None or (part and (own is None or own.start < value)):
                        continue
                    needed = rest + (part > 0)
                    known = now[whole]
                    if known is None or needed < known:
                        now[whole], choice[whole] = needed, part
            counts.append(now)
            chosen.append(choice)
        sequences: list[list[tuple[int, int]]] = []
        whole = everybody
        for number in reversed(range(len(days))):
            part = chosen[number][whole]
            own = days[number][part]
            sequences.append(own.sequence() if part and own else [])
            whole -= part
        return sequences[::-1]

    def _search(self) -> list[list[tuple[int, int]]] | None:
        """A good plan: the longest first, each with every artist, the best few of all that so come about."""
        kinds = sorted(
            (kind for kind, count in enumerate(self._counts) for _ in range(count)),
            key=lambda kind: (
                not self._kinds[kind].is_last,
                -self._kinds[kind].work,
                len(self._kinds[kind].artists),
            ),
        )
        beam: list[tuple[Day | None, ...]] = [(None,) * self._artists]
        for kind in kinds:
            grown: dict[tuple[tuple[int, ...], ...], tuple[Day | None, ...]] = {}
            for days in beam:
                for artist in range(self._artists):
                    for day in self._after(artist, kind, days[artist]):
                        new = (*days[:artist], day, *days[artist + 1 :])
                        # Who has done as much is as good, whoever it was for.
                        grown.setdefault(tuple((d.frontier, d.run) if d else () for d in new), new)
            beam = sorted(grown.values(), key=self._rank, reverse=True)[:_BEAM]
        if not beam:
            return None
        best = max(beam, key=lambda days: (self._rank(days)[0], -sum(day is not None for day in days)))
        return [day.sequence() if day else [] for day in best]

    def _rank(self, days: Sequence[Day | None]) -> tuple[int, int]:
        """The later the first start the better, then the less time is lost."""
        worked = [day.start for day in days if day]
        return min(worked), -sum(self._limit - start for start in worked)

    def _after(self, artist: int, kind: int, day: Day | None) -> Iterator[Day]:
        known = self._kinds[kind]
        return Day.grown(day, kind, known, self._starts[artist][kind], self._limit, self._breaks)

    def _parts(self, sequences: Sequence[Sequence[tuple[int, int]]]) -> list[Part]:
        """Name the guests: of one kind the first is served first."""
        by_time = sorted(
            (start, artist, kind) for artist, days in enumerate(sequences) for kind, start in days
        )
        waiting = {number: iter(self._members[kind]) for number, kind in enumerate(self._kinds)}
        return [
            Part(next(waiting[kind]), artist, start, start + self._kinds[kind].length)
            for start, artist, kind in by_time
        ]


def _shortfall(
    guests: Sequence[Guest],
    artists: Sequence[Artist],
    ready_by: int,
    start_from: int | None,
    breaks: Breaks | None,
) -> Shortfall:
    unable = tuple(
        number
        for number, guest in enumerate(guests)
        if not any(
            starts_of(artists[artist], _kind_of(guest), ready_by, start_from) for artist in guest.artists
        )
    )
    if unable:
        return Shortfall(unable, unable)
    left_out = _left_out(guests, artists, ready_by, start_from, breaks)
    first_open = min((span[0] for artist in artists for span in artist.open), default=ready_by)
    helper = Artist([(first_open if start_from is None else max(first_open, start_from), ready_by)], [])
    helped = [_with_artist(guest, len(artists)) for guest in guests]
    earlier = None if start_from is None else _best(guests, artists, ready_by, None, breaks)
    return Shortfall(
        left_out,
        one_more_artist=_best(helped, [*artists, helper], ready_by, start_from, breaks) is not None,
        earlier_start=earlier.first_start if earlier else None,
        seconds_short=sum(_kind_of(guests[number]).work for number in left_out),
    )


def _left_out(
    guests: Sequence[Guest],
    artists: Sequence[Artist],
    ready_by: int,
    start_from: int | None,
    breaks: Breaks | None,
) -> tuple[int, ...]:
    """Those who cannot come as well, when one after another joins: whoever is last first of all."""
    joined: list[int] = []
    left: list[int] = []
    for number in sorted(range(len(guests)), key=lambda each: not guests[each].is_last):
        some = [guests[each] for each in (*joined, number)]
        if _best(some, artists, ready_by, start_from, breaks) is None:
            left.append(number)
        else:
            joined.append(number)
    return tuple(sorted(left))


def _with_artist(guest: Guest, number: int) -> Guest:
    return Guest(
        guest.length,
        guest.artists | {number},
        guest.before,
        guest.after,
        guest.ready_by,
        guest.is_last,
    )
