"""The numbers of a run as tables."""

from __future__ import annotations

from typing import Any

from benchmarks.free_time.core import TARGETS
from benchmarks.free_time.questions import EMPTY

MOST_GROWTH = 1.3


def show(found: dict[str, Any]) -> None:
    """Print what was measured, with what is wanted beside it."""
    print(f"\nfree time, {found['month']}, {found['samples']} samples each, milliseconds")
    print(f"\n{'in the core':24}{'starts':>8}{'p50':>9}{'p95':>9}{'wanted':>9}")
    for one in found["core"]:
        print(
            f"{one['row']:24}{one['starts']:>8}{one['p50']:>9.2f}{one['p95']:>9.2f}"
            f"{_wanted(TARGETS.get(one['row'])):>9}"
        )
    print(
        f"\n{'over HTTP':24}{'bookings':>11}{'p50':>9}{'p95':>9}{'wanted':>9}{'x empty':>9}{'growth':>8}"
        f"{'kB':>8}{'buffers':>9}{'PG ms':>8}  indexes"
    )
    explained = {(plan["row"], plan["bookings"]): plan for plan in found["plans"]}
    for one in found["http"]:
        plan = explained.get((one["row"], one["bookings"]))
        print(
            f"{one['row']:24}{one['bookings']:>11,}{one['p50']:>9.2f}{one['p95']:>9.2f}{_wanted(one['target']):>9}"
            f"{one['times_empty']:>9.1f}{one['growth']:>8.2f}{one['size'] / 1024:>8.1f}"
            + (
                f"{plan['buffers']:>9,}{plan['milliseconds']:>8.2f}  {', '.join(plan['indexes'])}"
                if plan
                else ""
            )
        )
    # A ratio of few samples says nothing.
    often = [one for one in found["http"] if one["samples"] >= found["samples"] and one["row"] != EMPTY]
    worst = max(often, key=lambda one: one["growth"])
    if worst["growth"] > 1:
        print(
            f"\nmost growth            {worst['growth']:.2f} times, {worst['row']} with"
            f" {worst['bookings']:,} bookings (wanted: under {MOST_GROWTH})"
        )
    for bookings, seconds in found["filling"].items():
        checked = (
            "" if found["is_constraint_checked"][bookings] else ", the constraint as an index without check"
        )
        print(f"filled {int(bookings):,} in {sum(seconds.values()):.0f} s{checked}")
    print(f"all of this took {found['seconds']:.0f} s")


def _wanted(target: float | None) -> str:
    return "" if target is None else f"{target:g}"
