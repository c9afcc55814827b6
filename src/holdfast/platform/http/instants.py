"""Times as clients write them: instants with an offset, or wall time of the business without one.

A wall time that the clocks jump over is refused, one that comes twice is asked about; neither is ever
moved silently (TRUST G26, DESIGN §3).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, WithJsonSchema

from holdfast.platform.errors import Invalid
from holdfast.platform.http.answers import instant_text
from holdfast.platform.timezones import zone
from holdfast.scheduling.zones import day_bounds, offset_label, resolve_local

# Wide enough for history and plans, narrow enough that adding a duration or an offset stays a date.
FIRST_YEAR, LAST_YEAR = 1970, 2200
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:?\d{2})?", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


def _parse_time(value: Any) -> datetime:
    """Return an aware instant in UTC, or a naive wall time."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("write a time like 2027-03-01T09:00:00Z")
    try:
        parsed = datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError("there is no such time") from None
    _check_year(parsed.year)
    return parsed if parsed.tzinfo is None else parsed.astimezone(UTC)


def _parse_date(value: Any) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("write a date like 2027-03-01")
    try:
        parsed = date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such date") from None
    _check_year(parsed.year)
    return parsed


def _parse_time_or_date(value: Any) -> datetime | date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        return _parse_date(value)
    return _parse_time(value)


def _parse_month(value: Any) -> date:
    """Return the first day of the month."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise ValueError("write a month like 2027-03")
    return _parse_date(f"{value}-01")


def _parse_zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return zone(str(value))
    except KeyError:
        raise ValueError("there is no such time zone; write one like Europe/Berlin") from None


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"only the years {FIRST_YEAR} to {LAST_YEAR} can be used")


Time = Annotated[
    datetime,
    PlainValidator(_parse_time),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "ISO 8601. Without an offset it is wall time of the business.",
        }
    ),
]
"""A time as sent: aware (UTC) or wall time; `to_instant` makes it an instant."""
TimeOrDate = Annotated[
    datetime | date,
    PlainValidator(_parse_time_or_date),
    WithJsonSchema(
        {"type": "string", "description": "ISO 8601: a time, or a date for a whole day of the business."}
    ),
]
Date = Annotated[date, PlainValidator(_parse_date), WithJsonSchema({"type": "string", "format": "date"})]
Month = Annotated[
    date,
    PlainValidator(_parse_month),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}),
]
Zone = Annotated[
    ZoneInfo,
    PlainValidator(_parse_zone),
    WithJsonSchema({"type": "string", "description": "An IANA zone, for labels only."}),
]


def to_instant(at: datetime, business_zone: ZoneInfo, *, field: str) -> datetime:
    """Return the instant; raises `Invalid` NON_EXISTENT_TIME or AMBIGUOUS_TIME (with both instants)."""
    if at.tzinfo is not None:
        return at
    found = resolve_local(at, business_zone)
    if not found:
        raise Invalid(
            f"The clocks in {business_zone.key} jump over this time; choose another one.",
            code="NON_EXISTENT_TIME",
            field=field,
        )
    if len(found) > 1:
        raise Invalid(
            f"The clocks in {business_zone.key} show this time twice; send one of the two instants.",
            code="AMBIGUOUS_TIME",
            field=field,
            instants=[
                {"starts_at": instant_text(each), "offset": offset_label(each, business_zone)}
                for each in found
            ],
        )
    return found[0]


def start_of(at: datetime | date, business_zone: ZoneInfo, *, field: str) -> datetime:
    """Return the instant, or the first one of a local day."""
    if isinstance(at, datetime):
        return to_instant(at, business_zone, field=field)
    return day_bounds(at, business_zone)[0]


def end_of(at: datetime | date, business_zone: ZoneInfo, *, field: str) -> datetime:
    """Return the instant, or the one at which a local day is over: a last date is inclusive."""
    if isinstance(at, datetime):
        return to_instant(at, business_zone, field=field)
    return day_bounds(at, business_zone)[1]


def last_of_month(month: date) -> date:
    """Return the last date of the month that begins on `month`."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def midnight(day: date) -> datetime:
    """Return the naive wall time at which a date begins, for labels."""
    return datetime.combine(day, time())
