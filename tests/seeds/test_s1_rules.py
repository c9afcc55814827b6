"""S1, Hair Stylist Scheduler: locations, services, stylists and availability rules, by its admin API."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform.db.rows import execute
from holdfast.platform.tenancy import tenant_context
from tests.api_client import Answer, ApiClient, make_account, new_key, signed_in, staff_client
from tests.capabilities.business import TESTER, Business, make_business
from tests.cluster import Database

# Without a grid of its own: the rules say how often it starts.
CUT = NewService("Cut", 60, "AED", flow="hold")
COLOUR = NewService("Colour", 60, "AED", flow="hold")
RULES = "/admin/v1/availabilities"


@pytest.fixture
def luma(database: Database) -> Business:
    """A salon in Dubai with two stylists, open from eight to eight."""
    return make_business("luma", zone="Asia/Dubai", people=2, services=(CUT, COLOUR))


@pytest.fixture
def manager(luma: Business) -> ApiClient:
    return staff_client(luma, "manager")


def monday(luma: Business, *, weeks: int = 1) -> date:
    today = luma.start(days=0).astimezone(luma.zone).date()
    return today + timedelta(days=7 * weeks - today.weekday())


def rule(manager: ApiClient, luma: Business, **fields: Any) -> Answer:
    """A row of `availability_rules`, in its own words."""
    row = {"rule_kind": "WEEKLY", "location_id": str(luma.location_id), **fields}
    return manager.post(RULES, row, Idempotency_Key=new_key())


def starts(luma: Business, on: date, service: str = "Cut", stylist: UUID | None = None) -> list[str]:
    path = f"/v1/slots?service_id={luma.services[service]}&date={on}"
    answer = ApiClient(luma.slug).get(path + (f"&stylist_id={stylist}" if stylist else ""))
    assert answer.status == 200, answer.body
    return [each["local_start"][11:16] for each in answer.data]


def ends(found: list[str]) -> tuple[str, str, int]:
    return found[0], found[-1], len(found)


def test_weekly_rules_date_ranges_and_exceptions(luma: Business, manager: ApiClient) -> None:
    """`rule_kind IN ('WEEKLY','DATE_RANGE','EXCEPTION')`, `valid_from`, `valid_to`, `is_closed`.

    The document leaves open which counts: an exception before a range before the week, dates inclusive.
    """
    first = monday(luma, weeks=2)
    days = [first + timedelta(days=number) for number in range(14)]
    season = {"valid_from": str(days[7]), "valid_to": str(days[13])}
    assert (
        rule(manager, luma, rule_kind="DATE_RANGE", start_time="12:00", end_time="14:00", **season).status
        == 201
    )
    single = {"valid_from": str(days[9]), "valid_to": str(days[9])}
    assert (
        rule(manager, luma, rule_kind="EXCEPTION", start_time="20:00", end_time="22:00", **single).status
        == 201
    )
    holiday = {"valid_from": str(days[10]), "valid_to": str(days[11]), "is_closed": True}
    whole = {"start_time": "00:00", "end_time": "24:00"}
    assert rule(manager, luma, rule_kind="EXCEPTION", **whole, **holiday).status == 201
    path = f"/v1/dates?service_id={luma.services['Cut']}&from={days[6]}&to={days[13] + timedelta(days=1)}"
    counts = [each["count"] for each in ApiClient(luma.slug).get(path).data]
    assert counts == [45, 5, 5, 5, 0, 0, 5, 5, 45]
    assert ends(starts(luma, days[7])) == ("12:00", "13:00", 5)
    assert ends(starts(luma, days[9])) == ("20:00", "21:00", 5)


def test_weekdays_are_iso(luma: Business, manager: ApiClient) -> None:
    """`days_of_week SMALLINT[]` has no base in the document: 1 is Monday, 7 is Sunday."""
    late = {"days_of_week": [1, 7], "start_time": "20:00", "end_time": "22:00"}
    for stylist in luma.resource_ids:
        assert rule(manager, luma, stylist_id=str(stylist), **late).status == 201
    first = monday(luma)
    late_days = [n for n in range(7) if starts(luma, first + timedelta(days=n))[0] == "20:00"]
    assert late_days == [0, 6]
    for days in ([0], [8]):
        refused = rule(manager, luma, **late | {"days_of_week": days})
        assert (refused.status, refused.field) == (422, "days_of_week.0")


def test_rules_are_for_a_stylist_and_a_service(luma: Business, manager: ApiClient) -> None:
    """`stylist_id NULL`, `service_id NULL`: null is everybody and everything, the narrower rule counts."""
    day = monday(luma)
    one, other = luma.resource_ids
    mondays = {"days_of_week": [1]}
    own = {"stylist_id": str(one), "start_time": "09:00", "end_time": "12:00"}
    assert rule(manager, luma, **mondays, **own).status == 201
    colour = {"service_id": str(luma.services["Colour"]), "start_time": "16:00", "end_time": "18:00"}
    assert rule(manager, luma, **mondays, stylist_id=str(one), **colour).status == 201
    assert ends(starts(luma, day, "Cut", one)) == ("09:00", "11:00", 9)
    assert ends(starts(luma, day, "Colour", one)) == ("16:00", "17:00", 5)
    assert ends(starts(luma, day, "Colour", other)) == ("08:00", "19:00", 45)
    assert ends(starts(luma, day + timedelta(days=1), "Cut", one)) == ("08:00", "19:00", 45)


def test_a_rule_is_there_once(luma: Business, manager: ApiClient, database: Database) -> None:
    """`UNIQUE(location_id, stylist_id, service_id, rule_kind, …)`: with nulls equal, which SQL's are not."""
    row = {"days_of_week": [3], "start_time": "20:00", "end_time": "22:00"}
    (made,) = rule(manager, luma, **row).data
    for same in ({}, {"slot_granularity_minutes": 30}, {"is_closed": True}):
        again = rule(manager, luma, **row | same)
        assert (again.status, again.error) == (409, "RULE_DUPLICATE"), same
        assert again.json["rule_ids"] == [made["id"]]
    # With other dates it is another rule to the document's key, but says nothing new.
    later = rule(manager, luma, **row, valid_from=str(monday(luma, weeks=9)))
    assert (later.status, later.error) == (409, "RULE_DUPLICATE")
    for other in ({"stylist_id": str(luma.resource_ids[0])}, {"end_time": "23:00"}):
        assert rule(manager, luma, **row | other).status == 201
    assert database.rows("select count(*) from opening_rule") == [(4,)]


