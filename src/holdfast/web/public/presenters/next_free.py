"""The start page's answer to "when?": the earliest start, and the first ones of the next free days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from holdfast.scheduling.zones import local_date
from holdfast.web.public.presenters.times import labelled_time, relative_day, zone_sentence
from holdfast.web.public.visit import Visit
from holdfast.web.public.wish import Wish

_DAYS = 3


@dataclass(frozen=True, slots=True)
class NextFree:
    """`days` are (day, first time, address), the earliest first."""

    service_name: str
    when: str
    zone_sentence: str
    url: str
    days: list[tuple[str, str, str]]


def present_next_free(visit: Visit, wish: Wish, starts: Mapping[date, list[datetime]]) -> NextFree | None:
    """Write the earliest starts of a service; None when there are none."""
    if not starts:
        return None
    today = local_date(visit.now, wish.zone)
    days = [
        (
            _capital(relative_day(day, today, visit.reader)),
            labelled_time(starts[day][0], wish.zone, visit.reader),
            wish.day_url(day),
        )
        for day in sorted(starts)[: _DAYS + 1]
    ]
    day, time, url = days[0]
    return NextFree(
        service_name=wish.service.name,
        when=_("%(day)s, %(time)s") % {"day": day, "time": time},
        zone_sentence=zone_sentence(wish.zone, visit.now, visit.reader),
        url=url,
        days=days[1:],
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
