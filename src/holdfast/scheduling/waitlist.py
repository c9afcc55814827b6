"""Who waits, what comes free, and who is offered which start: longest waiting first.

In the order of the queue everybody gets the earliest start that suits them, that they have not let go
before, and that nobody before them was just given. A start that two could have goes to whoever waits longer;
"anyone" is given the person whom nobody further back has named, if there is one. Time is whole seconds since
1970 UTC, ids are anything hashable.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from holdfast.scheduling.intervals import Span, share_a_moment


@dataclass(frozen=True, slots=True)
class Window:
    """When somebody could come: local dates, both inclusive, and starts from a time of day to before another.

    Raises ValueError for a window that holds nothing.
    """

    from_date: date
    to_date: date
    from_time: time | None = None
    to_time: time | None = None

    def __post_init__(self) -> None:
        if self.to_date < self.from_date:
            raise ValueError("to_date must not be before from_date")
        if self.from_time is not None and self.to_time is not None and self.to_time <= self.from_time:
            raise ValueError("to_time must be after from_time")

    def holds(self, local_start: datetime) -> bool:
        """Tell whether a start, as the wall shows it, suits."""
        at = local_start.time()
        return (
            self.from_date <= local_start.date() <= self.to_date
            and (self.from_time is None or at >= self.from_time)
            and (self.to_time is None or at < self.to_time)
        )


class Opening(NamedTuple):
    """A start that is free. `claim` is the time it takes of whoever gives it; of a group `seats` are left."""

    start: int
    claim: Span
    people: tuple[Hashable, ...]
    what: Hashable = None
    group: Hashable | None = None
    seats: int = 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in the queue with the starts that suit, in order of preference: as a rule, of time.

    `person` is who was named; `refused` are the starts that were offered before and let go.
    """

    id: Hashable
    openings: Sequence[Opening]
    party_size: int = 1
    person: Hashable | None = None
    refused: frozenset[int] = frozenset()


class Match(NamedTuple):
    """Who is to be offered what, and with whom it would be."""

    id: Hashable
    opening: Opening
    person: Hashable


def match(queue: Sequence[Waiting]) -> list[Match]:
    """Return who gets which start, in the order of the queue; nobody gets two, and no time goes twice.

    Careful rather than complete: of one person no two starts that meet are given at once, whatever their
    room. What is left over after the first are written down is found by asking again.
    """
    named = [each.person for each in queue]
    given: dict[Hashable, list[Span]] = defaultdict(list)
    seated: Counter[Hashable] = Counter()
    found: list[Match] = []
    for place, each in enumerate(queue):
        for opening in each.openings:
            if opening.start in each.refused:
                continue
            person = _who(opening, each, given, seated, named[place + 1 :])
            if person is None:
                continue
            if opening.group is not None:
                seated[opening.group] += each.party_size
            else:
                given[person].append(opening.claim)
            found.append(Match(each.id, opening, person))
            break
    return found


def _who(
    opening: Opening,
    waiting: Waiting,
    given: dict[Hashable, list[Span]],
    seated: Counter[Hashable],
    named_later: Sequence[Hashable | None],
) -> Hashable | None:
    """Who could give it: of several, whom nobody further back has named, or only somebody far back."""
    people = [each for each in opening.people if waiting.person in (None, each)]
    if opening.group is not None:
        fits = opening.seats - seated[opening.group] >= waiting.party_size
        return people[0] if people and fits else None
    free = [
        each
        for each in people
        if not any(share_a_moment(opening.claim, span) for span in given.get(each, ()))
    ]
    if len(free) < 2:
        return free[0] if free else None
    return max(free, key=lambda each: named_later.index(each) if each in named_later else len(named_later))


class Why(StrEnum):
    """Why somebody still waits, in the order in which it is told."""

    OFFERED = "offered"
    """A time is held for them right now."""
    NOT_OPEN_YET = "not_open_yet"
    """Bookings for these days do not open yet."""
    UNSUITABLE = "unsuitable"
    """What is asked for is not to be had any more: the service, or the person for it."""
    NOT_AT_WORK = "not_at_work"
    """The named person, or everybody, has no hours in the window."""
    NOTHING_FREE = "nothing_free"
    TOO_SHORT = "too_short"
    """There are gaps, none of them long enough."""
    PARTY_TOO_LARGE = "party_too_large"
    """There are places, but not so many together."""
    LET_GO = "let_go"
    """What is free was offered before, and declined or left to lapse."""
    TOO_SOON = "too_soon"
    """What is free begins before there would be time to answer."""
    OTHERS_AHEAD = "others_ahead"
    """So many others wait longer for times that would suit as well."""
    BEING_OFFERED = "being_offered"
    """Something is free and goes to the longest waiting any moment."""
    ENDS_SOON = "ends_soon"
    """The window is nearly over."""


class Reason(NamedTuple):
    """One reason; `number` is of starts, people or hours, as the reason says, else 0."""

    why: Why
    number: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about somebody's wish, counted from what is really free.

    `free` are the starts that suit now; `refused` and `too_soon` those of them that were let go before, or
    begin too soon to be offered; `free_for_one` those that a smaller party could have, `gaps` the stretches
    of open time that nothing takes.
    """

    is_offered: bool = False
    is_suitable: bool = True
    is_open_yet: bool = True
    open_hours: int = 0
    gaps: int = 0
    free: int = 0
    free_for_one: int = 0
    refused: int = 0
    too_soon: int = 0
    ahead: int = 0
    hours_left: int = 0


_SOON_HOURS = 24


def reasons(facts: Facts) -> list[Reason]:
    """Return why somebody still waits, the nearest reason first; never nothing."""
    if facts.is_offered:
        return [Reason(Why.OFFERED)]
    return [*_reasons(facts), *([Reason(Why.ENDS_SOON, facts.hours_left)] if _ends_soon(facts) else [])]


def _reasons(facts: Facts) -> Iterable[Reason]:
    ahead = [Reason(Why.OTHERS_AHEAD, facts.ahead)] if facts.ahead else []
    if not facts.is_suitable:
        return [Reason(Why.UNSUITABLE)]
    if not facts.is_open_yet:
        return [Reason(Why.NOT_OPEN_YET), *ahead]
    left = facts.free - facts.refused - facts.too_soon
    if left > 0:
        return ahead or [Reason(Why.BEING_OFFERED, left)]
    found: list[Reason] = []
    if facts.refused:
        found.append(Reason(Why.LET_GO, facts.refused))
    if facts.too_soon:
        found.append(Reason(Why.TOO_SOON, facts.too_soon))
    if not found:
        if facts.free_for_one:
            found.append(Reason(Why.PARTY_TOO_LARGE, facts.free_for_one))
        elif not facts.open_hours:
            found.append(Reason(Why.NOT_AT_WORK))
        elif facts.gaps:
            found.append(Reason(Why.TOO_SHORT, facts.gaps))
        else:
            found.append(Reason(Why.NOTHING_FREE))
    return [*found, *ahead]


def _ends_soon(facts: Facts) -> bool:
    return facts.is_suitable and facts.hours_left <= _SOON_HOURS
