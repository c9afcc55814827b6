"""Dates, times, money and digits as the reader writes them (CLDR, through Babel).

A `Reader` joins the language of the page with the country of the business: an Arabic page of a salon in
Dubai is `ar_AE`, which has Latin digits and weeks from Monday, where `ar_EG` has neither. All datetimes
given here are already local; nothing in this module converts between zones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.numbers import format_currency, get_currency_precision
from babel.units import format_unit

Digits = Literal["auto", "latin", "arabic"]
Clock = Literal["auto", "12", "24"]

_YEAR = re.compile(r"[\s,،]*(?:'de'\s+)?y+\s*")
_CODE_AND_AMOUNT = re.compile(r"(?<=[A-Za-z])(?=\d)")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_LATIN_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the page's language, the business's country, and what the business chose otherwise."""

    locale: Locale
    digits: Digits = "auto"
    clock: Clock = "auto"

    @property
    def first_weekday(self) -> int:
        """The day a week begins with; 0 is Monday."""
        return self.locale.first_week_day


@lru_cache(maxsize=256)
def reader_for(
    language: str, tenant_locale: str, time_zone: str, digits: Digits = "auto", clock: Clock = "auto"
) -> Reader:
    """Choose the locale: the page's language with the country of the tenant's locale, else of its zone."""
    parts = tenant_locale.replace("_", "-").split("-")
    territory = parts[-1].upper() if len(parts) > 1 else get_global("zone_territories").get(time_zone, "")
    base = language.split("-")[0]
    for name in (f"{base}_{territory}", f"{base}_150" if base == "en" else base, base):
        try:
            locale = Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
        return Reader(locale, digits, clock)
    return Reader(Locale("en"), digits, clock)


def clock_time(at: datetime | time, reader: Reader) -> str:
    """ "16:30" or "4:30 PM"."""
    if reader.clock == "auto":
        return _digits(format_time(at, "short", locale=reader.locale), reader)
    pattern = "HH:mm" if reader.clock == "24" else "h:mm a"
    return _digits(format_time(at, pattern, locale=reader.locale), reader)


def full_day(day: date, reader: Reader) -> str:
    """ "Friday, November 20": the day in words, without the year."""
    # CLDR has no such skeleton in every language, but the full date of each one is this and the year.
    pattern = _YEAR.sub("", str(reader.locale.date_formats["full"].pattern))
    return _digits(format_date(day, pattern, locale=reader.locale), reader)


def short_day(day: date, reader: Reader) -> str:
    """ "Fri, Nov 20" or "Fri, 20 Nov"."""
    return _digits(format_skeleton("MMMEd", _noon(day), locale=reader.locale), reader)


def weekday_name(day: date, reader: Reader) -> str:
    """ "Friday"."""
    return format_date(day, "EEEE", locale=reader.locale)


def short_weekday(day: date, reader: Reader) -> str:
    """ "Fri"; in Arabic, which has no short form, the whole name."""
    return format_date(day, "ccc", locale=reader.locale)


def narrow_weekday(day: date, reader: Reader) -> str:
    """ "F", where there is room for a letter only."""
    return format_date(day, "ccccc", locale=reader.locale)


def month_name(day: date, reader: Reader) -> str:
    """ "November 2026"."""
    return _digits(format_skeleton("yMMMM", _noon(day), locale=reader.locale), reader)


def whole_number(number: int, reader: Reader) -> str:
    """A small number, such as the day of a month, in the reader's digits."""
    return _digits(str(number), reader)


def money(minor: int, currency: str, reader: Reader) -> str:
    """An amount given in minor units: "$120", "AED 85.50". Whole amounts are written without cents."""
    precision = get_currency_precision(currency)
    amount = minor / 10**precision
    is_whole = minor % 10**precision == 0
    pattern = str(reader.locale.currency_formats["standard"].pattern)
    if is_whole:
        pattern = pattern.replace("0.00", "0")
    written = format_currency(amount, currency, pattern, locale=reader.locale, currency_digits=not is_whole)
    # CLDR puts a space between a code and its amount, which Babel leaves out.
    return _digits(_CODE_AND_AMOUNT.sub("\u00a0", written), reader)


def duration(minutes: int, reader: Reader) -> str:
    """ "60 min", "90 min", "2 hr", "2 hr 30 min": in minutes up to an hour and a half."""
    if minutes <= 90:
        return _unit(minutes, "minute", reader)
    hours, rest = divmod(minutes, 60)
    parts = [_unit(hours, "hour", reader)] if hours else []
    if rest:
        parts.append(_unit(rest, "minute", reader))
    return " ".join(parts)


def city(time_zone: str, reader: Reader) -> str:
    """The zone's city as the reader calls it: "New York", "نيويورك"."""
    return get_timezone_location(time_zone, locale=reader.locale, return_city=True)


def _unit(number: int, unit: str, reader: Reader) -> str:
    return _digits(format_unit(number, f"duration-{unit}", length="short", locale=reader.locale), reader)


def _digits(written: str, reader: Reader) -> str:
    """Babel is not of one mind about digits, so the choice is made here, after formatting."""
    system = reader.digits
    if system == "auto":
        system = "arabic" if reader.locale.default_numbering_system == "arab" else "latin"
    return written.translate(_ARABIC_DIGITS if system == "arabic" else _LATIN_DIGITS)


def _noon(day: date) -> datetime:
    """Skeletons are for datetimes; at noon no conversion could move the date."""
    return datetime.combine(day, time(12))
