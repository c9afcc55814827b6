"""A day as staff read it: figures, the list by time, the week around it, what waits for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.capabilities.bookings.types import Booking
from holdfast.scheduling.zones import local_date
from holdfast.web.console.presenters.entry import Entry, present_entry, wall_time
from holdfast.web.console.rows import MOST_REQUESTS, Week, dates_of, status_now
from holdfast.web.console.staff import Staff
from holdfast.web.design.formats import full_day, money, narrow_weekday, short_day, whole_number

BOOKED = ("pending", "confirmed", "pencil", "completed", "no_show")
# What a figure in the head shows when it is followed; "" is the list as it opens.
SHOWN = {"": (*BOOKED, "held"), "pending": ("pending",), "held": ("held",), "cancelled": ("cancelled",)}
_BAR_HEIGHT = 48


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the head, and the list that it counts."""

    number: str
    words: str
    url: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the week: its height in units of the drawing, and the words for it."""

    weekday: str
    date: str
    number: str
    height: int
    top: int
    sentence: str
    url: str
    is_day: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One place of the filter."""

    name: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One request that waits for an answer, on whatever day."""

    when: str
    what: str
    url: str


@dataclass(frozen=True, slots=True)
class DayPage:
    """Everything the page of a day shows. `now_before` is the entry above which the line "now" stands."""

    day: date
    title: str
    is_today: bool
    today_url: str
    before_url: str
    after_url: str
    figures: list[Figure]
    takings: str
    places: list[Choice]
    entries: list[Entry]
    now_time: str
    now_before: UUID | None
    is_now_last: bool
    bars: list[Bar]
    requests: list[Request]
    has_more_requests: bool
    empty_sentence: str
    next_sentence: str
    next_url: str
    shows_person: bool
    shows_place: bool


def present_day(staff: Staff, week: Week, day: date, *, location_id: UUID | None, show: str) -> DayPage:
    """Write the page of `day`, with the list narrowed to a place and to one figure of the head."""
    zone = ZoneInfo(staff.tenant.time_zone)
    today = local_date(staff.now, zone)
    of_day = [booking for booking in week.bookings if _touches(booking, day)]
    listed = [booking for booking in of_day if status_now(booking, staff.now) in SHOWN[show]]
    entries = [present_entry(booking, staff, week.names, on_day=day) for booking in listed]
    coming = next((booking.id for booking in listed if booking.starts_at > staff.now), None)
    following = week.next_booking
    sees_everybody = staff.actor.can("bookings:read")
    return DayPage(
        day=day,
        title=full_day(day, staff.reader),
        is_today=day == today,
        today_url=day_url(today, today, location_id),
        before_url=day_url(day - timedelta(days=1), today, location_id),
        after_url=day_url(day + timedelta(days=1), today, location_id),
        figures=_figures(of_day, staff, day, today, location_id, show),
        takings=_takings(of_day, staff),
        places=_places(staff, week, day, today, location_id),
        entries=entries,
        now_time=wall_time(staff.now, zone, staff.reader) if day == today and not show else "",
        now_before=coming,
        is_now_last=coming is None,
        bars=_bars(week, staff, day, today, location_id),
        requests=_requests(week, staff, today, location_id),
        has_more_requests=len(week.requests) > MOST_REQUESTS,
        empty_sentence=_empty_sentence(staff, day, today, show),
        next_sentence=_next_sentence(following, staff) if following else "",
        next_url=day_url(dates_of(following)[0], today, location_id) if following else "",
        shows_person=sees_everybody and len(week.names.people) > 1,
        shows_place=sees_everybody and location_id is None and len(week.names.places) > 1,
    )


def day_url(day: date, today: date, location_id: UUID | None, show: str = "") -> str:
    """The address of a day with its filters; today has the short one."""
    path = reverse("console:today") if day == today else reverse("console:day", args=[day])
    chosen = {"at": str(location_id) if location_id else "", "show": show}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"{path}?{query}" if query else path


def _touches(booking: Booking, day: date) -> bool:
    first, last = dates_of(booking)
    return first <= day <= last


def _figures(
    of_day: Sequence[Booking], staff: Staff, day: date, today: date, location_id: UUID | None, show: str
) -> list[Figure]:
    count = dict.fromkeys(SHOWN, 0)
    for booking in of_day:
        status = status_now(booking, staff.now)
        count[""] += status in BOOKED
        for name in ("pending", "held", "cancelled"):
            count[name] += status in SHOWN[name]
    if not of_day:
        return []
    words = {
        "": ngettext("booked", "booked", count[""]),
        "pending": ngettext("request", "requests", count["pending"]),
        "held": _("at checkout"),
        "cancelled": ngettext("cancelled", "cancelled", count["cancelled"]),
    }
    return [
        Figure(
            number=whole_number(number, staff.reader),
            words=words[name],
            url=day_url(day, today, location_id, name),
            is_shown=name == show,
        )
        for name, number in count.items()
        if number or not name or name == show
    ]


def _takings(of_day: Sequence[Booking], staff: Staff) -> str:
    """What the day is worth, for those who see everybody's bookings; nothing in several currencies."""
    if not staff.actor.can("bookings:read"):
        return ""
    priced = [
        booking for booking in of_day if booking.price_minor and status_now(booking, staff.now) in BOOKED
    ]
    currencies = {booking.currency for booking in priced}
    if len(currencies) != 1:
        return ""
    return money(sum(booking.price_minor or 0 for booking in priced), currencies.pop(), staff.reader)


