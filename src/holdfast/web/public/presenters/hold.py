"""How long a held time is still kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.capabilities.bookings.types import HOLD_SECONDS, Booking
from holdfast.web.design.formats import whole_number
from holdfast.web.public.presenters.times import labelled_time
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class HoldPanel:
    """The deadline for the countdown, and the sentences for those who read without one."""

    deadline: str
    server_now: str
    seconds: int
    sentence: str
    until: str
    over: str
    announcements: list[tuple[int, str]]


def present_hold(booking: Booking, visit: Visit, zone: ZoneInfo) -> HoldPanel | None:
    """Write the panel of a running hold; None for any other booking."""
    deadline = booking.hold_expires_at
    if booking.status != "held" or deadline is None or deadline <= visit.now:
        return None
    time = labelled_time(booking.starts_at, zone, visit.reader)
    minutes = max(1, round((deadline - visit.now).total_seconds() / 60))
    return HoldPanel(
        deadline=_instant(deadline),
        server_now=_instant(visit.now),
        seconds=HOLD_SECONDS,
        sentence=_yours_for(time, minutes, visit),
        until=_("Until %(time)s. We keep it while you fill in your details.")
        % {"time": labelled_time(deadline, zone, visit.reader)},
        over=_("The time we kept for you is over. Choose “Confirm booking” to see whether it is still free."),
        announcements=[(left, _yours_for(time, left, visit)) for left in (5, 2, 1)],
    )


def _yours_for(time: str, minutes: int, visit: Visit) -> str:
    sentence = ngettext(
        "%(time)s is yours for %(count)s minute.", "%(time)s is yours for %(count)s minutes.", minutes
    )
    return sentence % {"time": time, "count": whole_number(minutes, visit.reader)}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
