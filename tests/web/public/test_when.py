"""The time step's view data: days, months, parts of the day, and the hour that comes twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.web.design.formats import Reader, reader_for
from holdfast.web.public.presenters.times import read_start_code, start_code, zone_sentence
from holdfast.web.public.presenters.when import When, present_when

NEW_YORK = ZoneInfo("America/New_York")
READER = reader_for("en", "en-US", "America/New_York")


def at(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK, fold=fold)
    return local.astimezone(UTC)


def when(
    starts: dict[date, list[datetime]],
    *,
    now: datetime,
    chosen: date | None,
    month: date | None = None,
    reader: Reader = READER,
) -> When:
    return present_when(
        counts={day: len(each) for day, each in starts.items()},
        starts=starts,
        chosen=chosen,
        month=month or (chosen or now.date()).replace(day=1),
        is_month_open=False,
        last_day=now.date() + timedelta(days=60),
        now=now,
        zone=NEW_YORK,
        reader=reader,
        day_url=lambda day: f"?date={day}",
        month_url=lambda first: f"?month={first:%Y-%m}",
        verb=lambda time: f"Hold {time}",
    )


FRIDAY = date(2026, 11, 20)
NOON = at(FRIDAY, 12, 7)


def test_times_stand_in_their_part_of_the_day() -> None:
    saturday = FRIDAY + timedelta(days=1)
    shown = when(
        {FRIDAY: [at(FRIDAY, 14), at(FRIDAY, 17)], saturday: [at(saturday, 9, 30)]}, now=NOON, chosen=FRIDAY
    )
    morning, afternoon, evening = shown.parts
    assert (morning.name, morning.slots, morning.empty_sentence) == (
        "Morning",
        [],
        "Nothing left this morning.",
    )
    assert morning.next_label.replace("\u202f", " ") == "Next morning: tomorrow, 9:30 AM"
    assert morning.next_url == "?date=2026-11-21"
    assert [slot.value for slot in afternoon.slots] == ["20261120T1900Z"]
    assert afternoon.slots[0].label == "Hold 2:00\u202fPM"
    # Five is evening: parts are half-open like everything else.
    assert [slot.value for slot in evening.slots] == ["20261120T2200Z"]


def test_a_part_that_this_business_does_not_know_is_not_shown() -> None:
    shown = when({FRIDAY: [at(FRIDAY, 14)]}, now=NOON, chosen=FRIDAY)
    assert [part.name for part in shown.parts] == ["Afternoon"]


def test_only_days_with_free_times_are_links() -> None:
    shown = when({FRIDAY: [at(FRIDAY, 14)]}, now=NOON, chosen=FRIDAY)
    assert [cell.url for cell in shown.strip] == ["?date=2026-11-20"] + [None] * 9
    assert shown.strip[0].is_chosen
    assert shown.strip[1].label == "Saturday, November 21, no free times"


def test_a_far_day_is_shown_with_the_days_around_it() -> None:
    far = FRIDAY + timedelta(days=30)
    shown = when({far: [at(far, 10)]}, now=NOON, chosen=far)
    assert shown.strip[0].day == far - timedelta(days=3)
    assert shown.strip[3].is_chosen


def test_a_month_is_a_table_of_weeks_from_the_country_s_first_day() -> None:
    month = when({}, now=NOON, chosen=FRIDAY).month
    assert month.title == "November 2026"
    assert month.weekdays[0] == ("Sunday", "Sun")
    assert [cell.day.day if cell else 0 for cell in month.weeks[0]] == [1, 2, 3, 4, 5, 6, 7]
    assert [cell.day.day if cell else 0 for cell in month.weeks[-1]] == [29, 30, 0, 0, 0, 0, 0]
    # Nothing before this month; the horizon ends in January.
    assert (month.previous_url, month.next_url) == (None, "?month=2026-12")
    january = when({}, now=NOON, chosen=FRIDAY, month=date(2027, 1, 1)).month
    assert (january.previous_url, january.next_url) == ("?month=2026-12", None)


def test_the_hour_that_comes_twice_says_which_one() -> None:
    # New York puts its clocks back on 1 November 2026, 02:00 to 01:00.
    day = date(2026, 11, 1)
    starts = [at(day, 1, 30), at(day, 1, 30, fold=1), at(day, 3)]
    shown = when({day: starts}, now=at(date(2026, 10, 30), 9), chosen=day)
    slots = shown.parts[0].slots
    assert [(slot.time.replace("\u202f", " "), slot.note) for slot in slots] == [
        ("1:30 AM", "GMT-4"),
        ("1:30 AM", "GMT-5"),
        ("3:00 AM", ""),
    ]
    assert [slot.value for slot in slots[:2]] == ["20261101T0530Z", "20261101T0630Z"]
    assert slots[0].label == "Hold 1:30\u202fAM (GMT-4)"


def test_the_zone_is_named_with_the_time_there_now() -> None:
    said = zone_sentence(NEW_YORK, NOON, READER).replace("\u202f", " ")
    assert said == "Times in New York (GMT-5). It is 12:07 PM there now."


def test_a_start_in_an_address_reads_back_as_itself() -> None:
    assert read_start_code(start_code(NOON)) == NOON


@pytest.mark.parametrize(
    "code",
    ["", "20261120", "2026-11-20T10:00Z", "20261320T1000Z", "٢٠٢٦١١٢٠T1000Z", "\x00"],
)
def test_what_is_no_start_is_none(code: str) -> None:
    assert read_start_code(code) is None
