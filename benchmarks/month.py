"""How long one resource's month takes: in the core alone, and as an answer over HTTP beside an empty one."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.ground import HOST, LONG_SERVICE, resource_id
from benchmarks.wire import Wire, request
from holdfast.scheduling.hours import OpeningRule, RuleKind, open_periods
from holdfast.scheduling.slots import Busy, Calendar, Terms, count_starts, list_starts
from holdfast.scheduling.zones import day_bounds

_ROUNDS = 50
_BERLIN = ZoneInfo("Europe/Berlin")


def next_month() -> date:
    """The first day of the month after the next, which the holds have not reached."""
    today = datetime.now(UTC).date().replace(day=1)
    return (today + timedelta(days=92)).replace(day=1)


def path(first: date) -> str:
    """The address of one resource's month."""
    return f"/api/v1/availability?service_id={LONG_SERVICE}&resource_id={resource_id(1)}&month={first:%Y-%m}"


def count_offered(port: int, first: date) -> int:
    """How many starts the answer holds."""

    async def ask() -> int:
        wire = await Wire.open(port)
        reply = await wire.send(request("GET", path(first), host=HOST))
        wire.close()
        return int(reply.json()["meta"]["total"])

    return asyncio.run(ask())


def core_milliseconds() -> dict[str, float]:
    """Hours to windows, windows to starts, in a month with six bookings a day: medians in milliseconds."""
    first = next_month()
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    place = UUID(int=1)
    rules = [
        OpeningRule(kind=RuleKind.WEEKLY, start_time=start, end_time=end, days_of_week=(1, 2, 3, 4, 5, 6))
        for start, end in (
            (clock_time(9), clock_time(13)),
            (clock_time(14), clock_time(19)),
        )
    ]
    midnights = [
        day_bounds(first + timedelta(days=number), _BERLIN)[0] for number in range((last - first).days)
    ]
    busy = [
        Busy(0, midnight + timedelta(hours=hour), midnight + timedelta(hours=hour + 1))
        for midnight in midnights
        for hour in (9, 10, 12, 14, 16, 17)
    ]
    terms = Terms(duration_minutes=60, granularity_minutes=15)
    now = datetime.now(UTC)

    def windows() -> list[object]:
        return list(open_periods(rules, from_date=first, to_date=last, zone=_BERLIN, location_id=place))

    calendar = Calendar(
        list(open_periods(rules, from_date=first, to_date=last, zone=_BERLIN, location_id=place)), busy=busy
    )
    return {
        "hours to windows": _median(windows),
        "list of starts": _median(lambda: list_starts(calendar, terms, now=now)),
        "count of starts": _median(lambda: count_starts(calendar, terms, now=now)),
    }


def _median(call: object) -> float:
    assert callable(call)
    took = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        call()
        took.append((time.perf_counter() - started) * 1000)
    return median(took)
