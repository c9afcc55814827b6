"""S1's test matrix: "Slot exposure fairness & determinism", over HTTP and with the real free times.

That the lot itself is fair, over 10,000 seeds, is in tests/scheduling/test_exposure.py.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform import clock
from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

CUT = NewService("Cut", 45, "AED", price_minor=15_000, flow="hold", slot_granularity_minutes=15)
CURATED = {"exposure": {"policy": "curated"}}
EIGHT_PAST = datetime.now(UTC).replace(minute=8, second=0, microsecond=0) + timedelta(days=1)
"""A moment of tomorrow, eight minutes into an hour."""


@pytest.fixture
def luma(database: Database) -> Business:
    """A salon in Dubai with three stylists that shows few; 46 starts a day, 16 of them in the morning."""
    return make_business("luma", zone="Asia/Dubai", people=3, services=(CUT,), settings=CURATED)


def slots(luma: Business, who: ApiClient | str = "lena", *, days: int = 9, **headers: str) -> Answer:
    """What somebody is shown of a date; a name is a session of a client with its own."""
    client = ApiClient(luma.slug) if isinstance(who, str) else who
    if isinstance(who, str):
        headers["X_Session_Id"] = who
    day = (EIGHT_PAST + timedelta(days=days)).astimezone(luma.zone).date()
    answer = client.get(f"/v1/slots?service_id={luma.services['Cut']}&date={day}", **headers)
    assert answer.status == 200, answer.body
    return answer


def shown(luma: Business, who: ApiClient | str = "lena", **options: Any) -> list[str]:
    return [each["starts_at"] for each in slots(luma, who, **options).data]


def hours(luma: Business, starts: list[str]) -> list[int]:
    return [datetime.fromisoformat(start).astimezone(luma.zone).hour for start in starts]


def part(hour: int) -> str:
    return "AM" if hour < 12 else "PM" if hour < 17 else "EV"


def test_few_are_shown_and_the_total_said(luma: Business) -> None:
    """S1, steps 3 and 6: exposed slots, total availability count, `has_more`."""
    answer = slots(luma)
    assert 3 <= len(answer.data) <= 5
    meta = {name: answer.meta[name] for name in ("total", "has_more", "exposure", "variant")}
    assert meta == {"total": 46, "has_more": True, "exposure": "curated", "variant": "control"}
    assert answer.headers["X-Exposure-Variant"] == "control"
    assert set(answer.data[0]["resource_ids"]) == {str(each) for each in luma.resource_ids}


def test_the_same_session_is_shown_the_same(luma: Business) -> None:
    """S1, step 1: a deterministic seed of the user or session."""
    with clock.frozen(EIGHT_PAST):
        everybody = {name: shown(luma, name) for name in map(str, range(30))}
        assert everybody == {name: shown(luma, name) for name in everybody}
    assert len(set(map(tuple, everybody.values()))) > 20


def test_each_part_of_the_key_counts(luma: Business) -> None:
    """User or session, date, service and stylist (S1, step 1)."""
    with clock.frozen(EIGHT_PAST):
        for other in (
            lambda name: hours(luma, shown(luma, f"other {name}")),
            lambda name: hours(luma, shown(luma, name, days=10)),
        ):
            names = list(map(str, range(10)))
            assert [hours(luma, shown(luma, name)) for name in names] != [other(name) for name in names]


def test_what_is_shown_stays_for_seven_minutes_whatever_the_hour_does(luma: Business) -> None:
    """S1, step 5: sticky for 7 minutes; step 1: another salt with the next hour."""
    late = EIGHT_PAST.replace(minute=56)
    names = list(map(str, range(20)))
    with clock.frozen(late):
        first = {name: shown(luma, name) for name in names}
    with clock.frozen(late + timedelta(minutes=6, seconds=59)):
        assert {name: shown(luma, name) for name in names} == first
    with clock.frozen(late + timedelta(minutes=7)):
        later = {name: shown(luma, name) for name in names}
    assert sum(later[name] != first[name] for name in names) >= 15


def test_without_a_new_hour_nothing_changes_after_seven_minutes(luma: Business) -> None:
    """S1, steps 1 and 5: the seed is the same all through the hour."""
    with clock.frozen(EIGHT_PAST):
        first = shown(luma)
    with clock.frozen(EIGHT_PAST + timedelta(minutes=30)):
        assert shown(luma) == first


def test_no_start_starves(luma: Business) -> None:
    """To visitors of one hour, and to one visitor over the hours, every start is shown."""
    with clock.frozen(EIGHT_PAST):
        seen = Counter(start for number in range(300) for start in shown(luma, f"visitor {number}"))
    assert len(seen) == 46
    over_hours: set[str] = set()
    for number in range(-300, 1):
        with clock.frozen(EIGHT_PAST + timedelta(hours=number)):
            over_hours |= set(shown(luma, "lena", days=8))
    assert len(over_hours) == 46


def test_three_four_or_five_are_shown_one_of_each_part_first(luma: Business) -> None:
    """30 % more than three, within four standard deviations of 400 lots; every part of the day always."""
    sizes: Counter[int] = Counter()
    with clock.frozen(EIGHT_PAST):
        for number in range(400):
            starts = shown(luma, f"visitor {number}")
            sizes[len(starts)] += 1
            assert {part(hour) for hour in hours(luma, starts)} == {"AM", "PM", "EV"}
    assert set(sizes) == {3, 4, 5}
    assert sizes[3] / 400 == pytest.approx(0.70, abs=0.092)
    assert sizes[4] / 400 == pytest.approx(0.15, abs=0.072)
    assert sizes[5] / 400 == pytest.approx(0.15, abs=0.072)


def test_up_to_five_are_all_shown(database: Database) -> None:
    """Three hours and three quarters, by the hour: four starts."""
    long = NewService("Cut", 45, "AED", slot_granularity_minutes=180)
    shop = make_business("luma", zone="Asia/Dubai", services=(long,), settings=CURATED)
    answer = slots(shop)
    assert len(answer.data) == answer.meta["total"] == 4
    assert (answer.meta["has_more"], answer.meta["exposure"]) == (False, "all")


def test_staff_are_shown_all(luma: Business) -> None:
    """S1 has no rule for its admins: who books by telephone sees every time."""
    for role in ("owner", "frontdesk", "artist"):
        client = staff_client(luma, role)
        answer = slots(luma, client, X_Exposure_Variant="narrow")
        assert len(answer.data) == answer.meta["total"] == 46
        assert (answer.meta["has_more"], answer.meta["exposure"], answer.meta["variant"]) == (
            False,
            "all",
            "all",
        )


def test_a_header_chooses_the_rule(luma: Business) -> None:
    """S1, guardrails: "experiment header `X-Exposure-Variant` to toggle rules"."""
    with clock.frozen(EIGHT_PAST):
        by_name = {}
        for name in ("control", "narrow", "wide", "any_part", "all", "no such rule"):
            answer = slots(luma, X_Exposure_Variant=name)
            by_name[name] = {each["starts_at"] for each in answer.data}
            told = name if name != "no such rule" else "control"
            assert answer.headers["X-Exposure-Variant"] == answer.meta["variant"] == told
    assert by_name["narrow"] < by_name["control"] <= by_name["wide"] < by_name["all"]
    assert [len(by_name[name]) for name in ("narrow", "wide", "all")] == [2, 5, 46]
    assert by_name["no such rule"] == by_name["control"]


def test_a_start_that_is_taken_makes_room_for_another(luma: Business) -> None:
    """Who else is shown it sees it go; the others stay, and its part of the day gets another."""
    client = ApiClient(luma.slug)
    one = luma.resource_ids[0]
    for number in range(12):
        name = f"visitor {number}"
        with clock.frozen(EIGHT_PAST):
            path = _path(luma, one)
            before = [each["starts_at"] for each in client.get(path, X_Session_Id=name).data]
            taken = next(start for start in before if part(hours(luma, [start])[0]) == "EV")
            held = client.post("/v1/bookings", _booking(luma, taken, one), Idempotency_Key=new_key())
            assert held.status == 201
            after = [each["starts_at"] for each in client.get(path, X_Session_Id=name).data]
        assert taken not in after
        stayed = {start for start in before if start in _free(luma, one)}
        assert stayed <= set(after)
        assert len(after) == len(before)
        assert "EV" in {part(hour) for hour in hours(luma, after)}
        assert client.delete(f"/api/v1/bookings/{held.data['id']}").status == 200


def test_an_expired_hold_is_free_again_before_anything_is_chosen(luma: Business, database: Database) -> None:
    """S1, guardrails: "ensure expired holds refresh counts before exposure decisions"."""
    one = luma.resource_ids[0]
    start = _free(luma, one)[0]
    held = ApiClient(luma.slug).post("/v1/bookings", _booking(luma, start, one), Idempotency_Key=new_key())
    assert held.status == 201
    fewer = ApiClient(luma.slug).get(_path(luma, one)).meta["total"]
    with database.cluster.connect() as admin:
        admin.execute("update allocation set expires_at = clock_timestamp() - interval '1 second'")
        admin.execute("update booking set hold_expires_at = clock_timestamp() - interval '1 second'")
    assert ApiClient(luma.slug).get(_path(luma, one)).meta["total"] == 46 > fewer


def test_only_what_has_seats_is_offered(database: Database) -> None:
    """S1, step 2: `status IN ('open','partial') and capacity > booked + hold`, as the total counts."""
    group = NewService("Cut", 60, "AED", flow="hold", capacity=2, slot_granularity_minutes=60)
    shop = make_business("luma", zone="Asia/Dubai", services=(group,), settings=CURATED)
    desk = staff_client(shop, "frontdesk")
    day = (EIGHT_PAST + timedelta(days=9)).astimezone(shop.zone).date()
    sent = {"from": str(day), "to": str(day)}
    assert desk.post("/admin/v1/slots/generate", sent, Idempotency_Key=new_key()).data["created"] == 12
    published = desk.get(f"/admin/v1/slot-instances?from={day}&to={day}").data
    who = {"customer_name": "Noor", "customer_phone": "+971 50 123 4567"}
    for number, seats in ((0, 1), (1, 2), (2, 2)):
        wish = who | {"slot_id": published[number]["id"], "party_size": seats}
        assert desk.post("/v1/bookings", wish, Idempotency_Key=new_key()).status == 201
    blocked = f"/admin/v1/slots/{published[3]['id']}"
    assert desk.patch(blocked, {"is_blocked": True}, Idempotency_Key=new_key()).status == 200
    seen: set[str] = set()
    for number in range(60):
        answer = slots(shop, f"visitor {number}")
        assert (answer.meta["total"], answer.meta["has_more"]) == (9, True)
        seen |= {each["slot_id"] for each in answer.data}
    assert seen == {each["id"] for number, each in enumerate(published) if number not in (1, 2, 3)}


def _path(luma: Business, resource_id: object) -> str:
    day = (EIGHT_PAST + timedelta(days=9)).astimezone(luma.zone).date()
    return f"/v1/slots?service_id={luma.services['Cut']}&date={day}&stylist_id={resource_id}"


def _free(luma: Business, resource_id: object) -> list[str]:
    found = ApiClient(luma.slug).get(_path(luma, resource_id), X_Exposure_Variant="all", X_Session_Id="x")
    return [each["starts_at"] for each in found.data]


def _booking(luma: Business, start: str, resource_id: object) -> dict[str, Any]:
    return {
        "service_id": str(luma.services["Cut"]),
        "starts_at": start,
        "stylist_id": str(resource_id),
        "customer_name": "Noor",
        "customer_phone": "+971 50 123 4567",
    }
