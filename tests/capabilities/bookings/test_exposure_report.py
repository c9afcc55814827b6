"""The report on exposure: its numbers against a count by hand, and who may read it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.catalog.commands import NewService
from holdfast.scheduling.day_parts import part_of_hour
from tests.api_client import Answer, ApiClient, staff_client
from tests.capabilities.business import Business, make_business
from tests.cluster import Database

CUT = NewService("Cut", 60, "EUR", price_minor=4_500, slot_granularity_minutes=30)
SHAVE = NewService("Shave", 30, "EUR", price_minor=2_000, flow="hold", slot_granularity_minutes=30)
PLAIN = NewService("Plain", 30, "EUR", price_minor=2_000, slot_granularity_minutes=30, exposure="all")
REPORT = "/api/v1/reports/exposure"


@pytest.fixture
def salon(database: Database) -> Business:
    return make_business(people=4, services=(CUT, SHAVE, PLAIN), settings={"exposure": {"policy": "curated"}})


class Ledger:
    """What a person with a pencil would have written down."""

    def __init__(self, salon: Business) -> None:
        self.salon = salon
        self.offered: list[tuple[str, str, dict[str, Any]]] = []
        self.taken: list[tuple[str, str, dict[str, Any], str]] = []
        self.looks: Counter[str] = Counter()

    def look(self, who: str, service: str = "Cut", variant: str = "control", **asked: object) -> list[Any]:
        day = self.salon.start(days=9).astimezone(self.salon.zone).date()
        query = {"service_id": self.salon.services[service], "date": day, **asked}
        address = "/api/v1/slots?" + "&".join(f"{name}={value}" for name, value in query.items())
        client = ApiClient(self.salon.slug)
        shown = client.get(address, X_Session_Id=who, X_Exposure_Variant=variant).data
        self.looks[variant] += 1
        self.offered += [(service, variant, each) for each in shown]
        return list(shown)

    def take(self, slot: dict[str, Any], service: str, variant: str, person: UUID, number: int) -> Answer:
        answer = self.book(slot["starts_at"], service, person, number)
        assert answer.status == 201, answer.body
        self.taken.append((service, variant, slot, str(person)))
        return answer

    def book(self, start: str, service: str, person: UUID, number: int) -> Answer:
        booking = {
            "service_id": str(self.salon.services[service]),
            "starts_at": start,
            "resource_id": str(person),
            "customer_name": "Ann",
            "customer_email": f"ann{number}@example.com",
        }
        return ApiClient(self.salon.slug).post("/api/v1/bookings", booking)


def hour(slot: dict[str, Any]) -> int:
    return datetime.fromisoformat(slot["local_start"]).hour


def counted(lines: list[dict[str, Any]], name: str) -> dict[Any, tuple[int, int]]:
    for line in lines:
        rate = round(line["taken"] / line["offered"], 4) if line["offered"] else None
        assert line["rate"] == rate
    return {line[name]: (line["offered"], line["taken"]) for line in lines}


def by_hand(offered: list[Any], taken: list[Any]) -> dict[Any, tuple[int, int]]:
    shown, had = Counter(offered), Counter(taken)
    return {key: (shown[key], had[key]) for key in shown | had}


def test_numbers_against_a_count_by_hand(salon: Business, database: Database) -> None:
    ledger = Ledger(salon)
    # Each books with somebody else, so that nobody is in another's way.
    one, two, three, four = salon.resource_ids
    for number in range(12):
        ledger.look(f"anyone {number}")
    for number in range(5):
        ledger.look(f"with one {number}", resource_id=one)
    shave = [ledger.look(f"shave {number}", "Shave") for number in range(4)]
    wide = ledger.look("wide", variant="wide", resource_id=two)
    # Booked: two starts just looked at, one of them by the other rule; a start of another service as well.
    mine = ledger.look("me", resource_id=one)
    ledger.take(mine[0], "Cut", "control", one, 1)
    last_seen = "control" if wide[-1]["starts_at"] in {each["starts_at"] for each in mine} else "wide"
    ledger.take(wide[-1], "Cut", last_seen, two, 2)
    # A hold is taken only when it is confirmed.
    held = ledger.book(shave[0][0]["starts_at"], "Shave", three, 3)
    kept = ledger.take(shave[1][-1], "Shave", "control", four, 4)
    path = f"/api/v1/bookings/{kept.data['id']}/confirm?token={kept.data['token']}"
    assert ApiClient(salon.slug).post(path).status == 200
    assert held.data["status"] == "held"
    # Neither offered: by staff; by a guest who saw all; of a service that shows all.
    offered = {each["starts_at"] for service, _, each in ledger.offered if service == "Cut"}
    free = [salon.start(days=12, hour=9 + number).strftime("%Y-%m-%dT%H:%M:%SZ") for number in range(3)]
    assert not offered & set(free)
    assert ledger.book(free[0], "Cut", one, 5).status == 201
    assert ledger.book(free[1], "Plain", one, 6).status == 201
    desk = staff_client(salon, "frontdesk")
    by_staff = {"service_id": str(salon.services["Cut"]), "starts_at": free[2], "customer_name": "Bob"}
    by_staff |= {"customer_email": "bob@example.com"}
    assert desk.post("/api/v1/bookings", by_staff).status == 201

    manager = staff_client(salon, "manager")
    report = manager.get(REPORT).data
    shown, had = ledger.offered, ledger.taken
    assert (report["total"]["offered"], report["total"]["taken"]) == (len(shown), 3)
    assert report["total"]["taken_unoffered"] == 1
    assert counted(report["by_start"], "local_time") == by_hand(
        [each["local_start"][11:16] for *_, each in shown],
        [each["local_start"][11:16] for _, _, each, _ in had],
    )
    assert counted(report["by_hour"], "hour") == by_hand(
        [hour(each) for *_, each in shown], [hour(each) for _, _, each, _ in had]
    )
    assert counted(report["by_part"], "part") == by_hand(
        [str(part_of_hour(hour(each))) for *_, each in shown],
        [str(part_of_hour(hour(each))) for _, _, each, _ in had],
    )
    assert counted(report["by_person"], "resource_id") == by_hand(
        [person for *_, each in shown for person in each["resource_ids"]], [person for *_, person in had]
    )
    assert counted(report["by_variant"], "variant") == by_hand(
        [variant for _, variant, _ in shown], [variant for _, variant, *_ in had]
    )
    assert {line["variant"]: line["looks"] for line in report["by_variant"]} == dict(ledger.looks)
    assert [line["part"] for line in report["by_part"]] == ["morning", "afternoon", "evening"]

    of_shave = manager.get(f"{REPORT}?service_id={salon.services['Shave']}").data["total"]
    assert of_shave["offered"] == sum(service == "Shave" for service, *_ in shown)
    assert (of_shave["taken"], of_shave["taken_unoffered"]) == (1, 0)


def test_the_period_is_dates_of_the_business(salon: Business, database: Database) -> None:
    Ledger(salon).look("lena")
    manager = staff_client(salon, "manager")
    today = salon.start(days=0).astimezone(salon.zone).date()
    meta = manager.get(REPORT).meta
    assert meta == {
        "from": str(today - timedelta(days=27)),
        "to": str(today),
        "time_zone": "Europe/Berlin",
    }
    yesterday = today - timedelta(days=1)
    empty = manager.get(f"{REPORT}?from={yesterday}&to={yesterday}").data
    assert empty["total"] == {"offered": 0, "taken": 0, "rate": None, "taken_unoffered": 0}
    assert [each for name, each in empty.items() if name != "total"] == [[]] * 5
    for query, code in (
        (f"from={today}&to={yesterday}", "VALIDATION_ERROR"),
        (f"from={today - timedelta(days=92)}&to={today}", "RANGE_TOO_LONG"),
    ):
        answer = manager.get(f"{REPORT}?{query}")
        assert (answer.status, answer.error, answer.field) == (422, code, "to")


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("admin", 200), ("manager", 200), ("frontdesk", 403), ("artist", 403), ("", 401)],
)
def test_who_may_read_it(salon: Business, role: str, status: int) -> None:
    client = staff_client(salon, role) if role else ApiClient(salon.slug)
    assert client.get(REPORT).status == status


def test_another_business_is_not_counted(salon: Business, database: Database) -> None:
    other = make_business(services=(CUT,), settings={"exposure": {"policy": "curated"}})
    Ledger(other).look("lena")
    assert staff_client(salon, "manager").get(REPORT).data["total"]["offered"] == 0
    assert staff_client(other, "manager").get(REPORT).data["total"]["offered"] >= 3