def test_overlapping_rules_are_told_or_refused(
    luma: Business, manager: ApiClient, database: Database
) -> None:
    """Test matrix: "Admin validation: overlapping rules"."""
    (usual,) = manager.get(RULES).data
    row = {"rule_kind": "WEEKLY", "days_of_week": [6], "start_time": "19:00", "end_time": "22:00"}
    refused = manager.post(f"{RULES}?strict=true", row, Idempotency_Key=new_key())
    assert (refused.status, refused.error, refused.json["rule_ids"]) == (409, "RULE_OVERLAP", [usual["id"]])
    assert database.rows("select count(*) from opening_rule") == [(1,)]
    told = manager.post(RULES, row, Idempotency_Key=new_key())
    assert (told.status, [each["code"] for each in told.meta["warnings"]]) == (201, ["RULE_OVERLAP"])
    # Told and made: each start of both is offered once.
    saturday = monday(luma) + timedelta(days=5)
    assert ends(starts(luma, saturday)) == ("08:00", "21:00", 53)


def test_capacity_and_granularity_of_a_rule(luma: Business, manager: ApiClient) -> None:
    """`slot_capacity DEFAULT 1`, `slot_granularity_minutes DEFAULT 15`: seats at a start, minutes between.

    A capacity left out is the service's, which is 1 as a rule.
    """
    row = {"days_of_week": [2], "stylist_id": str(luma.resource_ids[0])}
    (usual,) = rule(manager, luma, **row, start_time="09:00", end_time="11:00").data
    assert (usual["slot_capacity"], usual["slot_granularity_minutes"]) == (None, 15)
    tuesday = monday(luma) + timedelta(days=1)
    one = luma.resource_ids[0]
    assert starts(luma, tuesday, "Cut", one) == ["09:00", "09:15", "09:30", "09:45", "10:00"]
    coarse = {"start_time": "12:00", "end_time": "14:00", "slot_granularity_minutes": 30}
    assert rule(manager, luma, **row, **coarse).status == 201
    assert starts(luma, tuesday, "Cut", one)[5:] == ["12:00", "12:30", "13:00"]
    for name in ("slot_capacity", "slot_granularity_minutes"):
        refused = rule(manager, luma, **row, **coarse | {name: 0})
        assert (refused.status, refused.field) == (422, name)
    group = {"start_time": "15:00", "end_time": "17:00", "slot_capacity": 4, "slot_granularity_minutes": 60}
    assert rule(manager, luma, **row, **group, service_id=str(luma.services["Colour"])).status == 201
    range_ = {"from": str(tuesday), "to": str(tuesday), "service_id": str(luma.services["Colour"])}
    manager.post("/admin/v1/slots/generate", range_ | {"stylist_id": str(one)}, Idempotency_Key=new_key())
    found = manager.get(f"/admin/v1/slot-instances?from={tuesday}&to={tuesday}").data
    assert [(each["starts_at"][11:16], each["capacity"]) for each in found] == [("11:00", 4), ("12:00", 4)]


