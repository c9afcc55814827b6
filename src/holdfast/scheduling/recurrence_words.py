"""Rules of repetition in a short English sentence: "every second Monday until 30 June 2027"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from holdfast.scheduling.recurrence import Recurrence

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}


def in_words(rule: Recurrence, first: date) -> str:
    """Say the rule; `first` fills what it leaves open."""
    return f"{_pattern(rule, first)}{_months(rule)}{_end(rule)}"


def _pattern(rule: Recurrence, first: date) -> str:
    if rule.positions:
        among = _weekdays(rule.weekdays, " or ") if rule.weekdays else "day"
        return (
            f"{_every(rule)} on the {_joined(_nth(place) for place in rule.positions)} {among}{_named(rule)}"
        )
    match rule.frequency:
        case "DAILY":
            days = f" if it is {_weekdays(rule.weekdays, ' or ')}" if rule.weekdays else ""
            return f"{_every(rule)}{_named(rule)}{days}"
        case "WEEKLY":
            days = _weekdays(rule.weekdays or ((0, first.weekday()),), " and ")
            is_short = rule.interval == 1 or (rule.interval == 2 and len(rule.weekdays) < 2)
            return _every(rule, days) if is_short else f"{_every(rule)} on {days}"
        case "MONTHLY":
            return f"{_every(rule)}{_days_of_month(rule, first)}"
    if not (rule.months or rule.month_days or rule.weekdays):
        return f"{_every(rule)} on {first.day} {_MONTHS[first.month - 1]}"
    return f"{_every(rule)}{_days_of_month(rule, first)}"


def _every(rule: Recurrence, what: str = "") -> str:
    unit = what or _UNITS[rule.frequency]
    if rule.interval == 1:
        return f"every {unit}"
    return f"every second {unit}" if rule.interval == 2 else f"every {rule.interval} {unit}s"


def _days_of_month(rule: Recurrence, first: date) -> str:
    if not rule.weekdays:
        return _named(rule) or f" on the {_nth(first.day)}"
    days = _weekdays(rule.weekdays, " and ")
    return f" on {days}{_named(rule).replace(' on ', ' if it is ', 1)}"


def _named(rule: Recurrence) -> str:
    return f" on the {_joined(_nth(day) for day in rule.month_days)} day" if rule.month_days else ""


def _weekdays(weekdays: Sequence[tuple[int, int]], last: str) -> str:
    return _joined((f"the {_nth(nth)} {_DAYS[day]}" if nth else _DAYS[day] for nth, day in weekdays), last)


def _months(rule: Recurrence) -> str:
    return f" in {_joined(_MONTHS[month - 1] for month in rule.months)}" if rule.months else ""


def _end(rule: Recurrence) -> str:
    if rule.count is not None:
        return ", once" if rule.count == 1 else f", {rule.count} times"
    if rule.until is None:
        return ""
    until = f" until {rule.until.day} {_MONTHS[rule.until.month - 1]} {rule.until.year}"
    if not isinstance(rule.until, datetime):
        return until
    return f"{until} {rule.until:%H:%M}{' UTC' if rule.until.tzinfo is not None else ''}"


def _nth(number: int) -> str:
    if number < 0:
        return "last" if number == -1 else f"{_nth(-number)} last"
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _joined(words: Iterable[str], last: str = " and ") -> str:
    *some, final = words
    return f"{', '.join(some)}{last}{final}" if some else final
