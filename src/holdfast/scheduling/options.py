"""Options: ranked claims on one resource that take no time, and how long whoever is first may think.

A queue has no table of its own. An option's rank is one more than the claims that stand before it: studio
bookings that have overlapping time already (pencilled or confirmed), and overlapping options that were there
earlier. So an option only ever moves up when something before it goes, and only past what it overlaps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from holdfast.scheduling.intervals import Span

MOST_RANKS = 3
"""First, second and third option; a fourth is refused."""


class RanksFullError(ValueError):
    """As many claims as there are ranks stand before this one already."""


class Claim(NamedTuple):
    """A studio booking in a queue. `made` orders options; what has the time stands before all of them."""

    id: Hashable
    span: Span
    made: int
    has_time: bool = False

    def meets(self, other: Claim) -> bool:
        """Whether the two want some of the same time; periods are half-open."""
        return self.span[0] < other.span[1] and other.span[0] < self.span[1]


def ahead_of(option: Claim, queue: Iterable[Claim]) -> list[Claim]:
    """The claims that stand before an option, those that have the time first, then in order of making."""
    return sorted(
        (
            claim
            for claim in queue
            if claim.id != option.id
            and claim.meets(option)
            and (claim.has_time or (claim.made, str(claim.id)) < (option.made, str(option.id)))
        ),
        key=lambda claim: (not claim.has_time, claim.made, str(claim.id)),
    )


def rank_for(option: Claim, queue: Iterable[Claim]) -> int:
    """The rank that a new option would have. Raises RanksFullError where there is none left."""
    rank = 1 + len(ahead_of(option, queue))
    if rank > MOST_RANKS:
        raise RanksFullError(f"{rank - 1} claims stand before this one")
    return rank


def ranks(queue: Sequence[Claim]) -> dict[Hashable, int]:
    """The rank of every option of a queue."""
    return {
        claim.id: min(MOST_RANKS, 1 + len(ahead_of(claim, queue))) for claim in queue if not claim.has_time
    }


def promoted_by(released: Hashable, queue: Sequence[Claim]) -> Mapping[Hashable, int]:
    """Who moves up when one claim goes, and to which rank."""
    before = ranks(queue)
    after = ranks([claim for claim in queue if claim.id != released])
    return {each: rank for each, rank in after.items() if rank < before[each]}


def answer_by(asked: int, hours: Iterable[Span], seconds: int) -> int | None:
    """The second by which so much business time has passed since the question.

    `hours` are sorted and disjoint. Asked while the business is closed, the time begins when it opens; it
    never ends in closed time. None where the hours given do not suffice.
    """
    left = seconds
    for start, end in hours:
        start = max(start, asked)
        if start >= end:
            continue
        if left <= end - start:
            return start + left
        left -= end - start
    return None
