"""Why not agrees with what is offered: random businesses on the real database, start by start."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules.commands import create_blackout, create_opening_rule
from holdfast.platform import clock
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, staff_client
from tests.capabilities.bookings.classes import book_seats, day_of, generate, slots
from tests.capabilities.bookings.moves import cancel, confirm
from tests.capabilities.bookings.salon import make_salon, visit
from tests.capabilities.bookings.why import SERVICES, Hours, check_answer, grid_of, offered, text, why_not
from tests.capabilities.business import EVERY_DAY, TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import new_seed

STEPS = {"cut": 15, "style": 20, "wash": 15, "soon": 15, "rare": 15}
HOUSE: Hours = [(time(9), time(17))]
SPLIT: Hours = [(time(9), time(12)), (time(12, 30), time(16))]


def random_business(choose: random.Random) -> tuple[Business, dict[str, Hours]]:
    """Three calendars: one with the house's hours, one with a break, one of two lanes; and closed times."""
    business = make_business(people=2, services=SERVICES, opens=time(9), closes=time(17))
    with tenant_context(business.tenant_id, TESTER.label):
        twin = create_resource(actor=TESTER, location_id=business.location_id, name="Twin", capacity=2)
        for opens, closes in SPLIT:
            create_opening_rule(
                actor=TESTER,
                location_id=business.location_id,
                resource_id=business.resource_ids[1],
                kind="WEEKLY",
                start_time=opens,
                end_time=closes,
                days_of_week=EVERY_DAY,
            )
        for resource_id, is_recurring in ((None, False), (business.resource_ids[0], True), (twin, False)):
            starts_at = business.start(days=choose.randrange(5), hour=choose.randrange(8, 16))
            create_blackout(
                actor=TESTER,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=choose.randrange(5, 200)),
                resource_id=resource_id,
                is_recurring=is_recurring,
            )
    hours = {str(business.resource_ids[0]): HOUSE, str(business.resource_ids[1]): SPLIT, str(twin): HOUSE}
    return business, hours


def book_at_random(business: Business, choose: random.Random, days: range) -> None:
    """Some of what is wanted is had; some of it is confirmed, some given back."""
    for _ in range(25):
        service = choose.choice(list(STEPS))
        start = business.start(
            days=choose.choice(days), hour=choose.randrange(9, 16), minute=choose.choice((0, 15, 30))
        )
        try:
            made = book(business, service, start)
        except Problem:
            continue
        choose.choice((confirm, cancel, lambda *_: None, lambda *_: None))(business, made)
    for session in slots(business, "yoga", days=1, to=3):
        if session.status == "open" and choose.random() < 0.3:
            book_seats(business, session, choose.choice((1, 2, 3)))


def test_each_start_is_offered_or_has_a_reason(database: Database) -> None:
    choose = random.Random(new_seed())
    days = range(6)
    business, hours = random_business(choose)
    generate(business, days=1, to=3, service="yoga")
    book_at_random(business, choose, days)
    client = staff_client(business)
    with clock.frozen(clock.now()):
        for day in (day_of(business, number) for number in days):
            for service, step in STEPS.items():
                grids = {who: grid_of(business, day, its, step) for who, its in hours.items()}
                check_day(client, business, service, day, grids)
            for party_size in (1, 2):
                check_day(
                    client,
                    business,
                    "yoga",
                    day,
                    session_grids(business, hours, day),
                    party_size=party_size,
                )
            check_starts(client, business, choose.choice(list(SERVICES)).name, day, choose)


def check_day(
    client: ApiClient,
    business: Business,
    service: str,
    day: date,
    grids: dict[str, set[str]],
    **query: object,
) -> None:
    answer = why_not(client, business, service, date=day, **query)
    check_answer(answer, offered(client, business, service, date=day, **query), grids)


def session_grids(business: Business, hours: dict[str, Hours], day: date) -> dict[str, set[str]]:
    """What starts of a group there are: those that are published."""
    grids: dict[str, set[str]] = {who: set() for who in hours}
    number = (day - day_of(business, 0)).days
    for session in slots(business, "yoga", days=number):
        grids[str(session.resource_id)].add(text(session.starts_at))
    return grids


def check_starts(
    client: ApiClient, business: Business, service: str, day: date, choose: random.Random
) -> None:
    """One start has the reason that it has in the day; and it has none exactly when somebody offers it."""
    of_day = why_not(client, business, service, date=day)
    offers = set().union(*offered(client, business, service, date=day).values())
    noon = datetime.combine(day, time(12), business.zone)
    for at in (noon + timedelta(minutes=5 * choose.randrange(-50, 70)) for _ in range(5)):
        answer = why_not(client, business, service, starts_at=at)
        assert (answer["missing"] is None) == (text(at) in offers)
        reasons = {each["resource_id"]: each["missing"] for each in answer["resources"]}
        for each in of_day["resources"]:
            known = [one for one in each["missing"] if one["starts_at"] == text(at) and not one["ends_at"]]
            if known:
                assert reasons[each["resource_id"]] == known


def test_visits_of_several_people_agree_too(database: Database) -> None:
    choose = random.Random(new_seed())
    business, people = make_salon()
    for _ in range(20):
        wish = choose.choice((("massage",), ("colour",), ("cut",), ("cut", "massage"), ("wash",)))
        start = business.start(hour=choose.randrange(8, 19), minute=choose.choice((0, 15, 30)))
        try:
            visit(business, *wish, starts_at=start)
        except Problem:
            continue
    client = staff_client(business)
    day = day_of(business, 7)
    everyday = grid_of(business, day, [(time(8), time(20))], 15)
    stylists = {str(people[name]): everyday for name in ("mia", "noa")}
    for service, query, grids in (
        ("massage", {}, {str(people["ida"]): everyday}),
        ("colour", {}, stylists),
        ("colour", {"add_on_ids": business.services["nails"]}, stylists),
        ("cut", {"service_ids": f"{business.services['cut']},{business.services['massage']}"}, stylists),
        ("wash", {"resource_id": people["mia"]}, {str(people["mia"]): everyday}),
    ):
        answer = why_not(client, business, service, date=day, **query)
        check_answer(answer, offered(client, business, service, date=day, **query), grids)
        for _ in range(4):
            at = business.start(hour=choose.randrange(8, 20), minute=choose.choice((0, 15, 20)))
            single = why_not(client, business, service, starts_at=at, **query)
            offers = set().union(*offered(client, business, service, date=day, **query).values())
            assert (single["missing"] is None) == (text(at) in offers)
            assert {each["role"] for each in single["resources"]} >= {single["resources"][0]["role"]}
