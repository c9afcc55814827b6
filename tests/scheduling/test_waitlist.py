"""Who is offered what, compared with a naive version; and why somebody waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.scheduling.waitlist import (
    Facts,
    Match,
    Opening,
    Reason,
    Waiting,
    Why,
    Window,
    match,
    reasons,
)

HOUR = 3600
PEOPLE = ("mia", "noa", "ida")


def opening(hour: int, *people: str, length: int = 1, seats: int = 0) -> Opening:
    """A free start at an hour; with seats, of a group."""
    group = f"{people[0]}@{hour}" if seats else None
    return Opening(hour * HOUR, (hour * HOUR, (hour + length) * HOUR), people, group=group, seats=seats or 1)


@st.composite
def queues(draw: st.DrawFn) -> list[Waiting]:
    """A few people who wait for overlapping starts of three people, some of them in groups."""
    hours = st.integers(8, 12)
    computed = st.builds(
        lambda hour, people, length: opening(hour, *people, length=length),
        hours,
        st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True),
        st.integers(1, 2),
    )
    groups = st.builds(
        lambda hour, who, seats: opening(hour, who, seats=seats), hours, st.just("mia"), st.just(3)
    )
    return [
        Waiting(
            id=number,
            openings=sorted(
                draw(st.lists(groups if party > 1 else st.one_of(computed, groups), max_size=5)),
                key=lambda each: each.start,
            ),
            party_size=party,
            person=draw(st.none() | st.sampled_from(PEOPLE)),
            refused=frozenset(draw(st.sets(hours.map(lambda hour: hour * HOUR), max_size=2))),
        )
        for number, party in enumerate(draw(st.lists(st.integers(1, 3), max_size=6)))
    ]


def naive(queue: Sequence[Waiting]) -> dict[object, Opening]:
    """One after the other, minute by minute: who gets which start, whoever gives it."""
    busy: dict[object, set[int]] = {}
    seated: dict[object, int] = {}
    got: dict[object, Opening] = {}
    for found in match_in_order(queue):
        got[found.id] = found.opening
        minutes = busy.setdefault(found.person, set())
        if found.opening.group is None:
            wanted = set(range(found.opening.claim[0], found.opening.claim[1], 60))
            assert not minutes & wanted
            minutes |= wanted
        else:
            party = next(each.party_size for each in queue if each.id == found.id)
            seated[found.opening.group] = seated.get(found.opening.group, 0) + party
            assert seated[found.opening.group] <= found.opening.seats
    return got


def match_in_order(queue: Sequence[Waiting]) -> list[Match]:
    """Walk the queue, trying every start and every person."""
    given_out: list[tuple[Match, int]] = []
    for place, each in enumerate(queue):
        best: Match | None = None
        for start in each.openings:
            if best is not None or start.start in each.refused:
                continue
            able = [who for who in start.people if each.person is None or each.person == who]
            if start.group is not None:
                used = sum(party for other, party in given_out if other.opening.group == start.group)
                if able and start.seats - used >= each.party_size:
                    best = Match(each.id, start, able[0])
                continue
            free = [
                who
                for who in able
                if all(
                    other.person != who
                    or other.opening.group is not None
                    or other.opening.claim[1] <= start.claim[0]
                    or start.claim[1] <= other.opening.claim[0]
                    for other, _ in given_out
                )
            ]
            if free:
                later = [other.person for other in queue[place + 1 :]]
                unnamed = [who for who in free if who not in later]
                last_named = sorted(free, key=lambda who: [*later, who].index(who))[-1]
                best = Match(each.id, start, unnamed[0] if unnamed else last_named)
        if best is not None:
            given_out.append((best, each.party_size))
    return [found for found, _ in given_out]


@settings(max_examples=50, deadline=None)
@given(queues())
def test_it_agrees_with_a_naive_version(queue: list[Waiting]) -> None:
    assert match(queue) == match_in_order(queue)
    got = naive(queue)
    assert len(got) == len({each.id for each in match(queue)})


@settings(max_examples=50, deadline=None)
@given(queues())
def test_the_first_gets_the_earliest_that_suits(queue: list[Waiting]) -> None:
    """Whoever stands behind: nobody in front has taken anything."""
    suiting = [
        each.start
        for waiting in queue[:1]
        for each in waiting.openings
        if each.start not in waiting.refused
        and (waiting.person is None or waiting.person in each.people)
        and (each.group is None or each.seats >= waiting.party_size)
    ]
    got = [found.opening.start for found in match(queue) if found.id == 0]
    assert got == suiting[:1]


def test_the_longest_waiting_gets_the_earliest_start() -> None:
    starts = [opening(9, "mia"), opening(11, "mia")]
    found = match([Waiting("zoe", starts), Waiting("max", starts), Waiting("kim", starts)])
    assert [(each.id, each.opening.start // HOUR) for each in found] == [("zoe", 9), ("max", 11)]


def test_anyone_leaves_the_named_person_to_who_named_her() -> None:
    starts = [opening(9, "mia", "noa")]
    found = match([Waiting("zoe", starts), Waiting("max", starts, person="mia")])
    assert [(each.id, each.person) for each in found] == [("zoe", "noa"), ("max", "mia")]
    # Not even many who come later take from one who comes sooner.
    crowd = [Waiting(number, starts, person="mia") for number in range(3)]
    found = match([Waiting("zoe", starts), Waiting("max", starts, person="noa"), *crowd])
    assert [(each.id, each.person) for each in found] == [("zoe", "mia"), ("max", "noa")]


def test_what_was_let_go_does_not_come_back() -> None:
    starts = [opening(9, "mia"), opening(11, "mia")]
    found = match([Waiting("zoe", starts, refused=frozenset({9 * HOUR})), Waiting("max", starts)])
    assert [(each.id, each.opening.start // HOUR) for each in found] == [("zoe", 11), ("max", 9)]


def test_a_large_party_is_passed_over_by_a_small_one_that_fits() -> None:
    starts = [opening(9, "mia", seats=2)]
    found = match([Waiting("three", starts, party_size=3), Waiting("two", starts, party_size=2)])
    assert [each.id for each in found] == ["two"]


def test_starts_of_one_person_that_meet_are_not_both_given() -> None:
    first, second = opening(9, "mia", length=2), opening(10, "mia")
    found = match([Waiting("zoe", [first]), Waiting("max", [second])])
    assert [each.id for each in found] == ["zoe"]


def wall(day: int, at: str) -> datetime:
    """A wall time of that November."""
    return datetime.fromisoformat(f"2026-11-{day}T{at}:00")


def test_windows() -> None:
    day = date(2026, 11, 20)
    window = Window(day, date(2026, 11, 21), time(12), time(17))
    inside = [wall(20, "12:00"), wall(21, "16:59")]
    outside = [wall(20, "11:59"), wall(21, "17:00"), wall(22, "13:00")]
    assert [window.holds(at) for at in inside + outside] == [True, True, False, False, False]
    for wrong in ((day, date(2026, 11, 19), None, None), (day, day, time(12), time(12))):
        with pytest.raises(ValueError, match="must"):
            Window(*wrong)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(is_offered=True), [Reason(Why.OFFERED)]),
        (Facts(is_suitable=False), [Reason(Why.UNSUITABLE)]),
        (
            Facts(is_open_yet=False, hours_left=99, ahead=1),
            [Reason(Why.NOT_OPEN_YET), Reason(Why.OTHERS_AHEAD, 1)],
        ),
        (Facts(hours_left=99), [Reason(Why.NOT_AT_WORK)]),
        (Facts(hours_left=99, open_hours=8), [Reason(Why.NOTHING_FREE)]),
        (Facts(hours_left=99, open_hours=8, gaps=2), [Reason(Why.TOO_SHORT, 2)]),
        (Facts(hours_left=99, open_hours=8, free_for_one=3), [Reason(Why.PARTY_TOO_LARGE, 3)]),
        (Facts(hours_left=99, free=2, refused=2), [Reason(Why.LET_GO, 2)]),
        (Facts(hours_left=99, free=1, too_soon=1), [Reason(Why.TOO_SOON, 1)]),
        (Facts(hours_left=99, free=2, refused=1), [Reason(Why.BEING_OFFERED, 1)]),
        (Facts(hours_left=99, free=2, ahead=3), [Reason(Why.OTHERS_AHEAD, 3)]),
        (Facts(hours_left=5, open_hours=8), [Reason(Why.NOTHING_FREE), Reason(Why.ENDS_SOON, 5)]),
    ],
)
def test_reasons(facts: Facts, expected: list[Reason]) -> None:
    assert reasons(facts) == expected


@given(st.builds(Facts))
def test_there_is_always_a_reason(facts: Facts) -> None:
    assert reasons(facts)
