"""Exposure: which few of many free starts one person is offered, by lot, fairly and repeatably.

The salon document, "Slot Exposure (2-5 Randomized Slots)", with its contradictions settled:

- Up to 5 free starts are all offered. Of more, 3 are; by ONE draw 4 (below 15 %) or 5 (below 30 %).
- Every part of the day that has a start gives one before any gives a second; night belongs to the nearer
  part.
- The lot is keyed: who looks, date, service, person asked for, the hour (so that nothing starves) and a
  secret salt (so that nobody can compute which identity would be offered what). The variant of an experiment
  is not in it: another rule meets the same lot, so a wider variant shows what a narrower one did, and more.

How the lot is drawn, for whoever must repeat it elsewhere. The seed is HMAC-SHA-256 of the salt over the
parts, each preceded by its length in 4 bytes (all numbers big-endian). A start draws as many tickets of 8
bytes as its weight, from SHAKE-256 over the seed and the start in 8 bytes; its best ticket ranks it, the
largest first. The size is drawn by the first 8 bytes of SHAKE-256 over the seed and `size`. Because a start's
tickets do not depend on other starts, the rest keep their order when one is taken, and the order of the input
has no say.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import shake_256
from typing import NamedTuple
from uuid import UUID

from holdfast.scheduling.day_parts import DayPart, part_of_hour
from holdfast.scheduling.intervals import epoch

HOUR = 3600
LEAST_SALT = 16
"""Bytes below which a salt could be guessed."""
MOST_WEIGHT = 100
_TICKET = 8


class Candidate(NamedTuple):
    """A free start: seconds since 1970 UTC, the hour (0 to 23) on the wall where it is, and its weight.

    A weight of 3 (1 to 100) is three tickets in the lot: three times the chance to be drawn first.
    """

    start: int
    local_hour: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Viewing:
    """Who looks at what. `viewer` is a contact or a signed device id, else an address.

    So another browser window does not widen the choice. `resource_id` None means anyone.
    """

    viewer: str
    local_date: date
    service_id: UUID
    resource_id: UUID | None = None


class Share(NamedTuple):
    """How often, in percent, how many starts are offered."""

    percent: int
    size: int


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule of exposure, named as in the header `X-Exposure-Variant`.

    `sizes` None offers every start. Else up to `all_up_to` starts are all offered, and of more as many as
    the shares say, one of each part of the day first if `is_fair_by_part`. Raises ValueError unless the
    shares add up to 100 percent.
    """

    name: str
    sizes: tuple[Share, ...] | None
    all_up_to: int = 5
    is_fair_by_part: bool = True

    def __post_init__(self) -> None:
        if self.sizes is not None and sum(share.percent for share in self.sizes) != 100:
            raise ValueError("sizes must add up to 100 percent")
        if self.sizes is not None and any(share.size < 1 for share in self.sizes):
            raise ValueError("sizes must be at least 1")


CONTROL = Variant("control", (Share(15, 4), Share(15, 5), Share(70, 3)))
VARIANTS = {
    variant.name: variant
    for variant in (
        CONTROL,
        Variant("all", None),
        Variant("wide", (Share(100, 5),)),
        Variant("narrow", (Share(100, 2),), all_up_to=2),
        Variant("any_part", CONTROL.sizes, is_fair_by_part=False),
    )
}
"""The rules that an experiment can choose between, by name."""


class Exposure(NamedTuple):
    """What is offered: the starts, sorted, in seconds since 1970 UTC; of how many; by which rule."""

    picks: tuple[int, ...]
    total: int
    variant: str

    @property
    def has_more(self) -> bool:
        """Whether there are free starts that are not offered."""
        return len(self.picks) < self.total


def find_variant(name: str | None) -> Variant:
    """The variant of this name; the usual rule for none and for an unknown one: a header may say anything."""
    return VARIANTS.get(name or CONTROL.name, CONTROL)


def rotation_hour(now: datetime) -> int:
    """The number of the hour, since 1970 UTC, with which the lot is drawn anew."""
    return epoch(now) // HOUR


