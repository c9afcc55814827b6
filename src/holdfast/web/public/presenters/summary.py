"""What is being booked, in a few lines: the card beside every step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from holdfast.scheduling.zones import local_date, offset_label
from holdfast.web.design.formats import Reader, city, duration, full_day
from holdfast.web.public.presenters.services import price_of
from holdfast.web.public.presenters.times import time_range


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the summary; `is_text` marks what somebody wrote, in whatever direction it reads."""

    term: str
    value: str
    is_text: bool = False


def present_summary(
    *,
    service_name: str,
    minutes: int,
    price_minor: int | None,
    currency: str,
    with_name: str,
    place: str,
    reader: Reader,
    zone: ZoneInfo,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> list[Line]:
    """The lines, in the order in which people ask; without a time yet, the lines about it are left out."""
    lines = [Line(_("Service"), service_name, is_text=True)]
    if starts_at and ends_at:
        lines += [
            Line(_("Day"), full_day(local_date(starts_at, zone), reader)),
            Line(_("Time"), time_range(starts_at, ends_at, zone, reader)),
            Line(_("Time zone"), f"{city(zone.key, reader)} ({offset_label(starts_at, zone)})"),
        ]
    else:
        lines.append(Line(_("Duration"), duration(minutes, reader)))
    if with_name:
        lines.append(Line(_("With"), with_name, is_text=True))
    if place:
        lines.append(Line(_("Where"), place, is_text=True))
    lines.append(Line(_("Total"), price_of(price_minor, currency, reader)))
    return lines
