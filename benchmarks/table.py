"""The numbers of a run as a table."""

from __future__ import annotations

from typing import Any

WANTED_RATIO = 0.25
WANTED_CPU = 2.0


def show(found: dict[str, Any]) -> None:
    """Print the table, and what it says about the two aims."""
    print(f"\n{'':24}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'app CPU':>9}{'PG CPU':>9}")
    bare_cpu, cpus = found["bare_postgres_cpu"], found["machine"]["cpus"]
    for one in found["bare"]:
        print(
            f"{'bare, ' + _clients(one):24}{one['rate']:>10.0f}{one['latency']:>9.2f}"
            f"{'':>9}{'':>9}{bare_cpu:>9.2f}"
        )
    one_each = (found["hold_with_contact"], found["empty"], found["month"])
    for row in [*found["holds"], *found["curve"], *found["moves"], *one_each]:
        name = f"{row['kind'].split('?')[0].removeprefix('/api/v1')}, {_clients(row)}"
        print(
            f"{name:24}{row['rate']:>10.0f}{row['p50']:>9.2f}{row['p99']:>9.2f}"
            f"{row['app_cpu']:>9.2f}{row['postgres_cpu']:>9.2f}"
        )
    hold, month, empty = found["holds"][-1], found["month"], found["empty"]
    rest = (
        f"PostgreSQL {hold['postgres_cpu']:.2f} ms (bare {bare_cpu:.2f}), client {hold['client_cpu']:.2f} ms"
    )
    total = hold["app_cpu"] + hold["postgres_cpu"] + hold["client_cpu"]
    print()
    print(f"ratio at 16 clients  {found['ratio']:.3f} of the bare transaction (aim: {WANTED_RATIO:.2f})")
    at_sixteen = next(each["rate"] for each in found["bare"] if each["clients"] == 16)
    for row in found["moves"]:
        print(f"{row['kind']:21}{row['rate'] / at_sixteen:.3f} of the bare transaction")
    for row in found["curve"]:
        print(f"hold, {_clients(row):15}{row['rate'] / row['bare']:.3f} of the bare transaction")
    print(f"application CPU      {hold['app_cpu']:.2f} ms a hold (aim: at most {WANTED_CPU:.0f})")
    print(f"the rest             {rest}; together {total:.2f} ms on {cpus} CPUs")
    print(f"statements           {found['statements']:.2f} a hold (bare: {found['bare_statements']})")
    print(
        f"one month            {month['p50']:.2f} ms over HTTP for {found['month_starts']} starts,"
        f" {month['p50'] / empty['p50']:.1f} times an empty answer"
    )
    for name, milliseconds in found["month_in_the_core"].items():
        print(f"  {name:19}{milliseconds:.3f} ms in the core")


def _clients(row: dict[str, Any]) -> str:
    return f"{row['clients']} client{'s' if row['clients'] > 1 else ''}"