def _places(staff: Staff, week: Week, day: date, today: date, location_id: UUID | None) -> list[Choice]:
    """The filter, where there is something to choose and somebody who sees more than one place."""
    places = [place for place in week.names.places.values() if place.is_active]
    if len(places) < 2 or not staff.actor.can("bookings:read"):
        return []
    return [
        Choice(_("Everywhere"), day_url(day, today, None), location_id is None),
        *(Choice(place.name, day_url(day, today, place.id), place.id == location_id) for place in places),
    ]


def _bars(week: Week, staff: Staff, day: date, today: date, location_id: UUID | None) -> list[Bar]:
    counts = {
        each: sum(
            1
            for booking in week.bookings
            if status_now(booking, staff.now) in BOOKED and _touches(booking, each)
        )
        for each in week.days
    }
    most = max(counts.values()) or 1
    bars: list[Bar] = []
    for each, count in counts.items():
        height = round(_BAR_HEIGHT * count / most) if count else 0
        words = ngettext("%(count)s booking", "%(count)s bookings", count) % {"count": count}
        bars.append(
            Bar(
                weekday=narrow_weekday(each, staff.reader),
                date=whole_number(each.day, staff.reader),
                number=whole_number(count, staff.reader),
                height=max(height, 2),
                top=_BAR_HEIGHT - max(height, 2),
                sentence=f"{full_day(each, staff.reader)}: {words}",
                url=day_url(each, today, location_id),
                is_day=each == day,
                is_today=each == today,
            )
        )
    return bars


def _requests(week: Week, staff: Staff, today: date, location_id: UUID | None) -> list[Request]:
    if not staff.actor.can("bookings:respond:own"):
        return []
    return [
        Request(
            when=_day_and_time(booking, staff),
            what=", ".join(filter(None, (booking.contact.name if booking.contact else "", booking.title))),
            url=f"{day_url(dates_of(booking)[0], today, location_id)}#b-{booking.id}",
        )
        for booking in week.requests[:MOST_REQUESTS]
    ]


def _day_and_time(booking: Booking, staff: Staff) -> str:
    zone = ZoneInfo(booking.time_zone)
    return _("%(day)s, %(time)s") % {
        "day": short_day(local_date(booking.starts_at, zone), staff.reader),
        "time": wall_time(booking.starts_at, zone, staff.reader),
    }


def _empty_sentence(staff: Staff, day: date, today: date, show: str) -> str:
    written = full_day(day, staff.reader)
    if show:
        return _("Nothing of that on %(day)s.") % {"day": written}
    if day == today:
        return _("Nobody is coming today.")
    if day < today:
        return _("Nobody came on %(day)s.") % {"day": written}
    return _("Nobody is booked for %(day)s yet.") % {"day": written}


def _next_sentence(booking: Booking, staff: Staff) -> str:
    return _("The next one: %(when)s") % {"when": _day_and_time(booking, staff)}
