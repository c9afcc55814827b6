"""Series: every occurrence is asked for, and exactly what was agreed is booked."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from holdfast.capabilities.bookings.queries.series import get_series
from holdfast.capabilities.bookings.series_types import SeriesEntry, SeriesMade, SeriesRequest
from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Unauthenticated
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.classes import publish_class
from tests.capabilities.bookings.moves import cancel as cancel_one
from tests.capabilities.bookings.moves import everything
from tests.capabilities.bookings.replaying import checked, differences
from tests.capabilities.bookings.salon import make_salon
from tests.capabilities.bookings.series import make, preview, repeat, wish
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import new_seed

ARTIST = Actor(kind="staff", role="artist", account_id=UUID(int=8))
BERLIN = ZoneInfo("Europe/Berlin")


def outcomes(entries: tuple[SeriesEntry, ...]) -> list[tuple[str, str | None]]:
    return [(each.outcome.value, each.reason) for each in entries]


def refused(business: Business, wanted: SeriesRequest) -> Problem:
    with pytest.raises(Problem) as problem:
        make(business, wanted)
    return problem.value


def starts(made: SeriesMade) -> list[str]:
    return [str(each["starts_at"]) for each in made.bookings]


def text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def week(business: Business, number: int, hour: int = 10, minute: int = 0) -> datetime:
    return business.start(days=7 + 7 * number, hour=hour, minute=minute)


def date_of(business: Business, number: int) -> date:
    return week(business, number).astimezone(business.zone).date()


def last_sunday(month: int, at: time) -> datetime:
    """The wall time on the Sunday of next year on which Berlin changes its clocks."""
    last = date(clock.now().year + 1, month, 31)
    return datetime.combine(last - timedelta(days=(last.weekday() + 1) % 7), at)


@pytest.mark.usefixtures("database")
def test_every_occurrence_is_asked_for() -> None:
    """Others look at the first two dates only: here the fourth is taken."""
    business = make_business()
    book(business, "cut", week(business, 3))
    found = preview(business, wish(business))
    assert outcomes(found.entries) == [("free", None)] * 3 + [("conflict", "taken")]
    assert found.entries[3].alternatives == tuple(week(business, 3, *at) for at in ((9, 0), (11, 0), (8, 45)))
    assert (found.rrule, found.time_zone) == ("FREQ=WEEKLY;COUNT=4", "Europe/Berlin")
    assert found.resource_id == business.resource_ids[0]


def test_all_or_nothing(database: Database) -> None:
    business = make_business()
    book(business, "cut", week(business, 3))
    before = everything(database)
    problem = refused(business, wish(business))
    assert (problem.status, problem.code) == (409, "SERIES_CONFLICT")
    assert problem.extra["conflicts"] == [
        {
            "date": date_of(business, 3).isoformat(),
            "local_start": f"{date_of(business, 3)}T10:00:00",
            "reason": "taken",
            "role": "lead",
            "alternatives": [
                {
                    "starts_at": text(week(business, 3, *at)),
                    "local_start": f"{date_of(business, 3)}T{local}:00",
                }
                for at, local in (((9, 0), "09:00"), ((11, 0), "11:00"), ((8, 45), "08:45"))
            ],
        }
    ]
    assert everything(database) == before


def test_what_is_made(database: Database) -> None:
    business = make_business()
    made = make(business, wish(business, "ask", rrule="RRULE:freq=weekly;count=3"))
    assert starts(made) == [text(week(business, number)) for number in range(3)]
    assert [(each["status"], each["series_position"]) for each in made.bookings] == [
        ("confirmed", number) for number in (1, 2, 3)
    ]
    assert {each["series_id"] for each in made.bookings} == {str(made.id)}
    ((customers, tokens, events),) = database.rows(
        "select (select count(*) from customer), (select count(*) from booking_token),"
        " (select count(*) from booking_event where kind = 'booking.confirmed' and version = 1)"
    )
    assert (customers, tokens, events) == (1, 3, 3)
    # Buffers of a quarter of an hour on both sides.
    assert database.rows("select min(ends_at - starts_at) from allocation") == [(timedelta(minutes=90),)]
    with tenant_context(business.tenant_id, TESTER.label):
        found = get_series(actor=TESTER, series_id=made.id)
    assert found is not None
    assert found.rrule == "FREQ=WEEKLY;COUNT=3"
    assert [each.series_position for each in found.bookings] == [1, 2, 3]
    assert {each.contact.name for each in found.bookings if each.contact} == {"Ann Lee"}
    assert differences(database) == []
    assert checked(business) == []


def test_without_a_contact_and_in_the_horizon_of_nobody(database: Database) -> None:
    """Customers may book 60 days ahead; what staff promises for the year is staff's to know."""
    business = make_business(services=[NewService("cut", 60, "EUR", horizon_days=60)])
    made = make(business, wish(business, rrule="FREQ=WEEKLY;COUNT=52", contact=None))
    assert len(made.bookings) == 52
    assert database.rows("select count(*), count(customer_id) from booking") == [(52, 0)]


