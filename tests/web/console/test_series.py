"""A booking comes round again: looked at date by date, booked as agreed; cancelled in part."""

from __future__ import annotations

import re
from datetime import date, datetime

from tests.capabilities.bookings.series import make, wish
from tests.capabilities.business import Business, book
from tests.cluster import Database
from tests.web.console.conftest import Member
from tests.web.console.test_day import day_path


def week(business: Business, number: int, hour: int = 10) -> datetime:
    return business.start(days=7 + 7 * number, hour=hour)


def date_of(business: Business, number: int) -> date:
    return week(business, number).astimezone(business.zone).date()


def stored(database: Database) -> list[tuple[int, str, str]]:
    return database.rows(
        "select series_position, status, to_char(local_start, 'YYYY-MM-DD HH24:MI') from booking"
        " where series_id is not null order by series_position"
    )


def test_from_the_day_to_a_series(salon: Business, owner: Member, database: Database) -> None:
    booked = book(salon, "book")
    book(salon, "book", week(salon, 2))
    owner.get(day_path(salon))
    path = f"/console/bookings/{booked.booking_id}/repeat/"
    assert f'href="{path}?back=' in owner.page
    owner.get(f"{path}?back={day_path(salon)}")
    assert "Repeat this booking" in owner.text()
    owner.get(f"{path}?interval=1&ends=count&count=5&until=")
    assert "5 dates, this one included" in owner.text()
    assert "1 date cannot be had." in owner.text()
    assert "10:00 · Something is booked then." in owner.text()
    options = re.findall(r'<option value="(\d[^"]*)"', owner.page.split('id="dates"')[1])
    assert options == [f"{date_of(salon, 2)}T{at}:00" for at in ("09:00", "11:00", "08:45")]
    assert stored(database) == [], "looking changes nothing"

    owner.send(path, **{"skip": str(date_of(salon, 1)), f"at-{date_of(salon, 2)}": options[1]})
    assert owner.status == 200
    assert "Ann Lee comes 4 times." in owner.text()
    assert stored(database) == [
        (position, "confirmed", f"{date_of(salon, number)} {at}")
        for position, number, at in ((1, 0, "10:00"), (2, 2, "11:00"), (3, 3, "10:00"), (4, 4, "10:00"))
    ]
    assert "Part of a series: 1 of 4" in owner.get(day_path(salon))
    owner.get(path)
    assert "Nothing was changed." in owner.text(), "it is of a series already"


def test_what_is_taken_meanwhile_is_shown_anew(salon: Business, owner: Member, database: Database) -> None:
    booked = book(salon, "book")
    path = f"/console/bookings/{booked.booking_id}/repeat/"
    owner.get(f"{path}?interval=2&ends=until&until={date_of(salon, 4)}")
    assert "3 dates, this one included" in owner.text()
    assert "All of them are free." in owner.text()
    fields = owner.form(path)
    book(salon, "book", week(salon, 4))
    owner.post(path, fields)
    assert owner.status == 409
    assert "Some of the times have been taken meanwhile." in owner.text()
    assert stored(database) == []
    # Once more, with what cannot be had left out; and the same form again.
    fields = owner.form(path) | {f"at-{date_of(salon, 4)}": ""}
    for _ in range(2):
        owner.post(path, fields)
    assert [row[0] for row in stored(database)] == [1, 2]


def test_rules_that_make_no_sense(salon: Business, owner: Member) -> None:
    booked = book(salon, "book")
    path = f"/console/bookings/{booked.booking_id}/repeat/"
    for query in (
        "interval=1&ends=until&until=",
        "interval=0&ends=count&count=3",
        "interval=1&ends=count&count=500",
        "interval=x&ends=never",
        "interval=1&ends=until&until=2001-01-01",
        "interval=52&ends=count&count=9",
    ):
        owner.get(f"{path}?{query}")
        assert owner.status == 200, query
        assert "Book these dates" not in owner.text(), query


def test_cancel_a_part(salon: Business, owner: Member, database: Database) -> None:
    made = make(salon, wish(salon, "book"))
    second = made.bookings[1]["id"]
    path = f"/console/bookings/{second}/cancel/"
    owner.get(path)
    assert "Part of a series: 2 of 4" in owner.text()
    fields = owner.form(path)
    owner.post(path, {**fields, "scope": "following", "reason": "moves away"})
    assert "3 bookings of the series are cancelled." in owner.text()
    owner.post(path, {**fields, "scope": "following", "reason": "moves away"})
    assert [row[1] for row in stored(database)] == ["confirmed", "cancelled", "cancelled", "cancelled"]


def test_this_one_only(salon: Business, owner: Member, database: Database) -> None:
    made = make(salon, wish(salon, "book"))
    path = f"/console/bookings/{made.bookings[1]['id']}/cancel/"
    owner.get(path)
    owner.send(path, scope="this")
    assert [row[1] for row in stored(database)] == ["confirmed", "cancelled", "confirmed", "confirmed"]