def exposure_seed(viewing: Viewing, *, hour: int, salt: bytes) -> bytes:
    """The 32 bytes that decide one person's lot for one hour (`rotation_hour`).

    Raises ValueError for a salt of fewer than 16 bytes.
    """
    return _keyed_hash(salt, "seed", viewing, str(hour))


def sticky_key(viewing: Viewing, *, variant: Variant, salt: bytes) -> str:
    """The name, without personal data, under which an exposure is remembered for some minutes.

    It does not change with the hour. What to remember is the hour of the first look and what was shown then:
    drawing again with that hour and those starts gives them again, except that another stands in for one that
    was taken meanwhile.
    """
    return _keyed_hash(salt, "sticky", viewing, variant.name).hex()


def expose(
    candidates: Iterable[Candidate],
    *,
    seed: bytes,
    variant: Variant = CONTROL,
    shown: Collection[int] = (),
) -> Exposure:
    """Draw what is offered of the free starts, whatever order they are given in.

    Those `shown` a moment ago stay while they are free, even where one that was freed since has a better
    ticket; the places of those that are taken are drawn, for parts of the day that have none first.

    Raises ValueError for a start given twice and for a weight below 1 or above 100.
    """
    free = sorted(candidates)
    if len({each.start for each in free}) < len(free):
        raise ValueError("a start must be given once")
    if any(not 1 <= each.weight <= MOST_WEIGHT for each in free):
        raise ValueError(f"weight must be 1 to {MOST_WEIGHT}")
    picked = free
    if variant.sizes is not None and len(free) > variant.all_up_to:
        ranked = sorted(free, key=lambda each: -_best_ticket(seed, each))
        # Stable: among those shown, and among the others, the best ticket still goes first.
        ranked.sort(key=lambda each: each.start not in shown)
        if variant.is_fair_by_part:
            ranked = _one_of_each_part_first(ranked)
            ranked.sort(key=lambda each: each.start not in shown)
        stay = sum(each.start in shown for each in ranked)
        picked = sorted(ranked[: max(stay, _draw_size(seed, variant.sizes))])
    return Exposure(tuple(each.start for each in picked), len(free), variant.name)


def _one_of_each_part_first(ranked: list[Candidate]) -> list[Candidate]:
    """The same candidates; the best of each part of the day go before the rest, both in their order."""
    firsts: dict[DayPart, Candidate] = {}
    rest: list[Candidate] = []
    for each in ranked:
        if firsts.setdefault(part_of_hour(each.local_hour), each) is not each:
            rest.append(each)
    return [*firsts.values(), *rest]


def _best_ticket(seed: bytes, candidate: Candidate) -> int:
    # The best of n equal tickets wins n times as often: lots in proportion to weights without a fraction.
    start = candidate.start.to_bytes(8, "big", signed=True)
    tickets = shake_256(seed + start).digest(_TICKET * candidate.weight)
    return max(int.from_bytes(tickets[at : at + _TICKET], "big") for at in range(0, len(tickets), _TICKET))


def _draw_size(seed: bytes, sizes: tuple[Share, ...]) -> int:
    """How many are offered, by one draw: asking twice would make the shares others than those written."""
    point = int.from_bytes(shake_256(seed + b"size").digest(_TICKET), "big") * 100 >> _TICKET * 8
    for percent, size in sizes:
        if point < percent:
            return size
        point -= percent
    raise AssertionError("shares add up to 100 percent")


def _keyed_hash(salt: bytes, purpose: str, viewing: Viewing, last: str) -> bytes:
    if len(salt) < LEAST_SALT:
        raise ValueError(f"salt must have at least {LEAST_SALT} bytes")
    parts = (
        f"holdfast exposure {purpose}",
        viewing.viewer,
        viewing.local_date.isoformat(),
        str(viewing.service_id),
        "all" if viewing.resource_id is None else str(viewing.resource_id),
        last,
    )
    # Lengths keep "ab" + "c" apart from "a" + "bc".
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (text.encode() for text in parts))
    return hmac.digest(salt, message, "sha256")
