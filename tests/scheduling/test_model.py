"""The core against the naive model, on random schedules: starts, counts, teams and reasons."""

import pytest
from hypothesis import given, settings

from .schedules import Schedule, assert_agreement, schedules


@settings(max_examples=150)
@given(schedules())
def test_the_core_agrees_with_the_naive_model(schedule: Schedule) -> None:
    assert_agreement(schedule)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
@settings(max_examples=5_000, database=None)
@given(schedule=schedules())
def test_the_core_agrees_with_the_naive_model_on_100_000_schedules(part: int, schedule: Schedule) -> None:
    """In parts, each drawn from another seed, so that a machine with many cores may share them out."""
    assert_agreement(schedule)
