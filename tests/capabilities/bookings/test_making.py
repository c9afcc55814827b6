"""Making a booking: who gets it, why not, what the schedule says at the moment of writing, and replays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import create
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.catalog.commands import NewService, create_service, update_service
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules import queries as schedules
from holdfast.capabilities.schedules.commands import create_blackout, create_opening_rule, delete_blackout
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.moves import cancel, everything, key, outcome
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths

UNKNOWN = UUID("01890000-0000-7000-8000-00000000dead")


def test_anyone_is_whoever_has_least_to_do_that_day(database: Database) -> None:
    business = make_business(people=3)
    first, second, third = business.resource_ids
    book(business, starts_at=business.start(hour=8), resource_id=first)
    book(business, starts_at=business.start(hour=9), resource_id=first)
    book(business, starts_at=business.start(hour=8), resource_id=third)
    # Another day's work does not count.
    for hour in (8, 9, 10, 11):
        book(business, starts_at=business.start(days=8, hour=hour), resource_id=second)
    taken = [
        book(business, starts_at=business.start(hour=hour)).data["resource_id"] for hour in (12, 13, 14, 15)
    ]
    assert taken == [str(each) for each in (second, second, third, first)]
    assert untruths(database) == {}


def test_anyone_is_the_next_when_the_first_is_taken(database: Database) -> None:
    business = make_business(people=3)
    taken = {book(business).data["resource_id"] for _ in range(3)}
    assert taken == {str(each) for each in business.resource_ids}
    with pytest.raises(Conflict) as refused:
        book(business)
    assert refused.value.code == "SLOT_FULL"


def test_a_taken_start_comes_with_the_nearest_free_ones(business: Business, database: Database) -> None:
    book(business)
    stored = everything(database)
    with pytest.raises(Conflict) as refused:
        book(business)
    assert [each["starts_at"] for each in refused.value.extra["alternatives"]] == [
        f"{business.start(hour=hour, minute=minute):%Y-%m-%dT%H:%M:%SZ}"
        for hour, minute in ((8, 45), (9, 0), (11, 0))
    ]
    assert refused.value.field == "starts_at"
    assert everything(database) == stored


def test_alternatives_lie_within_a_week(business: Business, database: Database) -> None:
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER, starts_at=business.start(days=1, hour=1), ends_at=business.start(hour=9, minute=30)
        )
        create_blackout(
            actor=TESTER, starts_at=business.start(hour=11), ends_at=business.start(days=13, hour=18)
        )
    book(business)
    with pytest.raises(Conflict) as refused:
        book(business)
    # Only what is left of the day itself is nearer than six days, and there is less than an hour of it.
    assert [each["local_start"] for each in refused.value.extra["alternatives"]] == [
        (
            business.start(days=13, hour=18, minute=minute).astimezone(business.zone).replace(tzinfo=None)
        ).isoformat()
        for minute in (0, 15, 30)
    ]


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        (lambda business: clock.now() - timedelta(hours=1), "IN_THE_PAST"),
        (lambda business: business.start(hour=10, minute=7), "OFF_GRID"),
        (lambda business: business.start() + timedelta(seconds=1), "OFF_GRID"),
        (lambda business: business.start(hour=7), "OUTSIDE_HOURS"),
        (lambda business: business.start(hour=19, minute=15), "OUTSIDE_HOURS"),
        (lambda business: business.start(days=500), "TOO_FAR"),
    ],
)
def test_a_start_that_cannot_be_had_says_why(
    business: Business, database: Database, starts_at: Callable[[Business], datetime], code: str
) -> None:
    stored = everything(database)
    with pytest.raises(Invalid) as refused:
        book(business, starts_at=starts_at(business))
    assert (refused.value.code, refused.value.field) == (code, "starts_at")
    assert everything(database) == stored


def test_unknown_things_are_not_found(business: Business, database: Database) -> None:
    other = make_business()
    stored = everything(database)
    at = business.start()
    for wish, field in (
        (BookingRequest(UNKNOWN, at), "service_id"),
        (BookingRequest(other.services["cut"], at), "service_id"),
        (BookingRequest(business.services["cut"], at, resource_id=UNKNOWN), "resource_id"),
        (BookingRequest(business.services["cut"], at, resource_id=other.resource_ids[0]), "resource_id"),
        (BookingRequest(business.services["cut"], at, location_id=other.location_id), "location_id"),
    ):
        with pytest.raises(NotFound) as refused:
            create.create_booking(
                tenant_id=business.tenant_id, actor=GUEST, now=clock.now(), request=wish, key=None
            )
        assert refused.value.field == field
    assert everything(database) == stored


def test_notice_and_skills_of_a_service(database: Database) -> None:
    business = make_business(
        services=[
            NewService("soon", 60, "EUR", flow="hold", minimum_notice_minutes=3 * 24 * 60),
            NewService("far", 60, "EUR", flow="hold", horizon_days=5),
            NewService("nails", 60, "EUR", flow="hold", required_skills=("nails",)),
        ]
    )
    assert outcome(partial(book, business, "soon", business.start(days=2))) == "TOO_SOON"
    assert outcome(partial(book, business, "soon", business.start(days=4))) == "held"
    assert outcome(partial(book, business, "far", business.start(days=7))) == "TOO_FAR"
    assert outcome(partial(book, business, "nails")) == "RESOURCE_UNSUITABLE"
    with tenant_context(business.tenant_id, TESTER.label):
        able = create_resource(
            actor=TESTER, location_id=business.location_id, name="Nia", skills=("hair", "nails")
        )
    assert book(business, "nails").data["resource_id"] == str(able)
    move = partial(book, business, "nails", business.start(hour=14), resource_id=business.resource_ids[0])
    assert outcome(move) == "RESOURCE_UNSUITABLE"


def _between_check_and_write(
    monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object], times: int = 1
) -> list[int]:
    """Let `deed` happen after a booking was checked against the schedule and before it is written."""
    real = create.run_move
    calls: list[int] = []

    def run_move(*arguments: object, **named: object) -> object:
        calls.append(len(calls))
        if len(calls) <= times:
            deed()
        return real(*arguments, **named)

    monkeypatch.setattr(create, "run_move", run_move)
    return calls


def _blackout(business: Business, hour: int = 10) -> UUID:
    with tenant_context(business.tenant_id, TESTER.label):
        return create_blackout(
            actor=TESTER, starts_at=business.start(hour=hour), ends_at=business.start(hour=hour + 1)
        )


def test_a_blackout_made_in_the_last_moment_counts(
    business: Business, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _between_check_and_write(monkeypatch, partial(_blackout, business))
    assert outcome(partial(book, business)) == "BLACKED_OUT"
    assert len(calls) == 1
    assert database.rows("select count(*) from booking") == [(0,)]


def test_a_change_of_the_schedule_that_does_not_matter_is_checked_again(
    business: Business, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _between_check_and_write(monkeypatch, partial(_blackout, business, 15))
    assert outcome(partial(book, business)) == "held"
    assert len(calls) == 2


def test_a_schedule_that_never_rests_is_given_up_on(
    business: Business, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _between_check_and_write(monkeypatch, partial(_blackout, business, 15), times=99)
    with pytest.raises(Unavailable) as refused:
        book(business)
    assert (len(calls), refused.value.retry_after) == (5, 1)
    assert database.rows("select count(*) from booking") == [(0,)]


def test_every_change_of_the_schedule_is_seen_by_the_next_booking(
    business: Business, database: Database
) -> None:
    """What this process remembers is old each time; the database says so, and the booking is checked anew."""
    assert outcome(partial(book, business, "style", business.start(hour=9))) == "held"
    blackout = _blackout(business)
    assert outcome(partial(book, business)) == "BLACKED_OUT"
    with tenant_context(business.tenant_id, TESTER.label):
        delete_blackout(actor=TESTER, blackout_id=blackout)
    assert outcome(partial(book, business)) == "held"
    with tenant_context(business.tenant_id, TESTER.label):
        day = business.start().astimezone(business.zone).date()
        create_opening_rule(
            actor=TESTER,
            location_id=business.location_id,
            kind="EXCEPTION",
            start_time=time(0),
            end_time=time(0),
            valid_from=day,
            valid_to=day,
            is_closed=True,
        )
    assert outcome(partial(book, business, starts_at=business.start(hour=14))) == "OUTSIDE_HOURS"
    with tenant_context(business.tenant_id, TESTER.label):
        update_service(
            actor=TESTER,
            service_id=business.services["cut"],
            changes={"is_active": False},
            expected_version=None,
        )
    assert outcome(partial(book, business, starts_at=business.start(days=8))) == "NOT_FOUND"
    with tenant_context(business.tenant_id, TESTER.label):
        new = create_service(actor=TESTER, service=NewService("new", 45, "EUR", flow="hold"))
    business.services["new"] = new.id
    assert outcome(partial(book, business, "new", business.start(days=9))) == "held"


def test_a_booking_checked_against_an_older_schedule_is_turned_back(
    business: Business, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control of the version: with it ignored, the booking lies in the blackout."""
    old = schedules.remembered_schedule(business.tenant_id)
    _blackout(business)
    monkeypatch.setattr(create, "remembered_schedule", partial(_claiming, old, old.version))
    with pytest.raises(Unavailable):
        book(business)
    newest = database.rows("select version from schedule_version")[0][0]
    monkeypatch.setattr(create, "remembered_schedule", partial(_claiming, old, newest))
    assert outcome(partial(book, business)) == "held"


