"""Rules of repetition by chance, and what they mean when every single day is asked."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from holdfast.scheduling.intervals import Period
from holdfast.scheduling.recurrence import Recurrence
from holdfast.scheduling.recurrence_text import WEEKDAYS
from holdfast.scheduling.zones import first_instant, last_instant, to_local


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    """Rules that can be read, with no end of their own."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.sampled_from([1, 2, 3, 4, 7, 12, 30, 999]))}")
    has_month = draw(st.booleans())
    if has_month:
        parts.append(_part("BYMONTH", draw(_some(st.integers(1, 12)))))
    if frequency != "WEEKLY" and draw(st.booleans()):
        parts.append(_part("BYMONTHDAY", draw(_some(st.integers(1, 31) | st.integers(-31, -1)))))
    if draw(st.booleans()):
        most = {"MONTHLY": 5, "YEARLY": 5 if has_month else 53}.get(frequency)
        days = st.sampled_from(WEEKDAYS)
        if most is not None and draw(st.booleans()):
            counted = st.integers(1, most) | st.integers(-most, -1)
            days = st.builds(lambda nth, day: f"{nth}{day}", counted, days)
        parts.append(_part("BYDAY", draw(_some(days))))
    most_places = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}[frequency]
    if any(part.startswith("BY") for part in parts) and draw(st.booleans()):
        parts.append(
            _part("BYSETPOS", draw(_some(st.integers(1, most_places) | st.integers(-most_places, -1))))
        )
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    return ";".join(parts)


def weekly_times(
    starts_at: datetime, ends_at: datetime, zone: ZoneInfo, *, from_at: datetime, to_at: datetime
) -> list[Period]:
    """A period every week at the same local time, by adding weeks until the time asked for is over."""
    local_start, local_end = to_local(starts_at, zone), to_local(ends_at, zone)
    found = [(starts_at, ends_at)]
    while found[-1][0] < to_at:
        week = timedelta(weeks=len(found))
        found.append((first_instant(local_start + week, zone), last_instant(local_end + week, zone)))
    return [Period(start, end) for start, end in found if start < end and start < to_at and end > from_at]


def _some(values: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    return st.lists(values, min_size=1, max_size=4, unique=True)


def _part(name: str, values: list[object]) -> str:
    return f"{name}={','.join(map(str, values))}"


def naive_dates(rule: Recurrence, first: date, end: date) -> list[date]:
    """The rule's dates from `first` to `end`, by asking every day whether it is one; without BYSETPOS."""
    days = (first + timedelta(days=number) for number in range((end - first).days + 1))
    return [day for day in days if _is_in_turn(rule, first, day) and _is_named(rule, first, day)]


def _is_in_turn(rule: Recurrence, first: date, day: date) -> bool:
    match rule.frequency:
        case "DAILY":
            distance = (day - first).days
        case "WEEKLY":
            weeks = [each - timedelta(days=(each.weekday() - rule.week_start) % 7) for each in (first, day)]
            distance = (weeks[1] - weeks[0]).days // 7
        case "MONTHLY":
            distance = (day.year - first.year) * 12 + day.month - first.month
        case _:
            distance = day.year - first.year
    return distance % rule.interval == 0


def _is_named(rule: Recurrence, first: date, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and not {day.day, day.day - length - 1} & set(rule.month_days):
        return False
    if rule.weekdays:
        by_year = rule.frequency == "YEARLY" and not rule.months
        place = (day - date(day.year, 1, 1)).days if by_year else day.day - 1
        rest = (date(day.year, 12, 31) - day).days if by_year else length - day.day
        return any(
            weekday == day.weekday() and nth in (0, place // 7 + 1, -(rest // 7) - 1)
            for nth, weekday in rule.weekdays
        )
    if rule.month_days or rule.frequency == "DAILY":
        return True
    if rule.frequency == "WEEKLY":
        return day.weekday() == first.weekday()
    is_same_month = bool(rule.months) or rule.frequency == "MONTHLY" or day.month == first.month
    return is_same_month and day.day == first.day
