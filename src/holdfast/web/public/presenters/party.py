"""The plan of a group, artist by artist, or what would help."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from holdfast.capabilities.bookings.party_types import PartyAnswer, PartyWhyNot, Planned
from holdfast.capabilities.schedules.types import Schedule
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
                _("Guest %(number)s") % {"number": whole_number(guest.guest, visit.reader)},
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
