"""The waiting list in words: what somebody waits for, why it takes so long, and what is offered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.capabilities.bookings.waitlist_types import WaitlistEntry
from holdfast.capabilities.schedules.types import Schedule
from holdfast.scheduling.waitlist import Reason, Why, Window
from holdfast.scheduling.zones import local_date
from holdfast.web.design.formats import Reader, clock_time, full_day, short_day, whole_number
from holdfast.web.public.presenters.hold import HoldPanel
from holdfast.web.public.presenters.summary import Line
from holdfast.web.public.presenters.times import day_and_time, labelled_time
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Everything the page of an entry shows."""

    headline: str
    lead: str
    reasons: list[str]
    summary: list[Line]
    contact_line: str
    notes: str
    can_leave: bool
    offer_url: str
    offer_when: str
    again_url: str


def present_entry(
    entry: WaitlistEntry, reasons: Sequence[Reason], schedule: Schedule, visit: Visit, *, offer_token: str
) -> WaitingPage:
    """Write the page; `offer_token` is the booking's that is offered, if there is one."""
    wish, offer = entry.wish, entry.offer
    person = schedule.resources.get(wish.resource_id) if wish.resource_id else None
    headline, lead = _headline(entry.status)
    place = schedule.locations.get(wish.location_id) if wish.location_id else None
    zone = ZoneInfo(place.time_zone if place else visit.tenant.time_zone)
    contact = entry.contact
    services = [schedule.services[each].name for each in wish.service_ids if each in schedule.services]
    lines = [
        Line(_("Service"), ", ".join(services), is_text=True),
        Line(_("Days"), days_of(wish.window, visit.reader)),
        Line(_("Time"), hours_of(wish.window, visit.reader)),
        Line(_("With"), person.name if person else _("Anyone"), is_text=person is not None),
    ]
    if place and len(schedule.locations) > 1:
        lines.append(Line(_("Where"), place.name, is_text=True))
    if wish.party_size > 1:
        lines.append(Line(_("People"), whole_number(wish.party_size, visit.reader)))
    return WaitingPage(
        headline=headline,
        lead=lead,
        reasons=tell_reasons(reasons, person.name if person else "", visit.reader),
        summary=lines,
        contact_line=", ".join(filter(None, (contact.name, contact.email, contact.phone))),
        notes=entry.notes,
        can_leave=entry.status in ("waiting", "offered"),
        offer_url=reverse("public:offer", args=[offer_token]) if offer_token else "",
        offer_when=day_and_time(offer.starts_at, zone, visit.reader) if offer else "",
        again_url=reverse("public:when", args=[wish.service_ids[0]])
        if services
        else reverse("public:services"),
    )


def days_of(window: Window, reader: Reader) -> str:
    """ "Friday, November 20", or "Fri, Nov 20 – Sun, Nov 22"."""
    if window.from_date == window.to_date:
        return full_day(window.from_date, reader)
    return f"{short_day(window.from_date, reader)} – {short_day(window.to_date, reader)}"


def hours_of(window: Window, reader: Reader) -> str:
    """ "Any time of day", "from 12:00", "until 17:00", "12:00 – 17:00"."""
    if window.from_time is None and window.to_time is None:
        return _("Any time of day")
    if window.to_time is None and window.from_time is not None:
        return _("from %(time)s") % {"time": clock_time(window.from_time, reader)}
    if window.from_time is None and window.to_time is not None:
        return _("until %(time)s") % {"time": clock_time(window.to_time, reader)}
    return " – ".join(clock_time(each, reader) for each in (window.from_time, window.to_time) if each)


def tell_reasons(reasons: Sequence[Reason], person: str, reader: Reader) -> list[str]:
    """Return each reason as a sentence for whoever waits."""
    return [_SENTENCES[each.why](person, each.number, reader) for each in reasons]


def _headline(status: str) -> tuple[str, str]:
    return {
        "waiting": (
            _("You are on the waiting list."),
            _("When a time comes free we hold it for you and write to you. Keep this page: it is yours."),
        ),
        "offered": (
            _("A time is free for you."),
            _("We hold it for a while. Take it, or let it go to the next."),
        ),
        "booked": (_("You have your time."), _("The mail about your booking has everything else.")),
        "left": (_("You are not on the waiting list any more."), _("We will not write to you about it.")),
        "lapsed": (
            _("These days have passed."),
            _("Nothing came free for you. You are welcome to ask again."),
        ),
    }[status]


def _others_ahead(person: str, number: int, reader: Reader) -> str:
    sentence = ngettext(
        "%(count)s other person has waited longer for these days.",
        "%(count)s other people have waited longer for these days.",
        number,
    )
    return sentence % {"count": whole_number(number, reader)}


def _not_at_work(person: str, number: int, reader: Reader) -> str:
    if person:
        return _("%(name)s does not work in these days.") % {"name": person}
    return _("We are closed in these days.")


def _ends_soon(person: str, number: int, reader: Reader) -> str:
    sentence = ngettext(
        "Your days are nearly over: %(count)s hour is left.",
        "Your days are nearly over: %(count)s hours are left.",
        number,
    )
    return sentence % {"count": whole_number(number, reader)}


_SENTENCES: dict[Why, Callable[[str, int, Reader], str]] = {
    Why.OFFERED: lambda *_about: _("A time is held for you right now."),
    Why.NOT_OPEN_YET: lambda *_about: _("Bookings for these days are not open yet."),
    Why.UNSUITABLE: lambda *_about: _("What you asked for is not offered any more."),
    Why.NOT_AT_WORK: _not_at_work,
    Why.NOTHING_FREE: lambda *_about: _("Nothing has come free in these days yet."),
    Why.TOO_SHORT: lambda *_about: _("There are gaps in these days, but none is long enough."),
    Why.PARTY_TOO_LARGE: lambda *_about: _("There is room in these days, but not for so many together."),
    Why.LET_GO: lambda *_about: _("What is free now was offered to you before."),
    Why.TOO_SOON: lambda *_about: _("What is free now begins too soon to ask you first."),
    Why.OTHERS_AHEAD: _others_ahead,
    Why.BEING_OFFERED: lambda *_about: _("A time has just come free; you hear from us in a moment."),
    Why.ENDS_SOON: _ends_soon,
}


def present_offer(
    starts_at: datetime, expires_at: datetime, made_at: datetime, zone: ZoneInfo, visit: Visit
) -> HoldPanel:
    """Write how long an offered time is held."""
    return HoldPanel(
        deadline=_instant(expires_at),
        server_now=_instant(visit.now),
        seconds=max(1, int((expires_at - made_at).total_seconds())),
        sentence=_("We hold it for you until %(until)s.") % {"until": _until(expires_at, zone, visit)},
        until=_("After that it goes to whoever waits next."),
        over=_("The time we kept for you is over, and goes to whoever waits next."),
        announcements=[
            (
                minutes,
                ngettext(
                    "%(time)s is yours for %(count)s minute.",
                    "%(time)s is yours for %(count)s minutes.",
                    minutes,
                )
                % {
                    "time": labelled_time(starts_at, zone, visit.reader),
                    "count": whole_number(minutes, visit.reader),
                },
            )
            for minutes in (5, 2, 1)
        ],
    )


def _until(at: datetime, zone: ZoneInfo, visit: Visit) -> str:
    if local_date(at, zone) == local_date(visit.now, zone):
        return labelled_time(at, zone, visit.reader)
    return day_and_time(at, zone, visit.reader, is_short=True)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
