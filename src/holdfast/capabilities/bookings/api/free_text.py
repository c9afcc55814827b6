"""A month of starts as JSON, written straight from seconds: a thousand take less than a millisecond."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
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
    days = ",".join([_day(day, seconds, label_zone) for day, seconds in found.days.items()])
    return f'{{"data":{_json(about)[:-1]},"days":[{days}]}},"meta":{_json(meta)}}}'.encode()


def _day(day: date, seconds: Sequence[int], zone: ZoneInfo) -> str:
    head = f'{{"date":"{day.isoformat()}","count":{len(seconds)},"offset":'
    if not seconds:
        return head + 'null,"starts":[]}'
    starts = '","'.join([_dates[second // DAY] + _times[second % DAY] for second in seconds])
    if not _changes_offset(seconds, zone):
        return f'{head}"{offset_label(instant(seconds[0]), zone)}","starts":["{starts}"]}}'
    labels = _json([_label(second, zone) for second in seconds])
    return f'{head}null,"starts":["{starts}"],"labels":{labels}}}'


def _changes_offset(seconds: Sequence[int], zone: ZoneInfo) -> bool:
    """Tell whether the clocks of the zone are changed on a date on which one of these starts lies.

    The whole date counts: its hour that comes twice may be offered once only, and must still say which.
    """
    first, last = (local_date(instant(second), zone) for second in (seconds[0], seconds[-1]))
    offsets = {offset for day in {first, last} for _, _, offset in day_segments(day, zone)}
    return len(offsets) > 1


def _label(second: int, zone: ZoneInfo) -> dict[str, Any]:
    local, offset = wall_clock(second, zone)
    return {"local_start": local.isoformat(), "offset": offset, "is_ambiguous": comes_twice(second, zone)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
