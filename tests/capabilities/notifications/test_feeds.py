"""Calendars to subscribe to: secret, revocable, and no more told than is meant to be."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.platform.observability.logs import mask
from tests.api_client import Answer, ApiClient, staff_client
from tests.capabilities.business import Business, book, make_business
from tests.capabilities.notifications.reading import cancel
from tests.cluster import Database

PATH = "/api/v1/calendar-feeds"


def subscribe(business: Business, **wanted: Any) -> tuple[ApiClient, dict[str, Any], str]:
    """The owner's client, the feed, and the path of its address."""
    owner = staff_client(business)
    made = owner.post(PATH, {name: str(value) for name, value in wanted.items()})
    assert made.status == 201, made.body
    path = "/calendar/" + made.data["url"].split("/calendar/")[1]
    return owner, made.data, path


def fetch(business: Business, path: str, **headers: str) -> Answer:
    return ApiClient(business.slug).get(path, **headers)


def entries(answer: Answer) -> list[Any]:
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return list(icalendar.Calendar.from_ical(answer.body).walk("VEVENT"))


def test_a_person_sees_services_and_first_names(database: Database) -> None:
    business = make_business(people=2)
    mine, theirs = business.resource_ids
    made = book(business, "ask", resource_id=mine, notes="allergic")
    book(business, "book", business.start(hour=14), resource_id=theirs)
    book(business, "cut", business.start(hour=16), resource_id=mine)
    _, feed, path = subscribe(business, resource_id=mine)
    assert (feed["shows"], feed["revoked_at"]) == ("details", None)
    answer = fetch(business, path)
    [event] = entries(answer)
    assert str(event["SUMMARY"]) == "ask, Ann"
    assert str(event["STATUS"]) == "TENTATIVE"
    assert (event["DTSTART"].dt, str(event["UID"])) == (
        business.start(),
        f"{made.booking_id}@{business.slug}.localhost",
    )
    for hidden in (b"Lee", b"example.com", b"+49", b"allergic", made.token.encode()):
        assert hidden not in answer.body
    assert answer.body.count(b"\n") == answer.body.count(b"\r\n")
    assert all(len(line) <= 75 for line in answer.body.split(b"\r\n"))


def test_a_place_shows_only_who_is_busy(database: Database) -> None:
    business = make_business()
    book(business, "book")
    _, feed, path = subscribe(business, location_id=business.location_id)
    assert feed["shows"] == "busy"
    answer = fetch(business, path)
    [event] = entries(answer)
    assert str(event["SUMMARY"]) == f"{business.slug} person 0: Busy"
    assert b"Ann" not in answer.body and b"book" not in answer.body.replace(b"Bookings", b"")


def test_a_place_in_detail_is_asked_for(database: Database) -> None:
    business = make_business()
    book(business, "book")
    _, _, path = subscribe(business, location_id=business.location_id, shows="details")
    assert str(entries(fetch(business, path))[0]["SUMMARY"]) == f"{business.slug} person 0: book, Ann"


def test_only_the_hash_of_a_long_secret_is_stored(database: Database) -> None:
    business = make_business()
    owner, feed, path = subscribe(business, resource_id=business.resource_ids[0])
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(base64.urlsafe_b64decode(secret + "=")) * 8 == 256
    [(row, stored)] = database.rows("select calendar_feed::text, secret_hash from calendar_feed")
    assert secret not in row
    assert stored == hashlib.sha256(secret.encode()).digest()
    listed = owner.get(PATH)
    assert [each["id"] for each in listed.data] == [feed["id"]]
    assert secret not in listed.body.decode()
    assert secret not in mask(f"GET {path} 200")


