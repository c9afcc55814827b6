"""The waiting list for the staff: who waits for what, since when, and why still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.capabilities.bookings.waitlist_types import ExplainedEntry
from holdfast.capabilities.schedules.types import Schedule
from holdfast.scheduling.waitlist import Reason, Why, Window
from holdfast.scheduling.zones import local_date, to_local
from holdfast.web.console.staff import Staff
from holdfast.web.design.formats import Reader, clock_time, short_day, whole_number

_STATUS_NAMES = {"waiting": gettext_lazy("Waiting"), "offered": gettext_lazy("Offered")}
_WHY = {
    Why.OFFERED: gettext_lazy("a time is held"),
    Why.NOT_OPEN_YET: gettext_lazy("bookings for these days are not open yet"),
    Why.UNSUITABLE: gettext_lazy("not to be had any more"),
    Why.NOT_AT_WORK: gettext_lazy("nobody asked for is at work"),
    Why.NOTHING_FREE: gettext_lazy("nothing free"),
    Why.TOO_SHORT: gettext_lazy("gaps too short: %(count)s"),
    Why.PARTY_TOO_LARGE: gettext_lazy("not enough places together"),
    Why.LET_GO: gettext_lazy("offered before and let go: %(count)s"),
    Why.TOO_SOON: gettext_lazy("free, but too soon to ask"),
    Why.OTHERS_AHEAD: gettext_lazy("ahead in the queue: %(count)s"),
    Why.BEING_OFFERED: gettext_lazy("about to be offered"),
    Why.ENDS_SOON: gettext_lazy("hours left: %(count)s"),
}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One line of the list."""

    id: UUID
    client: str
    phone: str
    email: str
    what: str
    when: str
    person: str
    place: str
    since: str
    status: str
    status_name: str
    why: str
    offer: str
    notes: str


@dataclass(frozen=True, slots=True)
class WaitlistPage:
    """Everything the page shows."""

    rows: list[WaitingRow]
    is_waitlist: bool = True
    is_today: bool = False


def present_waitlist(staff: Staff, found: Sequence[ExplainedEntry], schedule: Schedule) -> WaitlistPage:
    """Write the list, in the order of the queue."""
    return WaitlistPage([_row(staff, each, schedule) for each in found])


def _row(staff: Staff, found: ExplainedEntry, schedule: Schedule) -> WaitingRow:
    entry, wish = found.entry, found.entry.wish
    zone = _zone(staff, schedule, wish.location_id)
    names = [_name(schedule.services, each) for each in wish.service_ids]
    shown = entry.contact if staff.sees_contacts else None
    offer = ""
    if entry.offer is not None:
        at, until = to_local(entry.offer.starts_at, zone), to_local(entry.offer.expires_at, zone)
        offer = _("%(when)s, until %(until)s") % {
            "when": f"{short_day(at.date(), staff.reader)} {clock_time(at, staff.reader)}",
            "until": clock_time(until, staff.reader),
        }
    return WaitingRow(
        id=entry.id,
        client=entry.contact.name,
        phone=shown.phone if shown else "",
        email=shown.email if shown else "",
        what=", ".join(filter(None, names)) + (f" × {wish.party_size}" if wish.party_size > 1 else ""),
        when=_when(wish.window, staff.reader),
        person=_name(schedule.resources, wish.resource_id) if wish.resource_id else _("Anyone"),
        place=_name(schedule.locations, wish.location_id) if len(schedule.locations) > 1 else "",
        since=short_day(local_date(entry.created_at, zone), staff.reader),
        status=entry.status,
        status_name=str(_STATUS_NAMES.get(entry.status, entry.status)),
        why="; ".join(_reason(each, staff.reader) for each in found.reasons if not offer),
        offer=offer,
        notes=entry.notes,
    )


def _reason(reason: Reason, reader: Reader) -> str:
    return str(_WHY[reason.why]) % {"count": whole_number(reason.number, reader)}


def _when(window: Window, reader: Reader) -> str:
    days = [short_day(day, reader) for day in dict.fromkeys((window.from_date, window.to_date))]
    hours = [clock_time(at, reader) if at else "" for at in (window.from_time, window.to_time)]
    return " – ".join(days) + (f", {hours[0]} – {hours[1]}" if any(hours) else "")


def _name(known: Mapping[UUID, object], wanted: UUID | None) -> str:
    found = known.get(wanted) if wanted else None
    return str(getattr(found, "name", ""))


def _zone(staff: Staff, schedule: Schedule, location_id: UUID | None) -> ZoneInfo:
    place = schedule.locations.get(location_id) if location_id else None
    return ZoneInfo(place.time_zone if place else staff.tenant.time_zone)
