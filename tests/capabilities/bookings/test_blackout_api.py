"""Blackouts over HTTP: every verb, in the documents' words and ours, and who may do what."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.api_client import ApiClient, staff_client
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database

PATH = "/api/v1/blackouts"
# A Monday, far from every booking.
MONDAY = date(2031, 3, 3)


@pytest.fixture
def business(database: Database) -> Business:
    return make_business(people=2)


@pytest.fixture
def manager(business: Business) -> ApiClient:
    return staff_client(business, "manager")


@pytest.fixture
def artist(business: Business) -> ApiClient:
    return staff_client(business, "artist", resource_id=business.resource_ids[0])


def mondays(**named: Any) -> dict[str, Any]:
    return {"starts_at": str(MONDAY), "ends_at": str(MONDAY), "rrule": "FREQ=WEEKLY;BYDAY=MO", **named}


def hour_of(business: Business, hour: int = 10) -> dict[str, str]:
    """The hour of a booking, a week ahead."""
    starts_at = business.start(hour=hour)
    return {
        "starts_at": f"{starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "ends_at": f"{starts_at + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    }


def test_a_blackout_from_making_to_undoing(business: Business, manager: ApiClient) -> None:
    made = manager.post(PATH, mondays(reason="closed", except_dates=["2031-03-10"]))
    assert made.status == 201, made.body
    expected = {
        "id": made.data["id"],
        "version": 1,
        "location_id": None,
        "resource_id": None,
        "starts_at": "2031-03-02T23:00:00Z",
        "ends_at": "2031-03-03T23:00:00Z",
        "local_start": "2031-03-03T00:00:00",
        "local_end": "2031-03-04T00:00:00",
        "time_zone": "Europe/Berlin",
        "is_recurring": False,
        "rrule": "FREQ=WEEKLY;BYDAY=MO",
        "except_dates": ["2031-03-10"],
        "repeats": "every Monday",
        "reason": "closed",
    }
    assert (made.data, made.meta) == (expected, {"resolutions": []})
    address = f"{PATH}/{made.data['id']}"
    shown = manager.get(address)
    assert (shown.data, shown.headers["ETag"]) == (expected, '"1"')
    changed = manager.patch(
        address,
        {
            "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20310630",
            "reason": "",
            "ends_at": "2031-03-03T14:00",
        },
        If_Match='"1"',
    )
    assert changed.data == expected | {
        "version": 2,
        "rrule": "FREQ=WEEKLY;INTERVAL=2;UNTIL=20310630;BYDAY=MO",
        "repeats": "every second Monday until 30 June 2031",
        "reason": "",
        "ends_at": "2031-03-03T13:00:00Z",
        "local_end": "2031-03-03T14:00:00",
    }
    stale = manager.delete(address, If_Match='"1"')
    assert (stale.status, stale.error, stale.json["current_version"]) == (409, "VERSION_CONFLICT", 2)
    gone = manager.delete(address, If_Match='"2"')
    assert gone.data["is_deleted"] is True
    assert manager.get(address).error == "NOT_FOUND"
    restored = manager.post(PATH, gone.data["restore"])
    assert restored.data == changed.data | {"id": restored.data["id"], "version": 1}


def test_the_list_with_every_time(manager: ApiClient) -> None:
    manager.post(PATH, mondays(except_dates=["2031-03-10"]))
    manager.post(PATH, {"starts_at": "2031-03-05T12:00", "ends_at": "2031-03-05T13:00"})
    manager.post(PATH, {"starts_at": "2031-04-05", "ends_at": "2031-04-06"})
    asked = f"{PATH}?start=2031-03-04&end=2031-03-31"
    listed = manager.get(asked)
    assert len(listed.data) == 2
    assert not any("occurrences" in each for each in listed.data)
    expanded = manager.get(f"{asked}&expand=true")
    assert expanded.meta == {"total": 2, "occurrences": 4}
    assert [[time["local_start"] for time in each["occurrences"]] for each in expanded.data] == [
        ["2031-03-17T00:00:00", "2031-03-24T00:00:00", "2031-03-31T00:00:00"],
        ["2031-03-05T12:00:00"],
    ]
    # The clocks go forward on the 30th: the wall time stays, the instant does not.
    assert [time["starts_at"][11:] for time in expanded.data[0]["occurrences"]] == [
        "23:00:00Z",
        "23:00:00Z",
        "22:00:00Z",
    ]


def test_every_example_of_the_guide_works(manager: ApiClient) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "howto" / "blackouts.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| [^|]+ \| (?:`([^`]+)` to `([^`]+)`|the same) \| `(FREQ[^`]+)` \|$", guide, re.MULTILINE
    )
    assert len(rows) == 6
    starts_at = ends_at = ""
    for start, end, rrule in rows:
        starts_at, ends_at = start or starts_at, end or ends_at
        made = manager.post(PATH, {"starts_at": starts_at, "ends_at": ends_at, "rrule": rrule})
        assert made.status == 201, (rrule, made.body)


def test_a_list_that_would_be_too_long_is_refused(manager: ApiClient) -> None:
    manager.post(PATH, mondays(rrule="FREQ=DAILY"))
    asked = f"{PATH}?start=2031-03-04&end=2036-12-31"
    refused = manager.get(f"{asked}&expand=true")
    assert (refused.status, refused.error, refused.field) == (422, "TOO_MANY_OCCURRENCES", "end")
    assert len(manager.get(asked).data) == 1


def test_the_documents_words_are_taken(business: Business, manager: ApiClient) -> None:
    """S2 `blocked_periods`: start_datetime, end_datetime, provider_id."""
    resource_id = str(business.resource_ids[1])
    body = {
        "provider_id": resource_id,
        "start_datetime": "2031-03-03T09:00:00Z",
        "end_datetime": "2031-03-03T10:00:00Z",
        "reason": "Vacation",
        "is_recurring": True,
    }
    made = manager.post("/api/blocked_periods", body)
    assert (made.status, made.data["resource_id"], made.data["repeats"]) == (201, resource_id, "every Monday")
    wrong = manager.post("/api/blocked_periods", body | {"end_datetime": "2031-03-03T08:00:00Z"})
    assert (wrong.status, wrong.field) == (422, "end_datetime")


def test_who_sees_and_changes_what(business: Business, manager: ApiClient, artist: ApiClient) -> None:
    mine, other = map(str, business.resource_ids)
    everybodys = manager.post(PATH, mondays()).data["id"]
    others = manager.post(PATH, mondays(resource_id=other)).data["id"]
    own = artist.post(PATH, mondays()).data
    assert own["resource_id"] == mine
    listed = artist.get(f"{PATH}?start=2031-03-01&end=2031-03-31").data
    assert {each["id"] for each in listed} == {everybodys, own["id"]}
    assert artist.get(f"{PATH}/{everybodys}").status == 200
    assert artist.get(f"{PATH}/{others}").error == "NOT_FOUND"
    for foreign in (everybodys, others):
        assert artist.patch(f"{PATH}/{foreign}", {"reason": "x"}).error == "NOT_FOUND"
        assert artist.delete(f"{PATH}/{foreign}").error == "NOT_FOUND"
    assert artist.post(PATH, mondays(resource_id=other)).error == "FORBIDDEN"
    assert artist.patch(f"{PATH}/{own['id']}", {"reason": "x"}).data["reason"] == "x"
    frontdesk = staff_client(business, "frontdesk")
    assert frontdesk.get(f"{PATH}/{others}").status == 200
    assert frontdesk.post(PATH, mondays()).error == "FORBIDDEN"
    assert frontdesk.patch(f"{PATH}/{others}", {"reason": "x"}).error == "FORBIDDEN"


def test_bookings_are_asked_about_and_decided(
    business: Business, manager: ApiClient, database: Database
) -> None:
    kept = book(business, "book", resource_id=business.resource_ids[0])
    moved = book(business, "book", resource_id=business.resource_ids[1])
    refused = manager.post(PATH, hour_of(business))
    assert (refused.status, refused.error, refused.json["total"]) == (409, "BLACKOUT_MEETS_BOOKINGS", 2)
    listed = {UUID(each["id"]): each for each in refused.json["bookings"]}
    assert set(listed) == {kept.booking_id, moved.booking_id}
    assert database.rows("select count(*) from blackout") == [(0,)]
    later = business.start(hour=15).astimezone(business.zone)
    done = manager.post(
        PATH,
        hour_of(business)
        | {
            "conflicts": "keep",
            "resolutions": [
                {
                    "booking_id": str(moved.booking_id),
                    "action": "move",
                    # Wall time where the booking is.
                    "start_time": f"{later:%Y-%m-%dT%H:%M}",
                    "version": listed[moved.booking_id]["version"],
                }
            ],
        },
    )
    assert done.status == 201, done.body
    assert {each["booking_id"]: (each["action"], each["starts_at"]) for each in done.meta["resolutions"]} == {
        str(kept.booking_id): ("keep", hour_of(business)["starts_at"]),
        str(moved.booking_id): ("move", hour_of(business, 15)["starts_at"]),
    }


def test_the_same_request_twice_moves_once(
    business: Business, manager: ApiClient, database: Database
) -> None:
    made = book(business, "book")
    body = hour_of(business) | {"resolutions": [{"booking_id": str(made.booking_id), "action": "cancel"}]}
    first = manager.post(PATH, body, Idempotency_Key="once-and-only-once")
    again = manager.post(PATH, body, Idempotency_Key="once-and-only-once")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert database.rows("select count(*) from blackout") == [(1,)]
    assert database.rows("select count(*) from booking_event where kind = 'booking.cancelled'") == [(1,)]


def test_a_refusal_is_not_kept_for_the_key(business: Business, manager: ApiClient) -> None:
    """Nothing was stored, so the same key may come again once the booking has gone."""
    made = book(business, "book")
    body = hour_of(business)
    assert manager.post(PATH, body, Idempotency_Key="asked-and-asked").status == 409
    assert manager.delete(f"/api/v1/bookings/{made.booking_id}").status == 200
    assert manager.post(PATH, body, Idempotency_Key="asked-and-asked").status == 201


def test_another_business_s_booking_is_none(
    business: Business, manager: ApiClient, database: Database
) -> None:
    other = book(make_business(), "book")
    answers = [
        manager.post(PATH, mondays(resolutions=[{"booking_id": str(booking_id), "action": "cancel"}]))
        for booking_id in (other.booking_id, UUID(int=7))
    ]
    for answer in answers:
        (said,) = answer.meta["resolutions"]
        assert (said["is_met"], said["status"], said["version"]) == (False, None, None)
    assert database.rows("select status from booking") == [("confirmed",)]


def test_a_booking_that_cannot_be_moved_is_named(business: Business, manager: ApiClient) -> None:
    made = book(business, "book")
    body = hour_of(business) | {
        "resolutions": [
            {
                "booking_id": str(made.booking_id),
                "action": "move",
                "starts_at": hour_of(business)["starts_at"][:10] + "T03:00",
            }
        ]
    }
    refused = manager.post(PATH, body)
    assert (refused.status, refused.error) == (422, "OUTSIDE_HOURS")
    assert (refused.json["booking_id"], refused.field) == (str(made.booking_id), "resolutions.0")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"version": 1}, "body"),
        ({"conflicts": "keep"}, "body"),
        ({"starts_at": None}, "starts_at"),
        ({"reason": None}, "reason"),
        ({"except_dates": None}, "except_dates"),
        ({"is_recurring": None}, "is_recurring"),
        ({"resource_id": None}, "resource_id"),
        ({"starts_at": "2031-03-02"}, "rrule"),
        ({"rrule": "FREQ=SECONDLY"}, "rrule"),
    ],
)
def test_changes_that_mean_nothing(
    manager: ApiClient, database: Database, body: dict[str, Any], field: str
) -> None:
    made = manager.post(PATH, mondays()).data["id"]
    refused = manager.patch(f"{PATH}/{made}", body)
    assert (refused.status, refused.field) == (422, field)
    assert database.rows("select version from blackout") == [(1,)]
