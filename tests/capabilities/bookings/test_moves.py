"""The table of moves: what confirm, cancel and expiry make of each status, and what they leave alone."""

from __future__ import annotations

from functools import partial

import pytest

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.platform.access import Actor
from holdfast.platform.errors import Conflict, Invalid, NotFound
from tests.capabilities.bookings.moves import (
    OWNER,
    become,
    cancel,
    confirm,
    everything,
    let_expire,
    outcome,
    status,
    sweep,
)
from tests.capabilities.business import ANN, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths


def _bring(business: Business, database: Database, wanted: str) -> MoveAnswer:
    """A booking in the wanted status."""
    if wanted in ("confirmed", "pending"):
        return book(business, {"confirmed": "book", "pending": "ask"}[wanted])
    made = book(business)
    if wanted == "run out":
        let_expire(database, made)
    elif wanted == "expired":
        let_expire(database, made)
        assert sweep() == 1
    elif wanted == "cancelled":
        cancel(business, made)
    elif wanted != "held":
        become(database, made, wanted)
    return made


@pytest.mark.parametrize(
    ("before", "move", "answer", "after"),
    [
        ("held", confirm, "confirmed", "confirmed"),
        ("run out", confirm, "HOLD_EXPIRED", "expired"),
        ("expired", confirm, "HOLD_EXPIRED", "expired"),
        ("pending", confirm, "pending", "pending"),
        ("confirmed", confirm, "confirmed", "confirmed"),
        ("cancelled", confirm, "BOOKING_CANCELLED", "cancelled"),
        ("completed", confirm, "MOVE_NOT_ALLOWED", "completed"),
        ("no_show", confirm, "MOVE_NOT_ALLOWED", "no_show"),
        ("held", cancel, "cancelled", "cancelled"),
        ("run out", cancel, "MOVE_NOT_ALLOWED", "expired"),
        ("expired", cancel, "MOVE_NOT_ALLOWED", "expired"),
        ("pending", cancel, "cancelled", "cancelled"),
        ("confirmed", cancel, "cancelled", "cancelled"),
        ("cancelled", cancel, "cancelled", "cancelled"),
        ("completed", cancel, "MOVE_NOT_ALLOWED", "completed"),
        ("no_show", cancel, "MOVE_NOT_ALLOWED", "no_show"),
    ],
)
def test_what_a_guest_may_do(
    business: Business, database: Database, before: str, move: object, answer: str, after: str
) -> None:
    assert callable(move)
    made = _bring(business, database, before)
    stored = everything(database)
    assert outcome(partial(move, business, made)) == answer
    assert status(database, made) == after
    if before == after:
        assert everything(database) == stored
    # Again: the same answer, and nothing changes any more.
    stored = everything(database)
    assert outcome(partial(move, business, made)) == answer
    assert everything(database) == stored
    if before not in ("completed", "no_show"):
        assert untruths(database) == {}


@pytest.mark.parametrize(
    ("service", "guest", "staff"), [("cut", "confirmed", "confirmed"), ("ask", "pending", "confirmed")]
)
def test_approval_is_the_staffs(
    business: Business, database: Database, service: str, guest: str, staff: str
) -> None:
    made = book(business, service)
    assert confirm(business, made).status_name == guest
    assert confirm(business, made, actor=OWNER, token="").status_name == staff
    assert database.rows("select count(*) from allocation where expires_at is null") == [(1,)]
    assert untruths(database) == {}


@pytest.mark.parametrize(
    ("service", "made_as"), [("cut", "held"), ("style", "held"), ("book", "confirmed"), ("ask", "pending")]
)
def test_a_flow_says_what_a_booking_begins_as(
    business: Business, database: Database, service: str, made_as: str
) -> None:
    made = book(business, service)
    assert (made.status, made.status_name, made.data["version"]) == (201, made_as, 1)
    assert (made.data["hold_expires_at"] is not None) == (made_as == "held")
    assert (made.data["confirmed_at"] is not None) == (made_as == "confirmed")
    assert untruths(database) == {}


def test_buffers_are_taken_and_the_booking_is_not_longer(business: Business, database: Database) -> None:
    made = book(business, "ask", business.start(hour=12))
    assert made.data["starts_at"] == f"{business.start(hour=12):%Y-%m-%dT%H:%M:%SZ}"
    assert database.rows("select starts_at, ends_at from allocation") == [
        (business.start(hour=11, minute=45), business.start(hour=13, minute=15))
    ]
    for hour, minute, expected in (
        (11, 0, "SLOT_FULL"),
        (13, 0, "SLOT_FULL"),
        (10, 45, "held"),
        (13, 15, "held"),
    ):
        move = partial(book, business, "cut", business.start(hour=hour, minute=minute))
        assert outcome(move) == expected, (hour, minute)
    assert untruths(database) == {}


