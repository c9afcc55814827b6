"""Holds a second over HTTP beside pgbench's bare transaction, on one database in one run.

Rounds take turns, so that whatever else the machine does falls on both; the table shows medians. The numbers
of a run are also kept as JSON in `benchmarks/results/`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.run import run
from benchmarks.table import show

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is repeated")
    parser.add_argument("--workers", type=int, default=1, help="web processes")
    parser.add_argument("--threads", type=int, default=8, help="threads of each")
    found = run(parser.parse_args())
    show(found)
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{found['at'].replace(':', '').replace('+0000', 'Z')}.json"
    kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\nkept in {kept.relative_to(Path.cwd()) if kept.is_relative_to(Path.cwd()) else kept}")


if __name__ == "__main__":
    main()
