"""Rules of repetition as text: RRULE of RFC 5545 read and written, and the words for people.

FREQ DAILY, WEEKLY, MONTHLY, YEARLY with INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, WKST.
Everything else is refused: closed times come round by days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import lru_cache

from holdfast.scheduling.recurrence import LAST_DATE, Recurrence

FIRST_DATE = date(1970, 1, 1)
MOST_TEXT, MOST_COUNT, MOST_INTERVAL = 500, 1_000, 999
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MOST_DATES = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST")
_UNTIL = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?", re.ASCII)
_BYDAY = re.compile(r"(?:([+-]?)(\d{1,2}))?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,6}", re.ASCII)


@lru_cache(maxsize=4_096)
def parse(text: str) -> Recurrence:
    """Read a rule; small letters and a leading `RRULE:` are taken too.

    Raises ValueError with a sentence for a person: what is wrong, and what would be right.
    """
    if len(text) > MOST_TEXT:
        raise ValueError(f"A rule has at most {MOST_TEXT} characters.")
    text = text.strip().upper().removeprefix("RRULE:")
    if not text.isascii() or len(text.split()) != 1:
        raise ValueError("Write the rule alone, without DTSTART or EXDATE, like FREQ=WEEKLY;BYDAY=MO.")
    parts = _split(text)
    rule = Recurrence(
        frequency=parts["FREQ"],
        interval=_one_number(parts, "INTERVAL", MOST_INTERVAL) or 1,
        count=_one_number(parts, "COUNT", MOST_COUNT),
        until=_read_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        months=_numbers(parts, "BYMONTH", 12),
        month_days=_numbers(parts, "BYMONTHDAY", 31, from_the_end=True),
        weekdays=_read_weekdays(parts),
        positions=_numbers(parts, "BYSETPOS", 366, from_the_end=True),
        week_start=_read_week_start(parts),
    )
    if rule.frequency == "WEEKLY" and rule.month_days:
        raise ValueError("BYMONTHDAY has no meaning in a WEEKLY rule; use FREQ=MONTHLY.")
    if rule.positions:
        if not (rule.months or rule.month_days or rule.weekdays):
            raise ValueError(
                "BYSETPOS chooses among the dates of BYDAY, BYMONTHDAY or BYMONTH; give one of them."
            )
        if min(map(abs, rule.positions)) > _MOST_DATES[rule.frequency]:
            raise ValueError("BYSETPOS names a place that no such set of dates has; this would never happen.")
    return rule


def text_of(rule: Recurrence) -> str:
    """The canonical text: parts in one order, numbers sorted, defaults left out."""
    parts = [f"FREQ={rule.frequency}"]
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if rule.until is not None:
        parts.append(f"UNTIL={_until_text(rule.until)}")
    for name, numbers in (("BYMONTH", rule.months), ("BYMONTHDAY", rule.month_days)):
        if numbers:
            parts.append(f"{name}={_listed(numbers)}")
    if rule.weekdays:
        parts.append("BYDAY=" + _listed(f"{nth or ''}{WEEKDAYS[day]}" for nth, day in rule.weekdays))
    if rule.positions:
        parts.append(f"BYSETPOS={_listed(rule.positions)}")
    if rule.week_start:
        parts.append(f"WKST={WEEKDAYS[rule.week_start]}")
    return ";".join(parts)


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.split(";"):
        name, _, value = piece.partition("=")
        if name not in _PARTS:
            raise ValueError(f"A rule is made of {', '.join(_PARTS)}; “{name[:20]}” is none of them.")
        if not value or name in parts:
            raise ValueError(f"{name} must be given once, with a value.")
        parts[name] = value
    if parts.get("FREQ") not in _MOST_DATES:
        raise ValueError("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("COUNT and UNTIL exclude each other; give one of them.")
    return parts


def _one_number(parts: dict[str, str], name: str, most: int) -> int | None:
    if name not in parts:
        return None
    value = parts[name]
    if not _NUMBER.fullmatch(value) or not 1 <= int(value) <= most:
        raise ValueError(f"{name} must be a number from 1 to {most}.")
    return int(value)


def _numbers(parts: dict[str, str], name: str, most: int, *, from_the_end: bool = False) -> tuple[int, ...]:
    found: set[int] = set()
    for value in parts[name].split(",") if name in parts else ():
        number = int(value) if _NUMBER.fullmatch(value) else 0
        if not 1 <= (abs(number) if from_the_end else number) <= most:
            also = f", or from the end -1 to -{most}" if from_the_end else ""
            raise ValueError(f"{name} must be numbers from 1 to {most}{also}.")
        found.add(number)
    return tuple(sorted(found))


def _read_weekdays(parts: dict[str, str]) -> tuple[tuple[int, int], ...]:
    frequency = parts["FREQ"]
    most = {"MONTHLY": 5, "YEARLY": 5 if "BYMONTH" in parts else 53}.get(frequency, 0)
    found: set[tuple[int, int]] = set()
    for value in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        match = _BYDAY.fullmatch(value)
        if match is None:
            raise ValueError("BYDAY must be weekdays like MO,TU or, in a month or year, 1MO or -1FR.")
        sign, number, day = match.groups()
        nth = int(number or 0)
        if number is not None and not 1 <= nth <= most:
            raise ValueError(
                f"BYDAY can count weekdays from 1 to {most} here."
                if most
                else "BYDAY can count weekdays (like 2MO) in a MONTHLY or YEARLY rule only."
            )
        found.add((-nth if sign == "-" else nth, WEEKDAYS.index(day)))
    return tuple(sorted(found, key=lambda each: (each[1], each[0])))


def _read_week_start(parts: dict[str, str]) -> int:
    if parts.get("WKST", "MO") not in WEEKDAYS:
        raise ValueError("WKST must be a weekday like MO or SU.")
    return WEEKDAYS.index(parts.get("WKST", "MO"))


def _read_until(value: str) -> date:
    match = _UNTIL.fullmatch(value)
    if match is None:
        raise ValueError("UNTIL must be a date like 20270630 or an instant like 20270630T215959Z.")
    year, month, day, hour, minute, second, zulu = match.groups()
    try:
        last = date(int(year), int(month), int(day))
        clock = time(int(hour), int(minute), int(second)) if hour is not None else None
    except ValueError:
        raise ValueError("There is no such time as UNTIL says.") from None
    if not FIRST_DATE <= last < LAST_DATE:
        raise ValueError(f"UNTIL must be in the years {FIRST_DATE.year} to {LAST_DATE.year}.")
    return last if clock is None else datetime.combine(last, clock, UTC if zulu else None)


def _until_text(until: date) -> str:
    if not isinstance(until, datetime):
        return f"{until:%Y%m%d}"
    return f"{until:%Y%m%dT%H%M%S}{'Z' if until.tzinfo is not None else ''}"


def _listed(values: Iterable[object]) -> str:
    return ",".join(map(str, values))
