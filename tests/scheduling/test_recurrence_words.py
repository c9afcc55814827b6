"""Rules in words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.recurrence_text import parse
from holdfast.scheduling.recurrence_words import in_words
from tests.scheduling.rules import rule_texts

MONDAY = date(2027, 1, 4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;COUNT=3", "every day, 3 times"),
        ("FREQ=DAILY;COUNT=1", "every day, once"),
        ("FREQ=DAILY;INTERVAL=3;UNTIL=20270630T200000Z", "every 3 days until 30 June 2027 20:00 UTC"),
        ("FREQ=DAILY;BYMONTH=8", "every day in August"),
        ("FREQ=DAILY;BYDAY=MO,TU", "every day if it is Monday or Tuesday"),
        ("FREQ=WEEKLY", "every Monday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20270630", "every second Monday until 30 June 2027"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "every second week on Monday and Friday"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,WE,FR", "every 3 weeks on Monday, Wednesday and Friday"),
        ("FREQ=MONTHLY", "every month on the 4th"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYDAY=2MO,-2FR", "every month on the 2nd Monday and the 2nd last Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,11,-1", "every month on the last, 1st and 11th day"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "every month on Friday if it is the 13th day"),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=-1", "every month on the last Saturday or Sunday"),
        ("FREQ=YEARLY", "every year on 4 January"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", "every year on the 25th day in December"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "every year on the 4th Thursday in November"),
    ],
)
def test_a_rule_reads_like_a_sentence(text: str, words: str) -> None:
    assert in_words(parse(text), MONDAY) == words


@given(rule_texts(), st.dates(date(1971, 1, 1), date(2199, 1, 1)))
def test_every_rule_can_be_said(text: str, first: date) -> None:
    words = in_words(parse(text), first)
    assert words.startswith("every ")
    assert "  " not in words
