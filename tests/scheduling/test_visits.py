from datetime import datetime, timedelta
from time import perf_counter
from uuid import UUID

import pytest
from hypothesis import given, settings

from holdfast.scheduling.hours import OpenWindow
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.runs import count_runs, list_runs
from holdfast.scheduling.segments import Segment, Visit
from holdfast.scheduling.slots import Busy, Calendar, Terms, WhyNot, start_runs
from holdfast.scheduling.visits import (
    Candidates,
    Refusal,
    check_visit,
    choose_resources,
    runs_by_lead,
    visit_runs,
)

from .test_segments import COLOUR
from .test_slots import LONG_AGO, MIDNIGHT, at, busy, calendars, moments, span, terms_of_services, window

ANNA, BELA, CARA, CHAIR, BENCH = (UUID(int=number) for number in range(1, 6))
HOURS = [window("09:00", "12:00", 30)]
FREE = Calendar(HOURS)
TWO_HANDS = Visit((Segment("stylist", 0, 60), Segment("assistant", 0, 30)))


def booked(*taken: Busy, capacity: int = 1) -> Calendar:
    return Calendar(HOURS, busy=taken, capacity=capacity)


def starts(visit: Visit, candidates: Candidates) -> list[str]:
    return [f"{start:%H:%M}" for start in list_runs(visit_runs(visit, candidates, now=LONG_AGO))]


class TestSegments:
    def test_a_cut_fits_in_while_the_colour_sets(self) -> None:
        """Anna cuts from 9:40 to 10:05; a colour at 9:00 needs her until 9:30 and again from 10:10."""
        anna = booked(busy("09:40", "10:05"))
        assert starts(COLOUR, {"stylist": {ANNA: anna}, "chair": {CHAIR: FREE}}) == ["09:00", "10:30"]
        throughout = Visit.of_terms(Terms(90, 5, 10), "stylist")
        assert starts(throughout, {"stylist": {ANNA: anna}}) == ["10:30"]

    def test_the_chair_is_not_free_while_the_colour_sets(self) -> None:
        chair = booked(busy("09:40", "10:05"))
        assert starts(COLOUR, {"stylist": {ANNA: FREE}, "chair": {CHAIR: chair}}) == ["10:30"]

    def test_the_colour_may_set_over_a_lunch_break(self) -> None:
        anna = Calendar([window("09:00", "12:00", 30), window("12:30", "17:00", 30)])
        chair = Calendar([window("09:00", "17:00")])
        found = starts(COLOUR, {"stylist": {ANNA: anna}, "chair": {CHAIR: chair}})
        assert found[:6] == ["09:00", "09:30", "10:00", "10:30", "11:30", "12:30"]

    def test_each_claim_may_have_another_lane(self) -> None:
        benches = booked(busy("09:00", "10:00", 0), busy("10:00", "11:00", 1), capacity=2)
        twice = Visit((Segment("bench", 0, 30), Segment("bench", 60, 30)))
        assert starts(twice, {"bench": {BENCH: benches}}) == ["09:00", "09:30", "10:00", "10:30"]


