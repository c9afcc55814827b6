"""What a service may say over the API: seats, limits, steps, roles, add-ons; and what contradicts itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.roles import visit_of
from holdfast.capabilities.catalog.queries import get_service
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, staff_client
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database

PATH = "/api/v1/services"
STYLIST: dict[str, Any] = {"name": "stylist", "kind": "person", "required_skills": ["colour"]}
BASIN: dict[str, Any] = {"name": "basin", "kind": "chair", "required_skills": []}
COLOUR: dict[str, Any] = {
    "name": "Colour",
    "duration_minutes": 120,
    "roles": [STYLIST, BASIN],
    "segments": [
        {"role": "stylist", "offset_minutes": 0, "duration_minutes": 45},
        {"role": "stylist", "offset_minutes": 45, "duration_minutes": 45, "kind": "processing"},
        {"role": "stylist", "offset_minutes": 90, "duration_minutes": 30},
        {"role": "basin", "offset_minutes": 90, "duration_minutes": 30},
    ],
}


@pytest.fixture
def business(database: Database) -> Business:
    return make_business()


@pytest.fixture
def owner(business: Business) -> ApiClient:
    return staff_client(business, "owner")


def _stored(database: Database) -> list[tuple[Any, ...]]:
    return database.rows(
        "select to_jsonb(s)::text from service s union all select to_jsonb(a)::text from service_add_on a"
        " order by 1"
    )


def _add_on(owner: ApiClient, **named: Any) -> str:
    made = owner.post(PATH, {"name": "Gloss", "duration_minutes": 15, "is_add_on": True, **named})
    assert made.status == 201, made.body
    return str(made.data["id"])


def test_a_service_that_says_little_has_the_usual_terms(owner: ApiClient) -> None:
    made = owner.post(PATH, {"name": "Cut", "duration_minutes": 30})
    assert made.status == 201, made.body
    usual = {
        "slot_granularity_minutes": None,
        "capacity": 1,
        "most_per_day": None,
        "most_per_week": None,
        "segments": [],
        "roles": [],
        "requires_stylist": True,
        "is_add_on": False,
        "add_ons": [],
        "exposure": None,
        "publishes_slots": False,
        "is_active": True,
        "version": 1,
    }
    assert {name: made.data[name] for name in usual} == usual


def test_a_service_of_steps_and_roles_is_what_was_asked_for(business: Business, owner: ApiClient) -> None:
    gloss = _add_on(owner)
    wanted = COLOUR | {
        "slot_granularity_minutes": 20,
        "most_per_day": 3,
        "most_per_week": 9,
        "exposure": "curated",
        "publishes_slots": True,
        "buffer_time_minutes": 10,
        "add_ons": [{"service_id": gloss, "at_minutes": 45}],
    }
    made = owner.post(PATH, wanted)
    assert made.status == 201, made.body
    segments = [{"kind": "active", **each} for each in wanted["segments"]]
    expected = {**wanted, "segments": segments, "buffer_after_minutes": 10}
    expected.pop("buffer_time_minutes")
    assert {name: made.data[name] for name in expected} == expected
    shown = ApiClient(business.slug).get(f"{PATH}/{made.data['id']}")
    assert (shown.data, shown.headers["ETag"]) == (made.data, '"1"')


def test_roles_without_steps_are_taken_from_beginning_to_end(business: Business, owner: ApiClient) -> None:
    made = owner.post(PATH, {"name": "Spa", "duration_minutes": 50, "roles": [STYLIST, BASIN]}).data
    with tenant_context(business.tenant_id, "tests"):
        service = get_service(UUID(made["id"]))
    assert service is not None
    assert [(each.role, each.offset_minutes, each.end_minutes) for each in service.steps] == [
        ("stylist", 0, 50),
        ("basin", 0, 50),
    ]
    assert visit_of(service).roles == ("stylist", "basin")
    assert owner.patch(f"{PATH}/{made['id']}", {"duration_minutes": 70}).status == 200


def test_a_group_has_seats(owner: ApiClient) -> None:
    made = owner.post(PATH, {"name": "Yoga", "duration_minutes": 60, "capacity": 12})
    assert made.data["capacity"] == 12


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"capacity": 0}, "capacity"),
        ({"capacity": 1001}, "capacity"),
        ({"capacity": 2}, "capacity"),
        ({"most_per_day": 0}, "most_per_day"),
        ({"most_per_week": 1001}, "most_per_week"),
        ({"exposure": "some"}, "exposure"),
        ({"slot_granularity_minutes": 0}, "slot_granularity_minutes"),
        ({"duration_minutes": 119}, "segments"),
        ({"duration_minutes": 121}, "segments"),
        ({"roles": [STYLIST]}, "segments.3.role"),
        ({"roles": []}, "segments.0.role"),
        ({"roles": [STYLIST, STYLIST, BASIN]}, "roles"),
        ({"roles": [STYLIST, BASIN, BASIN | {"name": "room"}]}, "roles"),
        ({"roles": [BASIN, STYLIST]}, "roles"),
        ({"roles": [STYLIST | {"kind": "robot"}, BASIN]}, "roles.0.kind"),
        ({"roles": [STYLIST | {"name": ""}, BASIN]}, "roles.0.name"),
        ({"segments": [{"role": "stylist", "offset_minutes": 5, "duration_minutes": 115}]}, "segments"),
        (
            {
                "segments": [
                    {"role": "stylist", "offset_minutes": 0, "duration_minutes": 61},
                    {"role": "stylist", "offset_minutes": 60, "duration_minutes": 60},
                ],
                "roles": [STYLIST],
            },
            "segments",
        ),
        ({"segments": [{"duration_minutes": 120, "kind": "processing"}], "roles": []}, "segments"),
        ({"segments": [{"duration_minutes": 0}]}, "segments.0.duration_minutes"),
        ({"segments": [{"duration_minutes": 120, "offset_minutes": -1}]}, "segments.0.offset_minutes"),
        ({"requires_stylist": False}, "requires_stylist"),
        ({"add_ons": [{"service_id": str(UUID(int=4))}]}, "add_ons.0.service_id"),
    ],
)
def test_contradictions_are_refused_by_field(
    owner: ApiClient, database: Database, spoilt: dict[str, Any], field: str
) -> None:
    before = _stored(database)
    refused = owner.post(PATH, COLOUR | spoilt)
    assert (refused.status, refused.field) == (422, field), refused.body
    assert _stored(database) == before


def test_a_change_replaces_lists_and_is_checked_against_the_rest(
    owner: ApiClient, database: Database
) -> None:
    made = owner.post(PATH, COLOUR).data
    path = f"{PATH}/{made['id']}"
    before = _stored(database)
    for change, field in (
        ({"duration_minutes": 100}, "duration_minutes"),
        ({"capacity": 4}, "capacity"),
        ({"roles": [BASIN]}, "roles"),
        ({"segments": [{"duration_minutes": 60}]}, "segments"),
    ):
        refused = owner.patch(path, change)
        assert (refused.status, refused.field) == (422, field), refused.body
    assert _stored(database) == before
    # What was left out of a step is the first role's.
    changed = owner.patch(
        path, {"duration_minutes": 60, "segments": [{"duration_minutes": 60}], "roles": [STYLIST]}
    )
    assert changed.status == 200, changed.body
    assert changed.data["segments"] == [
        {"role": "stylist", "offset_minutes": 0, "duration_minutes": 60, "kind": "active"}
    ]
    plain = owner.patch(path, {"segments": [], "roles": [], "duration_minutes": 75, "capacity": 4})
    assert (plain.data["segments"], plain.data["roles"], plain.data["capacity"]) == ([], [], 4)
    assert plain.data["version"] == made["version"] + 2


def test_what_needs_no_stylist_takes_a_chair(owner: ApiClient) -> None:
    """S1, table `services`, `requires_stylist`."""
    chair = [{"name": "lead", "kind": "chair", "required_skills": []}]
    made = owner.post(PATH, {"name": "Sunbed", "duration_min": 20, "requires_stylist": False, "active": True})
    assert (made.data["roles"], made.data["requires_stylist"]) == (chair, False)
    path = f"{PATH}/{made.data['id']}"
    assert owner.patch(path, {"requires_stylist": False}).data["roles"] == chair
    assert owner.patch(path, {"requires_stylist": True}).data["roles"] == []
    both = owner.patch(path, {"roles": [STYLIST, BASIN]}).data
    # It has one already: nothing changes.
    assert owner.patch(path, {"requires_stylist": True}).data["roles"] == both["roles"]
    agreed = owner.patch(path, {"requires_stylist": False, "roles": [BASIN]})
    assert agreed.data["roles"] == [BASIN]


def test_only_an_add_on_of_the_same_place_and_currency_can_be_added(
    business: Business, owner: ApiClient, database: Database
) -> None:
    with tenant_context(business.tenant_id, TESTER.label):
        there = create_location(actor=TESTER, name="There", time_zone=business.zone.key)
    gloss = _add_on(owner)
    elsewhere = _add_on(owner, location_id=str(there))
    foreign = _add_on(owner, currency="JPY")
    cut = str(business.services["cut"])
    theirs = make_business()
    path = f"{PATH}/{business.services['book']}"
    before = _stored(database)
    for add_ons, field in (
        ([{"service_id": cut}], "add_ons.0.service_id"),
        ([{"service_id": gloss}, {"service_id": elsewhere}], "add_ons.1.service_id"),
        ([{"service_id": foreign}], "add_ons.0.service_id"),
        ([{"service_id": str(business.services["book"])}], "add_ons.0.service_id"),
        ([{"service_id": str(theirs.services["cut"])}], "add_ons.0.service_id"),
        ([{"service_id": gloss}, {"service_id": gloss}], "add_ons"),
        ([{"service_id": gloss, "at_minutes": 10_000}], "add_ons.0.at_minutes"),
    ):
        refused = owner.patch(path, {"add_ons": add_ons})
        assert (refused.status, refused.field) == (422, field), refused.body
    nested = owner.patch(f"{PATH}/{gloss}", {"add_ons": [{"service_id": gloss}]})
    assert (nested.status, nested.field) == (422, "add_ons")
    assert [row for row in _stored(database) if row in before] == before
    added = owner.patch(path, {"add_ons": [{"service_id": gloss}]})
    assert added.data["add_ons"] == [{"service_id": gloss, "at_minutes": None}]
    refused = owner.patch(f"{PATH}/{gloss}", {"is_add_on": False})
    assert (refused.status, refused.field) == (422, "is_add_on")
    assert "book" in refused.json["detail"]
    assert owner.patch(path, {"add_ons": []}).data["add_ons"] == []
    assert owner.patch(f"{PATH}/{gloss}", {"is_add_on": False}).status == 200


def test_one_service_is_shown_as_far_as_one_may_see_it(business: Business, owner: ApiClient) -> None:
    path = f"{PATH}/{business.services['cut']}"
    guest = ApiClient(business.slug)
    assert guest.get(path).data["name"] == "cut"
    owner.patch(path, {"is_active": False})
    assert guest.get(path).status == 404
    assert owner.get(path).data["is_active"] is False
    assert ApiClient(make_business().slug).get(path).status == 404
