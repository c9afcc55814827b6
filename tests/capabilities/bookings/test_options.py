"""Options, pencils and challenges (S3 "Artist Booking System"; the queue of studios)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial
from uuid import uuid4

import pytest

from holdfast.capabilities.bookings.business_hours import find_answer_by
from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.bookings.commands.options import expire_due_options
from holdfast.capabilities.bookings.option_types import OptionTerms
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform import clock
from holdfast.platform.errors import Conflict, Invalid, NotFound
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.options import Claim, ranks
from tests.capabilities.bookings.studio import events, let_time_pass, look, move, option, outcome
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database

STILL_THERE = "select count(*) from allocation"


def test_three_options_queue_and_a_fourth_is_refused(business: Business, database: Database) -> None:
    assert [option(business).option_rank for _ in range(3)] == [1, 2, 3]
    with pytest.raises(Conflict) as refused:
        option(business)
    assert refused.value.code == "OPTION_RANKS_FULL"
    assert database.rows("select count(*) from booking") == [(3,)]
    assert database.rows(STILL_THERE) == [(0,)]


def test_the_pure_core_gives_the_same_ranks(business: Business) -> None:
    made = [
        option(business, business.start(hour=hour), hours=hours)
        for hour, hours in [(9, 3), (11, 3), (13, 4), (8, 2), (16, 2), (10, 2)]
    ]
    queue = [
        Claim(each.id, (int(each.starts_at.timestamp()), int(each.ends_at.timestamp())), number)
        for number, each in enumerate(made)
    ]
    assert {each.id: each.option_rank for each in made} == ranks(queue)
    move(business, "release", made[0].id)
    queue = queue[1:]
    assert {each.id: look(business, each.id).option_rank for each in made[1:]} == ranks(queue)


def test_only_the_first_may_be_pencilled_and_that_takes_the_time(
    business: Business, database: Database
) -> None:
    first, second = option(business), option(business)
    assert outcome(partial(move, business, "pencil", second.id)) == "OPTION_NOT_FIRST"
    assert database.rows(STILL_THERE) == [(0,)]
    pencilled = move(business, "pencil", first.id, expected_version=1)
    assert (pencilled.status, pencilled.option_rank, pencilled.version) == ("pencil", None, 2)
    assert database.rows(STILL_THERE) == [(1,)]
    with pytest.raises(Conflict) as refused:
        book(business, starts_at=business.start(hour=10))
    assert refused.value.code == "SLOT_FULL"
    # Whoever waited still waits behind it, and doing it again changes nothing.
    assert look(business, second.id).option_rank == 2
    assert move(business, "pencil", first.id).version == 2
    assert events(database, first.id) == ["option", "pencil"]


def test_a_release_moves_the_next_up_each_with_an_event(business: Business, database: Database) -> None:
    first, second, third = option(business), option(business), option(business)
    move(business, "pencil", first.id)
    released = move(business, "release", first.id, reason="the client waits")
    assert released.status == "cancelled"
    assert [look(business, each.id).option_rank for each in (second, third)] == [1, 2]
    assert events(database, second.id) == ["option", "option_promoted"]
    assert events(database, third.id) == ["option", "option_promoted"]
    assert database.rows(STILL_THERE) == [(0,)]
    assert database.rows(
        "select data -> 'before' ->> 'option_rank', data ->> 'option_rank' from booking_event"
        " where kind = 'booking.option_promoted' order by 1"
    ) == [("2", "1"), ("3", "2")]


def test_cancelling_the_usual_way_moves_the_next_up_too(business: Business) -> None:
    first, second = option(business), option(business)
    cancel_booking(tenant_id=business.tenant_id, actor=TESTER, now=clock.now(), booking_id=first.id)
    assert look(business, second.id).option_rank == 1


def test_a_first_option_is_confirmed_through_a_pencil(business: Business, database: Database) -> None:
    first, second = option(business), option(business)
    assert outcome(partial(move, business, "confirm", second.id)) == "OPTION_NOT_FIRST"
    confirmed = move(business, "confirm", first.id)
    assert (confirmed.status, confirmed.version) == ("confirmed", 3)
    assert confirmed.confirmed_at is not None
    assert events(database, first.id) == ["option", "pencil", "confirmed"]
    assert outcome(partial(option, business)) == "SLOT_FULL"
    assert move(business, "confirm", first.id).version == 3
    assert outcome(partial(move, business, "pencil", first.id)) == "MOVE_NOT_ALLOWED"


def test_pencils_and_confirmed_work_are_made_directly_where_nobody_waits(
    business: Business, database: Database
) -> None:
    assert option(business, status="pencil").status == "pencil"
    assert outcome(partial(option, business, status="pencil")) == "SLOT_FULL"
    assert option(business).option_rank == 2
    later = business.start(days=9, hour=9)
    option(business, later)
    assert outcome(partial(option, business, later, status="pencil")) == "OPTION_NOT_FIRST"
    assert outcome(partial(option, business, later, status="confirmed")) == "OPTION_NOT_FIRST"
    assert option(business, business.start(days=11), status="confirmed").status == "confirmed"
    assert database.rows(STILL_THERE) == [(2,)]


def test_an_option_takes_no_time_from_guests(business: Business) -> None:
    first = option(business)
    assert book(business, "book").status_name == "confirmed"
    assert outcome(partial(move, business, "pencil", first.id)) == "SLOT_FULL"
    assert look(business, first.id).option_rank == 1


def test_ranges_and_blackouts_are_checked(business: Business, database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        option(business, hours=0)
    assert refused.value.code == "RANGE_INVALID"
    with pytest.raises(Invalid) as refused:
        option(business, clock.now() - timedelta(hours=1))
    assert refused.value.code == "IN_THE_PAST"
    with pytest.raises(NotFound):
        option(business, resource_id=uuid4())
    first = option(business)
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER, starts_at=business.start(hour=9), ends_at=business.start(hour=12), reason="ill"
        )
    for call in (partial(option, business), partial(move, business, "pencil", first.id)):
        with pytest.raises(Invalid) as refused:
            call()
        assert refused.value.code == "BLACKED_OUT"
    assert database.rows("select count(*) from booking") == [(1,)]


def test_an_option_ends_by_itself_and_the_next_moves_up(business: Business, database: Database) -> None:
    first, second = option(business), option(business)
    assert first.option_expires_at is not None
    # The usual term is longer than a week: it ends when its time begins at the latest.
    assert first.option_expires_at == first.starts_at
    let_time_pass(database, "option_expires_at", "booking", first.id, by="id")
    assert look(business, second.id).option_rank == 1
    assert look(business, first.id).status == "expired"
    assert outcome(partial(move, business, "pencil", first.id)) == "OPTION_EXPIRED"
    assert events(database, first.id) == ["option", "expired"]


def test_a_challenge_that_is_not_answered_ends_the_holder(business: Business, database: Database) -> None:
    first, second, third = option(business), option(business), option(business)
    move(business, "pencil", first.id)
    assert outcome(partial(move, business, "challenge", first.id)) == "MOVE_NOT_ALLOWED"
    asked = move(business, "challenge", second.id)
    assert asked.challenge is not None
    assert (asked.challenge.challenger_id, asked.challenge.holder_id) == (second.id, first.id)
    assert look(business, first.id).challenge == asked.challenge
    assert outcome(partial(move, business, "challenge", third.id)) == "ALREADY_CHALLENGED"
    let_time_pass(database, "answer_by", "option_challenge", first.id)
    # The next who touches the queue finds it decided, with the sweeper stopped.
    assert outcome(partial(move, business, "pencil", second.id)) == "pencil"
    assert (look(business, first.id).status, look(business, third.id).option_rank) == ("expired", 2)
    assert events(database, first.id) == ["option", "pencil", "challenged", "expired"]
    assert database.rows("select status from option_challenge") == [("overdue",)]
    assert database.rows(STILL_THERE) == [(1,)]


@pytest.mark.parametrize(("late", "code"), [("confirm", "HOLD_EXPIRED"), ("cancel", "MOVE_NOT_ALLOWED")])
def test_no_usual_move_saves_a_holder_whose_time_is_up(
    business: Business, database: Database, late: str, code: str
) -> None:
    first, second = option(business), option(business)
    move(business, "pencil", first.id)
    move(business, "challenge", second.id)
    let_time_pass(database, "answer_by", "option_challenge", first.id)
    usual = confirm_booking if late == "confirm" else cancel_booking
    with pytest.raises(Conflict) as refused:
        usual(tenant_id=business.tenant_id, actor=TESTER, now=clock.now(), booking_id=first.id)
    assert refused.value.code == code
    assert database.rows("select status, option_rank from booking order by created_at") == [
        ("expired", None),
        ("option", 1),
    ]
    assert events(database, first.id)[-1] == "expired"


def test_the_sweeper_ends_what_is_overdue(business: Business, database: Database) -> None:
    first, second = option(business), option(business)
    move(business, "challenge", second.id)
    assert expire_due_options() == 0
    let_time_pass(database, "answer_by", "option_challenge", first.id)
    assert expire_due_options() == 1
    assert database.rows("select status, option_rank from booking order by created_at") == [
        ("expired", None),
        ("option", 1),
    ]
    assert expire_due_options() == 0


@pytest.mark.parametrize(
    ("answer", "status", "rank"), [("confirm", "answered", 2), ("release", "answered", 1)]
)
def test_the_holder_answers_by_confirming_or_giving_way(
    business: Business, database: Database, answer: str, status: str, rank: int
) -> None:
    first, second = option(business), option(business)
    move(business, "challenge", second.id)
    move(business, answer, first.id)
    assert database.rows("select status from option_challenge") == [(status,)]
    assert (look(business, second.id).option_rank, look(business, second.id).challenge) == (rank, None)


def test_pencilling_does_not_answer_a_challenge(business: Business, database: Database) -> None:
    first, second = option(business), option(business)
    move(business, "challenge", second.id)
    assert move(business, "pencil", first.id).challenge is not None
    assert database.rows("select status from option_challenge") == [("open",)]


def test_a_challenge_is_withdrawn_by_word_or_by_leaving(business: Business, database: Database) -> None:
    first, second = option(business), option(business)
    move(business, "challenge", second.id)
    assert move(business, "withdraw", second.id).challenge is None
    assert outcome(partial(move, business, "withdraw", second.id)) == "NO_CHALLENGE"
    move(business, "challenge", second.id)
    move(business, "release", second.id)
    assert look(business, first.id).challenge is None
    assert events(database, first.id) == [
        "option", "challenged", "challenge_withdrawn", "challenged", "challenge_withdrawn"
    ]  # fmt: skip
    assert database.rows("select status from option_challenge") == [("withdrawn",), ("withdrawn",)]


def test_who_may_be_challenged(business: Business) -> None:
    first, second = option(business), option(business)
    assert outcome(partial(move, business, "challenge", first.id)) == "OPTION_IS_FIRST"
    assert outcome(partial(move, business, "challenge", second.id, holder_id=second.id)) == "NO_HOLDER"
    move(business, "confirm", first.id)
    assert outcome(partial(move, business, "challenge", second.id)) == "HOLDER_CONFIRMED"


def test_versions_are_compared(business: Business, database: Database) -> None:
    first = option(business)
    for what in ("pencil", "confirm", "release"):
        with pytest.raises(Conflict) as refused:
            move(business, what, first.id, expected_version=9)
        assert (refused.value.code, refused.value.extra["current_version"]) == ("VERSION_CONFLICT", 1)
    assert events(database, first.id) == ["option"]


def test_every_version_has_one_event_that_says_the_same(business: Business, database: Database) -> None:
    first, second = option(business), option(business)
    move(business, "challenge", second.id)
    move(business, "pencil", first.id)
    move(business, "release", first.id)
    move(business, "confirm", second.id)
    assert (
        database.rows(
            "select b.id from booking b join booking_event e on e.booking_id = b.id"
            " group by b.id, b.version having count(*) <> b.version or count(distinct e.version) <> b.version"
        )
        == []
    )
    assert (
        database.rows(
            "select b.id from booking b join booking_event e on e.booking_id = b.id and e.version = b.version"
            " where (e.data ->> 'status', (e.data ->> 'option_rank')::int, e.data -> 'allocations')"
            " is distinct from (b.status, b.option_rank::int, (select coalesce(jsonb_agg(to_jsonb(a)"
            " - array['tenant_id', 'booking_id'] order by a.id), '[]') from allocation a"
            " where a.booking_id = b.id))"
        )
        == []
    )


def test_terms_come_from_the_business(database: Database) -> None:
    business = make_business(
        settings={"challenge_hours": 3, "option_days": 2}, opens=time(9), closes=time(17)
    )
    first, second = option(business), option(business)
    assert first.option_expires_at is not None
    assert abs(first.option_expires_at - clock.now() - timedelta(days=2)) < timedelta(minutes=1)
    asked = move(business, "challenge", second.id).challenge
    assert asked is not None
    with tenant_context(business.tenant_id, TESTER.label):
        expected = find_answer_by(current_schedule(), business.location_id, asked.opened_at, hours=3)
    assert abs(asked.answer_by - expected) <= timedelta(seconds=2)


@pytest.mark.parametrize("said", [0, -1, 241, "3", True, 2.5, None])
def test_terms_that_make_no_sense_count_as_unsaid(said: object) -> None:
    assert OptionTerms.of({"challenge_hours": said}).challenge_hours == 24


def test_business_hours_skip_nights_and_blackouts_and_changes_of_clocks(database: Database) -> None:
    business = make_business(opens=time(9), closes=time(17))

    def due(now: datetime, hours: int) -> str:
        with tenant_context(business.tenant_id, TESTER.label):
            found = find_answer_by(current_schedule(), business.location_id, now, hours=hours)
        return f"{found.astimezone(business.zone):%d. %H:%M}"

    # The clocks of Berlin are put forward in the night to Sunday, 28 March 2027.
    saturday = datetime(2027, 3, 27, 15, tzinfo=business.zone).astimezone(UTC)
    assert due(saturday, 2) == "27. 17:00"
    assert due(saturday, 3) == "28. 10:00"
    assert due(saturday, 24) == "30. 15:00"
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER,
            starts_at=datetime(2027, 3, 28, tzinfo=business.zone),
            ends_at=datetime(2027, 3, 29, tzinfo=business.zone),
            reason="closed",
        )
    assert due(saturday, 3) == "29. 10:00"
