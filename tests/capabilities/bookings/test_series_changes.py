"""Changing a series: this, the following, all; into its own places, all of it or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.series_change import cancel_series
from holdfast.capabilities.bookings.series_types import SeriesMade, SeriesPart
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.errors import Conflict, Forbidden, NotFound, Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.moves import everything
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.bookings.salon import make_salon
from tests.capabilities.bookings.series import cancel, make, move, wish
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database


def week(business: Business, number: int, hour: int = 10, minute: int = 0) -> datetime:
    return business.start(days=7 + 7 * number, hour=hour, minute=minute)


def text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def starts(changed: list[dict[str, Any]]) -> list[str]:
    return [each["starts_at"] for each in changed]


def weekly(business: Business, count: int = 4, **more: Any) -> SeriesMade:
    return make(business, wish(business, "book", rrule=f"FREQ=WEEKLY;COUNT={count}", **more))


def stored(database: Database) -> list[tuple[Any, ...]]:
    return database.rows(
        "select series_position, status, version, starts_at from booking where series_id is not null"
        " order by series_position"
    )


def test_into_its_own_places(database: Database) -> None:
    """Each a week later: all but the last into the place of the next."""
    business = make_business()
    made = weekly(business)
    moved = move(business, made.id, scope="all", starts_at=week(business, 1))
    assert starts(moved) == [text(week(business, number)) for number in (1, 2, 3, 4)]
    assert [each["version"] for each in moved] == [2] * 4
    assert database.rows("select count(*) from booking_event where kind = 'booking.rescheduled'") == [(4,)]
    back = move(business, made.id, position=4, scope="all", starts_at=week(business, 3))
    assert starts(back) == [text(week(business, number)) for number in range(4)]
    assert differences(database) == []
    assert checked(business) == []


def test_the_following_at_another_time_of_day(database: Database) -> None:
    business = make_business()
    made = weekly(business)
    moved = move(
        business,
        made.id,
        position=3,
        starts_at=week(business, 2, 15).astimezone(business.zone).replace(tzinfo=None),
        version=1,
    )
    assert starts(moved) == [text(week(business, 2, 15)), text(week(business, 3, 15))]
    assert [row[:3] for row in stored(database)] == [
        (1, "confirmed", 1),
        (2, "confirmed", 1),
        (3, "confirmed", 2),
        (4, "confirmed", 2),
    ]
    # To where it is: nothing moves, whoever asks again.
    assert starts(move(business, made.id, position=3, starts_at=week(business, 2, 15))) == starts(moved)
    assert [row[2] for row in stored(database)] == [1, 1, 2, 2]


def test_all_or_nothing(database: Database) -> None:
    business = make_business()
    made = weekly(business)
    book(business, "book", week(business, 3, 12))
    before = everything(database)
    with pytest.raises(Conflict) as problem:
        move(business, made.id, scope="all", starts_at=week(business, 0, 12))
    assert problem.value.code == "SERIES_CONFLICT"
    assert [(each["local_start"][-8:], each["reason"]) for each in problem.value.extra["conflicts"]] == [
        ("12:00:00", "taken")
    ]
    with pytest.raises(Conflict) as problem:
        move(business, made.id, position=2, starts_at=week(business, 1, 21))
    assert [each["reason"] for each in problem.value.extra["conflicts"]] == ["closed"] * 3
    assert everything(database) == before


def test_whoever_was_moved_alone_keeps_the_distance(database: Database) -> None:
    business = make_business()
    made = weekly(business, 3)
    reschedule_booking(
        tenant_id=business.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=UUID(str(made.bookings[1]["id"])),
        starts_at=week(business, 1, 11),
    )
    moved = move(business, made.id, scope="all", starts_at=week(business, 0, 13))
    assert starts(moved) == [
        text(week(business, number, hour)) for number, hour in ((0, 13), (1, 14), (2, 13))
    ]


def test_to_another_person(database: Database) -> None:
    business = make_business(people=2)
    first, second = business.resource_ids
    made = weekly(business, resource_id=first)
    moved = move(business, made.id, position=3, resource_id=second)
    assert [each["resource_id"] for each in moved] == [str(second)] * 2
    assert database.rows("select resource_id, count(*) from allocation group by 1 order by 1") == sorted(
        [(first, 2), (second, 2)]
    )
    # Two of the four are hers already: they stay as they are.
    both = move(business, made.id, scope="all", resource_id=second)
    assert [each["version"] for each in both] == [2, 2, 2, 2]
    assert differences(database) == []


def test_visits_with_a_room(database: Database) -> None:
    business, _ = make_salon(rooms=1)
    made = make(business, wish(business, "massage", rrule="FREQ=WEEKLY;COUNT=3"))
    moved = move(business, made.id, scope="all", starts_at=week(business, 1))
    assert starts(moved) == [text(week(business, number)) for number in (1, 2, 3)]
    assert database.rows("select count(*) from allocation") == [(6,)]
    assert differences(database) == []


def test_what_has_begun_is_left_alone(database: Database) -> None:
    business = make_business()
    made = weekly(business)
    first, second, third, _ = (str(each["id"]) for each in made.bookings)
    hours = timedelta(days=20)
    for change, params in (
        (
            "update booking set starts_at = starts_at - %s, ends_at = ends_at - %s where id = %s",
            (hours, hours, first),
        ),
        ("update booking set status = 'no_show' where id = %s", (third,)),
    ):
        database.rows(f"{change} returning 1", list(params))
    moved = move(business, made.id, position=2, scope="all", starts_at=week(business, 1, 14))
    assert [(each["series_position"], each["version"]) for each in moved] == [(2, 2), (3, 1), (4, 2)]
    cancelled = cancel(business, made.id, scope="all")
    assert [each["status"] for each in cancelled] == ["cancelled", "no_show", "cancelled"]
    assert [row[1] for row in stored(database)] == ["confirmed", "cancelled", "no_show", "cancelled"]
    assert second != first


def test_cancel_the_following(database: Database) -> None:
    business = make_business()
    made = weekly(business)
    cancelled = cancel(business, made.id, position=3, version=1, reason="moves away")
    assert [each["status"] for each in cancelled] == ["cancelled"] * 2
    assert [row[1:3] for row in stored(database)] == [("confirmed", 1)] * 2 + [("cancelled", 2)] * 2
    assert database.rows("select count(*) from allocation") == [(2,)]
    assert database.rows("select count(cancellation_reason) from booking") == [(2,)]
    # Again, and the times are somebody else's.
    assert cancel(business, made.id, position=3, version=1) == cancelled
    assert [row[2] for row in stored(database)] == [1, 1, 2, 2]
    book(business, "book", week(business, 3))
    assert differences(database) == []


def test_versions_and_positions(database: Database) -> None:
    business = make_business()
    made = weekly(business)
    before = everything(database)
    for change in (
        lambda: move(business, made.id, position=2, starts_at=week(business, 1, 12), version=7),
        lambda: cancel(business, made.id, position=2, version=7),
    ):
        with pytest.raises(Conflict) as problem:
            change()
        assert problem.value.code == "VERSION_CONFLICT"
        assert problem.value.extra["current"]["series_position"] == 2
    for unknown in ({"position": 9}, {"series_id": UUID(int=4)}):
        with pytest.raises(NotFound):
            cancel(business, **{"series_id": made.id, **unknown})
    assert everything(database) == before


@pytest.mark.usefixtures("database")
def test_artists_and_neighbours() -> None:
    business, neighbour = make_business(), make_business()
    made = weekly(business)
    artist = Actor("staff", "artist", UUID(int=8), business.resource_ids[0])
    with pytest.raises(Forbidden), tenant_context(business.tenant_id, artist.label):
        cancel_series(actor=artist, now=clock.now(), part=SeriesPart(made.id))
    with pytest.raises(Problem) as problem:
        cancel(neighbour, made.id)
    assert problem.value.code == "NOT_FOUND"
