"""Opening hours over the API: several windows, the documents' names, findings, versions, undo, who may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, new_key, staff_client
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database

PATH = "/api/v1/availabilities"
MONDAY = {"kind": "WEEKLY", "days_of_week": [1], "start_time": "20:00", "end_time": "22:00"}


@pytest.fixture
def business(database: Database) -> Business:
    return make_business(people=2)


@pytest.fixture
def owner(business: Business) -> ApiClient:
    return staff_client(business, "owner")


def _there(business: Business) -> UUID:
    with tenant_context(business.tenant_id, TESTER.label):
        return create_location(actor=TESTER, name="Marina", time_zone=business.zone.key)


def _rules(database: Database) -> list[tuple[Any, ...]]:
    return database.rows("select to_jsonb(r)::text from opening_rule r order by 1")


def test_a_day_of_several_windows_is_one_call(business: Business, owner: ApiClient) -> None:
    person = str(business.resource_ids[0])
    made = owner.post(
        PATH,
        {
            "kind": "WEEKLY",
            "resource_id": person,
            "days_of_week": [2, 1, 2],
            "windows": [
                {"start_time": "09:00", "end_time": "12:00"},
                {"start_time": "13:30", "end_time": "24:00"},
            ],
            "slot_granularity_minutes": 20,
            "slot_capacity": 4,
        },
    )
    assert made.status == 201, made.body
    assert made.meta == {"warnings": []}
    assert [(each["start_time"], each["end_time"]) for each in made.data] == [
        ("09:00", "12:00"),
        ("13:30", "00:00"),
    ]
    first = made.data[0]
    assert first == {
        "id": first["id"],
        "version": 1,
        "kind": "WEEKLY",
        "location_id": str(business.location_id),
        "resource_id": person,
        "service_id": None,
        "days_of_week": [1, 2],
        "start_time": "09:00",
        "end_time": "12:00",
        "valid_from": None,
        "valid_to": None,
        "is_closed": False,
        "slot_capacity": 4,
        "slot_granularity_minutes": 20,
    }
    listed = owner.get(f"{PATH}?resource_id={person}")
    assert listed.data == made.data
    assert listed.meta == {"total": 2}
    shown = owner.get(f"{PATH}/{first['id']}")
    assert (shown.data, shown.headers["ETag"]) == (first, '"1"')


def test_the_salon_documents_names_and_surface(business: Business, owner: ApiClient) -> None:
    """S1 `availability_rules`, `POST /admin/v1/availabilities`."""
    body = {
        "location_id": str(business.location_id),
        "stylist_id": str(business.resource_ids[0]),
        "service_id": str(business.services["cut"]),
        "rule_kind": "DATE_RANGE",
        "days_of_week": [1, 2],
        "start_time": "10:00:00",
        "end_time": "16:00:00",
        "slot_capacity": 1,
        "slot_granularity_minutes": 15,
        "valid_from": "2031-03-01",
        "valid_to": "2031-03-30",
        "is_closed": False,
    }
    made = owner.post("/admin/v1/availabilities", body, Idempotency_Key=new_key())
    assert made.status == 201, made.body
    (rule,) = made.data
    assert (rule["kind"], rule["resource_id"]) == ("DATE_RANGE", body["stylist_id"])
    assert (rule["valid_from"], rule["valid_to"]) == ("2031-03-01", "2031-03-30")
    assert owner.post("/admin/v1/availabilities", body).status == 400


@pytest.mark.parametrize(("their_day", "iso"), [(0, 7), (1, 1), (6, 6)])
def test_the_provider_documents_names(business: Business, owner: ApiClient, their_day: int, iso: int) -> None:
    """S2 "Availability Table": day_of_week counts from Sunday, is_available is the other way round."""
    made = owner.post(
        PATH,
        {
            "provider_id": str(business.resource_ids[0]),
            "day_of_week": their_day,
            "start_time": "11:00",
            "end_time": "12:00",
            "is_available": False,
        },
    )
    assert made.status == 201, made.body
    assert [(each["kind"], each["days_of_week"], each["is_closed"]) for each in made.data] == [
        ("WEEKLY", [iso], True)
    ]


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"start_time": "9:00"}, "start_time"),
        ({"end_time": "25:00"}, "end_time"),
        ({"start_time": 9}, "start_time"),
        ({"end_time": None}, "end_time"),
        ({"end_time": "20:00"}, "end_time"),
        ({"days_of_week": [0]}, "days_of_week.0"),
        ({"days_of_week": []}, "days_of_week"),
        ({"day_of_week": 7}, "day_of_week"),
        ({"day_of_week": 3}, "day_of_week"),
        ({"kind": "MONTHLY"}, "kind"),
        ({"kind": "EXCEPTION"}, "valid_from"),
        ({"kind": "DATE_RANGE", "valid_from": "2031-01-02", "valid_to": "2031-01-01"}, "valid_to"),
        ({"valid_from": "2031-02-30"}, "valid_from"),
        ({"slot_capacity": 0}, "slot_capacity"),
        ({"slot_granularity_minutes": 0}, "slot_granularity_minutes"),
        ({"is_closed": True, "is_available": True}, "is_available"),
        ({"windows": []}, "windows"),
        ({"windows": [{"start_time": "08:00", "end_time": "09:00"}]}, "windows"),
        ({"stylist_id": str(UUID(int=5))}, "stylist_id"),
        ({"service_id": str(UUID(int=5))}, "service_id"),
        ({"location_id": str(UUID(int=5))}, "location_id"),
        ({"id": str(UUID(int=5))}, "id"),
    ],
)
def test_what_contradicts_itself_is_refused_by_field(
    business: Business, owner: ApiClient, database: Database, spoilt: dict[str, Any], field: str
) -> None:
    before = _rules(database)
    refused = owner.post(PATH, MONDAY | spoilt)
    assert refused.status in (404, 422), refused.body
    assert refused.field == field
    assert _rules(database) == before


def test_closed_without_hours_is_the_whole_day(business: Business, owner: ApiClient) -> None:
    made = owner.post(
        PATH,
        {"kind": "EXCEPTION", "valid_from": "2031-12-02", "valid_to": "2031-12-03", "is_closed": True},
    )
    assert [(each["start_time"], each["end_time"]) for each in made.data] == [("00:00", "00:00")]


def test_the_place_must_be_said_where_there_are_several(business: Business, owner: ApiClient) -> None:
    _there(business)
    refused = owner.post(PATH, MONDAY)
    assert (refused.status, refused.field) == (422, "location_id")
    made = owner.post(PATH, MONDAY | {"resource_id": str(business.resource_ids[0])})
    assert made.data[0]["location_id"] == str(business.location_id)


def test_hours_said_twice_are_refused_by_the_rule_that_says_them(
    business: Business, owner: ApiClient, database: Database
) -> None:
    """S1 "Test Matrix", admin validation: overlapping rules."""
    first = owner.post(PATH, MONDAY)
    before = _rules(database)
    for again in (
        MONDAY,
        MONDAY | {"days_of_week": [1, 2]},
        MONDAY | {"valid_from": "2031-01-01"},
        # The same days and hours, closed: one of the two must go.
        MONDAY | {"is_closed": True},
        MONDAY | {"slot_granularity_minutes": 30},
    ):
        refused = owner.post(PATH, again)
        assert (refused.status, refused.error) == (409, "RULE_DUPLICATE"), refused.body
        assert refused.json["rule_ids"] == [first.data[0]["id"]]
    twice = {"start_time": "06:00", "end_time": "07:00"}
    refused = owner.post(PATH, {"kind": "WEEKLY", "days_of_week": [5], "windows": [twice, twice]})
    assert (refused.status, refused.error, refused.json["rule_ids"]) == (409, "RULE_DUPLICATE", [])
    assert _rules(database) == before


def test_one_person_cannot_be_at_two_places(business: Business, owner: ApiClient, database: Database) -> None:
    there = str(_there(business))
    noor = {"resource_id": str(business.resource_ids[0])}
    first = owner.post(PATH, MONDAY | noor)
    before = _rules(database)
    late = {"start_time": "21:00", "end_time": "23:00", "location_id": there}
    refused = owner.post(PATH, MONDAY | noor | late)
    assert (refused.status, refused.error) == (409, "RULE_TWO_PLACES")
    assert refused.json["rule_ids"] == [first.data[0]["id"]]
    assert "two places" in refused.json["detail"]
    assert _rules(database) == before
    # Somebody else may, and she may when the other hours are over.
    assert owner.post(PATH, MONDAY | late | {"resource_id": str(business.resource_ids[1])}).status == 201
    assert owner.post(PATH, MONDAY | noor | late | {"start_time": "22:00"}).status == 201


def test_hours_that_never_come_are_refused(business: Business, owner: ApiClient, database: Database) -> None:
    before = _rules(database)
    refused = owner.post(
        PATH,
        # Wednesday and Thursday.
        MONDAY | {"kind": "EXCEPTION", "valid_from": "2031-01-01", "valid_to": "2031-01-02"},
    )
    assert (refused.status, refused.error, refused.field) == (422, "RULE_NEVER_SPEAKS", "days_of_week")
    assert _rules(database) == before


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({"start_time": "21:00", "end_time": "23:00"}, "RULE_OVERLAP"),
        ({"start_time": "21:00", "end_time": "21:30", "is_closed": True}, "RULE_CLOSED_AND_OPEN"),
        (
            {"kind": "DATE_RANGE", "valid_from": "2020-01-01", "start_time": "19:00"},
            "RULE_UNREACHABLE",
        ),
    ],
)
def test_what_is_odd_is_told_or_refused_when_strict(
    business: Business, owner: ApiClient, database: Database, second: dict[str, Any], code: str
) -> None:
    person = {"resource_id": str(business.resource_ids[0])}
    (first,) = owner.post(PATH, MONDAY | person).data
    before = _rules(database)
    refused = owner.post(f"{PATH}?strict=true", MONDAY | person | second)
    assert (refused.status, refused.error) == (409, code)
    assert refused.json["rule_ids"] == [first["id"]]
    assert _rules(database) == before
    told = owner.post(PATH, MONDAY | person | second)
    assert told.status == 201
    (warning,) = [each for each in told.meta["warnings"] if first["id"] in each["rule_ids"]]
    assert warning["code"] == code
    assert set(warning) == {"code", "detail", "rule_ids", "on_date"}
    assert set(warning["rule_ids"]) == {first["id"], told.data[0]["id"]}
    assert "20:00-22:00" in warning["detail"]


def test_hours_of_a_place_tell_whose_own_hours_they_end(business: Business, owner: ApiClient) -> None:
    """A range without an end is stronger than anybody's week; everybody's rules are looked at."""
    theirs = [
        owner.post(PATH, MONDAY | {"resource_id": str(person)}).data[0]["id"]
        for person in business.resource_ids
    ]
    usual = owner.get(PATH).data[0]["id"]
    told = owner.post(
        PATH, {"kind": "DATE_RANGE", "valid_from": "2020-01-01", "start_time": "09:00", "end_time": "17:00"}
    )
    made = told.data[0]["id"]
    assert [each["code"] for each in told.meta["warnings"]] == ["RULE_UNREACHABLE"] * 3
    assert {tuple(each["rule_ids"]) for each in told.meta["warnings"]} == {
        (rule, made) for rule in (usual, *theirs)
    }


def test_a_change_is_checked_as_a_new_rule_is(
    business: Business, owner: ApiClient, database: Database
) -> None:
    (first,) = owner.post(PATH, MONDAY).data
    (other,) = owner.post(PATH, MONDAY | {"days_of_week": [2]}).data
    before = _rules(database)
    path = f"{PATH}/{other['id']}"
    for change, status, error in (
        ({"days_of_week": [1]}, 409, "RULE_DUPLICATE"),
        ({"days_of_week": [1], "is_closed": True}, 409, "RULE_DUPLICATE"),
        ({"days_of_week": []}, 422, "VALIDATION_ERROR"),
        ({"start_time": None}, 422, "VALIDATION_ERROR"),
        ({}, 422, "VALIDATION_ERROR"),
        ({"windows": []}, 422, "VALIDATION_ERROR"),
    ):
        refused = owner.patch(path, change)
        assert (refused.status, refused.error) == (status, error), refused.body
    assert _rules(database) == before
    changed = owner.patch(path, {"days_of_week": [1, 2], "start_time": "21:00"}, If_Match='"1"')
    assert changed.status == 200, changed.body
    assert changed.data == other | {"days_of_week": [1, 2], "start_time": "21:00", "version": 2}
    assert [each["code"] for each in changed.meta["warnings"]] == ["RULE_OVERLAP"]
    assert set(changed.meta["warnings"][0]["rule_ids"]) == {first["id"], other["id"]}
    late = owner.patch(path, {"start_time": "19:00", "version": 1})
    assert (late.status, late.error, late.json["current_version"]) == (409, "VERSION_CONFLICT", 2)
    assert owner.get(path).data == changed.data


def test_what_was_taken_away_can_be_put_back(business: Business, owner: ApiClient) -> None:
    (made,) = owner.post(PATH, MONDAY | {"slot_capacity": 3, "valid_to": "2032-01-01"}).data
    path = f"{PATH}/{made['id']}"
    assert owner.delete(path, If_Match="7").error == "VERSION_CONFLICT"
    gone = owner.delete(path)
    assert (gone.status, gone.data["is_deleted"]) == (200, True)
    assert owner.get(path).status == 404
    assert owner.delete(path).status == 404
    (again,) = owner.post(PATH, gone.data["restore"]).data
    assert again == made | {"id": again["id"]}


def test_an_artist_says_only_when_it_works_itself(
    business: Business, owner: ApiClient, database: Database
) -> None:
    mine, others = business.resource_ids
    artist = staff_client(business, "artist", resource_id=mine)
    (own,) = artist.post(PATH, MONDAY).data
    assert own["resource_id"] == str(mine)
    (theirs,) = owner.post(PATH, MONDAY | {"resource_id": str(others)}).data
    before = _rules(database)
    assert artist.post(PATH, MONDAY | {"resource_id": str(others), "days_of_week": [3]}).error == "FORBIDDEN"
    for change in ({"resource_id": None}, {"resource_id": str(others)}):
        assert artist.patch(f"{PATH}/{own['id']}", change).error == "FORBIDDEN"
    for send in (artist.get, artist.delete):
        assert send(f"{PATH}/{theirs['id']}").status == 404
    assert artist.patch(f"{PATH}/{theirs['id']}", {"end_time": "23:00"}).status == 404
    assert _rules(database) == before
    assert {each["resource_id"] for each in artist.get(PATH).data} == {None, str(mine)}
    assert artist.delete(f"{PATH}/{own['id']}").status == 200


def test_the_front_desk_may_and_guests_may_not(business: Business, database: Database) -> None:
    """S1: availabilities are for its roles admin, manager and frontdesk."""
    before = _rules(database)
    guest = ApiClient(business.slug)
    assert guest.get(PATH).error == "UNAUTHENTICATED"
    assert guest.post(PATH, MONDAY).error == "UNAUTHENTICATED"
    assert _rules(database) == before
    desk = staff_client(business, "frontdesk")
    assert desk.get(PATH).meta == {"total": len(before)}
    assert desk.post(PATH, MONDAY).status == 201
    assert len(_rules(database)) == len(before) + 1
