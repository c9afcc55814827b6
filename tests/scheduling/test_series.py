"""Series in the core: which starts a rule means, and what becomes of each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.intervals import epoch
from holdfast.scheduling.recurrence import TooMany
from holdfast.scheduling.recurrence_text import parse
from holdfast.scheduling.runs import Run, list_runs
from holdfast.scheduling.series import (
    LONGEST_DAYS,
    MOST_OCCURRENCES,
    EndlessError,
    OnConflict,
    Outcome,
    TooLongError,
    decide,
    list_occurrences,
    nearest_starts,
)
from holdfast.scheduling.slots import WhyNot
from holdfast.scheduling.zones import resolve_local

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia")]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_wall_time_stays_and_the_instant_moves() -> None:
    found = list_occurrences(wall("2027-03-21T10:00"), parse("FREQ=WEEKLY;COUNT=3"), BERLIN)
    assert [each.local_start.hour for each in found] == [10, 10, 10]
    assert [each.starts_at for each in found] == [
        datetime(2027, 3, 21, 9, tzinfo=UTC),
        datetime(2027, 3, 28, 8, tzinfo=UTC),
        datetime(2027, 4, 4, 8, tzinfo=UTC),
    ]


def test_a_time_that_is_not_shown_and_one_that_is_shown_twice() -> None:
    spring = list_occurrences(wall("2027-03-27T02:30"), parse("FREQ=DAILY;COUNT=3"), BERLIN)
    assert [each.starts_at is None for each in spring] == [False, True, False]
    autumn = list_occurrences(wall("2027-10-31T02:30"), parse("FREQ=DAILY;COUNT=1"), BERLIN)
    assert autumn[0].starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "count"),
    [
        ("20270315", 3),
        ("20270314", 2),
        ("20270315T100000", 3),
        ("20270315T095959", 2),
        ("20270315T090000Z", 3),
        ("20270315T085959Z", 2),
    ],
)
def test_until_includes_what_it_names(until: str, count: int) -> None:
    rule = parse(f"FREQ=WEEKLY;UNTIL={until}")
    assert len(list_occurrences(wall("2027-03-01T10:00"), rule, BERLIN)) == count


def test_as_many_as_can_be_promised() -> None:
    first = wall("2027-03-01T10:00")
    with pytest.raises(EndlessError):
        list_occurrences(first, parse("FREQ=WEEKLY"), BERLIN)
    assert len(list_occurrences(first, parse(f"FREQ=WEEKLY;COUNT={MOST_OCCURRENCES}"), BERLIN)) == 104
    for rule in ("FREQ=WEEKLY;COUNT=105", "FREQ=DAILY;UNTIL=20270613"):
        with pytest.raises(TooMany):
            list_occurrences(first, parse(rule), BERLIN)
    assert len(list_occurrences(first, parse("FREQ=DAILY;UNTIL=20270612"), BERLIN)) == 104
    with pytest.raises(TooLongError):
        list_occurrences(first, parse("FREQ=YEARLY;COUNT=4"), BERLIN)
    assert list_occurrences(first, parse("FREQ=WEEKLY;UNTIL=20270101"), BERLIN) == []


@given(
    first=st.datetimes(wall("2026-01-01"), wall("2028-01-01")).map(lambda at: at.replace(microsecond=0)),
    zone=st.sampled_from(ZONES),
    days=st.integers(1, 40),
    count=st.integers(1, 18),
)
def test_every_occurrence_is_its_date_at_that_time(
    first: datetime, zone: ZoneInfo, days: int, count: int
) -> None:
    found = list_occurrences(first, parse(f"FREQ=DAILY;INTERVAL={days};COUNT={count}"), zone)
    assert [each.date for each in found] == [
        first.date() + timedelta(days=days * number) for number in range(count)
    ]
    for each in found:
        assert each.local_start == datetime.combine(each.date, first.time())
        assert each.starts_at == next(iter(resolve_local(each.local_start, zone)), None)
    assert (found[-1].date - first.date()).days <= LONGEST_DAYS


@given(
    runs=st.lists(
        st.tuples(st.integers(0, 200), st.integers(1, 9), st.sampled_from((5, 10, 15))), max_size=4
    ),
    wish=st.integers(0, 300),
    window=st.none() | st.integers(1, 60),
)
def test_the_nearest_of_all_the_earlier_of_equals(
    runs: list[tuple[int, int, int]], wish: int, window: int | None
) -> None:
    minutes = [Run(first * 60, size, step * 60) for first, size, step in runs]
    wished = datetime.fromtimestamp(wish * 60, UTC)
    near = sorted(set(list_runs(minutes)), key=lambda at: (abs(at - wished), at))
    fitting = [at for at in near if window is None or abs(at - wished) <= timedelta(minutes=window)]
    assert nearest_starts(wished, minutes, window_minutes=window, most=3) == fitting[:3]
    assert all(epoch(at) % 60 == 0 for at in fitting)


@pytest.mark.parametrize(
    ("why_not", "proposal", "on_conflict", "outcome"),
    [
        (None, None, OnConflict.FAIL, Outcome.FREE),
        (WhyNot.TAKEN, True, OnConflict.FAIL, Outcome.CONFLICT),
        (WhyNot.TAKEN, None, OnConflict.FAIL, Outcome.CONFLICT),
        (WhyNot.TAKEN, True, OnConflict.SKIP, Outcome.SKIPPED),
        (WhyNot.TAKEN, None, OnConflict.SKIP, Outcome.SKIPPED),
        ("no_such_time", True, OnConflict.SHIFT, Outcome.SHIFTED),
        ("no_such_time", None, OnConflict.SHIFT, Outcome.CONFLICT),
    ],
)
def test_what_becomes_of_an_occurrence(
    why_not: WhyNot | str | None, proposal: bool | None, on_conflict: OnConflict, outcome: Outcome
) -> None:
    at = datetime.combine(date(2027, 1, 1), datetime.min.time(), UTC) if proposal else None
    assert decide(why_not, at, on_conflict, is_left_out=False) is outcome
    assert decide(why_not, at, on_conflict, is_left_out=True) is Outcome.SKIPPED
