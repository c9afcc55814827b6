"""A second, naive answer to which starts are offered: it walks through the minutes and is clever nowhere.

It shares nothing with the core but the shapes of the input. All times must be whole minutes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from holdfast.scheduling.hours import OpenWindow
from holdfast.scheduling.slots import Calendar, Terms

MINUTE = timedelta(minutes=1)


def naive_reason(at: datetime, calendar: Calendar, terms: Terms, now: datetime) -> str | None:
    """Why a start is not offered, asking one rule after the other; None when it is."""
    if at < now:
        return "past"
    if at - now < timedelta(minutes=terms.notice_minutes):
        return "notice"
    if terms.horizon_days is not None and at - now > timedelta(days=terms.horizon_days):
        return "horizon"
    served = list(_minutes(at, at + timedelta(minutes=terms.duration_minutes)))
    grids = [_grid(window, terms) for window in calendar.windows if _is_served(window, served)]
    if not grids:
        return "closed"
    if not any(at in grid for grid in grids):
        return "off_grid"
    if any(
        blackout.starts_at <= minute < blackout.ends_at
        for blackout in calendar.blackouts
        for minute in served
    ):
        return "blackout"
    if not any(_is_free(calendar, lane, served) for lane in range(calendar.capacity)):
        return "taken"
    before = timedelta(minutes=terms.buffer_before_minutes)
    after = timedelta(minutes=terms.buffer_after_minutes)
    claimed = list(_minutes(at - before, served[-1] + MINUTE + after))
    if not any(_is_free(calendar, lane, claimed) for lane in range(calendar.capacity)):
        return "buffer"
    return None


def _is_served(window: OpenWindow, served: list[datetime]) -> bool:
    """Whether the service starts while the window is open and ends before its place closes."""
    return window.starts_at <= served[0] < window.ends_at and all(
        minute.timestamp() < window.open_until for minute in served
    )


def _grid(window: OpenWindow, terms: Terms) -> set[datetime]:
    step = terms.granularity_minutes or window.granularity_minutes
    return set(list(_minutes(window.starts_at, window.ends_at))[::step])


def _is_free(calendar: Calendar, lane: int, minutes: list[datetime]) -> bool:
    return not any(
        busy.lane == lane and busy.starts_at <= minute < busy.ends_at
        for busy in calendar.busy
        for minute in minutes
    )


def _minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += MINUTE
