"""Runs: many evenly spaced starts as three numbers, so that counting and joining them is arithmetic.

A free afternoon on a grid of 15 minutes is one run, whatever its length. Every list returned here holds
disjoint runs: no start is in two of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from math import lcm
from typing import NamedTuple
from zoneinfo import ZoneInfo

from holdfast.scheduling.intervals import Span, epoch, instant, normalise
from holdfast.scheduling.zones import day_bounds


class Run(NamedTuple):
    """The starts `first`, `first + step`, and so on: `size` (1 or more) of them, in seconds since 1970."""

    first: int
    size: int
    step: int


def runs_between(anchor: int, step: int, start: int, end: int) -> list[Run]:
    """The points of the grid `anchor + n * step` that lie in `start <= t < end`: one run or none."""
    first = start + (anchor - start) % step
    size = (end - first + step - 1) // step
    return [Run(first, size, step)] if size > 0 else []


def merge_runs(runs: Iterable[Run]) -> list[Run]:
    """The union of any runs, each start once: of overlapping windows, or of several people ("anyone")."""
    # People of one place are often free alike.
    some = set(runs)
    step = lcm(*{run.step for run in some})
    phases: dict[int, list[Span]] = defaultdict(list)
    for first, size, its_step in some:
        if its_step == step:
            phases[first % step].append((first, first + size * step))
            continue
        stride = step // its_step
        for offset in range(min(stride, size)):
            start = first + offset * its_step
            phases[start % step].append((start, start + (size - offset + stride - 1) // stride * step))
    return sorted(
        Run(start, (end - start) // step, step)
        for spans in phases.values()
        for start, end in normalise(spans)
    )


def count_runs(runs: Iterable[Run]) -> int:
    """How many starts there are."""
    return sum(run.size for run in runs)


def list_runs(runs: Iterable[Run]) -> list[datetime]:
    """Every start, sorted."""
    return [
        instant(second)
        for second in sorted(run.first + number * run.step for run in runs for number in range(run.size))
    ]


def nearest_in_runs(runs: Iterable[Run], target: int, count: int) -> list[int]:
    """The `count` starts nearest to an instant, the earlier of two that are equally near first.

    `target` and the answer are in seconds since 1970; a start of several runs counts once.
    """
    near: set[int] = set()
    for first, size, step in runs:
        middle = (target - first) // step
        near.update(
            first + number * step
            for number in range(
                min(max(middle - count + 1, 0), max(size - count, 0)),
                min(max(middle + count + 1, count), size),
            )
        )
    return sorted(near, key=lambda second: (abs(second - target), second))[:count]


def count_runs_by_day(
    runs: Sequence[Run], *, from_date: date, to_date: date, zone: ZoneInfo
) -> dict[date, int]:
    """How many starts fall on each local date from `from_date` to `to_date`, both inclusive; with zeros."""
    days = [from_date + timedelta(days=number) for number in range((to_date - from_date).days + 1)]
    edges = [epoch(day_bounds(day, zone)[0]) for day in days]
    edges.append(epoch(day_bounds(to_date, zone)[1]))
    counts = [0] * len(days)
    for first, size, step in runs:
        last = first + (size - 1) * step
        first_day = max(bisect_right(edges, first) - 1, 0)
        for index in range(first_day, min(bisect_right(edges, last), len(days))):
            for part in runs_between(first, step, max(first, edges[index]), min(last + 1, edges[index + 1])):
                counts[index] += part.size
    return dict(zip(days, counts, strict=True))
