"""Free time against the naive truth: what is offered can be booked, what is not cannot be."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.queries import count_free_starts, find_availability, nearest_starts
from holdfast.capabilities.bookings.types import Availability, Wanted
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform import clock
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.moves import cancel, confirm, let_expire, outcome
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import new_seed
from tests.concurrency.truths import untruths

_SERVICES = (
    NewService("cut", 60, "EUR", flow="hold"),
    NewService("style", 25, "EUR", flow="hold", slot_granularity_minutes=20),
    NewService("wash", 45, "EUR", flow="hold", buffer_before_minutes=10, buffer_after_minutes=20),
)
_TERMS = {"cut": (60, 0, 0, 15), "style": (25, 0, 0, 20), "wash": (45, 10, 20, 15)}
_OPENS, _CLOSES = time(9), time(18)


def _truth(business: Business, database: Database, service: str, day: date) -> dict[datetime, set[UUID]]:
    """Who could take which start, by looking at every row for every start of the day."""
    length, before, after, step = (timedelta(minutes=each) for each in _TERMS[service])
    opens = datetime.combine(day, _OPENS, business.zone).astimezone(UTC)
    closes = datetime.combine(day, _CLOSES, business.zone).astimezone(UTC)
    taken = database.rows(
        "select resource_id, lane, starts_at, ends_at from allocation"
        " where expires_at is null or expires_at > clock_timestamp()"
    )
    blocked = database.rows("select resource_id, starts_at, ends_at from blackout")
    capacities = dict(database.rows("select id, capacity from resource"))
    offered: dict[datetime, set[UUID]] = {}
    start = opens
    while start + length <= closes:
        able = {
            person
            for person, capacity in capacities.items()
            if start >= clock.now()
            and not any(
                who in (None, person) and start < until and since < start + length
                for who, since, until in blocked
            )
            and any(
                all(
                    (who, its_lane) != (person, lane)
                    or start - before >= until
                    or since >= start + length + after
                    for who, its_lane, since, until in taken
                )
                for lane in range(capacity)
            )
        }
        if able:
            offered[start] = able
        start += step
    return offered


def _available(business: Business, service: str, first: date, last: date) -> Availability:
    with tenant_context(business.tenant_id, "tests"):
        return find_availability(
            Wanted((business.services[service],)), from_date=first, to_date=last, now=clock.now()
        )


def test_what_is_offered_is_the_truth(database: Database) -> None:
    choose = random.Random(new_seed())
    business = make_business(people=2, services=_SERVICES, opens=_OPENS, closes=_CLOSES)
    with tenant_context(business.tenant_id, TESTER.label):
        create_resource(actor=TESTER, location_id=business.location_id, name="Twin", capacity=2)
        for resource_id in (None, business.resource_ids[0]):
            starts_at = business.start(days=choose.randrange(3, 7), hour=choose.randrange(9, 16))
            create_blackout(
                actor=TESTER,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=choose.randrange(5, 200)),
                resource_id=resource_id,
            )
    first = business.start(days=3).astimezone(business.zone).date()
    days = [first + timedelta(days=number) for number in range(4)]
    for _ in range(6):
        for _ in range(12):
            _take(business, choose, days)
        for service in business.services:
            found = _available(business, service, days[0], days[-1])
            for day in found.days:
                truth = _truth(business, database, service, day.date)
                assert {start.starts_at: set(start.resource_ids) for start in day.starts} == truth
            with tenant_context(business.tenant_id, "tests"):
                counts = count_free_starts(
                    Wanted((business.services[service],)),
                    from_date=days[0],
                    to_date=days[-1],
                    now=clock.now(),
                )
            assert counts == {day.date: day.count for day in found.days}
    _try_what_is_offered(business, choose, days)
    assert untruths(database) == {}


def _take(business: Business, choose: random.Random, days: list[date]) -> None:
    """Book something that is offered; sometimes confirm it, sometimes give it back."""
    service = choose.choice(list(business.services))
    starts = [start for day in _available(business, service, days[0], days[-1]).days for start in day.starts]
    if not starts:
        return
    start = choose.choice(starts)
    made = book(business, service, start.starts_at, resource_id=choose.choice([*start.resource_ids, None]))
    choose.choice((confirm, cancel, lambda *_: None))(business, made)


def _try_what_is_offered(business: Business, choose: random.Random, days: list[date]) -> None:
    """Every start of one day is asked for, of each person: those offered are had, the others refused."""
    day = choose.choice(days)
    noon = datetime.combine(day, time(9), business.zone).astimezone(UTC)
    for minutes in range(0, 9 * 60, 15):
        start = noon + timedelta(minutes=minutes)
        offered = {
            each.starts_at: each.resource_ids for each in _available(business, "cut", day, day).days[0].starts
        }
        for resource_id in business.resource_ids:
            answer = outcome(partial(book, business, "cut", start, resource_id=resource_id))
            expected = resource_id in offered.get(start, ())
            assert (answer == "held") == expected, (start, answer)


@pytest.mark.parametrize("status", ["held", "run out", "pending", "confirmed", "cancelled"])
def test_which_bookings_take_time(business: Business, database: Database, status: str) -> None:
    made = book(business, {"pending": "ask", "confirmed": "book"}.get(status, "cut"))
    if status == "run out":
        let_expire(database, made)
    if status == "cancelled":
        cancel(business, made)
    day = business.start().astimezone(business.zone).date()
    offered = {each.starts_at for each in _available(business, "style", day, day).days[0].starts}
    assert (business.start() in offered) == (status in ("run out", "cancelled"))


def test_the_day_of_a_change_of_clocks(database: Database) -> None:
    """Open from midnight to four: five hours on the long day of 2027, three on the short one."""
    zone = "Europe/Paris"
    services = [NewService("cut", 60, "EUR", flow="hold", slot_granularity_minutes=60, horizon_days=1000)]
    business = make_business(zone=zone, services=services, opens=time(0), closes=time(4))
    for day, starts in (
        (date(2027, 10, 31), ["00:00 GMT+2", "01:00 GMT+2", "02:00 GMT+2", "02:00 GMT+1", "03:00 GMT+1"]),
        (date(2027, 3, 28), ["00:00 GMT+1", "01:00 GMT+1", "03:00 GMT+2"]),
    ):
        (found,) = _available(business, "cut", day, day).days
        assert [f"{each.local_start:%H:%M} {each.offset}" for each in found.starts] == starts
        assert [each.is_ambiguous for each in found.starts] == [
            starts.count(text) != 1 or sum(other[:5] == text[:5] for other in starts) > 1 for text in starts
        ]
        assert {each.ends_at - each.starts_at for each in found.starts} == {timedelta(hours=1)}


def test_questions_that_cannot_be_answered(business: Business) -> None:
    today = clock.now().date()
    wanted = Wanted((business.services["cut"],))
    ask = partial(find_availability, from_date=today, now=clock.now())
    with tenant_context(business.tenant_id, "tests"):
        for to_date in (today + timedelta(days=366), today - timedelta(days=1)):
            with pytest.raises(Invalid) as refused:
                ask(wanted, to_date=to_date)
            assert refused.value.code == "RANGE_TOO_LONG"
        nobody = UUID(int=5)
        for unknown in (
            {"service_ids": (nobody,)},
            {"resource_id": nobody},
            {"resource_ids": (nobody,)},
            {"location_id": nobody},
            {"add_on_ids": (nobody,)},
        ):
            with pytest.raises(NotFound):
                ask(replace(wanted, **unknown), to_date=today)


def test_the_nearest_starts_are_the_nearest(business: Business, database: Database) -> None:
    """However far they are: today, in some days, or not within a week."""
    for days, expected in ((0, True), (2, True), (6, True), (9, False)):
        asked = business.start(days=30, hour=12)
        if days:
            with tenant_context(business.tenant_id, TESTER.label):
                create_blackout(
                    actor=TESTER,
                    starts_at=asked - timedelta(days=days),
                    ends_at=asked + timedelta(days=days),
                )
        with tenant_context(business.tenant_id, "tests"):
            found = nearest_starts(
                Wanted((business.services["cut"],)), around=asked, now=clock.now(), limit=3
            )
        day = asked.astimezone(business.zone).date()
        everything = _available(business, "cut", day - timedelta(days=7), day + timedelta(days=7))
        starts = [each for one in everything.days for each in one.starts]
        nearest = sorted(starts, key=lambda each: (abs(each.starts_at - asked), each.starts_at))[:3]
        assert found == sorted(nearest, key=lambda each: each.starts_at)
        assert bool(found) == expected
