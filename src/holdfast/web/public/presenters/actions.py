"""A link for one action, in words: what it would do, what it has done, or why there is nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from holdfast.scheduling.zones import local_date
from holdfast.web.design.formats import full_day, weekday_name
from holdfast.web.public.owned import Owned
from holdfast.web.public.presenters.mine import can_cancel, say_too_late
from holdfast.web.public.presenters.summary import Line
from holdfast.web.public.presenters.times import day_and_time, time_range, zone_sentence
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class ActionPage:
    """One booking and at most one button; `asks_reason` and `is_danger` are of cancelling."""

    headline: str
    lead: str
    day: str
    time: str
    zone_sentence: str
    is_live: bool
    summary: list[Line]
    button: str = ""
    is_danger: bool = False
    asks_reason: bool = False
    phone: str = ""


def present_action(owned: Owned, visit: Visit, *, action: str, used_at: datetime | None) -> ActionPage:
    """Write the page of a link that has not expired."""
    headline, lead, button = _words(owned, visit, action, used_at)
    booking = owned.booking
    is_late = not button and bool(say_too_late(owned, visit))
    return ActionPage(
        headline=headline,
        lead=lead,
        day=full_day(local_date(booking.starts_at, owned.zone), visit.reader),
        time=time_range(booking.starts_at, booking.ends_at, owned.zone, visit.reader),
        zone_sentence=zone_sentence(owned.zone, visit.now, visit.reader),
        is_live=booking.status not in ("cancelled", "expired") and not owned.is_over(visit.now),
        summary=owned.summary(visit),
        button=button,
        is_danger=action == "cancel" and bool(button),
        asks_reason=action == "cancel" and bool(button),
        phone=owned.phone if is_late else "",
    )


def _words(owned: Owned, visit: Visit, action: str, used_at: datetime | None) -> tuple[str, str, str]:
    """Return headline, the sentence below it, and the button; the state comes first, then the wish."""
    booking = owned.booking
    if booking.status == "cancelled":
        return (
            _("This booking is cancelled."),
            _on(_("Cancelled on %(when)s."), booking.cancelled_at, owned, visit),
            "",
        )
    if owned.is_over(visit.now):
        return _("This time was not confirmed."), _("It was kept for a while and then let go."), ""
    if booking.ends_at <= visit.now:
        return _("Thank you for your visit."), _("We hope to see you again."), ""
    if used_at is not None and action == "reschedule":
        return _see_you(owned, visit), _on(_("Moved on %(when)s."), used_at, owned, visit), ""
    if action == "confirm" and booking.status == "held" and used_at is None:
        return (
            _("Confirm this booking?"),
            _on(_("The time is kept for you until %(when)s."), booking.hold_expires_at, owned, visit),
            _("Confirm booking"),
        )
    if action == "cancel" and used_at is None:
        if can_cancel(owned, visit):
            return (
                _("Cancel this booking?"),
                _("Your time is offered to others at once, so this cannot be undone."),
                _("Cancel this booking"),
            )
        return _see_you(owned, visit), say_too_late(owned, visit), ""
    if booking.status == "pending":
        return _("Your request is with us."), _("You will hear from us soon whether the time works."), ""
    if booking.status == "confirmed":
        return (
            _see_you(owned, visit),
            _on(_("Confirmed on %(when)s."), booking.confirmed_at, owned, visit),
            "",
        )
    return _("Your booking"), "", ""


def _see_you(owned: Owned, visit: Visit) -> str:
    day = weekday_name(local_date(owned.booking.starts_at, owned.zone), visit.reader)
    return _("See you %(day)s.") % {"day": day}


def _on(sentence: str, at: datetime | None, owned: Owned, visit: Visit) -> str:
    return sentence % {"when": day_and_time(at, owned.zone, visit.reader)} if at else ""