def test_leave_out_what_cannot_be_had(database: Database) -> None:
    business = make_business()
    book(business, "cut", week(business, 1))
    made = make(business, wish(business, on_conflict="skip", skip=[date_of(business, 2)]))
    assert outcomes(made.entries) == [("free", None), ("skipped", "taken"), ("skipped", None), ("free", None)]
    assert starts(made) == [text(week(business, 0)), text(week(business, 3))]
    assert [each["series_position"] for each in made.bookings] == [1, 2]
    assert differences(database) == []


def test_nothing_left_is_no_series(database: Database) -> None:
    business = make_business()
    for number in range(2):
        book(business, "cut", week(business, number))
    before = everything(database)
    problem = refused(business, wish(business, rrule="FREQ=WEEKLY;COUNT=2", on_conflict="skip"))
    assert problem.code == "SERIES_CONFLICT"
    assert [each["reason"] for each in problem.extra["conflicts"]] == ["taken", "taken"]
    assert everything(database) == before


@pytest.mark.usefixtures("database")
def test_shift_to_the_nearest_start_of_the_date() -> None:
    business = make_business()
    # A quarter to nine until a quarter past ten is nearer to what ends late: of equals the earlier wins.
    book(business, "cut", week(business, 1))
    book(business, "cut", week(business, 2, 9))
    book(business, "cut", week(business, 2))
    made = make(business, wish(business, on_conflict="shift"))
    assert outcomes(made.entries) == [
        ("free", None),
        ("shifted", "taken"),
        ("shifted", "taken"),
        ("free", None),
    ]
    assert starts(made) == [
        text(each)
        for each in (week(business, 0), week(business, 1, 9), week(business, 2, 11), week(business, 3))
    ]


@pytest.mark.usefixtures("database")
def test_shift_no_further_than_agreed() -> None:
    business = make_business()
    book(business, "cut", week(business, 1))
    assert make(business, wish(business, on_conflict="shift", shift_minutes=60)).bookings
    other = make_business()
    book(other, "cut", week(other, 1))
    problem = refused(other, wish(other, on_conflict="shift", shift_minutes=45))
    assert problem.code == "SERIES_CONFLICT"
    assert [each["alternatives"] for each in problem.extra["conflicts"]] == [[]]


@pytest.mark.usefixtures("database")
def test_what_was_chosen_in_the_preview() -> None:
    business = make_business()
    book(business, "cut", week(business, 1))
    chosen = {
        # Wall time, and an instant on another date.
        date_of(business, 1): week(business, 1, 15).astimezone(BERLIN).replace(tzinfo=None),
        date_of(business, 2): business.start(days=22, hour=12),
    }
    wanted = wish(business, shift=chosen)
    assert outcomes(preview(business, wanted).entries) == [("free", None)] * 4
    assert starts(make(business, wanted)) == [
        text(each)
        for each in (
            week(business, 0),
            week(business, 1, 15),
            business.start(days=22, hour=12),
            week(business, 3),
        )
    ]
    # What was chosen has been taken meanwhile: nothing else is booked instead.
    assert (
        refused(business, wish(business, first=week(business, 0, 17), shift=chosen)).code == "SERIES_CONFLICT"
    )


def test_clocks_that_change(database: Database) -> None:
    """Ten o'clock stays ten o'clock; half past two does not exist in March, and comes twice in October."""
    services = [NewService("cut", 60, "EUR", slot_granularity_minutes=30)]
    business = make_business(services=services)
    first = last_sunday(3, time(10)) - timedelta(days=7)
    made = make(business, wish(business, first=first, rrule="FREQ=WEEKLY;COUNT=3"))
    assert [str(each["local_start"])[11:] for each in made.bookings] == ["10:00:00"] * 3
    assert [each[11:] for each in starts(made)] == ["09:00:00Z", "08:00:00Z", "08:00:00Z"]
    assert differences(database) == []


