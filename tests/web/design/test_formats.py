"""Dates, times, money and digits: expected values are those of CLDR for the locale named."""

from __future__ import annotations

from datetime import date, time

import pytest

from holdfast.web.design.formats import (
    Reader,
    city,
    clock_time,
    duration,
    full_day,
    money,
    month_name,
    reader_for,
    short_day,
)

FRIDAY = date(2026, 11, 20)
NEW_YORK = reader_for("en", "en-US", "America/New_York")
DUBAI = reader_for("ar", "en-AE", "Asia/Dubai")
CAIRO = reader_for("ar", "ar-EG", "Africa/Cairo")
BERLIN = reader_for("en", "en", "Europe/Berlin")


@pytest.mark.parametrize(
    ("reader", "locale"), [(NEW_YORK, "en_US"), (DUBAI, "ar_AE"), (CAIRO, "ar_EG"), (BERLIN, "en_DE")]
)
def test_the_page_s_language_meets_the_country_of_the_business(reader: Reader, locale: str) -> None:
    assert str(reader.locale) == locale


def test_a_locale_that_nobody_knows_falls_back_to_the_language() -> None:
    assert reader_for("en", "xx-ZZ", "Etc/Unknown").locale.language == "en"


@pytest.mark.parametrize(
    ("reader", "said"),
    [(NEW_YORK, "4:30\u202fPM"), (DUBAI, "4:30 م"), (CAIRO, "٤:٣٠ م"), (BERLIN, "16:30")],
)
def test_times_follow_the_country_s_clock_and_digits(reader: Reader, said: str) -> None:
    assert clock_time(time(16, 30), reader).replace("\u00a0", " ") == said


def test_a_business_may_choose_its_clock_and_digits() -> None:
    assert clock_time(time(16, 30), Reader(NEW_YORK.locale, clock="24")) == "16:30"
    assert clock_time(time(16, 30), Reader(CAIRO.locale, digits="latin", clock="24")) == "16:30"


def test_days_are_said_as_people_say_them() -> None:
    assert full_day(FRIDAY, NEW_YORK) == "Friday, November 20"
    assert full_day(FRIDAY, BERLIN) == "Friday, 20 November"
    assert full_day(FRIDAY, DUBAI) == "الجمعة، 20 نوفمبر"
    assert short_day(FRIDAY, NEW_YORK) == "Fri, Nov 20"
    assert month_name(FRIDAY, CAIRO) == "نوفمبر ٢٠٢٦"


@pytest.mark.parametrize(
    ("minor", "currency", "reader", "said"),
    [
        (12000, "USD", NEW_YORK, "$120"),
        (12050, "USD", NEW_YORK, "$120.50"),
        (500, "JPY", NEW_YORK, "¥500"),
        (12500, "KWD", NEW_YORK, "KWD 12.500"),
        (9000, "EUR", BERLIN, "90 €"),
        (8550, "AED", NEW_YORK, "AED 85.50"),
    ],
)
def test_money_knows_the_currency_s_minor_units(minor: int, currency: str, reader: Reader, said: str) -> None:
    assert money(minor, currency, reader).replace("\u00a0", " ") == said


def test_weeks_begin_where_the_country_begins_them() -> None:
    assert (NEW_YORK.first_weekday, DUBAI.first_weekday, CAIRO.first_weekday) == (6, 0, 5)


def test_lengths_are_minutes_until_they_are_better_said_in_hours() -> None:
    said = [duration(minutes, NEW_YORK).replace("\u00a0", " ") for minutes in (15, 60, 90, 120, 150)]
    assert said == ["15 min", "60 min", "90 min", "2 hr", "2 hr 30 min"]


def test_the_zone_is_named_by_its_city() -> None:
    assert city("America/New_York", NEW_YORK) == "New York"
    assert city("Asia/Dubai", DUBAI) == "دبي"