class TestSeveralResources:
    def test_a_person_and_a_room_must_both_be_free(self) -> None:
        visit = Visit((Segment("stylist", 0, 60), Segment("chair", 0, 60)))
        candidates = {
            "stylist": {ANNA: booked(busy("09:00", "10:00"))},
            "chair": {CHAIR: booked(busy("11:00", "12:00"))},
        }
        assert starts(visit, candidates) == ["10:00"]

    def test_of_several_rooms_one_is_enough(self) -> None:
        visit = Visit((Segment("stylist", 0, 60), Segment("chair", 0, 60)))
        chairs = {CHAIR: booked(busy("09:00", "11:00")), BENCH: booked(busy("10:30", "12:00"))}
        candidates = {"stylist": {ANNA: FREE}, "chair": chairs}
        assert starts(visit, candidates) == ["09:00", "09:30", "11:00"]
        chosen = choose_resources(at("09:30"), visit, candidates)
        assert chosen == {"stylist": ANNA, "chair": BENCH}
        assert choose_resources(at("10:00"), visit, candidates) is None

    def test_the_grid_is_that_of_the_lead_alone(self) -> None:
        visit = Visit((Segment("stylist", 0, 60), Segment("chair", 0, 60)))
        odd = Calendar([window("08:50", "12:10", 50)])
        assert starts(visit, {"stylist": {ANNA: FREE}, "chair": {CHAIR: odd}})[:2] == ["09:00", "09:30"]

    def test_one_person_cannot_fill_two_roles(self) -> None:
        both = {"stylist": {ANNA: FREE}, "assistant": {ANNA: FREE}}
        assert starts(TWO_HANDS, both) == []
        assert check_visit(at("09:00"), TWO_HANDS, both, now=LONG_AGO) == Refusal(WhyNot.CAPACITY)

    def test_people_who_could_fill_either_role_are_shared_out(self) -> None:
        bela = booked(busy("10:00", "12:00"))
        both = {"stylist": {ANNA: FREE, BELA: bela}, "assistant": {ANNA: FREE, BELA: bela}}
        assert starts(TWO_HANDS, both) == ["09:00", "09:30"]
        assert choose_resources(at("09:00"), TWO_HANDS, both) == {"stylist": ANNA, "assistant": BELA}
        assert choose_resources(at("09:30"), TWO_HANDS, both) == {"stylist": ANNA, "assistant": BELA}

    def test_three_roles_need_three_people(self) -> None:
        """Any two of the three roles could be filled, but Anna and Bela are two."""
        visit = Visit(tuple(Segment(role, 0, 30) for role in ("lead", "second", "third", "fourth")))
        pair = {ANNA: FREE, BELA: FREE}
        assert starts(visit, {"lead": {CARA: FREE}, "second": pair, "third": pair, "fourth": pair}) == []
        more = {**pair, CHAIR: booked(busy("09:00", "11:30"))}
        found = starts(visit, {"lead": {CARA: FREE}, "second": pair, "third": more, "fourth": pair})
        assert found == ["11:30"]

    def test_the_starts_of_each_lead_are_told_apart(self) -> None:
        bela = booked(busy("11:00", "12:00"))
        candidates = {"stylist": {ANNA: FREE, BELA: bela}, "assistant": {BELA: bela}}
        led = runs_by_lead(TWO_HANDS, candidates, now=LONG_AGO)
        assert {who: count_runs(runs) for who, runs in led.items()} == {ANNA: 4, BELA: 0}


