from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from holdfast.scheduling.segments import (
    Claim,
    Segment,
    SegmentKind,
    Visit,
    in_sequence,
    list_claims,
    rename_roles,
    with_add_on,
)
from holdfast.scheduling.slots import Terms

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
ANNA, CHAIR = UUID(int=5), UUID(int=2)

# Half an hour to apply, 40 minutes to set, 20 to wash out; the chair is taken throughout.
COLOUR = Visit(
    (
        Segment("stylist", 0, 30),
        Segment("stylist", 30, 40, SegmentKind.PROCESSING),
        Segment("stylist", 70, 20),
        Segment("chair", 0, 90),
    ),
    buffer_before_minutes=5,
    buffer_after_minutes=10,
)
CUT = Visit((Segment("stylist", 0, 45), Segment("chair", 0, 45)), 0, 15, notice_minutes=60, horizon_days=90)


def minutes(spans: list[tuple[int, int]]) -> list[tuple[float, float]]:
    return [(start / 60, end / 60) for start, end in spans]


class TestClaims:
    def test_a_stylist_is_free_while_the_colour_sets(self) -> None:
        assert minutes(COLOUR.active_spans("stylist")) == [(0, 30), (70, 90)]
        assert minutes(COLOUR.claimed_spans("stylist")) == [(-5, 30), (70, 100)]

    def test_what_is_needed_throughout_is_taken_once(self) -> None:
        assert minutes(COLOUR.claimed_spans("chair")) == [(-5, 100)]

    def test_buffers_are_of_those_who_begin_and_of_those_who_end(self) -> None:
        washed = Visit((Segment("stylist", 0, 60), Segment("assistant", 20, 15)), 5, 10)
        assert minutes(washed.claimed_spans("assistant")) == [(20, 35)]
        relay = Visit((Segment("colourist", 0, 30), Segment("stylist", 30, 30)), 5, 10)
        assert minutes(relay.claimed_spans("colourist")) == [(-5, 30)]
        assert minutes(relay.claimed_spans("stylist")) == [(30, 70)]

    def test_a_buffer_goes_before_the_first_who_is_active(self) -> None:
        soaked = Visit((Segment("stylist", 0, 15, SegmentKind.PROCESSING), Segment("stylist", 15, 30)), 10, 0)
        assert minutes(soaked.claimed_spans("stylist")) == [(5, 45)]

    def test_a_start_and_a_team_give_allocations_in_the_order_of_locks(self) -> None:
        claims = list_claims(COLOUR, {"stylist": ANNA, "chair": CHAIR}, starts_at=NINE)
        assert claims == [
            Claim("chair", CHAIR, NINE - timedelta(minutes=5), NINE + timedelta(minutes=100)),
            Claim("stylist", ANNA, NINE - timedelta(minutes=5), NINE + timedelta(minutes=30)),
            Claim("stylist", ANNA, NINE + timedelta(minutes=70), NINE + timedelta(minutes=100)),
        ]

    def test_a_team_that_lacks_somebody_gives_nothing(self) -> None:
        with pytest.raises(KeyError):
            list_claims(COLOUR, {"stylist": ANNA}, starts_at=NINE)


class TestOneService:
    def test_is_a_visit_of_one_segment_on_the_same_terms(self) -> None:
        terms = Terms(45, 5, 10, 20, 60, 30)
        visit = Visit.of_terms(terms, "artist")
        assert visit.terms() == terms
        assert visit.roles == ("artist",)
        assert visit.claimed_spans("artist") == [terms.claimed_span(0)]

    def test_lasts_until_its_last_segment_ends_active_or_not(self) -> None:
        dried = Visit((Segment("stylist", 0, 30), Segment("stylist", 30, 20, SegmentKind.PROCESSING)))
        assert dried.length_minutes == 50

    def test_is_led_by_who_is_active_first(self) -> None:
        late = Visit((Segment("stylist", 10, 20), Segment("assistant", 0, 10)))
        assert (late.roles, late.lead) == (("assistant", "stylist"), "assistant")
        assert COLOUR.lead == "stylist"


class TestSeveralServices:
    def test_times_add_up_and_buffers_stay_outside(self) -> None:
        both = in_sequence([COLOUR, CUT])
        assert both.length_minutes == 135
        assert minutes(both.active_spans("stylist")) == [(0, 30), (70, 135)]
        assert minutes(both.claimed_spans("stylist")) == [(-5, 30), (70, 150)]
        assert (both.notice_minutes, both.horizon_days) == (60, 90)

    def test_two_people_may_give_two_services(self) -> None:
        both = in_sequence([COLOUR, rename_roles(CUT, {"stylist": "second stylist"})])
        assert both.roles == ("stylist", "chair", "second stylist")
        assert minutes(both.claimed_spans("stylist")) == [(-5, 30), (70, 90)]
        assert minutes(both.claimed_spans("second stylist")) == [(90, 150)]
        assert minutes(both.claimed_spans("chair")) == [(-5, 150)]

    def test_an_add_on_lengthens_the_visit_and_leaves_its_buffers(self) -> None:
        gloss = Visit((Segment("stylist", 0, 10),))
        longer = with_add_on(COLOUR, gloss)
        assert longer.length_minutes == 100
        assert minutes(longer.claimed_spans("stylist")) == [(-5, 30), (70, 110)]
        assert minutes(longer.claimed_spans("chair")) == [(-5, 90)], "the add-on did not ask for the chair"

    def test_an_add_on_may_be_given_while_the_colour_sets(self) -> None:
        manicure = Visit((Segment("manicurist", 0, 30),))
        pampered = with_add_on(COLOUR, manicure, at_minutes=35)
        assert pampered.length_minutes == 90
        assert minutes(pampered.claimed_spans("manicurist")) == [(35, 65)]

    def test_nobody_does_two_things_at_once(self) -> None:
        with pytest.raises(ValueError, match="stylist twice"):
            with_add_on(COLOUR, CUT, at_minutes=35)

    def test_no_service_is_no_visit(self) -> None:
        with pytest.raises(ValueError, match="visits"):
            in_sequence([])


@pytest.mark.parametrize(
    ("field", "segments", "more"),
    [
        ("segments", (), {}),
        ("segments", (Segment("stylist", 0, 30, SegmentKind.PROCESSING),), {}),
        ("segments", (Segment("stylist", 10, 30),), {}),
        ("segments", (Segment("stylist", 0, 30), Segment("stylist", 29, 30)), {}),
        ("buffer_after_minutes", (Segment("stylist", 0, 30),), {"buffer_after_minutes": -1}),
        ("granularity_minutes", (Segment("stylist", 0, 30),), {"granularity_minutes": 0}),
    ],
)
def test_impossible_visits_are_refused_by_field(
    field: str, segments: tuple[Segment, ...], more: dict[str, int]
) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        Visit(segments, **more)


def test_impossible_segments_are_refused_by_field() -> None:
    with pytest.raises(ValueError, match=r"^offset_minutes"):
        Segment("stylist", -1, 30)
    with pytest.raises(ValueError, match=r"^duration_minutes"):
        Segment("stylist", 0, 0)
