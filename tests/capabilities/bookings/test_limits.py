"""Limits of a service a day and a week, for each who gives it; counted from what is really booked."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform.errors import Conflict
from tests.capabilities.bookings.moves import cancel, everything, let_all_expire, outcome
from tests.capabilities.bookings.salon import visit
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.truths import untruths

_SERVICES = (
    NewService("big", 60, "EUR", flow="hold", most_per_day=2),
    NewService("huge", 60, "EUR", flow="hold", most_per_week=2),
    NewService("strict", 60, "EUR", flow="hold", most_per_day=1, most_per_week=3),
    NewService("small", 60, "EUR", flow="hold"),
)


@pytest.fixture
def shop(database: Database) -> Business:
    """One person."""
    return make_business(services=_SERVICES)


def monday(business: Business, *, hour: int = 10, days: int = 0) -> datetime:
    """The Monday after next, or some days later, at an hour there."""
    today = business.start(days=0).astimezone(business.zone).date()
    return business.start(days=14 - today.weekday() + days, hour=hour)


def test_a_day_takes_as_many_as_are_wanted(shop: Business, database: Database) -> None:
    for hour in (10, 12):
        assert book(shop, "big", monday(shop, hour=hour)).status_name == "held"
    stored = everything(database)
    with pytest.raises(Conflict) as refused:
        book(shop, "big", monday(shop, hour=15))
    assert (refused.value.code, refused.value.field) == ("LIMIT_REACHED", "starts_at")
    # What is offered instead is on other days: late the day before, and early the day after.
    assert {each["local_start"][:10] for each in refused.value.extra["alternatives"]} <= {
        f"{monday(shop, days=days).astimezone(shop.zone):%Y-%m-%d}" for days in (-1, 1)
    }
    assert len(refused.value.extra["alternatives"]) == 3
    assert everything(database) == stored
    assert outcome(partial(book, shop, "small", monday(shop, hour=15))) == "held"
    assert outcome(partial(book, shop, "big", monday(shop, days=1))) == "held"
    assert untruths(database) == {}


def test_a_taken_time_is_taken_however_many_there_may_be(shop: Business) -> None:
    book(shop, "big", monday(shop))
    assert outcome(partial(book, shop, "big", monday(shop))) == "SLOT_FULL"


def test_a_week_is_monday_to_sunday_there(shop: Business) -> None:
    late, early = monday(shop, hour=19, days=6), monday(shop, hour=8)
    assert outcome(partial(book, shop, "huge", early)) == "held"
    assert outcome(partial(book, shop, "huge", late)) == "held"
    assert outcome(partial(book, shop, "huge", monday(shop, days=3))) == "LIMIT_REACHED"
    assert outcome(partial(book, shop, "huge", early - timedelta(days=1))) == "held"
    assert outcome(partial(book, shop, "huge", late + timedelta(days=1))) == "held"


def test_day_and_week_count_together(shop: Business) -> None:
    outcomes = [
        outcome(partial(book, shop, "strict", monday(shop, days=days, hour=hour)))
        for days, hour in ((0, 10), (0, 12), (1, 10), (2, 10), (3, 10), (7, 10))
    ]
    assert outcomes == ["held", "LIMIT_REACHED", "held", "held", "LIMIT_REACHED", "held"]


def test_what_takes_no_time_does_not_count(shop: Business, database: Database) -> None:
    first = book(shop, "strict", monday(shop))
    cancel(shop, first)
    book(shop, "strict", monday(shop))
    let_all_expire(database)
    assert outcome(partial(book, shop, "strict", monday(shop, hour=15))) == "held"


def test_anyone_is_whoever_is_below_the_limit(database: Database) -> None:
    shop = make_business(people=2, services=_SERVICES)
    first, second = shop.resource_ids
    for hour in (8, 9):
        book(shop, "big", monday(shop, hour=hour), resource_id=first)
    for hour in (10, 11, 12):
        book(shop, "small", monday(shop, hour=hour), resource_id=second)
    # The second has more to do that day, and is the only one who may give another.
    assert book(shop, "big", monday(shop, hour=15)).data["resource_id"] == str(second)
    assert outcome(partial(book, shop, "big", monday(shop, hour=16), resource_id=first)) == "LIMIT_REACHED"
    # One has enough of it and the other is taken: somebody was faster.
    assert outcome(partial(book, shop, "big", monday(shop, hour=15))) == "SLOT_FULL"
    assert outcome(partial(book, shop, "big", monday(shop, hour=16))) == "held"
    assert outcome(partial(book, shop, "big", monday(shop, hour=18))) == "LIMIT_REACHED"
    assert untruths(database) == {}


def test_visits_count_and_are_counted(database: Database) -> None:
    shop = make_business(people=2, services=_SERVICES)
    first, second = shop.resource_ids
    visit(shop, "small", "strict", starts_at=monday(shop), resource_id=first)
    assert outcome(partial(book, shop, "strict", monday(shop, hour=15), resource_id=first)) == "LIMIT_REACHED"
    with pytest.raises(Conflict) as refused:
        visit(shop, "small", "strict", starts_at=monday(shop, hour=15), resource_id=first)
    assert (refused.value.code, refused.value.extra["role"]) == ("LIMIT_REACHED", "lead")
    anyone = visit(shop, "small", "strict", starts_at=monday(shop, hour=15))
    assert anyone.data["resource_id"] == str(second)
    # "small" was given too, and has no limit.
    assert outcome(partial(book, shop, "small", monday(shop, hour=18), resource_id=first)) == "held"
    assert untruths(database) == {}
