"""RRULE as text: what is taken, what is refused and how, and the one way it is written."""

from datetime import UTC, date, datetime
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.scheduling.recurrence import Recurrence, next_fitting, shortest_distance
from holdfast.scheduling.recurrence_text import parse, text_of
from tests.scheduling.rules import rule_texts

SLOWEST_SECONDS = 0.05


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO"),
        ("rrule:byday=fr,mo,mo;freq=weekly;interval=1;wkst=mo", "FREQ=WEEKLY;BYDAY=MO,FR"),
        (" FREQ=MONTHLY;BYDAY=-1FR,+2MO ", "FREQ=MONTHLY;BYDAY=2MO,-1FR"),
        ("FREQ=MONTHLY;BYMONTHDAY=31,-1,+1", "FREQ=MONTHLY;BYMONTHDAY=-1,1,31"),
        ("FREQ=YEARLY;BYDAY=-53MO;COUNT=05", "FREQ=YEARLY;COUNT=5;BYDAY=-53MO"),
        ("UNTIL=20270630;FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;INTERVAL=2;UNTIL=20270630"),
        ("FREQ=DAILY;UNTIL=20270630T215959Z", "FREQ=DAILY;UNTIL=20270630T215959Z"),
        ("FREQ=DAILY;UNTIL=20270630T090000", "FREQ=DAILY;UNTIL=20270630T090000"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU"),
        ("FREQ=MONTHLY;BYSETPOS=-1,1;BYDAY=TU,MO", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1,1"),
    ],
)
def test_one_rule_has_one_text(written: str, canonical: str) -> None:
    rule = parse(written)
    assert text_of(rule) == canonical
    assert parse(canonical) == rule


def test_until_is_a_date_a_wall_time_or_an_instant() -> None:
    assert parse("FREQ=DAILY;UNTIL=20270630").until == date(2027, 6, 30)
    assert parse("FREQ=DAILY;UNTIL=20270630T090000").until == datetime.fromisoformat("2027-06-30T09:00")
    assert parse("FREQ=DAILY;UNTIL=20270630T090000Z").until == datetime(2027, 6, 30, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "Write the rule alone"),
        ("every Monday", "Write the rule alone"),
        ("FREQ=WEEKLY\nEXDATE:20270101", "without DTSTART or EXDATE"),
        ("DTSTART:20270101T090000Z\nRRULE:FREQ=DAILY", "without DTSTART or EXDATE"),
        ("DTSTART=20270101T090000Z;FREQ=DAILY", "“DTSTART” is none of them"),
        ("FREQ=DAILY;COUNT=٣", "Write the rule alone"),
        ("BYDAY=MO", "FREQ must be"),
        ("FREQ=", "FREQ must be given once, with a value"),
        ("FREQ=HOURLY", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=MINUTELY", "FREQ must be"),
        ("FREQ=SECONDLY", "FREQ must be"),
        ("FREQ=DAILY;BYHOUR=9", "“BYHOUR” is none of them"),
        ("FREQ=DAILY;BYMINUTE=0", "“BYMINUTE” is none of them"),
        ("FREQ=DAILY;BYSECOND=0", "“BYSECOND” is none of them"),
        ("FREQ=YEARLY;BYWEEKNO=20", "“BYWEEKNO” is none of them"),
        ("FREQ=YEARLY;BYYEARDAY=100", "“BYYEARDAY” is none of them"),
        ("FREQ=YEARLY;BYEASTER=1", "“BYEASTER” is none of them"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ must be given once"),
        ("FREQ=DAILY;", "is none of them"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be a number from 1 to 999"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL must be"),
        ("FREQ=DAILY;INTERVAL=1000", "INTERVAL must be"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL must be"),
        ("FREQ=DAILY;COUNT=0", "COUNT must be a number from 1 to 1000"),
        ("FREQ=DAILY;COUNT=1001", "COUNT must be"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL exclude each other"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL must be a date"),
        ("FREQ=DAILY;UNTIL=20270231", "no such time"),
        ("FREQ=DAILY;UNTIL=20270228T250000Z", "no such time"),
        ("FREQ=DAILY;UNTIL=00000101", "no such time"),
        ("FREQ=DAILY;UNTIL=99991231", "UNTIL must be in the years 1970 to 2200"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH must be numbers from 1 to 12"),
        ("FREQ=DAILY;BYMONTH=-1", "BYMONTH must be"),
        ("FREQ=DAILY;BYMONTH=1,,2", "BYMONTH must be"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY must be numbers from 1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY must be"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY has no meaning in a WEEKLY rule"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY must be weekdays"),
        ("FREQ=WEEKLY;BYDAY=1MO", "in a MONTHLY or YEARLY rule only"),
        ("FREQ=DAILY;BYDAY=-1FR", "in a MONTHLY or YEARLY rule only"),
        ("FREQ=MONTHLY;BYDAY=6MO", "from 1 to 5"),
        ("FREQ=MONTHLY;BYDAY=0MO", "from 1 to 5"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=6MO", "from 1 to 5"),
        ("FREQ=YEARLY;BYDAY=54MO", "from 1 to 53"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS chooses among"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS must be"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS must be"),
        ("FREQ=DAILY;BYDAY=MO;BYSETPOS=2", "this would never happen"),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=-8", "this would never happen"),
        ("FREQ=DAILY;WKST=1", "WKST must be a weekday"),
        ("FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 300), "at most 500 characters"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as refused:
        parse(written)
    assert says in str(refused.value)


@given(st.text(max_size=600) | st.text(alphabet="FREQ=DAILYWKMONTHU;,-+0123456789BSP", max_size=600))
def test_any_text_is_read_or_refused_at_once(written: str) -> None:
    begin = perf_counter()
    try:
        rule = parse(written)
    except ValueError:
        assert perf_counter() - begin < SLOWEST_SECONDS
    else:
        assert parse(text_of(rule)) == rule


@given(rule_texts(), st.dates(date(1970, 1, 1), date(2199, 1, 1)))
@example("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date(1970, 1, 1))
@example("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;INTERVAL=7", date(1970, 1, 1))
@example("FREQ=WEEKLY;BYDAY=MO,TU,WE;BYMONTH=2;BYSETPOS=7", date(1970, 1, 1))
@example("FREQ=DAILY;BYDAY=MO;BYSETPOS=-1", date(1970, 1, 1))
@example("FREQ=YEARLY;BYDAY=53MO,53TU,-53WE,MO;BYSETPOS=366", date(1970, 1, 1))
def test_looking_a_rule_over_takes_no_time(written: str, first: date) -> None:
    rule = parse(written)
    best = min(_seconds_to_look_over(rule, first) for _ in range(3))
    assert best < SLOWEST_SECONDS


def _seconds_to_look_over(rule: Recurrence, first: date) -> float:
    begin = perf_counter()
    rule.fits(first)
    next_fitting(rule, first)
    shortest_distance(rule, first)
    return perf_counter() - begin