def test_times_that_do_not_exist(database: Database) -> None:
    services = [NewService("cut", 60, "EUR", slot_granularity_minutes=30)]
    business = make_business(services=services, opens=time(0), closes=time(23, 30))
    first = last_sunday(3, time(2, 30)) - timedelta(days=7)
    weekly: dict[str, Any] = {"first": first, "rrule": "FREQ=WEEKLY;COUNT=3"}
    found = preview(business, wish(business, **weekly))
    assert outcomes(found.entries) == [("free", None), ("conflict", "no_such_time"), ("free", None)]
    assert refused(business, wish(business, **weekly)).code == "SERIES_CONFLICT"
    assert len(make(business, wish(business, **weekly, on_conflict="skip")).bookings) == 2
    assert len(make(business, wish(business, **weekly, on_conflict="shift")).bookings) == 3
    autumn = last_sunday(10, time(2, 30))
    made = make(business, wish(business, first=autumn, rrule="FREQ=DAILY;COUNT=2"))
    # The first of the two instants.
    assert starts(made)[0] == f"{autumn:%Y-%m-%d}T00:30:00Z"
    assert differences(database) == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("rrule", "code"),
    [
        ("FREQ=WEEKLY", "RRULE_ENDLESS"),
        ("FREQ=WEEKLY;COUNT=105", "TOO_MANY_OCCURRENCES"),
        ("FREQ=DAILY;UNTIL=21000101", "TOO_MANY_OCCURRENCES"),
        ("FREQ=MONTHLY;COUNT=40", "SERIES_TOO_LONG"),
        ("FREQ=HOURLY;COUNT=3", "RRULE_INVALID"),
        ("FREQ=WEEKLY;UNTIL=20200101", "RRULE_INVALID"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;COUNT=3", "RRULE_INVALID"),
    ],
)
def test_rules_that_cannot_be_promised(rrule: str, code: str) -> None:
    business = make_business()
    for look in (preview, make):
        with pytest.raises(Invalid) as problem:
            look(business, wish(business, rrule=rrule))
        assert problem.value.code == code


@pytest.mark.usefixtures("database")
def test_wishes_that_contradict_themselves() -> None:
    business = make_business()
    day = date_of(business, 0)
    other = (date_of(business, 0) + timedelta(days=1)).strftime("%a").upper()[:2]
    differs = refused(business, wish(business, rrule=f"FREQ=WEEKLY;BYDAY={other};COUNT=3"))
    assert (differs.code, differs.extra["next_date"]) == (
        "FIRST_TIME_DIFFERS",
        (day + timedelta(days=1)).isoformat(),
    )
    assert refused(business, wish(business, skip=[day + timedelta(days=1)])).code == "NOT_AN_OCCURRENCE"
    both = wish(business, skip=[day], shift={day: week(business, 0, 12)})
    assert refused(business, both).field == "shift"
    with pytest.raises(NotFound):
        make(business, wish(business, resource_id=UUID(int=5)))


@pytest.mark.usefixtures("database")
def test_seats_of_groups_are_booked_one_by_one() -> None:
    business = make_business()
    publish_class(business, days=7)
    assert refused(business, wish(business, "yoga")).code == "NOT_FOR_GROUPS"


def test_who_may(database: Database) -> None:
    business = make_business()
    for actor, error in ((GUEST, Unauthenticated), (ARTIST, Forbidden)):
        with pytest.raises(error):
            make(business, wish(business), actor=actor)
    assert database.rows("select count(*) from booking") == [(0,)]


@pytest.mark.usefixtures("database")
def test_the_same_person_where_it_can_be() -> None:
    """Whoever can most of it leads it, and somebody else only where it must be."""
    business = make_business(people=3)
    first, second, third = business.resource_ids
    for number, who in ((0, first), (2, first), (1, second), (3, second), (2, third)):
        book(business, "cut", week(business, number), resource_id=who)
    found = preview(business, wish(business))
    assert [each.resource_id for each in found.entries] == [third, third, second, third]
    assert found.resource_id is None
    made = make(business, wish(business))
    assert [UUID(str(each["resource_id"])) for each in made.bookings] == [third, third, second, third]


