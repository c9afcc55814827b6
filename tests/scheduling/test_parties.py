"""Parties: the best plan among all there are, every rule kept, and what to say where there is none."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.scheduling.intervals import normalise
from holdfast.scheduling.parties import Artist, Breaks, Guest, Part, PartyPlan, Shortfall, plan_party
from tests.scheduling.party_rules import MINUTE, broken_rules, every_plan, worth

NINE = 9 * 60 * MINUTE
FIVE = 5 * 60 * MINUTE


def _free(*, since: int = FIVE, until: int = 20 * 60 * MINUTE) -> Artist:
    return Artist([(since, until)], [])


def _guest(minutes: int, *artists: int, is_last: bool = False, ready_by: int | None = None) -> Guest:
    return Guest(minutes * MINUTE, frozenset(artists), is_last=is_last, ready_by=ready_by)


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"


def _planned(found: PartyPlan | Shortfall) -> PartyPlan:
    assert isinstance(found, PartyPlan), found
    return found


def test_a_bride_and_six_ready_at_nine_with_two_artists() -> None:
    guests = [_guest(60, 0, 1, is_last=True), *[_guest(40, 0, 1)] * 6]
    plan = _planned(plan_party(guests, [_free(), _free()], ready_by=NINE))
    assert plan.is_best
    assert (_clock(plan.first_start), _clock(plan.ready_at)) == ("06:20", "09:00")
    assert [_clock(part.start) for part in plan.parts if part.guest == 0] == ["08:00"]
    assert broken_rules(plan.parts, guests, [_free(), _free()], ready_by=NINE) == []


def test_fewer_artists_where_more_would_start_no_later() -> None:
    """One needs an hour and a half anyway: the two others fit beside, with one more artist instead of two."""
    guests = [_guest(90, 0), _guest(45, 1, 2), _guest(45, 1, 2)]
    plan = _planned(plan_party(guests, [_free()] * 3, ready_by=NINE))
    assert (_clock(plan.first_start), {part.artist for part in plan.parts}) == ("07:30", {0, 1})


def test_what_is_taken_breaks_and_a_limit_of_ones_own() -> None:
    lunch = Artist([(FIVE, NINE)], [(NINE - 90 * MINUTE, NINE - 60 * MINUTE)])
    guests = [_guest(60, 0), _guest(30, 0, ready_by=NINE - 120 * MINUTE), _guest(30, 0)]
    plan = _planned(plan_party(guests, [lunch], ready_by=NINE, breaks=Breaks(60 * MINUTE, 20 * MINUTE)))
    assert [(part.guest, _clock(part.start)) for part in plan.parts] == [
        (1, "06:30"),
        (2, "07:00"),
        (0, "08:00"),
    ]


@pytest.mark.parametrize("is_last", [False, True])
def test_nobody_is_ready_after_whoever_is_last(is_last: bool) -> None:
    """The only artist for her goes at eight: then everybody is ready at eight."""
    early = Artist([(FIVE, 8 * 60 * MINUTE)], [])
    guests = [_guest(60, 0, is_last=is_last), _guest(30, 1)]
    plan = _planned(plan_party(guests, [early, _free()], ready_by=NINE))
    assert _clock(plan.ready_at) == ("08:00" if is_last else "09:00")


def test_why_there_is_no_plan() -> None:
    two_hours = _free(since=NINE - 120 * MINUTE)
    guests = [_guest(60, 0, is_last=True), *[_guest(40, 0)] * 3]
    found = plan_party(guests, [two_hours], ready_by=NINE)
    assert found == Shortfall((2, 3), one_more_artist=True, seconds_short=80 * MINUTE)
    found = plan_party(guests, [_free()], ready_by=NINE, start_from=NINE - 120 * MINUTE)
    assert found == Shortfall(
        (2, 3), one_more_artist=True, earlier_start=NINE - 180 * MINUTE, seconds_short=80 * MINUTE
    )
    assert plan_party([_guest(60), _guest(30, 0)], [_free()], ready_by=NINE) == Shortfall((0,), (0,))
    assert plan_party([_guest(300, 0)], [_free()], ready_by=NINE) == Shortfall((0,), (0,))


def test_a_party_needs_guests_and_one_bride() -> None:
    with pytest.raises(ValueError, match="has guests"):
        plan_party([], [_free()], ready_by=NINE)
    with pytest.raises(ValueError, match="has guests"):
        plan_party([_guest(60, 0, is_last=True)] * 2, [_free()], ready_by=NINE)


_span = st.tuples(st.integers(0, 12), st.integers(1, 5)).map(
    lambda pair: (pair[0] * MINUTE, (pair[0] + pair[1]) * MINUTE)
)
_artists = st.lists(
    st.builds(
        Artist,
        st.lists(st.tuples(st.integers(0, 6), st.integers(4, 12)), min_size=1, max_size=2).map(
            lambda spans: normalise((start * MINUTE, (start + length) * MINUTE) for start, length in spans)
        ),
        st.lists(_span, max_size=1).map(normalise),
    ),
    min_size=1,
    max_size=2,
)


@st.composite
def _guests(draw: st.DrawFn, artists: int) -> list[Guest]:
    count = draw(st.integers(1, 3))
    last = draw(st.integers(-1, count - 1))
    return [
        Guest(
            draw(st.integers(1, 4)) * MINUTE,
            draw(st.frozensets(st.integers(0, artists - 1), min_size=1)),
            before=draw(st.sampled_from([0, 0, MINUTE])),
            after=draw(st.sampled_from([0, 0, MINUTE])),
            ready_by=draw(st.sampled_from([None, None, 9 * MINUTE])),
            is_last=number == last,
        )
        for number in range(count)
    ]


@given(st.data(), _artists, st.integers(8, 12), st.sampled_from([None, Breaks(4 * MINUTE, 2 * MINUTE)]))
@settings(max_examples=150, deadline=None)
def test_no_plan_is_better(
    data: st.DataObject, artists: list[Artist], minutes: int, breaks: Breaks | None
) -> None:
    guests = data.draw(_guests(len(artists)))
    start_from = data.draw(st.sampled_from([None, 2 * MINUTE]))
    ready_by = minutes * MINUTE
    found = plan_party(guests, artists, ready_by=ready_by, start_from=start_from, breaks=breaks)
    best = max(
        (
            worth(parts, guests, ready_by)
            for parts in every_plan(guests, artists, ready_by=ready_by, first=start_from or 0)
            if not broken_rules(
                parts, guests, artists, ready_by=ready_by, start_from=start_from, breaks=breaks
            )
        ),
        default=None,
    )
    if best is None:
        assert isinstance(found, Shortfall)
        assert found.left_out
        return
    plan = _planned(found)
    assert (
        broken_rules(plan.parts, guests, artists, ready_by=ready_by, start_from=start_from, breaks=breaks)
        == []
    )
    assert worth(plan.parts, guests, ready_by) == best
    assert plan.is_best


def test_a_plan_that_breaks_a_rule_is_seen() -> None:
    """Negative control of the rules: each of them can be broken."""
    guests = [_guest(60, 0, is_last=True), _guest(30, 0)]
    plan = _planned(plan_party(guests, [_free()], ready_by=NINE))
    early, late = plan.parts

    all_day, two_hours = _free(), Breaks(120 * MINUTE, 20 * MINUTE)

    def broken(*parts: Part, artist: Artist = all_day, breaks: Breaks = two_hours) -> str:
        return str(broken_rules(parts, guests, [artist], ready_by=NINE, breaks=breaks))

    assert broken(early, late) == "[]"
    assert "two at once" in broken(early._replace(start=early.start + 60, end=early.end + 60), late)
    assert "not everybody" in broken(late)
    assert "no break" in broken(early, late, breaks=Breaks(60 * MINUTE, 20 * MINUTE))
    assert "closed" in broken(early, late, artist=_free(since=NINE))
    assert "taken" in broken(early, late, artist=_free()._replace(taken=[(FIVE, NINE)]))
    after = early._replace(start=late.end, end=late.end + early.end - early.start)
    assert "late" in broken(after, late)
    assert "not the last" in broken(after, late)
    assert "length" in broken(early._replace(end=early.end - 1), late)


@pytest.mark.parametrize("seed", range(5))
def test_big_parties_are_planned_quickly_and_well(seed: int) -> None:
    """Twelve guests and six artists: as a party is, exactly; with everybody different, near the bound."""
    source = random.Random(seed)
    artists = [Artist([(0, NINE)], normalise([(t, t + 1800)])) for t in (FIVE + 1800 * n for n in range(6))]
    everyone = range(6)
    usual = [
        _guest(90, *everyone, is_last=True),
        *[_guest(45, *everyone)] * 6,
        *[_guest(30, *everyone)] * 3,
        *[_guest(60, 0, 1, 2)] * 2,
    ]
    odd = [_guest(source.randrange(30, 91), *source.sample(everyone, 4)) for _ in range(12)]
    for guests, most in ((usual, 0.25), (odd, 0.25)):
        started = time.perf_counter()
        plan = _planned(plan_party(guests, artists, ready_by=NINE))
        assert time.perf_counter() - started < most
        assert broken_rules(plan.parts, guests, artists, ready_by=NINE) == []
        assert plan == plan_party(guests, artists, ready_by=NINE)
        assert plan.is_best == (plan.first_start == plan.at_best)
        assert plan.at_best - plan.first_start <= 60 * MINUTE
    print(
        f"seed {seed}: best {plan.is_best}, {(plan.at_best - plan.first_start) // 60} minutes from the bound"
    )
