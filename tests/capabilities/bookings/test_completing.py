"""What is long over is completed by itself, as each business wishes."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.capabilities.bookings.commands import complete_due_bookings
from tests.capabilities.bookings.moves import status
from tests.capabilities.business import book, make_business
from tests.cluster import Database


@pytest.mark.parametrize(
    ("settings", "hours_ago", "after"),
    [
        ({}, 25, "completed"),
        ({}, 23, "confirmed"),
        ({"complete_after_hours": 2}, 3, "completed"),
        ({"complete_after_hours": 2}, 1, "confirmed"),
        ({"complete_after_hours": None}, 9000, "confirmed"),
        ({"complete_after_hours": "soon"}, 9000, "confirmed"),
    ],
)
def test_after_how_many_hours(
    database: Database, settings: dict[str, Any], hours_ago: int, after: str
) -> None:
    business = make_business(settings=settings)
    made = book(business, "book")
    database.rows(
        "update booking set ends_at = now() - make_interval(hours => %s),"
        " starts_at = now() - make_interval(hours => %s + 1), updated_at = now() - interval '400 days'"
        " returning 1",
        [hours_ago, hours_ago],
    )
    assert complete_due_bookings() == (after == "completed")
    assert complete_due_bookings() == 0
    assert status(database, made) == after
    assert database.rows("select count(*) from allocation") == [(1,)]
    found = database.rows("select kind, actor from booking_event order by id")[1:]
    assert found == ([("booking.completed", "system:completer")] if after == "completed" else [])


def test_what_was_reopened_is_left_for_a_while(database: Database) -> None:
    business = make_business()
    made = book(business, "book")
    assert database.rows(
        "update booking set starts_at = now() - interval '4 days', ends_at = now() - interval '3 days'"
        " returning 1"
    )
    assert complete_due_bookings() == 0
    assert status(database, made) == "confirmed"
