import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.intervals import Span
from holdfast.scheduling.taken import Taken, starts_that_meet, starts_without_a_lane

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=6).map(
    lambda drawn: sorted((start, start + length) for start, length in drawn)
)


def test_rows_may_come_in_any_order_and_leave_lanes_out() -> None:
    taken = Taken.of_rows([(2, 50, 60), (0, 30, 40), (2, 10, 20)])
    assert taken.lanes == ([(30, 40)], [], [(10, 20), (50, 60)])
    assert Taken.of_rows([]).lanes == ()


def test_columns_are_the_same_as_rows() -> None:
    rows = [(0, 10, 20), (0, 30, 40), (1, 5, 50)]
    assert Taken.of_columns([(1, [5], [50]), (0, [10, 30], [20, 40])]) == Taken.of_rows(rows)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Taken.of_columns([(0, [10, 20], [15])])


@given(st.lists(spans, min_size=1, max_size=3), st.integers(0, 9), st.integers(1, 30))
def test_a_start_is_forbidden_exactly_when_every_lane_meets_its_range(
    lanes: list[list[Span]], before: int, length: int
) -> None:
    forbidden = starts_without_a_lane(lanes, before=before, length=length)
    assert forbidden == sorted(forbidden)
    for start in range(-40, 100):
        taken = [
            any(begin < start + length and start - before < end for begin, end in lane) for lane in lanes
        ]
        assert any(begin <= start < end for begin, end in forbidden) == all(taken), start


def test_a_range_may_touch_what_is_taken() -> None:
    assert starts_that_meet([(100, 200)], before=0, length=50) == [(51, 200)]
    assert starts_that_meet([(100, 200)], before=10, length=50) == [(51, 210)]
