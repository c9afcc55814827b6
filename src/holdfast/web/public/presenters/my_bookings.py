"""A customer's own bookings as a list: what is to come, what waits, what was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.queries.customer_links import GROUPS, Group, OwnBookings, group_of
from holdfast.capabilities.schedules.types import Schedule
from holdfast.web.design.formats import whole_number
from holdfast.web.public.owned import Owned, own
from holdfast.web.public.presenters.mine import can_cancel, can_move
from holdfast.web.public.presenters.times import day_and_time
from holdfast.web.public.visit import Visit
from holdfast.web.public.wish import place_line

_TITLES: Mapping[Group, str | Promise] = {
    "waiting": gettext_lazy("Waiting"),
    "upcoming": gettext_lazy("Coming up"),
    "past": gettext_lazy("Past"),
    "cancelled": gettext_lazy("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking of the list; `url` opens its own page, and is empty for what is too old."""

    when: str
    year: str
    title: str
    detail: str
    note: str
    url: str
    move_url: str
    cancel_url: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The bookings under one heading."""

    name: Group
    title: str
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class MyBookings:
    """The page; `more_url` leads to earlier ones."""

    sections: list[Section]
    more_url: str


def present_my_bookings(found: OwnBookings, schedule: Schedule, visit: Visit, *, here: str) -> MyBookings:
    """Lay the bookings out: what is to come with the next first, what is over with the latest first."""
    groups: dict[Group, list[Entry]] = {name: [] for name in GROUPS}
    years = {booking.local_start.year for booking in found.bookings}
    for booking in found.bookings:
        token = manage_token(visit.tenant_id, booking.id) if booking.id in found.opened else ""
        owned = own(booking, schedule, token=token)
        entry = _entry(owned, schedule, visit, has_years=len(years) > 1)
        groups[group_of(booking, visit.now)].append(entry)
    for name in ("waiting", "upcoming"):
        groups[name].reverse()
    last: UUID | None = found.bookings[-1].id if found.bookings and found.has_more else None
    return MyBookings(
        [Section(name, str(_TITLES[name]), entries) for name, entries in groups.items() if entries],
        f"{here}?after={last}" if last else "",
    )


def _entry(owned: Owned, schedule: Schedule, visit: Visit, *, has_years: bool) -> Entry:
    booking, token = owned.booking, owned.token
    place = schedule.locations.get(booking.location_id)
    details = (owned.person_name, place_line(place) if place and len(schedule.locations) > 1 else "")
    is_open = bool(token) and not booking.is_archived
    return Entry(
        when=day_and_time(booking.starts_at, owned.zone, visit.reader),
        year=whole_number(booking.local_start.year, visit.reader).replace(",", "") if has_years else "",
        title=owned.title,
        detail=" · ".join(filter(None, details)),
        note=_note(owned, visit),
        url=reverse("public:booking", args=[token]) if token else "",
        move_url=reverse("public:move", args=[token]) if is_open and can_move(owned, visit) else "",
        cancel_url=reverse("public:cancel", args=[token]) if is_open and can_cancel(owned, visit) else "",
        is_over=booking.status in ("cancelled", "expired") or owned.is_over(visit.now),
    )


def _note(owned: Owned, visit: Visit) -> str:
    """Say what the heading does not."""
    booking = owned.booking
    if owned.is_over(visit.now):
        return _("Not confirmed in time")
    notes = {
        "held": _("Kept for you; please confirm"),
        "pending": _("Waiting for our answer"),
        "no_show": _("Missed"),
    }
    return notes.get(booking.status, "")
