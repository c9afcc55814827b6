"""Studio bookings over HTTP (S3 `POST /api/v1/bookings {artistId, startTime}`), and who sees what of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.bookings.studio import move, option
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

OPTIONS = "/api/v1/options"
SECRET = "Perfume film"


@pytest.fixture
def studio(database: Database) -> Business:
    return make_business(people=2)


def wish(studio: Business, **more: Any) -> dict[str, Any]:
    """S3's body for the first person, next week from nine to five."""
    return {
        "artistId": str(studio.resource_ids[0]),
        "startTime": studio.start(hour=9).isoformat(),
        "endTime": studio.start(hour=17).isoformat(),
        "title": SECRET,
        "notes": "the client is shy",
    } | more


def test_a_studio_books_in_the_words_of_its_document(studio: Business) -> None:
    manager = staff_client(studio, "manager")
    made = manager.post(OPTIONS, wish(studio, status="hold"))
    assert made.status == 201
    assert (made.data["status"], made.data["option_rank"], made.data["version"]) == ("option", 1, 1)
    assert (made.data["title"], made.data["notes"]) == (SECRET, "the client is shy")
    path = f"{OPTIONS}/{made.data['id']}"
    assert manager.get(path).headers["ETag"] == '"1"'
    assert manager.post(f"{path}/pencil", If_Match='"1"').data["status"] == "pencil"
    confirmed = manager.post(f"{path}/confirm")
    assert (confirmed.data["status"], confirmed.data["option_rank"]) == ("confirmed", None)
    assert manager.delete(f"/api/v1/bookings/{made.data['id']}").data["status"] == "cancelled"


def test_the_path_of_the_document_books_too(studio: Business, database: Database) -> None:
    """S3 `POST /api/v1/bookings`, S4 `POST /api/bookings`; guests keep theirs."""
    manager = staff_client(studio, "manager")
    assert manager.post("/api/v1/bookings", wish(studio)).data["option_rank"] == 1
    made = manager.post("/api/bookings", wish(studio))
    assert (made.status, made.data["status"], made.data["option_rank"]) == (201, "option", 2)
    later = {"startTime": studio.start(days=9).isoformat(), "endTime": studio.start(days=10).isoformat()}
    pencil = manager.post("/api/v1/bookings", wish(studio, status="pencil", **later))
    assert (pencil.data["status"], pencil.data["title"]) == ("pencil", SECRET)
    assert ApiClient(studio.slug).post("/api/v1/bookings", wish(studio)).error == "UNAUTHENTICATED"
    both = manager.post("/api/v1/bookings", wish(studio, service_id=str(studio.services["cut"])))
    assert (both.status, both.error, both.field) == (422, "VALIDATION_ERROR", "ends_at")
    for name, ours in [("artistId", "resource_id"), ("startTime", "starts_at"), ("endTime", "ends_at")]:
        body = wish(studio)
        del body[name]
        lacking = manager.post("/api/v1/bookings", body)
        assert (lacking.status, lacking.field) == (422, ours)
    assert database.rows("select count(*) from booking") == [(3,)]


def test_a_retry_makes_nothing_new(studio: Business, database: Database) -> None:
    manager, key = staff_client(studio, "manager"), new_key()
    first = manager.post(OPTIONS, wish(studio), Idempotency_Key=key)
    again = manager.post(OPTIONS, wish(studio), Idempotency_Key=key)
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    assert database.rows("select count(*) from booking") == [(1,)]


def test_a_challenge_over_http(studio: Business) -> None:
    manager = staff_client(studio, "manager")
    first, second = (manager.post(OPTIONS, wish(studio)).data["id"] for _ in range(2))
    asked = manager.post(f"{OPTIONS}/{second}/challenge")
    assert asked.status == 200
    assert (asked.data["challenge"]["holder_id"], asked.data["challenge"]["challenger_id"]) == (first, second)
    shown = manager.get(f"{OPTIONS}/{first}").data
    assert (shown["version"], shown["challenge"]) == (2, asked.data["challenge"])
    assert manager.post(f"{OPTIONS}/{first}/release", {"version": 1}).error == "VERSION_CONFLICT"
    assert manager.post(f"{OPTIONS}/{first}/release", {"version": 2}).data["status"] == "cancelled"
    freed = manager.get(f"{OPTIONS}/{second}").data
    assert (freed["option_rank"], freed["challenge"]) == (1, None)


@pytest.mark.parametrize("role", ["guest", "artist"])
def test_only_staff_make_and_move_options(studio: Business, database: Database, role: str) -> None:
    made = option(studio)
    own = studio.resource_ids[0]
    client = ApiClient(studio.slug) if role == "guest" else staff_client(studio, role, resource_id=own)
    expected = 401 if role == "guest" else 403
    assert client.post(OPTIONS, wish(studio)).status == expected
    for what in ("pencil", "confirm", "release", "challenge"):
        assert client.post(f"{OPTIONS}/{made.id}/{what}").status == expected
    assert client.delete(f"{OPTIONS}/{made.id}/challenge").status == expected
    assert database.rows("select status, version from booking") == [("option", 1)]


@pytest.mark.parametrize("viewer", ["guest", "another artist", "the artist", "frontdesk"])
def test_others_see_status_and_rank_only(studio: Business, viewer: str) -> None:
    first = option(studio, notes="the client is shy")
    second = option(studio)
    move(studio, "pencil", first.id)
    move(studio, "challenge", second.id)
    mine, other = studio.resource_ids
    client = {
        "guest": lambda: ApiClient(studio.slug),
        "another artist": lambda: staff_client(studio, "artist", resource_id=other),
        "the artist": lambda: staff_client(studio, "artist", resource_id=mine),
        "frontdesk": lambda: staff_client(studio, "frontdesk"),
    }[viewer]()
    day = studio.start().astimezone(studio.zone).date()
    seen = client.get(f"{OPTIONS}?artist_id={mine}&from={day}&to={day}")
    assert seen.status == 200
    assert [(each["status"], each["option_rank"], each["is_challenged"]) for each in seen.data] == [
        ("pencil", None, True),
        ("option", 2, False),
    ]
    read = client.get(f"{OPTIONS}/{first.id}")
    in_list = client.get(f"/api/v1/bookings?start={day}&end={day}")
    if viewer in ("the artist", "frontdesk"):
        assert [each["booking"]["title"] for each in seen.data] == [SECRET, SECRET]
        assert (read.data["notes"], len(in_list.data)) == ("the client is shy", 2)
        return
    assert [each["booking"] for each in seen.data] == [None, None]
    assert (read.status, read.error) == (
        (401, "UNAUTHENTICATED") if viewer == "guest" else (404, "NOT_FOUND")
    )
    for told in (seen, read, in_list):
        assert SECRET.encode() not in told.body
        assert b"shy" not in told.body
        assert str(first.id).encode() not in told.body


def test_another_business_knows_nothing_of_it(studio: Business) -> None:
    made = option(studio)
    elsewhere = staff_client(make_business("elsewhere"), "owner")
    assert elsewhere.get(f"{OPTIONS}/{made.id}").error == "NOT_FOUND"
    assert elsewhere.get(f"{OPTIONS}?resource_id={studio.resource_ids[0]}").error == "NOT_FOUND"
    assert elsewhere.post(f"{OPTIONS}/{made.id}/release").error == "NOT_FOUND"
