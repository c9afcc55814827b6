"""The plan of a group, artist by artist, or what would help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from holdfast.capabilities.bookings.party_types import PartyAnswer, PartyWhyNot, Planned
from holdfast.capabilities.bookings.types import BookedItem, Booking
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import GUEST
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date
from holdfast.web.design.formats import duration, full_day, whole_number
from holdfast.web.public.presenters.services import price_of
from holdfast.web.public.presenters.times import time_of_day, time_range
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class Row:
    """One guest: when, and what."""

    time: str
    guest: str
    what: str


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """The plan as a page shows it; each artist with its guests by time."""

    id: str
    day: str
    first_start: str
    ready: str
    total: str
    artists: list[tuple[str, list[Row]]]


def present_plan(found: PartyAnswer, plan: Planned, schedule: Schedule, visit: Visit) -> ShownPlan:
    """Put the plan in the words and numbers of the reader."""
    zone = ZoneInfo(plan.time_zone)
    artists: dict[str, list[Row]] = {}
    for guest in plan.guests:
        name = found.resources[guest.resource_id].name
        what = " + ".join(schedule.services[each].name for each in guest.service_ids)
        artists.setdefault(name, []).append(
            Row(
                time_range(guest.starts_at, guest.ends_at, zone, visit.reader),
                _guest(guest.guest, visit),
                what,
            )
        )
    return ShownPlan(
        plan.id,
        full_day(local_date(plan.starts_at, zone), visit.reader),
        time_of_day(plan.starts_at, zone, visit.reader),
        time_of_day(plan.ready_at, zone, visit.reader),
        price_of(plan.price_minor, plan.currency, visit.reader),
        list(artists.items()),
    )


def present_booked(booking: Booking, visit: Visit) -> list[tuple[str, list[Row]]]:
    """Say of a party that is booked who is served when, artist by artist; nothing of any other booking."""
    parts = [(item, item.offset_minutes) for item in booking.items]
    served: dict[int, list[tuple[int, BookedItem]]] = {}
    for item, offset in parts:
        if item.guest is not None and offset is not None:
            served.setdefault(item.guest, []).append((offset, item))
    if not served:
        return []
    zone = ZoneInfo(booking.time_zone)
    with tenant_context(visit.tenant_id, GUEST.label):
        people = current_schedule().resources
    artists: dict[str, list[Row]] = {}
    for guest, items in sorted(served.items(), key=lambda pair: min(offset for offset, each in pair[1])):
        begin = min(offset for offset, each in items)
        end = max(offset + item.duration_minutes for offset, item in items)
        resource_id = items[0][1].resource_id
        person = people.get(resource_id) if resource_id else None
        artists.setdefault(person.name if person else "", []).append(
            Row(
                time_range(
                    booking.starts_at + timedelta(minutes=begin),
                    booking.starts_at + timedelta(minutes=end),
                    zone,
                    visit.reader,
                ),
                _guest(guest, visit),
                " + ".join(item.title for offset, item in items),
            )
        )
    return list(artists.items())


def _guest(number: int, visit: Visit) -> str:
    return _("Guest %(number)s") % {"number": whole_number(number, visit.reader)}


def present_why_not(why_not: PartyWhyNot, visit: Visit) -> list[str]:
    """Say why there is no plan, and what would help."""
    guests = ", ".join(whole_number(number, visit.reader) for number in why_not.left_out)
    said = [_("There is no time for these guests: %(guests)s.") % {"guests": guests}]
    if why_not.minutes_short:
        length = duration(why_not.minutes_short, visit.reader)
        said.append(_("Work left over: %(length)s.") % {"length": length})
    if why_not.one_more_artist:
        said.append(_("With one more person at work everybody could be ready."))
    return [*said, _("Choose a later time, fewer guests, or another day.")]
