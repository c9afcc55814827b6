"""How long the core takes for a month of one person and of many, each with five bookings a day.

The targets are medians on an idle machine: 0.5 ms for one person, 6 ms for 20, 50 ms for 200. Measured is the
time that the process has a processor, and there is room for a loaded machine; the real figures are printed
(`pytest -s`).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from holdfast.scheduling.hours import OpeningRule, OpenWindow, RuleKind, open_periods
from holdfast.scheduling.runs import Run, count_runs_by_day, merge_runs
from holdfast.scheduling.slots import Busy, Calendar, Terms, start_runs
from holdfast.scheduling.taken import Taken

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = (date(2027, 3, 1), date(2027, 3, 31))
NOW = datetime(2027, 1, 1, tzinfo=UTC)
OFFICE_HOURS = OpeningRule(RuleKind.WEEKLY, time(9), time(17), days_of_week=(1, 2, 3, 4, 5))
TERMS = Terms(30, buffer_before_minutes=5, buffer_after_minutes=10)
ROOM_FOR_LOAD = 4


def month_of_hours() -> list[OpenWindow]:
    return open_periods([OFFICE_HOURS], from_date=MARCH[0], to_date=MARCH[1], zone=BERLIN)


def month_of_bookings(person: int) -> list[tuple[datetime, datetime]]:
    """Five a day, 45 minutes each; every person has others."""
    chance = Random(person)
    midnight = datetime(2027, 3, 1, tzinfo=UTC)
    starts = [
        midnight + timedelta(days=day, hours=hour, minutes=chance.choice((0, 15)))
        for day in range(31)
        for hour in (8, 10, 11, 13, 15)
    ]
    return [(start, start + timedelta(minutes=45)) for start in starts]


def milliseconds(work: Callable[[], object], rounds: int = 9) -> list[float]:
    taken: list[float] = []
    for _ in range(rounds):
        begun = process_time()
        work()
        taken.append((process_time() - begun) * 1000)
    return taken


@pytest.mark.parametrize(("people", "target"), [(1, 0.5), (20, 6.0), (200, 50.0)])
def test_a_month(people: int, target: float) -> None:
    bookings = [month_of_bookings(person) for person in range(people)]
    columns = [
        ([int(start.timestamp()) for start, _ in booked], [int(end.timestamp()) for _, end in booked])
        for booked in bookings
    ]
    rows = [[Busy(0, *booking) for booking in booked] for booked in bookings]

    def counted(runs: list[Run]) -> dict[date, int]:
        """Anybody's starts on each day: what a calendar of the month shows."""
        return count_runs_by_day(merge_runs(runs), from_date=MARCH[0], to_date=MARCH[1], zone=BERLIN)

    def by_datetimes() -> dict[date, int]:
        calendars = (Calendar(month_of_hours(), busy=busy) for busy in rows)
        return counted([run for each in calendars for run in start_runs(each, TERMS, now=NOW)])

    def by_numbers() -> dict[date, int]:
        calendars = (Calendar(month_of_hours(), busy=Taken.of_columns([(0, *taken)])) for taken in columns)
        return counted([run for each in calendars for run in start_runs(each, TERMS, now=NOW)])

    assert by_numbers() == by_datetimes()
    plain, quick = milliseconds(by_datetimes), milliseconds(by_numbers)
    print(
        f"{people} people x 1 month: {min(quick):.2f} ms at best, {median(quick):.2f} at the median;"
        f" from datetimes {min(plain):.2f} and {median(plain):.2f}"
    )
    assert min(quick) < min(plain) * 1.2, "numbers must not cost more than datetimes"
    assert min(quick) < target * ROOM_FOR_LOAD
