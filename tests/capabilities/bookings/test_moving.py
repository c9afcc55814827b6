"""Where a booking could go: whatever is offered can be had, and its own time is free for itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from holdfast.capabilities.bookings.commands import reschedule_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.queries.moving import open_move
from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from holdfast.platform.errors import NotFound, Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import USUAL_SERVICES, Business, book, make_business
from tests.cluster import Database

LIMITED = NewService("once", 60, "EUR", price_minor=100, flow="instant", most_per_day=1)


def free_hours(business: Business, made: MoveAnswer, *, days: int = 7) -> list[str]:
    """The starts offered on one day, on the wall."""
    assert made.booking_id is not None
    day = business.start(days=days).astimezone(business.zone).date()
    with tenant_context(business.tenant_id, GUEST.label):
        found = open_move(made.booking_id, made.token).free_days(day, day, clock.now())
    return [f"{each.astimezone(business.zone):%H:%M}" for each in found[day]]


def test_its_own_time_is_free_but_for_the_start_it_has(database: Database) -> None:
    business = make_business()
    made = book(business, "book")
    book(business, "book", business.start(hour=14))
    hours = free_hours(business, made)
    # An hour on the half hour beside itself, and none that would meet the other.
    assert {"09:30", "10:30", "11:00", "13:00", "15:00"} <= set(hours)
    assert not {"10:00", "13:30", "14:00", "14:30"} & set(hours)


def test_whatever_is_offered_can_be_had(database: Database) -> None:
    business = make_business()
    made = book(business, "ask")
    book(business, "ask", business.start(hour=14))
    offered = free_hours(business, made)
    assert offered
    for hour in range(8, 20):
        for minute in (0, 30):
            at = business.start(hour=hour, minute=minute)
            if at == business.start():
                continue
            try:
                moved = _move(business, made, at)
            except Problem:
                assert f"{hour:02}:{minute:02}" not in offered
            else:
                assert f"{hour:02}:{minute:02}" in offered
                assert moved.data["starts_at"] == f"{at:%FT%TZ}"
                _move(business, made, business.start())


def test_the_days_limit_does_not_count_the_booking_itself(database: Database) -> None:
    business = make_business(services=(*USUAL_SERVICES, LIMITED))
    made = book(business, "once")
    other = book(business, "once", business.start(days=8))
    assert "14:00" in free_hours(business, made)
    assert free_hours(business, made, days=8) == []
    assert free_hours(business, other) == []


def test_two_lanes_keep_the_other_booking(database: Database) -> None:
    business = make_business(capacity=2)
    made, _ = book(business, "book"), book(business, "book")
    assert "10:30" in free_hours(business, made)
    for _ in range(2):
        book(business, "book", business.start() + timedelta(hours=1))
    assert "10:30" not in free_hours(business, made)


def test_nobody_else_is_told(database: Database) -> None:
    business = make_business()
    made, other = book(business, "book"), book(business, "book", business.start(hour=14))
    assert made.booking_id is not None
    with tenant_context(business.tenant_id, GUEST.label), pytest.raises(NotFound):
        open_move(made.booking_id, other.token)


def _move(business: Business, made: MoveAnswer, at: datetime) -> MoveAnswer:
    assert made.booking_id is not None
    return reschedule_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=made.booking_id,
        starts_at=at,
        token=made.token,
    )
