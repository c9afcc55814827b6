"""Requests under races: approved once, or declined once, and never both; links of one action used once."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.platform import clock
from holdfast.platform.errors import Problem
from tests.capabilities.bookings.moves import OWNER, outcome
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import together
from tests.concurrency.truths import untruths


@pytest.fixture
def business(database: Database) -> Business:
    return make_business()


def _approve(business: Business, made: MoveAnswer, version: int | None = None) -> str:
    assert made.booking_id is not None
    return outcome(
        partial(
            confirm_booking,
            tenant_id=business.tenant_id,
            actor=OWNER,
            now=clock.now(),
            booking_id=made.booking_id,
            expected_version=version,
            only="pending",
        )
    )


def _decline(business: Business, made: MoveAnswer) -> str:
    assert made.booking_id is not None
    return outcome(
        partial(
            cancel_booking,
            tenant_id=business.tenant_id,
            actor=OWNER,
            now=clock.now(),
            booking_id=made.booking_id,
            only="pending",
        )
    )


def test_of_many_requests_for_one_slot_one_can_be_approved(business: Business, database: Database) -> None:
    """The request holds the time, so that there is never a second to approve; losers hear what is free."""

    def ask() -> MoveAnswer | Problem:
        try:
            return book(business, "ask")
        except Problem as refused:
            return refused

    asked = together([ask for _ in range(8)])
    refused = [each for each in asked if isinstance(each, Problem)]
    made = [each for each in asked if isinstance(each, MoveAnswer)]
    assert (len(made), {each.code for each in refused}) == (1, {"SLOT_FULL"})
    assert all(each.extra["alternatives"] for each in refused)
    # Two at the desk approve it with the page they saw: one does it, the other is told what it is now.
    found = together([partial(_approve, business, made[0], 1) for _ in range(6)])
    assert Counter(found) == {"confirmed": 1, "VERSION_CONFLICT": 5}
    assert _told(database) == [("booking.confirmed", 1), ("booking.pending", 1)]
    assert untruths(database) == {}


def test_approved_or_declined_never_both(business: Business, database: Database) -> None:
    for number in range(6):
        made = book(business, "ask", business.start(days=7 + number))
        moves = [partial(_approve, business, made), partial(_decline, business, made)] * 3
        found = Counter(together(moves))
        assert found in (
            {"confirmed": 3, "MOVE_NOT_ALLOWED": 3},
            {"cancelled": 3, "BOOKING_CANCELLED": 3},
        )
    assert sum(count for kind, count in _told(database) if kind != "booking.pending") == 6
    assert untruths(database) == {}


def _told(database: Database) -> list[tuple[str, int]]:
    return database.rows("select kind, count(*) from booking_event group by kind order by kind")
