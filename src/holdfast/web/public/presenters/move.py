"""Moving a booking to another time, in words: from when, to when, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from holdfast.scheduling.zones import local_date
from holdfast.web.design.formats import full_day
from holdfast.web.public.moving import FreeMoves
from holdfast.web.public.owned import Owned
from holdfast.web.public.presenters.mine import say_too_late
from holdfast.web.public.presenters.refusals import Alternative, Refusal, sentence_of
from holdfast.web.public.presenters.times import labelled_time, relative_day, start_code, time_range
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class Spot:
    """A time that a booking has or could have, on the wall of its place."""

    day: str
    time: str


def spot_of(owned: Owned, visit: Visit, starts_at: datetime, zone: ZoneInfo) -> Spot:
    """Say when the booking would be, if it began then."""
    ends_at = starts_at + (owned.booking.ends_at - owned.booking.starts_at)
    return Spot(
        full_day(local_date(starts_at, zone), visit.reader),
        time_range(starts_at, ends_at, zone, visit.reader),
    )


def why_not_movable(owned: Owned, visit: Visit) -> str:
    """Say why this booking goes nowhere any more, or not by this page."""
    booking = owned.booking
    if booking.status == "cancelled":
        return _("This booking is cancelled.")
    if owned.is_over(visit.now):
        return _("This time was not confirmed.")
    if booking.starts_at <= visit.now:
        return _("This booking has begun already.")
    late = say_too_late(owned, visit)
    if late:
        return late
    return _("This booking cannot be moved here. Please call %(place)s.") % {
        "place": owned.place_name or visit.tenant.name
    }


def present_not_free(
    code: str, free: FreeMoves, visit: Visit, starts_at: datetime, here: str
) -> Refusal | None:
    """Explain a start that cannot be had, with those that are near; None for what is not about the time."""
    time = labelled_time(starts_at, free.zone, visit.reader)
    sentence = sentence_of(code, time)
    if code in ("NOT_FREE", "LIMIT_REACHED", "TOO_FEW_RESOURCES"):
        sentence = _("%(time)s is not free.") % {"time": time}
    if sentence is None:
        return None
    today = local_date(visit.now, free.zone)
    alternatives = [
        Alternative(
            value=start_code(at),
            time=labelled_time(at, free.zone, visit.reader),
            day=relative_day(local_date(at, free.zone), today, visit.reader),
            url=f"{here}?start={start_code(at)}",
        )
        for at in free.near(starts_at)
    ]
    return Refusal(sentence, alternatives, 409)
