from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.intervals import epoch
from holdfast.scheduling.runs import (
    Run,
    count_runs,
    count_runs_by_day,
    list_runs,
    merge_runs,
    nearest_in_runs,
    runs_between,
)
from holdfast.scheduling.zones import local_date

BERLIN = ZoneInfo("Europe/Berlin")

some_runs = st.lists(
    st.builds(Run, st.integers(0, 100), st.integers(1, 9), st.sampled_from((4, 6, 10))), max_size=6
)


def starts(runs: list[Run]) -> list[int]:
    return [run.first + number * run.step for run in runs for number in range(run.size)]


@given(st.integers(-50, 50), st.integers(1, 20), st.integers(-50, 50), st.integers(-50, 50))
def test_runs_between_finds_the_points_of_the_grid(anchor: int, step: int, start: int, end: int) -> None:
    expected = [point for point in range(start, end) if (point - anchor) % step == 0]
    assert starts(runs_between(anchor, step, start, end)) == expected


@given(some_runs)
def test_merged_runs_hold_each_start_once(runs: list[Run]) -> None:
    merged = merge_runs(runs)
    assert sorted(starts(merged)) == sorted(set(starts(runs)))
    assert [epoch(start) for start in list_runs(merged)] == sorted(set(starts(runs)))
    assert count_runs(merged) == len(set(starts(runs)))


def test_merging_runs_of_one_grid_keeps_them_few() -> None:
    assert merge_runs([Run(0, 4, 15), Run(60, 4, 15), Run(30, 4, 15)]) == [Run(0, 8, 15)]
    assert merge_runs([]) == []


@given(
    st.lists(
        st.builds(Run, st.integers(0, 300_000), st.integers(1, 90), st.sampled_from((900, 5400))), max_size=4
    )
)
def test_counts_by_day_are_those_of_the_local_dates(runs: list[Run]) -> None:
    """Across the 25-hour day of Berlin in 2027; starts outside the asked days are not counted."""
    afternoon = 1_824_900_000  # 30 October 2027, 14:40 in Berlin
    moved = [run._replace(first=run.first + afternoon) for run in runs]
    counts = count_runs_by_day(moved, from_date=date(2027, 10, 30), to_date=date(2027, 11, 1), zone=BERLIN)
    dates = [local_date(start, BERLIN) for start in list_runs(moved)]
    assert counts == {day: dates.count(day) for day in counts}
    assert list(counts) == [date(2027, 10, 30), date(2027, 10, 31), date(2027, 11, 1)]


@given(
    runs=st.lists(
        st.builds(Run, st.integers(-50, 50), st.integers(1, 12), st.integers(1, 9)), min_size=0, max_size=4
    ),
    target=st.integers(-200, 200),
    count=st.integers(1, 5),
)
def test_the_nearest_starts_are_those_that_a_list_would_give(
    runs: list[Run], target: int, count: int
) -> None:
    listed = {run.first + number * run.step for run in runs for number in range(run.size)}
    by_distance = sorted(listed, key=lambda second: (abs(second - target), second))
    assert nearest_in_runs(runs, target, count) == by_distance[:count]
