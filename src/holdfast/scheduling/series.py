"""Bookings that come round again: which starts a rule means, and what becomes of each.

The wall time stays the same across changes of the clocks. A date on which it does not exist has no start; of
one that comes twice the first counts. Occurrences are decided one by one, in the order of their dates: what
an earlier one takes is taken for the later ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from holdfast.scheduling.intervals import epoch, instant
from holdfast.scheduling.recurrence import Recurrence, TooMany, last_date
from holdfast.scheduling.runs import Run, nearest_in_runs
from holdfast.scheduling.slots import WhyNot
from holdfast.scheduling.zones import resolve_local

MOST_OCCURRENCES = 104
LONGEST_DAYS = 731
NO_SUCH_TIME = "no_such_time"
"""Why not, of a local time that the clocks jump over; the other reasons are those of `WhyNot`."""


class OnConflict(StrEnum):
    """What to do with an occurrence that cannot be had: book nothing at all, leave it out, or move it."""

    FAIL = "fail"
    SKIP = "skip"
    SHIFT = "shift"


class Outcome(StrEnum):
    """What becomes of an occurrence. A conflict lets nothing of the series be booked."""

    FREE = "free"
    SHIFTED = "shifted"
    SKIPPED = "skipped"
    CONFLICT = "conflict"


class Occurrence(NamedTuple):
    """A date of the rule with its wall time; `starts_at` is None where clocks do not show that time."""

    date: date
    local_start: datetime
    starts_at: datetime | None


class EndlessError(ValueError):
    """A rule without COUNT or UNTIL: nobody can promise all of it."""


class TooLongError(ValueError):
    """The last occurrence is further ahead than anybody promises."""


def list_occurrences(first: datetime, rule: Recurrence, zone: ZoneInfo) -> list[Occurrence]:
    """Every occurrence of a rule that begins at a naive wall time, in order; COUNT and UNTIL are kept.

    Raises `EndlessError`, `TooMany` (more than 104) and `TooLongError` (more than two years), and ValueError
    for an aware datetime.
    """
    if rule.count is None and rule.until is None:
        raise EndlessError("a series needs COUNT or UNTIL")
    start = first.date()
    dates = list(islice(rule.dates(start, start, last_date(rule, start)), MOST_OCCURRENCES + 1))
    found = [occurrence_at(datetime.combine(day, first.time()), zone) for day in dates]
    found = [each for each in found if not _is_after(each, rule.until)][: rule.count]
    if len(found) > MOST_OCCURRENCES:
        raise TooMany(f"there are more than {MOST_OCCURRENCES} occurrences")
    if found and found[-1].date - start > timedelta(days=LONGEST_DAYS):
        raise TooLongError(f"the last is more than {LONGEST_DAYS} days after the first")
    return found


def occurrence_at(local: datetime, zone: ZoneInfo) -> Occurrence:
    """The occurrence at a naive wall time; the first instant of one that comes twice."""
    instants = resolve_local(local, zone)
    return Occurrence(local.date(), local, instants[0] if instants else None)


def nearest_starts(
    wished: datetime, runs: Iterable[Run], *, window_minutes: int | None = None, most: int = 1
) -> list[datetime]:
    """The free starts nearest to a wished instant, the earlier of two that are equally near first.

    With `window_minutes` only those that are so near.
    """
    wish = epoch(wished)
    found = nearest_in_runs(runs, wish, most)
    return [
        instant(second)
        for second in found
        if window_minutes is None or abs(second - wish) <= window_minutes * 60
    ]


def decide(
    why_not: WhyNot | str | None, proposal: datetime | None, on_conflict: OnConflict, *, is_left_out: bool
) -> Outcome:
    """What becomes of an occurrence: why its start cannot be had (None: it can), and where it could be."""
    if is_left_out:
        return Outcome.SKIPPED
    if why_not is None:
        return Outcome.FREE
    if on_conflict is OnConflict.SKIP:
        return Outcome.SKIPPED
    if on_conflict is OnConflict.SHIFT and proposal is not None:
        return Outcome.SHIFTED
    return Outcome.CONFLICT


def _is_after(occurrence: Occurrence, until: date | None) -> bool:
    """Whether it begins after UNTIL: a date, a wall time or an instant, always inclusive."""
    if until is None:
        return False
    if not isinstance(until, datetime):
        return occurrence.date > until
    if until.tzinfo is None:
        return occurrence.local_start > until
    return occurrence.starts_at is not None and occurrence.starts_at > until