def test_only_active_and_able_stylists_work(database: Database) -> None:
    """`services.active`, `stylists.active`, `stylists.skills`; `requires_stylist: false` needs no person."""
    fade = NewService("Fade", 60, "AED", required_skills=("fade",))
    luma = make_business("luma", zone="Asia/Dubai", people=2, services=(CUT, fade))
    one, other = luma.resource_ids
    day = monday(luma)
    with tenant_context(luma.tenant_id, TESTER.label):
        execute("update resource set skills = '{fade}' where id = %s", [one])
    able = ApiClient(luma.slug).get(f"/v1/slots?service_id={luma.services['Fade']}&date={day}").data
    assert {tuple(each["resource_ids"]) for each in able} == {(str(one),)}
    with tenant_context(luma.tenant_id, TESTER.label):
        execute("update resource set is_active = false where id = %s", [one])
    nobody = ApiClient(luma.slug).get(f"/v1/slots?service_id={luma.services['Fade']}&date={day}")
    assert (nobody.status, nobody.error) == (422, "RESOURCE_UNSUITABLE")
    assert [each["id"] for each in ApiClient(luma.slug).get("/v1/stylists").data] == [str(other)]
    manager = staff_client(luma, "manager")
    path = f"/admin/v1/services/{luma.services['Cut']}"
    assert manager.patch(path, {"requires_stylist": False}, Idempotency_Key=new_key()).status == 200
    chair = ApiClient(luma.slug).get(f"/v1/slots?service_id={luma.services['Cut']}&date={day}")
    assert (chair.status, chair.error) == (422, "RESOURCE_UNSUITABLE")
    back = {"requires_stylist": True, "active": False}
    assert manager.patch(path, back, Idempotency_Key=new_key()).status == 200
    gone = ApiClient(luma.slug).get(f"/v1/slots?service_id={luma.services['Cut']}&date={day}")
    assert (gone.status, gone.field) == (404, "service_id")


def test_a_locations_zone_is_dubais_unless_said(luma: Business, database: Database) -> None:
    """`locations.timezone DEFAULT 'Asia/Dubai'`; without `timezone` an input is the location's."""
    with tenant_context(luma.tenant_id, TESTER.label):
        execute(
            "insert into location (tenant_id, id, name, display_order) values (%s, %s, 'Marina', 9)",
            [luma.tenant_id, UUID(int=7)],
        )
    places = ApiClient(luma.slug).get("/v1/locations").data
    assert [(each["name"], each["time_zone"]) for each in places][1] == ("Marina", "Asia/Dubai")
    sent = {
        "service_id": str(luma.services["Cut"]),
        "customer_name": "Noor",
        "customer_phone": "+971501234567",
    }
    at = f"{monday(luma)}T10:00"
    held = ApiClient(luma.slug).post("/v1/bookings", sent | {"starts_at": at}, Idempotency_Key=new_key())
    assert (held.status, held.data["starts_at"][11:16]) == (201, "06:00")


def test_slots_of_a_date_know_the_change_of_clocks(database: Database) -> None:
    """Time strategy: "slot generation uses timezone-aware calendars"; the skipped hour is no start."""
    night = NewService("Cut", 60, "EUR", flow="hold")
    berlin = make_business("luma", services=(night,), settings={})
    desk = staff_client(berlin, "manager")
    zone = ZoneInfo("Europe/Berlin")
    today = datetime.now(zone).date()
    day = next(
        each
        for each in (today + timedelta(days=number) for number in range(2, 380))
        if each.month == 3 and each.isoweekday() == 7 and each.day > 24
    )
    row = {"start_time": "01:00", "end_time": "05:00", "slot_granularity_minutes": 60}
    dates = {"valid_from": str(day - timedelta(days=1)), "valid_to": str(day)}
    assert rule(desk, berlin, rule_kind="EXCEPTION", **row, **dates).status == 201
    assert starts(berlin, day - timedelta(days=1)) == ["01:00", "02:00", "03:00", "04:00"]
    assert starts(berlin, day) == ["01:00", "03:00", "04:00"]
    range_ = {"from": str(day), "to": str(day)}
    made = desk.post("/admin/v1/slots/generate", range_, Idempotency_Key=new_key())
    assert (made.status, made.data["created"]) == (200, 3)


@pytest.mark.parametrize(
    ("role", "may"), [("admin", True), ("manager", True), ("frontdesk", True), ("stylist", False)]
)
def test_every_admin_endpoint_asks_for_a_role(luma: Business, role: str, may: bool) -> None:
    """The rule "Admin endpoints require JWT roles `admin`, `manager`, or `frontdesk`", all four of them."""
    client = signed_in(luma, make_account(luma, role, resource_id=luma.resource_ids[0]))
    day = str(monday(luma))
    nobody = UUID(int=1)
    calls: list[tuple[str, str, dict[str, Any] | None, int]] = [
        ("POST", RULES, {"days_of_week": [1], "start_time": "20:00", "end_time": "21:00"}, 201),
        ("POST", "/admin/v1/slots/generate", {"from": day, "to": day}, 200),
        ("GET", "/admin/v1/bookings", None, 200),
        ("PATCH", f"/admin/v1/bookings/{nobody}", {"status": "cancelled"}, 404),
    ]
    for method, path, body, status in calls:
        answer = client.send(method, path, body, Idempotency_Key=new_key())
        assert answer.status == (status if may else 403), (path, answer.body)
        guest = ApiClient(luma.slug).send(method, path, body, Idempotency_Key=new_key())
        assert (guest.status, guest.error) == (401, "UNAUTHENTICATED"), path