def test_a_revoked_address_opens_nothing(database: Database) -> None:
    business = make_business()
    owner, feed, path = subscribe(business, resource_id=business.resource_ids[0])
    _, _, other = subscribe_again(owner, business)
    tag = fetch(business, path).headers["ETag"]
    assert owner.delete(f"{PATH}/{feed['id']}").data["revoked_at"]
    assert owner.delete(f"{PATH}/{feed['id']}").status == 200
    assert fetch(business, path).status == 404
    assert fetch(business, path, If_None_Match=tag).status == 404
    assert fetch(business, other).status == 200
    assert len(owner.get(PATH).data) == 1


def subscribe_again(owner: ApiClient, business: Business) -> tuple[ApiClient, dict[str, Any], str]:
    made = owner.post(PATH, {"resource_id": str(business.resource_ids[0])})
    return owner, made.data, "/calendar/" + made.data["url"].split("/calendar/")[1]


def test_elsewhere_and_unknown_it_is_not_there(database: Database) -> None:
    business, stranger = make_business(), make_business()
    _, _, path = subscribe(business, resource_id=business.resource_ids[0])
    assert fetch(stranger, path).status == 404
    assert fetch(business, f"/calendar/{'x' * 43}.ics").status == 404
    assert fetch(business, "/calendar/short.ics").status == 404
    assert fetch(business, path).status == 200


def test_what_has_not_changed_is_not_read_again(database: Database) -> None:
    business = make_business()
    made = book(business, "book")
    _, _, path = subscribe(business, resource_id=business.resource_ids[0])
    first = fetch(business, path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    with CaptureQueriesContext(connection) as captured:
        again = fetch(business, path, If_None_Match=tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert not any(" from booking b" in each["sql"] for each in captured.captured_queries)
    assert len(captured) <= 6, [each["sql"] for each in captured.captured_queries]
    cancel(business, made)
    after = fetch(business, path, If_None_Match=tag)
    assert after.status == 200
    assert entries(after) == []


@pytest.mark.parametrize("role", ["artist", "frontdesk", "manager", "owner"])
def test_who_may_subscribe_to_what(database: Database, role: str) -> None:
    business = make_business(people=2)
    mine, theirs = business.resource_ids
    client = staff_client(business, role, resource_id=mine)
    assert client.post(PATH, {"artist_id": str(mine)}).status == 201
    others = 403 if role == "artist" else 201
    made = client.post(PATH, {"resource_id": str(theirs)})
    assert made.status == others
    assert client.post(PATH, {"location_id": str(business.location_id)}).status == others
    assert len(client.get(PATH).data) == (1 if role == "artist" else 3)


def test_an_artist_cannot_take_back_what_is_not_theirs(database: Database) -> None:
    business = make_business(people=2)
    mine, theirs = business.resource_ids
    _, feed, path = subscribe(business, resource_id=theirs)
    artist = staff_client(business, "artist", resource_id=mine)
    assert artist.delete(f"{PATH}/{feed['id']}").status == 404
    stranger = staff_client(make_business())
    assert stranger.delete(f"{PATH}/{feed['id']}").status == 404
    assert fetch(business, path).status == 200


@pytest.mark.parametrize("wanted", [{}, {"shows": "all"}, {"label": "x" * 201}, "both", "unknown"])
def test_wishes_that_make_no_feed(database: Database, wanted: Any) -> None:
    business = make_business()
    if wanted == "both":
        wanted = {"resource_id": str(business.resource_ids[0]), "location_id": str(business.location_id)}
    elif wanted == "unknown":
        wanted = {"location_id": str(business.resource_ids[0])}
    assert staff_client(business).post(PATH, wanted).status == 422
    assert database.rows("select * from calendar_feed") == []


def test_in_the_language_of_the_business(database: Database) -> None:
    business = make_business()
    with connection.cursor() as cursor:
        cursor.execute("update tenant set locale = 'fr-FR'")
    book(business, "book")
    _, _, path = subscribe(business, location_id=business.location_id)
    assert str(entries(fetch(business, path))[0]["SUMMARY"]) == f"{business.slug} person 0: Occupé"
