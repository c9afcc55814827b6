"""Free time, as the public pages ask for it. Inside the tenant's context."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from holdfast.capabilities.bookings.exposure import Shown, Viewer, show_days
from holdfast.capabilities.bookings.queries import (
    count_free_starts,
    find_availability,
    list_free_days,
    nearest_starts,
)
from holdfast.capabilities.bookings.types import Wanted
from holdfast.scheduling.intervals import epoch, instant
from holdfast.scheduling.zones import local_date
from holdfast.web.public.visit import Visit
from holdfast.web.public.wish import Wish

# How far the time step looks by itself for the first free day; other months are a click away.
_LOOK_AHEAD_DAYS = 92
# How far after the chosen day the next free morning, afternoon or evening is looked for.
_AFTER_CHOSEN_DAYS = 14
_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class FreeTime:
    """How many starts the days around have, the starts from the chosen day on, and what is shown.

    `shown` is None where the chosen day is shown whole.
    """

    counts: Mapping[date, int]
    starts: Mapping[date, list[datetime]]
    chosen: date | None
    month: date
    last_day: date
    shown: Shown | None = None


def find_free_time(
    visit: Visit, wish: Wish, *, asked: date | None, month: date | None, viewer: Viewer | None = None
) -> FreeTime:
    """Find free time around the asked day and month; without a day, the first free one is chosen.

    A day or month before today or beyond the booking horizon is as good as none. A `viewer` is shown only
    some starts of the chosen day.
    """
    today = local_date(visit.now, wish.zone)
    found = search_days(
        today=today,
        last_day=today + timedelta(days=wish.service.horizon_days),
        asked=asked,
        month=month,
        count=lambda first, last: _counts(visit, wish, first, last),
        starts=lambda first, last: list_free_starts(visit, wish, first, last),
    )
    if viewer is None or found.chosen is None:
        return found
    few = _show(visit, wish, found.chosen, found.chosen, viewer, is_offer=True)[found.chosen]
    return replace(found, starts={**found.starts, found.chosen: _instants(few)}, shown=few)


def search_days(
    *,
    today: date,
    last_day: date,
    asked: date | None,
    month: date | None,
    count: Callable[[date, date], Mapping[date, int]],
    starts: Callable[[date, date], Mapping[date, list[datetime]]],
) -> FreeTime:
    """Ask for the days around the asked day and month; without a day, choose the first free one.

    `count` and `starts` answer for dates, both inclusive.
    """
    asked = asked if asked and today <= asked <= last_day else None
    shown = month if month and today.replace(day=1) <= month <= last_day else None

    around = asked or today
    from_date = max(today, min(around - timedelta(days=3), shown or around))
    wanted_to = max(around + timedelta(days=_AFTER_CHOSEN_DAYS), _end_of_month(shown or around))
    if asked is None:
        wanted_to = max(wanted_to, today + timedelta(days=_LOOK_AHEAD_DAYS))
    counts = count(from_date, min(last_day, wanted_to))
    chosen = asked or min((day for day, number in counts.items() if number), default=None)
    found: Mapping[date, list[datetime]] = {}
    if chosen:
        found = starts(chosen, min(last_day, chosen + timedelta(days=_AFTER_CHOSEN_DAYS)))
    return FreeTime(counts, found, chosen, shown or (chosen or today).replace(day=1), last_day)


def list_free_starts(visit: Visit, wish: Wish, from_date: date, to_date: date) -> dict[date, list[datetime]]:
    """The free starts of each day that has some; where no others may be booked, those that are offered."""
    viewer = visit.viewer_of(wish.service)
    if viewer is not None and viewer.only_exposed:
        offered = _show(visit, wish, from_date, to_date, viewer)
        return {day: _instants(shown) for day, shown in offered.items() if shown.starts}
    found = list_free_days(_wanted(wish), from_date=from_date, to_date=to_date, now=visit.now)
    return {day: [instant(second) for second in starts] for day, starts in found.days.items() if starts}


def is_free(visit: Visit, wish: Wish, starts_at: datetime) -> bool:
    """Tell whether this start can be had right now."""
    day = local_date(starts_at, wish.zone)
    found = list_free_days(_wanted(wish), from_date=day, to_date=day, now=visit.now)
    return epoch(starts_at) in found.days[day]


def alternatives_to(visit: Visit, wish: Wish, starts_at: datetime) -> list[datetime]:
    """The nearest starts that are still free; around now, when the wished one lies far off."""
    last_at = visit.now + timedelta(days=wish.service.horizon_days)
    viewer = visit.viewer_of(wish.service)
    if viewer is not None and viewer.only_exposed:
        day = local_date(min(max(starts_at, visit.now), last_at), wish.zone)
        return _instants(_show(visit, wish, day, day, viewer)[day])
    found = nearest_starts(
        _wanted(wish),
        around=min(max(starts_at, visit.now), last_at),
        now=visit.now,
        limit=_ALTERNATIVES,
    )
    return [start.starts_at for start in found]


def _show(
    visit: Visit, wish: Wish, from_date: date, to_date: date, viewer: Viewer, *, is_offer: bool = False
) -> dict[date, Shown]:
    wanted = _wanted(wish)
    days = find_availability(wanted, from_date=from_date, to_date=to_date, now=visit.now).days
    shown = show_days(viewer, wanted, days, now=visit.now, is_offer=is_offer)
    return {day.date: its_shown for day, its_shown in zip(days, shown, strict=True)}


def _instants(shown: Shown) -> list[datetime]:
    return list(dict.fromkeys(start.starts_at for start in shown.starts))


def _counts(visit: Visit, wish: Wish, from_date: date, to_date: date) -> Mapping[date, int]:
    return count_free_starts(
        _wanted(wish), from_date=from_date, to_date=max(from_date, to_date), now=visit.now
    )


def _wanted(wish: Wish) -> Wanted:
    return Wanted((wish.service.id,), resource_id=wish.resource_id, location_id=wish.location.id)


def _end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
