"""Settings over HTTP: what is set counts, within bounds, for this business only, and can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg
import pytest

from holdfast.capabilities.bookings.commands import confirm_booking
from holdfast.capabilities.tenants.settings import known_settings
from holdfast.platform import clock
from holdfast.platform.access import GUEST
from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database

SETTINGS = "/api/v1/settings"


@pytest.fixture
def shop(database: Database) -> Business:
    return make_business("shop")


@pytest.fixture
def owner(shop: Business) -> ApiClient:
    return staff_client(shop, "owner")


def by_name(answer: Answer) -> Mapping[str, Mapping[str, Any]]:
    return {each["name"]: each for each in answer.data}


def test_everything_that_can_be_set_is_listed_with_its_default(owner: ApiClient) -> None:
    answer = owner.get(SETTINGS)
    assert answer.status == 200
    assert answer.headers["ETag"] == '"1"'
    assert set(by_name(answer)) == set(known_settings())
    for each in answer.data:
        assert each["is_default"], each
        assert each["meaning"], each
        assert each["bounds"], each
    assert by_name(answer)["waitlist"]["value"] == {"is_open": True, "offer_minutes": 120}


def test_names_are_set_one_by_one_and_null_goes_back(owner: ApiClient) -> None:
    owner.patch(SETTINGS, {"option_days": 7, "waitlist": {"is_open": False}})
    answer = owner.patch(SETTINGS, {"waitlist": {"offer_minutes": 30}, "option_days": None})
    assert answer.json["meta"]["version"] == 3
    found = by_name(answer)
    assert found["waitlist"]["value"] == {"is_open": True, "offer_minutes": 30}
    assert not found["waitlist"]["is_default"]
    assert found["option_days"]["is_default"]


def test_what_changes_nothing_is_no_new_version(owner: ApiClient) -> None:
    owner.patch(SETTINGS, {"option_days": 7})
    assert owner.patch(SETTINGS, {"option_days": 7}).json["meta"]["version"] == 2
    assert owner.patch(SETTINGS, {}).json["meta"]["version"] == 2


def test_an_unknown_name_is_refused_with_those_that_are_known(owner: ApiClient) -> None:
    answer = owner.patch(SETTINGS, {"option_days": 7, "cancelation_notice": 5})
    assert (answer.status, answer.json["error"], answer.json["field"]) == (
        422,
        "UNKNOWN_SETTING",
        "cancelation_notice",
    )
    assert "cancellation_notice_minutes" in answer.json["known"]
    assert owner.get(SETTINGS).json["meta"]["version"] == 1


BAD: list[tuple[str, Any, str]] = [
    ("cancellation_notice_minutes", -1, "cancellation_notice_minutes"),
    ("cancellation_notice_minutes", 525_601, "cancellation_notice_minutes"),
    ("cancellation_notice_minutes", "60", "cancellation_notice_minutes"),
    ("cancellation_notice_minutes", True, "cancellation_notice_minutes"),
    ("reschedule_notice_minutes", 1.5, "reschedule_notice_minutes"),
    ("complete_after_hours", "sometimes", "complete_after_hours"),
    ("complete_after_hours", 8785, "complete_after_hours"),
    ("archive_after_days", 29, "archive_after_days"),
    ("customer_link_hours", 0, "customer_link_hours"),
    ("customer_link_hours", 169, "customer_link_hours"),
    ("challenge_hours", 241, "challenge_hours"),
    ("option_days", 366, "option_days"),
    ("parties", 1, "parties"),
    ("waitlist", [], "waitlist"),
    ("waitlist", {"offer_minutes": 4}, "waitlist.offer_minutes"),
    ("waitlist", {"offers": 5}, "waitlist.offers"),
    ("exposure", {"policy": "some"}, "exposure.policy"),
    ("reminders", {"lead_minutes": [60, 1]}, "reminders.lead_minutes.1"),
    ("reminders", {"lead_minutes": [60] * 6}, "reminders.lead_minutes"),
    ("email", "not an address", "email"),
    ("hue", 360, "hue"),
    ("chroma", "loud", "chroma"),
    ("clock", "13", "clock"),
    ("tagline", "x" * 201, "tagline"),
    ("about", "\ud800", "about"),
    ("translations", {"ar": {"slogan": "x"}}, "translations.ar.slogan"),
    ("translations", {"arabic": {}}, "translations.arabic"),
    ("minimum_duration_minutes", 0, "minimum_duration_minutes"),
]


def test_bounds_are_kept(owner: ApiClient) -> None:
    for name, value, field in BAD:
        answer = owner.patch(SETTINGS, {name: value})
        assert (answer.status, answer.json["error"]) == (422, "VALIDATION_ERROR"), (name, value, answer.body)
        assert answer.json["field"] == field, (name, value)
    assert owner.get(SETTINGS).json["meta"]["version"] == 1


def test_the_version_that_was_seen_counts(owner: ApiClient) -> None:
    owner.patch(SETTINGS, {"option_days": 7}, If_Match='"1"')
    late = owner.patch(SETTINGS, {"option_days": 9}, If_Match='"1"')
    assert (late.status, late.json["error"], late.json["current_version"]) == (409, "VERSION_CONFLICT", 2)
    assert by_name(owner.get(SETTINGS))["option_days"]["value"] == 7


def test_a_key_counts_once(owner: ApiClient) -> None:
    key = new_key()
    first = owner.patch(SETTINGS, {"option_days": 7}, Idempotency_Key=key)
    again = owner.patch(SETTINGS, {"option_days": 7}, Idempotency_Key=key)
    assert again.body == first.body
    assert again.headers["Idempotency-Replayed"] == "true"
    assert owner.patch(SETTINGS, {"option_days": 8}, Idempotency_Key=key).status == 422


def test_the_last_change_is_taken_back_and_brought_back(owner: ApiClient) -> None:
    nothing = owner.post(f"{SETTINGS}/undo")
    assert (nothing.status, nothing.json["error"]) == (409, "NOTHING_TO_UNDO")
    owner.patch(SETTINGS, {"option_days": 7})
    owner.patch(SETTINGS, {"option_days": 9, "hue": 20})
    undone = owner.post(f"{SETTINGS}/undo", If_Match='"3"')
    assert by_name(undone)["option_days"]["value"] == 7
    assert by_name(undone)["hue"]["is_default"]
    assert undone.json["meta"]["version"] == 4
    assert owner.post(f"{SETTINGS}/undo", If_Match='"3"').status == 409
    assert by_name(owner.post(f"{SETTINGS}/undo"))["option_days"]["value"] == 9


def test_history_says_who_changed_what(owner: ApiClient, database: Database) -> None:
    owner.patch(SETTINGS, {"option_days": 7})
    owner.patch(SETTINGS, {"option_days": None})
    rows = database.rows("select version, before, after, actor from tenant_setting_change order by version")
    assert [row[:3] for row in rows] == [(2, {}, {"option_days": 7}), (3, {"option_days": 7}, {})]
    assert len({row[3] for row in rows} - {"unknown"}) == 1


def test_only_who_manages_the_business_may(shop: Business, owner: ApiClient) -> None:
    assert ApiClient(shop.slug).get(SETTINGS).status == 401
    for role in ("manager", "frontdesk", "artist"):
        client = staff_client(shop, role)
        assert client.get(SETTINGS).status == 403, role
        assert client.patch(SETTINGS, {"option_days": 7}).status == 403, role
        assert client.post(f"{SETTINGS}/undo").status == 403, role
    assert staff_client(shop, "admin").patch(SETTINGS, {"option_days": 7}).status == 200


def test_one_business_sets_nothing_of_another(owner: ApiClient, database: Database) -> None:
    other = make_business("other", settings={"option_days": 5})
    owner.patch(SETTINGS, {"option_days": 7})
    owner.post(f"{SETTINGS}/undo")
    theirs = staff_client(other, "owner").get(SETTINGS)
    assert by_name(theirs)["option_days"]["value"] == 5
    assert theirs.json["meta"]["version"] == 1
    assert owner.http.get(SETTINGS, headers={"Host": f"{other.slug}.localhost:8000"}).status_code in (
        401,
        403,
    )


def test_the_table_itself_is_changed_in_its_own_context_only(shop: Business, database: Database) -> None:
    """`tenant` is outside row security; the line of history that a change writes is not."""
    other = make_business("other")
    change = "update tenant set settings = '{\"hue\": 1}' where id = %s"
    for context, refused in {str(shop.tenant_id): True, "": True, str(other.tenant_id): False}.items():
        with database.connect_as_app() as app:
            app.execute("select set_config('app.tenant', %s, false)", [context])
            if refused:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(change, [other.tenant_id])
            else:
                app.execute(change, [other.tenant_id])
    assert database.rows("select count(*) from tenant_setting_change") == [(1,)]


def test_the_process_that_saved_knows_at_once(owner: ApiClient) -> None:
    service = {"name": "Fringe", "duration_minutes": 30, "currency": "EUR"}
    assert owner.post("/api/v1/services", service).status == 201
    owner.patch(SETTINGS, {"minimum_duration_minutes": 45})
    refused = owner.post("/api/v1/services", service)
    assert (refused.status, refused.json["field"]) == (422, "duration_minutes")


def test_what_was_written_by_hand_is_shown_with_what_is_wrong(database: Database) -> None:
    shop = make_business("odd", settings={"option_days": 900, "complete_after_hours": None, "nonsense": 1})
    client = staff_client(shop, "owner")
    found = by_name(client.get(SETTINGS))
    assert found["option_days"]["value"] == 900
    assert found["option_days"]["problem"]
    assert found["complete_after_hours"]["value"] == "never"
    client.patch(SETTINGS, {"hue": 20})
    ((stored,),) = database.rows(f"select settings from tenant where id = '{shop.tenant_id}'")
    assert stored == {"option_days": 900, "complete_after_hours": None, "nonsense": 1, "hue": 20}


def test_the_notice_that_is_set_is_the_notice_that_counts(shop: Business, owner: ApiClient) -> None:
    """From the setting to what a guest may do, and back by undoing it."""
    held = book(shop, "cut", shop.start(days=2))
    confirm_booking(
        tenant_id=shop.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=held.booking_id or UUID(int=0),
        token=held.token,
    )
    owner.patch(SETTINGS, {"cancellation_notice_minutes": 7 * 24 * 60})
    guest, path = ApiClient(shop.slug), f"/api/v1/bookings/{held.booking_id}"
    late = guest.delete(path, X_Booking_Token=held.token)
    assert late.status == 409, late.body
    owner.post(f"{SETTINGS}/undo")
    assert guest.delete(path, X_Booking_Token=held.token).status == 200