def test_given_back_time_can_be_had_again(business: Business, database: Database) -> None:
    for move in (cancel, confirm):
        first = book(business)
        assert outcome(partial(book, business)) == "SLOT_FULL"
        move(business, first)
        cancel(business, first)
        assert database.rows("select count(*) from allocation") == [(0,)]
    assert book(business).status_name == "held"
    assert untruths(database) == {}


def test_an_older_version_is_refused_with_the_present_one(business: Business, database: Database) -> None:
    made = book(business)
    assert confirm(business, made, version=1).data["version"] == 2
    stored = everything(database)
    for move in (confirm, cancel):
        with pytest.raises(Conflict) as refused:
            move(business, made, version=1)
        assert refused.value.code == "VERSION_CONFLICT"
        assert refused.value.extra["current_version"] == 2
        assert refused.value.extra["current"]["status"] == "confirmed"
    assert everything(database) == stored
    assert cancel(business, made, version=2).data["version"] == 3
    # What is cancelled already cannot be cancelled by anybody's stale page in another way.
    assert cancel(business, made, version=2).data["version"] == 3


def test_a_token_opens_its_own_booking_only(business: Business, database: Database) -> None:
    mine, other = book(business), book(business, starts_at=business.start(hour=12))
    elsewhere = make_business()
    stranger = book(elsewhere)
    stored = everything(database)
    for token in (
        "",
        "x",
        other.token,
        stranger.token,
        mine.token[:-1],
        mine.token + "A",
        mine.token.upper(),
    ):
        for move in (confirm, cancel):
            with pytest.raises(NotFound):
                move(business, mine, token=token)
    for move in (confirm, cancel):
        with pytest.raises(NotFound):
            move(elsewhere, mine)
        with pytest.raises(NotFound):
            move(elsewhere, mine, actor=OWNER, token="")
    assert everything(database) == stored


def test_a_token_ends_when_it_says(business: Business, database: Database) -> None:
    made = book(business)
    assert database.rows("select token_hash <> %s::bytea from booking_token", [made.token.encode()]) == [
        (True,)
    ]
    assert database.rows("update booking_token set expires_at = now() returning 1") == [(1,)]
    for move in (confirm, cancel):
        with pytest.raises(NotFound):
            move(business, made)
    assert status(database, made) == "held"


def test_an_artist_moves_only_what_is_in_its_own_calendar(database: Database) -> None:
    business = make_business(people=2)
    mine, other = (book(business, resource_id=each) for each in business.resource_ids)
    artist = Actor(kind="staff", role="artist", resource_id=business.resource_ids[0])
    desk = Actor(kind="staff", role="frontdesk")
    stored = everything(database)
    for move in (confirm, cancel):
        with pytest.raises(NotFound):
            move(business, other, actor=artist, token="")
    assert everything(database) == stored
    assert confirm(business, mine, actor=artist, token="").status_name == "confirmed"
    assert confirm(business, other, actor=desk, token="").status_name == "confirmed"
    assert cancel(business, mine, actor=desk, token="").status_name == "cancelled"


def test_a_booking_without_contact_must_be_given_one(business: Business, database: Database) -> None:
    made = book(business, contact=None)
    stored = everything(database)
    with pytest.raises(Invalid) as refused:
        confirm(business, made)
    assert refused.value.code == "CONTACT_REQUIRED"
    assert everything(database) == stored
    confirm(business, made, contact=ANN, notes="No perfume, please")
    assert database.rows(
        "select status, contact is null, notes is null, customer_id is null from booking"
    ) == [("confirmed", False, False, False)]
    assert database.rows("select count(*) from customer") == [(1,)]


def test_staff_confirms_what_nobody_gave_a_contact_for(business: Business, database: Database) -> None:
    made = book(business, contact=None)
    assert confirm(business, made, actor=OWNER, token="").status_name == "confirmed"
    assert database.rows("select contact is null, customer_id is null from booking") == [(True, True)]


def test_locking_takes_every_resource_of_a_booking(database: Database) -> None:
    """All resources of a booking are locked, not the first alone, before the clock is read."""
    business = make_business(people=3)
    made = book(business, resource_id=business.resource_ids[0])
    database.rows(
        "insert into allocation (tenant_id, booking_id, resource_id, lane, starts_at, ends_at)"
        " select tenant_id, booking_id, %s, lane, starts_at, ends_at from allocation returning 1",
        [business.resource_ids[2]],
    )
    free = "select id from resource for no key update skip locked"
    with database.connect_as_app() as one, database.connect_as_app() as other:
        for connection in (one, other):
            connection.autocommit = False
            connection.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
        one.execute("select booking_lock_resources(%s)", [made.booking_id])
        assert other.execute(free.encode()).fetchall() == [(business.resource_ids[1],)]