def _claiming(schedule: Schedule, version: int, tenant_id: UUID, refresh: bool = False) -> Schedule:
    return Schedule(
        version, schedule.services, schedule.resources, schedule.locations, schedule.rules, schedule.blackouts
    )


def test_a_replay_is_the_same_bytes_and_changes_nothing(business: Business, database: Database) -> None:
    first = book(business, key=key())
    cancel(business, first)
    stored = everything(database)
    again = book(business, key=key())
    assert (again.status, again.body, again.token) == (first.status, first.body, first.token)
    assert again.is_replay
    assert not first.is_replay
    assert everything(database) == stored


def test_a_replay_comes_even_when_the_start_has_passed_or_the_service_has_gone(
    business: Business, database: Database
) -> None:
    first = book(business, key=key())
    with tenant_context(business.tenant_id, TESTER.label):
        update_service(
            actor=TESTER,
            service_id=business.services["cut"],
            changes={"is_active": False},
            expected_version=None,
        )
    later = business.start() + timedelta(hours=1)
    assert book(business, key=key(), now=later).body == first.body
    with pytest.raises(Problem) as refused:
        book(business, key=key(payload=b"other"))
    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"
    with pytest.raises(NotFound):
        book(business, key=key("another-key"))


def test_keys_are_kept_for_a_day_by_actor_and_route(business: Business, database: Database) -> None:
    first = book(business, key=key())
    on_another_route = book(business, starts_at=business.start(hour=12), key=key(route="POST /elsewhere"))
    by_somebody_else = book(business, starts_at=business.start(hour=14), key=key(), actor=TESTER)
    assert len({first.body, on_another_route.body, by_somebody_else.body}) == 3
    database.rows("update idempotency_record set created_at = now() - interval '25 hours' returning 1")
    assert outcome(partial(book, business, key=key())) == "SLOT_FULL"
    anew = book(business, starts_at=business.start(hour=16), key=key(payload=b"new"))
    assert not anew.is_replay
    assert book(business, starts_at=business.start(hour=16), key=key(payload=b"new")).is_replay
