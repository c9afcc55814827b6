"""Wall clocks and instants: the one place where local time becomes UTC and back.

Rules that follow from clocks that are put forward and back:

- A local time in a gap (clocks put forward) is no instant; one that comes twice (put back) is two.
- A day starts at its first valid instant and ends where the next one starts. It may have 23, 23.5, 24.5 or 25
  hours, start at 01:00 (Cairo, Beirut, Santiago), or not exist (Apia, 2011-12-30).
- A wall-clock window is open at exactly the instants whose local time lies in it. So an edge in a gap slides
  to the first valid instant after the gap, and an edge inside a repeated hour gives two periods.

Zones come from `zoneinfo`; the caller pins the data (the tzdata package, with an empty PYTHONTZPATH).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holdfast.scheduling.intervals import Period, Span, epoch, instant, normalise

DAY = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

DaySegment = tuple[int, int, int]
"""Part of a day with one offset: first second, last second (exclusive), seconds east of UTC."""


def resolve_local(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants at which the clocks of the zone show this naive local time, earliest first.

    None in a gap, two where an hour is repeated, else one. Raises ValueError for an aware datetime, and for
    the years 1 and 9999, in which UTC may have no date.
    """
    _require_naive(local)
    instants: list[datetime] = []
    for fold in (0, 1):
        at = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if at not in instants and to_local(at, zone) == local.replace(fold=0):
            instants.append(at)
    return sorted(instants)


def slide_forward(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of this local time; in a gap, as much later as the gap is long (RFC 5545, 3.3.5)."""
    _require_naive(local)
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def first_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of this local time; in a gap, the instant at which the clocks jumped over it."""
    return (resolve_local(local, zone) or [_end_of_gap(local, zone)])[0]


def last_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The last instant of this local time; in a gap, the instant at which the clocks jumped over it."""
    return (resolve_local(local, zone) or [_end_of_gap(local, zone)])[-1]


def to_local(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows at an aware instant: a naive datetime (without the fold)."""
    if at.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    _require_year(at)
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The calendar date in the zone at an aware instant."""
    return to_local(at, zone).date()


def offset_label(at: datetime, zone: ZoneInfo) -> str:
    """The offset as people read it: `GMT`, `GMT+4`, `GMT-3:30`. Tells a repeated hour's instants apart."""
    return _label(_offset(epoch(at), zone))


def wall_clock(second: int, zone: ZoneInfo) -> tuple[datetime, str]:
    """`to_local` and `offset_label` of an instant in seconds since 1970, for the price of one conversion."""
    shown = datetime.fromtimestamp(second, zone)
    offset = shown.utcoffset()
    label = _label(0 if offset is None else offset.days * DAY + offset.seconds)
    return shown.replace(tzinfo=None, fold=0), label


def comes_twice(second: int, zone: ZoneInfo) -> bool:
    """Whether the wall time of this instant (in seconds since 1970) is that of another instant too."""
    shown = datetime.fromtimestamp(second, zone)
    # PEP 495: for a time that is no gap, the fold matters only where the clocks show it twice.
    return shown.utcoffset() != shown.replace(fold=1 - shown.fold).utcoffset()


@lru_cache(maxsize=512)
def _label(seconds: int) -> str:
    if seconds == 0:
        return "GMT"
    hours, rest = divmod(abs(seconds) // 60, 60)
    return f"GMT{'+' if seconds > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of a local day and that of the next. Equal when the zone skipped the day."""
    start, end = _day_span(day, zone)
    return instant(start), instant(end)


def wall_periods(day: date, start_time: time, end_time: time, zone: ZoneInfo) -> list[Period]:
    """When the clocks of the zone show `start_time <= t < end_time`, counted from that day.

    An `end_time` of 00:00 is the midnight that ends the day; an end before the start runs into the next day.
    Usually one period; none when a gap swallows the window; two when an edge lies in a repeated hour.
    """
    return [Period.from_span(span) for span in wall_spans(day, start_time, end_time, zone)]


def wall_spans(day: date, start_time: time, end_time: time, zone: ZoneInfo) -> list[Span]:
    """The same as `wall_periods`, in seconds."""
    return spans_of_clock(day, second_of_day(start_time), second_of_day(end_time), zone)


def spans_of_clock(day: date, start: int, end: int, zone: ZoneInfo) -> list[Span]:
    """The same again, from seconds that a wall clock shows since midnight: nothing is converted twice."""
    end = end or DAY
    if start < end:
        return _spans_of_day(day, start, end, zone)
    evening = _spans_of_day(day, start, DAY, zone)
    return normalise([*evening, *_spans_of_day(day + timedelta(days=1), 0, end, zone)])


def second_of_day(at: time) -> int:
    """Seconds that a wall clock shows since midnight (fractions dropped)."""
    return at.hour * 3600 + at.minute * 60 + at.second


@lru_cache(maxsize=16_384)
def day_segments(day: date, zone: ZoneInfo) -> tuple[DaySegment, ...]:
    """The day cut where its offset from UTC changes: one segment nearly always, none for a skipped day."""
    start, end = _day_span(day, zone)
    segments: list[DaySegment] = []
    while start < end:
        offset = _offset(start, zone)
        # An hour is finer than any two changes of a real zone lie apart, so no change hides between probes.
        change = next(
            (at for at in (*range(start + 3600, end, 3600), end - 1) if _offset(at, zone) != offset), None
        )
        segment_end = end if change is None else _change_of_offset(max(start, change - 3600), change, zone)
        segments.append((start, segment_end, offset))
        start = segment_end
    return tuple(segments)


def _spans_of_day(day: date, start: int, end: int, zone: ZoneInfo) -> list[Span]:
    """The spans in which the wall clock of this day shows a second in `start <= s < end`."""
    midnight = (day.toordinal() - _EPOCH_ORDINAL) * DAY
    spans: list[Span] = []
    for segment_start, segment_end, offset in day_segments(day, zone):
        first = max(segment_start, midnight + start - offset)
        last = min(segment_end, midnight + end - offset)
        if first < last:
            spans.append((first, last))
    return spans if len(spans) < 2 else normalise(spans)


@lru_cache(maxsize=16_384)
def _day_span(day: date, zone: ZoneInfo) -> Span:
    _require_year(day)
    midnight = datetime.combine(day, time())
    return epoch(first_instant(midnight, zone)), epoch(first_instant(midnight + timedelta(days=1), zone))


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks jumped over a local time that lies in a gap."""
    # PEP 495: in a gap, fold=1 reads the time with the new offset (giving an instant before the jump), fold=0
    # with the old one (giving an instant after it).
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return instant(_change_of_offset(epoch(before), epoch(after), zone))


def _change_of_offset(before: int, after: int, zone: ZoneInfo) -> int:
    """The first second with another offset than `before`, by bisection; `after` must have another one."""
    old = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(seconds: int, zone: ZoneInfo) -> int:
    """Seconds east of UTC at an instant."""
    offset = datetime.fromtimestamp(seconds, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _require_naive(local: datetime) -> None:
    if local.tzinfo is not None:
        raise ValueError("a local time is naive")
    _require_year(local)


def _require_year(day: date) -> None:
    if not date.min.year < day.year < date.max.year:
        raise ValueError("the years 1 and 9999 cannot be converted")