class TestReasons:
    VISIT = Visit((Segment("stylist", 0, 30), Segment("chair", 0, 30)), 0, 15, None, 30, 1)
    ANNA = Calendar(HOURS, blackouts=[span("11:00", "11:30")], busy=[busy("09:30", "10:00")])
    CHAIR = booked(busy("10:30", "11:00"))

    @pytest.mark.parametrize(
        ("clock", "refusal"),
        [
            ("06:30", Refusal(WhyNot.PAST)),
            ("07:15", Refusal(WhyNot.NOTICE)),
            ("08:00", Refusal(WhyNot.CLOSED, "stylist")),
            ("09:00", Refusal(WhyNot.BUFFER, "stylist")),
            ("09:30", Refusal(WhyNot.TAKEN, "stylist")),
            ("10:00", Refusal(WhyNot.BUFFER, "chair")),
            ("10:10", Refusal(WhyNot.OFF_GRID, "stylist")),
            ("10:30", Refusal(WhyNot.TAKEN, "chair")),
            ("11:00", Refusal(WhyNot.BLACKOUT, "stylist")),
            ("11:30", None),
            ("12:00", Refusal(WhyNot.CLOSED, "stylist")),
        ],
    )
    def test_the_first_role_that_nobody_fills_is_named(self, clock: str, refusal: Refusal | None) -> None:
        candidates = {"stylist": {ANNA: self.ANNA}, "chair": {CHAIR: self.CHAIR}}
        assert check_visit(at(clock), self.VISIT, candidates, now=at("07:00")) == refusal

    def test_of_several_candidates_whoever_came_closest_gives_the_reason(self) -> None:
        asleep = Calendar([])
        candidates = {"stylist": {BELA: asleep, ANNA: self.ANNA}, "chair": {CHAIR: self.CHAIR}}
        refusal = check_visit(at("09:00"), self.VISIT, candidates, now=at("07:00"))
        assert refusal == Refusal(WhyNot.BUFFER, "stylist")

    def test_a_role_without_candidates_lacks_the_skill(self) -> None:
        for candidates in ({"stylist": {ANNA: FREE}}, {"stylist": {ANNA: FREE}, "chair": {}}):
            refusal = check_visit(at("09:00"), self.VISIT, candidates, now=at("07:00"))
            assert refusal == Refusal(WhyNot.SKILL, "chair")
            assert visit_runs(self.VISIT, candidates, now=at("07:00")) == []

    def test_too_far_ahead_and_between_two_seconds(self) -> None:
        candidates = {"stylist": {ANNA: FREE}, "chair": {CHAIR: FREE}}
        early = at("09:00") - timedelta(days=1, minutes=1)
        assert check_visit(at("09:00"), self.VISIT, candidates, now=early) == Refusal(WhyNot.HORIZON)
        between = at("09:00") + timedelta(microseconds=5)
        refusal = check_visit(between, self.VISIT, candidates, now=at("07:00"))
        assert refusal == Refusal(WhyNot.OFF_GRID, "stylist")

    def test_a_naive_start_is_refused(self) -> None:
        naive = at("09:00").replace(tzinfo=None)
        with pytest.raises(ValueError, match="aware"):
            choose_resources(naive, self.VISIT, {})
        with pytest.raises(ValueError, match="aware"):
            check_visit(naive, self.VISIT, {}, now=at("07:00"))


@settings(max_examples=200)
@given(calendars(), terms_of_services, moments)
def test_a_visit_of_one_segment_is_a_service(calendar: Calendar, terms: Terms, now: datetime) -> None:
    visit = Visit.of_terms(terms, "person")
    within = Period(MIDNIGHT, MIDNIGHT + timedelta(hours=3))
    for asked in (None, within):
        found = visit_runs(visit, {"person": {ANNA: calendar}}, now=now, within=asked)
        assert list_runs(found) == list_runs(start_runs(calendar, terms, now=now, within=asked))


def test_twenty_people_for_a_month_take_milliseconds() -> None:
    """A colour with any of 20 stylists, at any of 10 chairs; with room for a loaded machine."""
    day = timedelta(days=1)
    days = [MIDNIGHT + number * day for number in range(31)]
    hours = [OpenWindow.of(Period(each + timedelta(hours=8), each + timedelta(hours=18))) for each in days]
    taken = [
        Busy(0, each + timedelta(hours=hour), each + timedelta(hours=hour, minutes=45))
        for each in days
        for hour in (8, 10, 11, 13, 15)
    ]
    calendar = Calendar(hours, busy=taken)
    candidates = {
        "stylist": {UUID(int=number): calendar for number in range(20)},
        "chair": {UUID(int=number): calendar for number in range(100, 110)},
    }
    milliseconds: list[float] = []
    for _ in range(5):
        begun = perf_counter()
        found = visit_runs(COLOUR, candidates, now=LONG_AGO)
        milliseconds.append((perf_counter() - begun) * 1000)
    print(f"20 people and 10 chairs x 1 month: {min(milliseconds):.1f} ms at best")
    assert count_runs(found) > 0
    assert min(milliseconds) < 200
