"""A customer's own booking in words: what it is now, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.capabilities.bookings.queries.permitted import cancel_until, reschedule_until
from holdfast.scheduling.zones import local_date
from holdfast.web.design.formats import full_day, weekday_name
from holdfast.web.public.owned import Owned
from holdfast.web.public.presenters.calendars import CalendarLinks, calendar_links, map_link
from holdfast.web.public.presenters.summary import Line
from holdfast.web.public.presenters.times import time_range, zone_sentence
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class Mine:
    """Everything the private page shows; `late_sentence` says what can only be done by calling `phone`."""

    token: str
    headline: str
    lead: str
    day: str
    time: str
    zone_sentence: str
    is_live: bool
    can_cancel: bool
    can_move: bool
    late_sentence: str
    phone: str
    summary: list[Line]
    calendars: CalendarLinks | None
    directions_url: str
    again_url: str
    notes: str
    contact_line: str


def can_cancel(owned: Owned, visit: Visit) -> bool:
    """Tell whether the customer may still cancel: as long before it begins as the business wishes."""
    booking = owned.booking
    if booking.status == "confirmed":
        return visit.now <= cancel_until(booking.starts_at, visit.tenant.settings)
    return booking.status == "pending" and booking.starts_at > visit.now


def can_move(owned: Owned, visit: Visit) -> bool:
    """Tell whether the customer may still move it to another time: as long before as the business wishes."""
    booking = owned.booking
    if booking.slot_id is not None or booking.service_id is None or booking.starts_at <= visit.now:
        return False
    if booking.status == "confirmed":
        return visit.now <= reschedule_until(booking.starts_at, visit.tenant.settings)
    return booking.status == "pending" or (booking.status == "held" and not owned.is_over(visit.now))


def say_too_late(owned: Owned, visit: Visit) -> str:
    """Say what it is too late for, while it is still to come; nothing where it is not."""
    booking = owned.booking
    if booking.status != "confirmed" or booking.starts_at <= visit.now:
        return ""
    is_late = {
        "cancel": not can_cancel(owned, visit),
        "move": visit.now > reschedule_until(booking.starts_at, visit.tenant.settings),
    }
    whom = {"place": owned.place_name or visit.tenant.name}
    if all(is_late.values()):
        return _("It is too late to move or cancel this online. Please call %(place)s.") % whom
    if is_late["cancel"]:
        return _("It is too late to cancel this online. Please call %(place)s.") % whom
    if is_late["move"]:
        return _("It is too late to move this online. Please call %(place)s.") % whom
    return ""


def present_mine(owned: Owned, visit: Visit, *, link: str = "") -> Mine:
    """Write the page; `link` is its absolute address, for the calendar entry."""
    booking = owned.booking
    day = local_date(booking.starts_at, owned.zone)
    is_live = booking.status in ("pending", "confirmed", "completed", "no_show")
    headline, lead = _headline(owned, visit)
    contact = booking.contact
    return Mine(
        token=owned.token,
        headline=headline,
        lead=lead,
        day=full_day(day, visit.reader),
        time=time_range(booking.starts_at, booking.ends_at, owned.zone, visit.reader),
        zone_sentence=zone_sentence(owned.zone, visit.now, visit.reader),
        is_live=is_live,
        can_cancel=can_cancel(owned, visit),
        can_move=can_move(owned, visit),
        late_sentence=say_too_late(owned, visit),
        phone=owned.phone,
        summary=owned.summary(visit),
        calendars=_calendars(owned, visit, link) if is_live and booking.ends_at > visit.now else None,
        directions_url=map_link(owned.place) if owned.place else "",
        again_url=owned.wish.when_url() if owned.wish else reverse("public:services"),
        notes=booking.notes,
        contact_line=", ".join(filter(None, (contact.name, contact.email, contact.phone))) if contact else "",
    )


def _headline(owned: Owned, visit: Visit) -> tuple[str, str]:
    """The serif sentence, and the one below it."""
    booking = owned.booking
    if booking.status == "cancelled":
        return _("This booking is cancelled."), _("The time is free again. Nothing more is needed from you.")
    if owned.is_over(visit.now):
        return _("This time was not confirmed."), _("It was kept for a while and then let go.")
    if booking.ends_at <= visit.now:
        return _("Thank you for your visit."), _("We hope to see you again.")
    if booking.status == "pending":
        return _("Your request is with us."), _("You will hear from us soon whether the time works.")
    name = booking.contact.name.split()[0] if booking.contact else ""
    day = weekday_name(local_date(booking.starts_at, owned.zone), visit.reader)
    lead = _("Your booking is confirmed. Keep this page: its address is your private link.")
    if name:
        return _("See you %(day)s, %(name)s.") % {"day": day, "name": name}, lead
    return _("See you %(day)s.") % {"day": day}, lead


def _calendars(owned: Owned, visit: Visit, link: str) -> CalendarLinks:
    booking = owned.booking
    return calendar_links(
        title=f"{owned.title}, {visit.tenant.name}",
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        place=owned.place,
        details=link,
    )
