"""A second, naive answer to every question of the core: it walks through the minutes and is clever nowhere.

It shares nothing with the core but the shapes of the input and the words for reasons. All times must be whole
minutes; inside, a minute is its number since 1970 UTC, and a stretch of time is the list of its minutes.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, groupby, product
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.scheduling.hours import OpeningRule, OpenWindow, RuleKind
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.segments import Segment, SegmentKind, Visit
from holdfast.scheduling.slots import Busy, Calendar
from holdfast.scheduling.visits import Candidates


class Asked(NamedTuple):
    """Whose hours are asked for, for what and where (None: wherever)."""

    resource_id: UUID | None
    service_id: UUID | None
    location_id: UUID | None


def naive_windows(rules: Iterable[OpeningRule], asked: Asked, day: date, zone: ZoneInfo) -> list[OpenWindow]:
    """The windows that touch a local date: each day's rules, from strong to weak, asked minute by minute."""
    days = [day + timedelta(days=number) for number in (-1, 0, 1)]
    windows = {each for day in days for each in _windows_of_day(rules, asked, day, zone)}
    today = {minute for minute, _ in _clock(day, zone)}
    joined: list[OpenWindow] = []
    for window in windows:
        place = {minute for other in windows if other[4:] == window[4:] for minute in _minutes_of(other)}
        until = window.start // 60
        while until in place:
            until += 1
        if not today.isdisjoint(_minutes_of(window)):
            joined.append(window._replace(open_until=until * 60))
    return sorted(joined, key=lambda window: (*window[:4], window.slot_capacity or 0))


def naive_is_full(at: datetime, begun: list[datetime], most: int, most_a_week: int, zone: ZoneInfo) -> bool:
    """Whether as many have begun on the same date on the wall, or in its week of the year, as are wanted."""
    day, *days = (each.astimezone(zone).date() for each in (at, *begun))
    week, *weeks = (each.strftime("%G-%V") for each in (day, *days))
    return days.count(day) >= most or weeks.count(week) >= most_a_week


def naive_refusal(
    at: datetime, visit: Visit, candidates: Candidates, now: datetime
) -> tuple[str, str | None] | None:
    """Why a visit cannot start, and for want of which role; None when it can."""
    if at < now:
        return "past", None
    if at.timestamp() - now.timestamp() < visit.notice_minutes * 60:
        return "notice", None
    if visit.horizon_days is not None and at.timestamp() - now.timestamp() > visit.horizon_days * 86_400:
        return "horizon", None
    for role in _roles(visit):
        reasons = [naive_role_reason(at, visit, role, each) for each in candidates.get(role, {}).values()]
        if None not in reasons:
            order = ("skill", "closed", "off_grid", "blackout", "limit", "taken", "buffer")
            return max((reason or "" for reason in reasons), key=order.index, default="skill"), role
    return ("capacity", None) if naive_team(at, visit, candidates) is None else None


def naive_team(at: datetime, visit: Visit, candidates: Candidates) -> dict[str, UUID] | None:
    """The first team, in the order of preference, in which everybody is able and nobody has two roles."""
    roles = _roles(visit)
    for people in product(*(candidates.get(role, {}) for role in roles)):
        team = dict(zip(roles, people, strict=True))
        reasons = (naive_role_reason(at, visit, role, candidates[role][who]) for role, who in team.items())
        if len(set(people)) == len(people) and not any(reasons):
            return team
    return None


def naive_role_reason(at: datetime, visit: Visit, role: str, calendar: Calendar) -> str | None:
    """Why somebody cannot fill a role, asking one rule after the other."""
    start = int(at.timestamp()) // 60
    both = _blocks_of_role(visit, role)
    active, claimed = ([[start + minute for minute in block] for block in blocks] for blocks in both)
    windows = calendar.windows
    if not all(any(_is_open_for(each, block) for each in windows) for block in active):
        return "closed"
    if role == _roles(visit)[0]:
        here = [each for each in windows if start in _minutes_of(each) and _is_open_for(each, active[0])]
        if not here:
            return "closed"
        step = visit.granularity_minutes
        if not any(start in _minutes_of(each)[:: step or each.granularity_minutes] for each in here):
            return "off_grid"
    if any(minute in _minutes_of(each) for each in calendar.blackouts for minute in chain(*active)):
        return "blackout"
    if any(start in _minutes_of(each) for each in calendar.full):
        return "limit"
    lanes = [
        {minute for each in calendar.busy if each.lane == lane for minute in _minutes_of(each)}
        for lane in range(calendar.capacity)
    ]
    for blocks, reason in ((active, "taken"), (claimed, "buffer")):
        if not all(any(lane.isdisjoint(block) for lane in lanes) for block in blocks):
            return reason
    return None


