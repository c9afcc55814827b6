"""Queues of options: the rule against a naive model, and how long whoever is first may think."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.options import (
    MOST_RANKS,
    Claim,
    RanksFullError,
    ahead_of,
    answer_by,
    promoted_by,
    rank_for,
    ranks,
)

A, B, C = Claim("a", (0, 10), 1), Claim("b", (5, 15), 2), Claim("c", (12, 20), 3)
HOUR = 3600


@st.composite
def queues(draw: st.DrawFn) -> list[Claim]:
    """Queues as they come to be: each option was let in when it was made, pencils stood apart."""
    queue: list[Claim] = []
    for number in range(draw(st.integers(0, 9))):
        start = draw(st.integers(0, 30))
        option = Claim(number, (start, start + draw(st.integers(1, 15))), number)
        if len(ahead_of(option, queue)) < MOST_RANKS:
            has_time = draw(st.booleans()) and not ahead_of(option, queue)
            queue.append(option._replace(has_time=has_time))
    return queue


def test_ranks_count_what_overlaps_and_was_there_before() -> None:
    assert ranks([A, B, C]) == {"a": 1, "b": 2, "c": 2}
    assert rank_for(Claim("d", (0, 20), 4), [A, B]) == 3
    assert rank_for(Claim("d", (20, 30), 4), [A, B, C]) == 1


def test_a_fourth_is_refused() -> None:
    with pytest.raises(RanksFullError):
        rank_for(Claim("d", (0, 20), 4), [A, B, C])


def test_what_has_the_time_stands_before_options_made_earlier() -> None:
    late = Claim("late", (0, 10), 9, has_time=True)
    assert ranks([A, late]) == {"a": 2}
    assert ahead_of(Claim("d", (0, 10), 10), [A, late]) == [late, A]


def test_only_those_who_overlap_move_up() -> None:
    assert promoted_by("a", [A, B, C]) == {"b": 1}
    assert promoted_by("b", [A, B, C]) == {"c": 1}
    assert promoted_by("c", [A, B, C]) == {}


@given(queues())
def test_ranks_agree_with_walking_through_the_seconds(queue: list[Claim]) -> None:
    def seconds(claim: Claim) -> set[int]:
        return set(range(*claim.span))

    for number, claim in enumerate(queue):
        if claim.has_time:
            continue
        before = {
            other.id
            for place, other in enumerate(queue)
            if place != number and seconds(other) & seconds(claim) and (other.has_time or place < number)
        }
        assert ranks(queue)[claim.id] == 1 + len(before)


@given(queues())
def test_ranks_lie_between_one_and_three_and_somebody_is_first(queue: list[Claim]) -> None:
    found = ranks(queue)
    assert all(1 <= rank <= MOST_RANKS for rank in found.values())
    options = [claim for claim in queue if not claim.has_time]
    if options and len(options) == len(queue):
        assert found[min(options, key=lambda each: each.made).id] == 1
    # Two that are first never want the same time.
    first = [claim for claim in options if found[claim.id] == 1]
    assert not any(one.meets(other) for one in first for other in first if one is not other)


@given(queues(), st.data())
def test_a_release_moves_nobody_down_and_only_its_neighbours_up(
    queue: list[Claim], data: st.DataObject
) -> None:
    if not queue:
        return
    gone = data.draw(st.sampled_from(queue))
    rest = [claim for claim in queue if claim is not gone]
    before, after, moved = ranks(queue), ranks(rest), promoted_by(gone.id, queue)
    assert all(after[each] <= before[each] for each in after)
    assert moved == {each: after[each] for each in after if after[each] != before[each]}
    for claim in rest:
        if claim.id in moved:
            assert claim.meets(gone)
            assert moved[claim.id] == before[claim.id] - 1


@pytest.mark.parametrize(
    ("asked", "hours", "expected"),
    [
        (9 * HOUR, 2, 11 * HOUR),
        (7 * HOUR, 2, 11 * HOUR),
        (16 * HOUR, 2, 34 * HOUR),
        (20 * HOUR, 8, 41 * HOUR),
        (16 * HOUR, 1, 17 * HOUR),
        (40 * HOUR, 2, None),
    ],
)
def test_business_time_counts_only_while_it_is_open(asked: int, hours: int, expected: int | None) -> None:
    """Open 9 to 17 on the first day and on the second (33 to 41)."""
    assert answer_by(asked, [(9 * HOUR, 17 * HOUR), (33 * HOUR, 41 * HOUR)], hours * HOUR) == expected


@given(
    st.integers(0, 80),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), max_size=6),
    st.integers(1, 20),
)
def test_an_answer_is_due_after_exactly_so_many_open_seconds(
    asked: int, shapes: list[tuple[int, int]], seconds: int
) -> None:
    hours, at = [], 0
    for gap, length in shapes:
        hours.append((at + gap + 1, at + gap + 1 + length))
        at = hours[-1][1]
    opened = [second for start, end in hours for second in range(start, end) if second >= asked]
    expected = opened[seconds - 1] + 1 if len(opened) >= seconds else None
    assert answer_by(asked, hours, seconds) == expected
