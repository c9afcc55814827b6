"""What a mail says about a booking, in the business's language and zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.numbers import format_currency, get_currency_precision

from holdfast.capabilities.bookings.calendar import one_line
from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.notifications.types import LANGUAGES
from holdfast.capabilities.tenants.types import Location, Tenant

# A guest writes the name and anybody's address: what is no plain name is not repeated in a mail of ours,
# or bookings would carry strangers' advertisements.
_PLAIN_NAME = re.compile(r"[^\d/@:<>\[\]{}|\\.]{1,60}")


@dataclass(frozen=True, slots=True)
class Wording:
    """The facts of a mail as text, each one line; nothing is marked up yet.

    `old_day` and `old_time` are when it was before, where that has changed; `until` is when an offer ends;
    `nearby` names other times that are free; `dates` are all bookings of a series that the mail is about.
    """

    language: str
    direction: str
    business: str
    greeting_name: str
    title: str
    day: str
    short_day: str
    time: str
    zone: str
    person: str
    place: str
    price: str
    old_day: str = ""
    old_time: str = ""
    until: str = ""
    nearby: str = ""
    dates: tuple[DateLine, ...] = ()


@dataclass(frozen=True, slots=True)
class DateLine:
    """One of several bookings that a mail is about; `person` is empty where it is always the same."""

    day: str
    time: str
    person: str
    link: str


def language_of(tenant: Tenant) -> str:
    """Return the language of the business's mails: that of its locale where we speak it, else English."""
    language = re.split(r"[-_]", tenant.locale)[0].lower()
    return language if language in LANGUAGES else "en"


def word_booking(
    booking: Booking,
    tenant: Tenant,
    location: Location | None,
    person: str,
    *,
    before: Booking | None = None,
    nearby: Sequence[datetime] = (),
    language: str = "",
) -> Wording:
    """Write a booking's facts as the business's customers read them; `before` is what it was until then.

    `nearby` are other starts that are free.
    """
    language = language or language_of(tenant)
    locale = _locale(tenant, booking.time_zone, language)
    zone = ZoneInfo(booking.time_zone)
    starts, ends = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    old_day, old_time = _moved_from(booking, before, locale)
    until = booking.hold_expires_at.astimezone(zone) if booking.hold_expires_at else None
    name = one_line(booking.contact.name) if booking.contact else ""
    place = (location.name, location.address) if location else ()
    return Wording(
        language=language,
        direction=locale.text_direction,
        business=one_line(tenant.name),
        greeting_name=name if _PLAIN_NAME.fullmatch(name) else "",
        title=one_line(booking.title),
        day=format_date(starts, "full", locale=locale),
        short_day=_short_day(starts, locale),
        time=f"{_time(starts, locale)} – {_time(ends, locale)}",
        zone=f"{get_timezone_location(zone, locale=locale, return_city=True)}, {_offset(starts)}",
        person=one_line(person),
        place=", ".join(one_line(part) for part in place if part),
        price=_price(booking, locale),
        old_day=old_day,
        old_time=old_time,
        until=_moment(until, locale) if until else "",
        nearby=" · ".join(_moment(at.astimezone(zone), locale) for at in nearby),
    )


def word_date(booking: Booking, tenant: Tenant, language: str, *, person: str, link: str) -> DateLine:
    """Write one of several bookings as a line."""
    locale = _locale(tenant, booking.time_zone, language)
    zone = ZoneInfo(booking.time_zone)
    starts, ends = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    return DateLine(
        _short_day(starts, locale), f"{_time(starts, locale)} – {_time(ends, locale)}", one_line(person), link
    )


def _moved_from(booking: Booking, before: Booking | None, locale: Locale) -> tuple[str, str]:
    """Return day and time of before, as its place had them; empty where the time is the same."""
    if before is None or (before.starts_at, before.ends_at) == (booking.starts_at, booking.ends_at):
        return "", ""
    zone = ZoneInfo(before.time_zone)
    starts, ends = before.starts_at.astimezone(zone), before.ends_at.astimezone(zone)
    return format_date(starts, "full", locale=locale), f"{_time(starts, locale)} – {_time(ends, locale)}"


def _short_day(at: datetime, locale: Locale) -> str:
    return format_skeleton("MMMEd", at.replace(tzinfo=None), locale=locale)


def _moment(at: datetime, locale: Locale) -> str:
    return f"{_short_day(at, locale)}, {_time(at, locale)}"


def _locale(tenant: Tenant, time_zone: str, language: str) -> Locale:
    """Language of the mail with the country of the business: it decides clock, digits and order."""
    parts = re.split(r"[-_]", tenant.locale)
    country = parts[-1].upper() if len(parts) > 1 else get_global("zone_territories").get(time_zone, "")
    for name in (f"{language}_{country}", f"{language}_150" if language == "en" else language, language):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _time(at: datetime, locale: Locale) -> str:
    return format_time(at.time(), "short", locale=locale)


def _offset(at: datetime) -> str:
    """Return the distance from UTC as people write it: "GMT+4", "GMT+5:45", "GMT"."""
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return "GMT" + (f"{sign}{hours}" if minutes else "") + (f":{rest:02}" if rest else "")


def _price(booking: Booking, locale: Locale) -> str:
    if booking.price_minor is None:
        return ""
    amount = booking.price_minor / 10 ** get_currency_precision(booking.currency)
    return format_currency(amount, booking.currency, locale=locale)
