"""Rules of repetition (RRULE of RFC 5545, 3.3.10), as far as closed times need them: days, not hours.

Dates are worked out month by month (or week by week) from whole numbers, and a question about next year
begins next year: no rule that can be written makes the work grow with anything but the time that is asked
about. What has a COUNT is counted once and then remembered. Nothing comes round after `LAST_DATE`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from holdfast.scheduling.intervals import Period
from holdfast.scheduling.zones import first_instant, last_instant, to_local

LAST_DATE = date(2200, 12, 31)
_DAY = timedelta(days=1)
# How far rules are looked at before they are taken: by then every pattern has shown itself.
_LOOKED_AT, _LOOKED_AHEAD_YEARS = 500, 40


class TooMany(ValueError):
    """More occurrences than were allowed for; they are never cut off silently."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule as `recurrence_text.parse` reads it: numbers as in RFC 5545, sorted; weekdays as pairs of their
    ordinal (0: every one) and 0 (Monday) to 6.

    `until` is a date (the last local one), a naive datetime (wall time) or an aware one, always inclusive.
    """

    frequency: str
    interval: int = 1
    count: int | None = None
    until: date | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    def fits(self, first: date) -> bool:
        """Whether a repetition that begins on `first` has `first` among its dates."""
        return next(self.dates(first, first, first), None) is not None

    def dates(self, first: date, since: date, end: date) -> Iterator[date]:
        """The dates of the rule from `first` on with `since <= date <= end`, in order.

        `first` fills what the rule leaves open (its weekday, its day of the month). COUNT and UNTIL are not
        looked at.
        """
        since, end = max(first, since), min(end, LAST_DATE)
        if since > end:
            return
        floor, ceiling = since.toordinal(), end.toordinal()
        for ordinals in self._sets(first, since, end):
            for ordinal in self._chosen(ordinals):
                if ordinal > ceiling:
                    return
                if ordinal >= floor:
                    yield date.fromordinal(ordinal)

    def _chosen(self, ordinals: list[int]) -> list[int]:
        if not self.positions or not ordinals:
            return ordinals
        size = len(ordinals)
        places = {place - 1 if place > 0 else size + place for place in self.positions}
        return [ordinals[place] for place in sorted(places) if 0 <= place < size]

    def _sets(self, first: date, since: date, end: date) -> Iterator[list[int]]:
        """The dates of each day, week, month or year in turn, from `since` to `end` and a little around."""
        match self.frequency:
            case "DAILY":
                return self._days(first, since, end)
            case "WEEKLY":
                return self._weeks(first, since, end)
            case "MONTHLY":
                return self._month_sets(first, since, end)
        return self._years(first, since, end)

    def _days(self, first: date, since: date, end: date) -> Iterator[list[int]]:
        if self.positions and not {1, -1} & set(self.positions):
            return
        origin, step = first.toordinal(), self.interval
        for number in range(_month_number(since), _month_number(end) + 1):
            year, month = _year_and_month(number)
            if self.months and month not in self.months:
                continue
            start = date(year, month, 1).toordinal()
            length = monthrange(year, month)[1]
            if self.month_days:
                found = [day for day in self._named_days(start, length) if (day - origin) % step == 0]
            else:
                found = list(range(start + (origin - start) % step, start + length, step))
            if self.weekdays:
                allowed = {day for _, day in self.weekdays}
                found = [each for each in found if (each - 1) % 7 in allowed]
            for each in found:
                yield [each]

    def _weeks(self, first: date, since: date, end: date) -> Iterator[list[int]]:
        days = sorted({(day - self.week_start) % 7 for _, day in self.weekdays}) or [
            (first.weekday() - self.week_start) % 7
        ]
        step = 7 * self.interval
        origin = first.toordinal() - (first.weekday() - self.week_start) % 7
        begin = origin + max(0, (since.toordinal() - origin) // step) * step
        for week in range(begin, end.toordinal() + 1, step):
            found = [week + day for day in days]
            if self.months:
                found = [each for each in found if date.fromordinal(each).month in self.months]
            yield found

    def _month_sets(self, first: date, since: date, end: date) -> Iterator[list[int]]:
        origin = _month_number(first)
        begin = origin + (_month_number(since) - origin) // self.interval * self.interval
        for number in range(begin, _month_number(end) + 1, self.interval):
            year, month = _year_and_month(number)
            if not self.months or month in self.months:
                yield self._days_of_month(year, month, first.day)

    def _years(self, first: date, since: date, end: date) -> Iterator[list[int]]:
        begin = first.year + (since.year - first.year) // self.interval * self.interval
        spelt = bool(self.month_days or self.weekdays)
        months = self.months or (range(1, 13) if spelt else (first.month,))
        counts_in_year = not self.months and any(nth for nth, _ in self.weekdays)
        for year in range(begin, end.year + 1, self.interval):
            if counts_in_year:
                start = date(year, 1, 1).toordinal()
                found = self._weekdays_of(start, date(year + 1, 1, 1).toordinal() - start)
                if self.month_days:
                    named = {day for month in months for day in self._named_days(*_month_span(year, month))}
                    found = [each for each in found if each in named]
                yield found
            else:
                yield [each for month in months for each in self._days_of_month(year, month, first.day)]

    def _days_of_month(self, year: int, month: int, default: int) -> list[int]:
        start, length = _month_span(year, month)
        if not self.weekdays:
            if self.month_days:
                return self._named_days(start, length)
            return [start + default - 1] if default <= length else []
        found = self._weekdays_of(start, length)
        if self.month_days:
            named = set(self._named_days(start, length))
            found = [each for each in found if each in named]
        return found

    def _named_days(self, start: int, length: int) -> list[int]:
        """The dates of BYMONTHDAY in a month; the 31st of June is none."""
        places = {day - 1 if day > 0 else length + day for day in self.month_days}
        return [start + place for place in sorted(places) if 0 <= place < length]

    def _weekdays_of(self, start: int, length: int) -> list[int]:
        """The dates of BYDAY in a month or year: every Monday, or the second, or the last but one."""
        found: set[int] = set()
        for nth, day in self.weekdays:
            # Ordinal 1 is a Monday.
            every = range(start + (day - start + 1) % 7, start + length, 7)
            if nth == 0:
                found.update(every)
            elif abs(nth) <= len(every):
                found.add(every[nth - 1 if nth > 0 else nth])
        return sorted(found)


def occurrences(
    starts_at: datetime,
    ends_at: datetime,
    rule: Recurrence,
    except_dates: Collection[date],
    zone: ZoneInfo,
    *,
    from_at: datetime,
    to_at: datetime,
    most: int,
) -> list[Period]:
    """The repetitions of a period that meet `from_at <= t < to_at`, in order, at the same local wall time.

    The first is the period itself, whatever the rule says. None begins on a local date of `except_dates`;
    those count for COUNT all the same. An edge in a gap slides to the instant of the jump; in a repeated hour
    the start is the first instant and the end the last, because a closed time must not leave time open. A
    repetition that a gap swallows is left out. Raises `TooMany` when there would be more than `most`.
    """
    found: list[Period] = []
    for period in _periods(starts_at, ends_at, rule, except_dates, zone, from_at, to_at):
        if len(found) >= most:
            raise TooMany(f"there are more than {most} occurrences")
        found.append(period)
    return found


def last_date(rule: Recurrence, first: date) -> date:
    """A date after which no repetition begins any more."""
    if rule.count is not None:
        return _counted_end(rule, first)
    if rule.until is None:
        return LAST_DATE
    # By the time of an instant it may be the next date in the east.
    return rule.until.date() + _DAY if isinstance(rule.until, datetime) else rule.until


def shortest_distance(rule: Recurrence, first: date) -> int | None:
    """The fewest days between two repetitions, among the next ones; None when there is only one."""
    dates = islice(rule.dates(first, first, min(_years_after(first), last_date(rule, first))), _LOOKED_AT)
    return min((after.toordinal() - before.toordinal() for before, after in pairwise(dates)), default=None)


def next_fitting(rule: Recurrence, first: date) -> date | None:
    """The first date from `first` on that the rule names; None when there is none for decades."""
    return next(rule.dates(first, first, _years_after(first)), None)


def _periods(
    starts_at: datetime,
    ends_at: datetime,
    rule: Recurrence,
    except_dates: Collection[date],
    zone: ZoneInfo,
    from_at: datetime,
    to_at: datetime,
) -> Iterator[Period]:
    local_start = to_local(starts_at, zone)
    length = to_local(ends_at, zone) - local_start
    first, clock = local_start.date(), local_start.time()
    if first not in except_dates and starts_at < to_at and ends_at > from_at:
        yield Period(starts_at, ends_at)
    # A day more on both sides: dates are local, the question is not.
    since = max(first + _DAY, to_local(from_at, zone).date() - length - 2 * _DAY)
    end = min(last_date(rule, first), to_local(to_at, zone).date() + _DAY)
    for day in rule.dates(first, since, end):
        local = datetime.combine(day, clock)
        start_at = _instant(local, zone, first_instant)
        if start_at >= to_at or _is_after(rule.until, local, start_at):
            return
        if day not in except_dates:
            end_at = _instant(local + length, zone, last_instant)
            if start_at < end_at and end_at > from_at:
                yield Period(start_at, end_at)


def _instant(local: datetime, zone: ZoneInfo, choose: Callable[[datetime, ZoneInfo], datetime]) -> datetime:
    """The one instant of a local time; where clocks change, the one that `choose` takes."""
    aware = local.replace(tzinfo=zone)
    offset = aware.utcoffset()
    if offset is None or aware.replace(fold=1).utcoffset() != offset:
        return choose(local, zone)
    return (local - offset).replace(tzinfo=UTC)


def _is_after(until: date | None, local: datetime, start_at: datetime) -> bool:
    if until is None:
        return False
    if not isinstance(until, datetime):
        return local.date() > until
    return local > until if until.tzinfo is None else start_at > until


@lru_cache(maxsize=4_096)
def _counted_end(rule: Recurrence, first: date) -> date:
    """The date of the last repetition that COUNT allows; the first one is counted, whatever the rule says."""
    following = islice(rule.dates(first, first + _DAY, LAST_DATE), (rule.count or 1) - 1)
    return max(following, default=first)


def _years_after(first: date) -> date:
    return date(min(first.year + _LOOKED_AHEAD_YEARS, LAST_DATE.year), 12, 31)


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _year_and_month(number: int) -> tuple[int, int]:
    return number // 12, number % 12 + 1


def _month_span(year: int, month: int) -> tuple[int, int]:
    """The ordinal of the month's first day, and how many days it has."""
    return date(year, month, 1).toordinal(), monthrange(year, month)[1]
