from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from holdfast.scheduling.intervals import Period
from holdfast.scheduling.reasons import Missing, list_missing
from holdfast.scheduling.slots import Busy, Calendar, Terms, WhyNot, check_start, list_starts
from holdfast.scheduling.taken import Taken

from .test_slots import MIDNIGHT, at, busy, calendars, moments, span, terms_of_services, window

EARLY = MIDNIGHT - timedelta(days=3)
DAY = Period(MIDNIGHT, MIDNIGHT + timedelta(days=1))
LUNCH = span("12:00", "13:00")
CALENDAR = Calendar(
    [window("09:00", "11:00", 30), window("12:00", "14:00", 30)],
    blackouts=[LUNCH],
    busy=[busy("09:30", "10:00"), busy("13:30", "14:00")],
)
TERMS = Terms(30, buffer_after_minutes=10)


def told(calendar: Calendar, terms: Terms, now: datetime = EARLY) -> list[tuple[str, str]]:
    return [
        (f"{each.starts_at:%H:%M}" + (f"-{each.ends_at:%H:%M}" if each.ends_at else ""), each.why_not.value)
        for each in list_missing(calendar, terms, now=now, within=DAY)
    ]


def test_a_day_as_it_is_told_to_staff() -> None:
    assert told(CALENDAR, TERMS) == [
        ("00:00-09:00", "closed"),
        ("09:00", "buffer"),
        ("09:30", "taken"),
        ("11:00-12:00", "closed"),
        ("12:00", "blackout"),
        ("12:30", "blackout"),
        ("13:00", "buffer"),
        ("13:30", "taken"),
        ("14:00-00:00", "closed"),
    ]


def test_what_is_past_or_too_soon_cuts_the_closed_stretches() -> None:
    assert told(CALENDAR, Terms(30, notice_minutes=60), now=at("08:20"))[:4] == [
        ("00:00-08:20", "past"),
        ("08:20-09:00", "notice"),
        ("09:00", "notice"),
        ("09:30", "taken"),
    ]


def test_what_is_beyond_the_horizon() -> None:
    assert told(CALENDAR, Terms(30, horizon_days=1), now=at("12:45") - timedelta(days=1))[-3:] == [
        ("13:00", "horizon"),
        ("13:30", "horizon"),
        ("14:00-00:00", "horizon"),
    ]


def test_starts_too_late_for_the_service_are_closed() -> None:
    assert ("10:30", "closed") in told(Calendar([window("09:00", "11:00", 30)]), Terms(45))


def test_a_start_that_only_a_closing_window_has_on_its_grid_is_off_the_grid_of_the_other() -> None:
    calendar = Calendar([window("09:00", "10:40", 20), window("10:00", "12:00", 30)])
    assert [each for each in told(calendar, Terms(60)) if "-" not in each[0]] == [
        ("10:20", "off_grid"),
        ("11:30", "closed"),
    ]


def test_who_is_in_the_way() -> None:
    found = {each.starts_at: each for each in list_missing(CALENDAR, TERMS, now=EARLY, within=DAY)}
    assert found[at("09:00")].busy == found[at("09:30")].busy == (busy("09:30", "10:00"),)
    assert found[at("12:30")] == Missing(at("12:30"), None, WhyNot.BLACKOUT, blackouts=(LUNCH,))
    assert found[at("13:00")].busy == (busy("13:30", "14:00"),)
    assert not found[at("09:00")].blackouts


def test_every_lane_that_is_in_the_way_is_named() -> None:
    booked = [busy("09:00", "09:30", 0), busy("09:15", "10:00", 1), busy("10:00", "11:00", 1)]
    calendar = Calendar([window("09:00", "10:00", 30)], busy=booked, capacity=2)
    found = list_missing(calendar, Terms(30), now=EARLY, within=span("09:00", "09:30"))
    assert found == [Missing(at("09:00"), None, WhyNot.TAKEN, busy=(booked[0], booked[1]))]


def test_numbers_are_told_as_times() -> None:
    (first, last) = (int(at(clock).timestamp()) for clock in ("09:00", "10:00"))
    calendar = Calendar([window("09:00", "10:00", 30)], busy=Taken.of_rows([(0, first, last)]))
    (missing, _) = list_missing(calendar, Terms(30), now=EARLY, within=span("09:00", "10:00"))
    assert missing.busy == (Busy(0, at("09:00"), at("10:00")),)


def test_a_moment_shorter_than_a_second_has_no_starts() -> None:
    moment = Period(at("09:00") + timedelta(microseconds=1), at("09:00") + timedelta(microseconds=2))
    assert list_missing(CALENDAR, TERMS, now=EARLY, within=moment) == []


@pytest.mark.parametrize("clock", ["00:00", "08:59", "11:30", "14:00", "23:59"])
def test_any_second_of_a_closed_stretch_has_its_reason(clock: str) -> None:
    assert check_start(at(clock), CALENDAR, TERMS, now=EARLY) is WhyNot.CLOSED


@settings(max_examples=300)
@given(calendars(), terms_of_services, moments)
def test_offered_and_missing_starts_are_the_grid_and_reasons_agree_with_each_check(
    calendar: Calendar, terms: Terms, now: datetime
) -> None:
    within = Period(MIDNIGHT - timedelta(minutes=5), MIDNIGHT + timedelta(minutes=400))
    missing = list_missing(calendar, terms, now=now, within=within)
    starts = [each for each in missing if each.ends_at is None]
    for each in starts:
        assert check_start(each.starts_at, calendar, terms, now=now) == each.why_not
        assert bool(each.busy) == (each.why_not in (WhyNot.TAKEN, WhyNot.BUFFER))
        assert bool(each.blackouts) == (each.why_not is WhyNot.BLACKOUT)
    grid = {
        MIDNIGHT + timedelta(seconds=second)
        for opened in calendar.windows
        for second in range(
            opened.start - int(MIDNIGHT.timestamp()),
            opened.end - int(MIDNIGHT.timestamp()),
            (terms.granularity_minutes or opened.granularity_minutes) * 60,
        )
    }
    asked = {start for start in grid if within.starts_at <= start < within.ends_at}
    offered = list_starts(calendar, terms, now=now, within=within)
    assert sorted([*offered, *(each.starts_at for each in starts)]) == sorted(asked)
    for each in missing:
        if each.ends_at is not None:
            for second in {each.starts_at, each.ends_at - timedelta(seconds=1)}:
                assert check_start(second, calendar, terms, now=now) == each.why_not
