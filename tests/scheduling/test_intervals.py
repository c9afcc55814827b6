from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.intervals import (
    Period,
    Span,
    epoch,
    epoch_up,
    instant,
    intersect,
    normalise,
    overlaps,
    subtract,
    union,
)

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
TEN = datetime(2027, 3, 1, 10, tzinfo=UTC)

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


def moments(of: list[Span]) -> set[int]:
    return {second for start, end in of for second in range(start, end)}


def is_normal(of: list[Span]) -> bool:
    return all(start < end for start, end in of) and all(a[1] < b[0] for a, b in pairwise(of))


class TestPeriod:
    def test_is_kept_in_utc(self) -> None:
        dubai = timezone(timedelta(hours=4))
        period = Period(datetime(2027, 3, 1, 13, tzinfo=dubai), datetime(2027, 3, 1, 14, tzinfo=dubai))
        assert period == Period(NINE, TEN)
        assert period.starts_at.tzinfo is UTC
        assert period.length == timedelta(hours=1)

    def test_refuses_naive_empty_and_backward_periods(self) -> None:
        naive = NINE.replace(tzinfo=None)
        for starts_at, ends_at in [(naive, TEN), (NINE, naive), (NINE, NINE), (TEN, NINE)]:
            with pytest.raises(ValueError, match="a period"):
                Period(starts_at, ends_at)

    def test_span_rounds_outwards(self) -> None:
        half = timedelta(milliseconds=500)
        assert Period(NINE + half, TEN + half).span == (epoch(NINE), epoch(TEN) + 1)
        assert Period.from_span(Period(NINE, TEN).span) == Period(NINE, TEN)


def test_epoch_rounds_down_and_up_also_before_1970() -> None:
    before = datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)
    assert (epoch(before), epoch_up(before)) == (-2, -1)
    assert instant(-2) == datetime(1969, 12, 31, 23, 59, 58, tzinfo=UTC)


def test_touching_spans_become_one_and_empty_ones_vanish() -> None:
    assert normalise([(5, 9), (1, 5), (12, 12), (14, 13), (10, 11), (6, 7)]) == [(1, 9), (10, 11)]


def test_half_open_spans_that_touch_do_not_overlap() -> None:
    assert not overlaps([(10, 20)], (0, 10))
    assert not overlaps([(10, 20)], (20, 30))
    assert overlaps([(10, 20)], (19, 30))


@given(spans, spans)
def test_set_arithmetic_agrees_with_sets_of_seconds(first: list[Span], second: list[Span]) -> None:
    a, b = normalise(first), normalise(second)
    assert moments(a) == moments(first)
    for result, expected in [
        (union(first, second), moments(a) | moments(b)),
        (subtract(a, b), moments(a) - moments(b)),
        (intersect(a, b), moments(a) & moments(b)),
    ]:
        assert moments(result) == expected
        assert is_normal(result)


@given(spans, st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_overlapping_agrees_with_sets_of_seconds(some: list[Span], span: Span) -> None:
    normal = normalise(some)
    asked = moments([span])
    assert overlaps(normal, span) == bool(asked & moments(normal))
