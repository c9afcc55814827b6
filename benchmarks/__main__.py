"""Free time and holds, against web processes as `holdfast up` starts them, on a PostgreSQL of their own.

Free time: in the core, and over HTTP on databases of several sizes, beside an empty endpoint. Holds: so many
a second, beside pgbench's bare transaction. Whatever is compared takes turns in one run, so that what else
the machine does falls on all; the tables show medians. The numbers of a run are also kept as JSON in
`benchmarks/results/`. What each row means: docs/howto/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import run, table
from benchmarks.free_time import run as free_time
from benchmarks.free_time import table as free_time_table
from benchmarks.ground import prepared_ground

RESULTS = Path(__file__).parent / "results"
# In one minute of this much work beside ours, times are somebody else's.
_QUIET = 0.5


def main() -> None:
    """Measure, print, keep."""
    arguments = _arguments()
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "load_before": os.getloadavg(),
        },
    }
    if os.getloadavg()[0] > _QUIET:
        print(f"the machine is busy (load {os.getloadavg()[0]:.1f}): trust ratios more than times")
    with prepared_ground() as ground:
        if arguments.only != "holds":
            found["free_time"] = free_time.run(ground, arguments.bookings, arguments.samples)
            free_time_table.show(found["free_time"])
        if arguments.only != "free-time":
            found["holds"] = run.run(ground, arguments)
            table.show(found["holds"])
    found["machine"]["load_after"] = os.getloadavg()
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{found['at'].replace(':', '').replace('+0000', 'Z')}.json"
    kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\nkept in {kept.relative_to(Path.cwd()) if kept.is_relative_to(Path.cwd()) else kept}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=("free-time", "holds"), help="one of the two")
    parser.add_argument(
        "--bookings",
        type=_numbers,
        default=_numbers(os.environ.get("BENCH_BOOKINGS", "10000")),
        help="free time: other bookings in the tables, one number or several with commas (BENCH_BOOKINGS)",
    )
    parser.add_argument("--samples", type=int, default=40, help="free time: how often each is asked")
    parser.add_argument("--seconds", type=float, default=4.0, help="holds: length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="holds: how often each is repeated")
    parser.add_argument("--workers", type=int, default=1, help="holds: web processes")
    parser.add_argument("--threads", type=int, default=8, help="holds: threads of each")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return sorted({int(number) for number in text.replace("_", "").split(",")})


if __name__ == "__main__":
    main()
