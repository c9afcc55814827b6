"""A month of starts as JSON, written straight from seconds: a thousand take less than a millisecond."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.queries.free_time import FreeDays
from holdfast.scheduling.intervals import instant
from holdfast.scheduling.zones import DAY, comes_twice, day_segments, local_date, offset_label, wall_clock

_EPOCH = date(1970, 1, 1).toordinal()


class _Dates(dict[int, str]):
    """Days since 1970 as text; made once each."""

    def __missing__(self, day: int) -> str:
        text = self[day] = date.fromordinal(_EPOCH + day).isoformat()
        return text


class _Times(dict[int, str]):
    """Seconds of a day as text; made once each."""

    def __missing__(self, second: int) -> str:
        text = self[second] = f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        return text


_dates, _times = _Dates(), _Times()


def free_days_body(
    found: FreeDays, about: Mapping[str, Any], meta: Mapping[str, Any], *, label_zone: ZoneInfo
) -> bytes:
    """Write `{data, meta}`: `data` is `about` and the days."""
    offset = _offset_of_all(found, label_zone)
    days = ",".join([_day(day, seconds, label_zone, offset) for day, seconds in found.days.items()])
    return f'{{"data":{_json(about)[:-1]},"days":[{days}]}},"meta":{_json(meta)}}}'.encode()


def _day(day: date, seconds: Sequence[int], zone: ZoneInfo, offset: str | None) -> str:
    head = f'{{"date":"{day.isoformat()}","count":{len(seconds)},"offset":'
    if not seconds:
        return head + 'null,"starts":[]}'
    starts = '","'.join([_dates[second // DAY] + _times[second % DAY] for second in seconds])
    offset = offset or _offset_between(seconds[0], seconds[-1], zone)
    if offset is not None:
        return f'{head}"{offset}","starts":["{starts}"]}}'
    labels = _json([_label(second, zone) for second in seconds])
    return f'{head}null,"starts":["{starts}"],"labels":{labels}}}'


def _offset_of_all(found: FreeDays, zone: ZoneInfo) -> str | None:
    """The offset in most months: that of every start, asked once."""
    filled = [seconds for seconds in found.days.values() if seconds]
    return _offset_between(filled[0][0], filled[-1][-1], zone) if filled else None


def _offset_between(first: int, last: int, zone: ZoneInfo) -> str | None:
    """The offset on the dates of the zone from one second to another; None when clocks are changed on one.

    Whole dates count: an hour that comes twice may be offered once only, and must still say which it is.
    """
    day, last_day = (local_date(instant(second), zone) for second in (first, last))
    offsets: set[int] = set()
    while day <= last_day:
        offsets.update(offset for _, _, offset in day_segments(day, zone))
        day += timedelta(days=1)
    return offset_label(instant(first), zone) if len(offsets) == 1 else None


def _label(second: int, zone: ZoneInfo) -> dict[str, Any]:
    local, offset = wall_clock(second, zone)
    return {"local_start": local.isoformat(), "offset": offset, "is_ambiguous": comes_twice(second, zone)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