def _windows_of_day(
    rules: Iterable[OpeningRule], asked: Asked, day: date, zone: ZoneInfo
) -> Iterator[OpenWindow]:
    speaking = [rule for rule in rules if _speaks(rule, asked, day)]
    opening = [rule for rule in speaking if not rule.is_closed]
    strongest = max((_strength(rule) for rule in opening), default=())
    closing = [rule for rule in speaking if rule.is_closed and _strength(rule) >= strongest]
    closed = {minute for rule in closing for minute in _minutes_of_rule(rule, day, zone)}
    for rule in opening:
        if _strength(rule) == strongest and _is_here(rule, asked):
            for block in _blocks(set(_minutes_of_rule(rule, day, zone)) - closed):
                start, end, step = block[0] * 60, block[-1] * 60 + 60, rule.slot_granularity_minutes
                yield OpenWindow(start, end, end, step, rule.slot_capacity, rule.location_id)


def _speaks(rule: OpeningRule, asked: Asked, day: date) -> bool:
    return (
        (not rule.days_of_week or day.isoweekday() in rule.days_of_week)
        and (rule.valid_from or date.min) <= day <= (rule.valid_to or date.max)
        and rule.resource_id in (None, asked.resource_id)
        and rule.service_id in (None, asked.service_id)
        and (_is_here(rule, asked) or (rule.resource_id is not None and not rule.is_closed))
    )


def _is_here(rule: OpeningRule, asked: Asked) -> bool:
    return asked.location_id is None or rule.location_id in (None, asked.location_id)


def _strength(rule: OpeningRule) -> tuple[object, ...]:
    person, service = rule.resource_id is not None, rule.service_id is not None
    place = rule.location_id is not None and not person and not service
    return list(RuleKind).index(rule.kind), person, service, place


def _minutes_of_rule(rule: OpeningRule, day: date, zone: ZoneInfo) -> Iterator[int]:
    """The minutes at which the wall clock lies in the rule's hours, begun on that date."""
    overnight = time(0) < rule.end_time < rule.start_time
    for minute, wall in _clock(day, zone):
        if wall >= rule.start_time and (overnight or rule.end_time == time(0) or wall < rule.end_time):
            yield minute
    if overnight:
        yield from (minute for minute, wall in _clock(day + timedelta(days=1), zone) if wall < rule.end_time)


@lru_cache(maxsize=512)
def _clock(day: date, zone: ZoneInfo) -> list[tuple[int, time]]:
    """Every minute of a local date, with what the clock on the wall shows."""
    around = int(datetime.combine(day, time(), UTC).timestamp()) // 60
    minutes = range(around - 960, around + 2400)
    walls = [(minute, datetime.fromtimestamp(minute * 60, zone)) for minute in minutes]
    return [(minute, wall.time()) for minute, wall in walls if wall.date() == day]


def _roles(visit: Visit) -> list[str]:
    return list(dict.fromkeys(each.role for each in _active(visit)))


def _active(visit: Visit) -> list[Segment]:
    active = [each for each in visit.segments if each.kind == SegmentKind.ACTIVE]
    return sorted(active, key=lambda each: each.offset_minutes)


@lru_cache(maxsize=64)
def _blocks_of_role(visit: Visit, role: str) -> tuple[list[list[int]], list[list[int]]]:
    """The active minutes; and these with the buffers of the segments that begin first or end last of all."""
    first, last = _active(visit)[0].offset_minutes, max(each.end_minutes for each in _active(visit))
    active: set[int] = set()
    buffers: set[int] = set()
    for each in _active(visit):
        if each.role == role:
            begin, end = each.offset_minutes, each.end_minutes
            active |= set(range(begin, end))
            buffers |= set(range(begin - visit.buffer_before_minutes, begin)) if begin == first else set()
            buffers |= set(range(end, end + visit.buffer_after_minutes)) if end == last else set()
    return _blocks(active), _blocks(active | buffers)


def _minutes_of(stretch: OpenWindow | Period | Busy) -> range:
    return range(int(stretch.starts_at.timestamp()) // 60, int(stretch.ends_at.timestamp()) // 60)


def _is_open_for(window: OpenWindow, block: list[int]) -> bool:
    return all(window.start <= minute * 60 < window.open_until for minute in block)


def _blocks(minutes: Iterable[int]) -> list[list[int]]:
    """Minutes in stretches without a break."""
    in_order = groupby(enumerate(sorted(minutes)), key=lambda each: each[1] - each[0])
    return [[minute for _, minute in block] for _, block in in_order]