def test_visits_of_several(database: Database) -> None:
    """A person and a room; a colour with its add-on while it sets."""
    business, people = make_salon(rooms=1)
    made = make(business, wish(business, "massage", rrule="FREQ=DAILY;COUNT=3"))
    assert database.rows("select count(*), count(distinct resource_id) from allocation") == [(6, 2)]
    assert {UUID(str(each["resource_id"])) for each in made.bookings} == {people["ida"]}
    coloured = make(business, wish(business, "colour", add_ons=["nails"], first=business.start(hour=14)))
    assert len(coloured.bookings) == 4
    assert refused(business, wish(business, "massage")).extra["conflicts"][0]["role"] in ("therapist", "room")
    assert differences(database) == []


@pytest.mark.usefixtures("database")
def test_limits_count_the_series_itself() -> None:
    """Two a week: of five days in a row three cannot be had, or four where the week is cut."""
    business = make_business(services=[NewService("cut", 60, "EUR", most_per_week=2)])
    monday = business.start(days=14 - clock.now().astimezone(business.zone).weekday())
    found = preview(business, wish(business, first=monday, rrule="FREQ=DAILY;COUNT=5", on_conflict="skip"))
    assert outcomes(found.entries) == [("free", None)] * 2 + [("skipped", "limit")] * 3


def test_a_booking_becomes_the_first_of_a_series(database: Database) -> None:
    business = make_business(people=2)
    single = book(business, "book", resource_id=business.resource_ids[1])
    assert single.booking_id is not None
    made = repeat(business, single.booking_id, "FREQ=WEEKLY;COUNT=3", version=1)
    assert [(each["id"] == str(single.booking_id), each["version"]) for each in made.bookings] == [
        (True, 2),
        (False, 1),
        (False, 1),
    ]
    assert {each["resource_id"] for each in made.bookings} == {str(business.resource_ids[1])}
    assert database.rows("select count(*), count(distinct customer_id) from booking") == [(3, 1)]
    assert differences(database) == []
    before = everything(database)
    for version, code in ((1, "VERSION_CONFLICT"), (2, "MOVE_NOT_ALLOWED")):
        with pytest.raises(Conflict) as problem:
            repeat(business, single.booking_id, "FREQ=DAILY;COUNT=3", version=version)
        assert problem.value.code == code
    over = book(business, "book", business.start(hour=15))
    cancel_one(business, over)
    assert over.booking_id is not None
    with pytest.raises(Conflict):
        repeat(business, over.booking_id, "FREQ=DAILY;COUNT=3")
    assert len(everything(database)) == len(before) + 3


@pytest.mark.parametrize("number", range(4))
def test_what_is_made_is_what_was_shown(database: Database, number: int) -> None:
    """Calendars drawn by lot: the series is exactly its preview, and nothing is taken twice."""
    chance = random.Random(f"{new_seed()} {number}")
    business = make_business(
        people=2, services=[NewService("cut", 60, "EUR", most_per_day=3, horizon_days=365)]
    )
    for _ in range(30):
        try:
            book(
                business,
                "cut",
                business.start(days=7 + chance.randrange(12), hour=9 + chance.randrange(5)),
                resource_id=chance.choice((*business.resource_ids, None)),
            )
        except Problem:
            continue
    for _ in range(4):
        wanted = wish(
            business,
            first=business.start(days=7 + chance.randrange(4), hour=9 + chance.randrange(5)),
            rrule=f"FREQ=DAILY;INTERVAL={chance.randrange(1, 3)};COUNT={chance.randrange(2, 9)}",
            on_conflict=chance.choice(("fail", "skip", "shift")),
            shift_minutes=chance.choice((None, 60, 600)),
            resource_id=chance.choice((*business.resource_ids, None)),
        )
        shown = preview(business, wanted)
        is_possible = all(each.outcome.value != "conflict" for each in shown.entries) and any(
            each.starts_at for each in shown.entries
        )
        before = everything(database)
        if not is_possible:
            assert refused(business, wanted).code == "SERIES_CONFLICT"
            assert everything(database) == before
            continue
        made = make(business, wanted)
        assert made.entries == shown.entries
        assert [(each["starts_at"], each["resource_id"]) for each in made.bookings] == [
            (text(each.starts_at), str(each.resource_id)) for each in shown.entries if each.starts_at
        ]
    assert differences(database) == []
