"""Free time where a service has limits or groups, and that more people are not more reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import product
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.capabilities.bookings.commands.generate_slots import generate_slots
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform import clock
from holdfast.platform.db.rows import execute
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient
from tests.capabilities.bookings.months import month, starts_of
from tests.capabilities.bookings.moves import cancel, confirm, let_expire
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database


def _reads(business: Business, path: str) -> int:
    guest = ApiClient(business.slug)
    assert guest.get(path).status == 200
    with CaptureQueriesContext(connection) as captured:
        assert guest.get(path).status == 200
    return len(captured)


def _change_service(business: Business, service: str, **values: int) -> None:
    with tenant_context(business.tenant_id, TESTER.label):
        for name, value in values.items():
            execute(
                f"update service set {name} = %s where tenant_id = %s and id = %s",
                (value, business.tenant_id, business.services[service]),
            )


def test_more_people_are_not_more_reads(database: Database) -> None:
    """With and without limits and groups, any of them or all at once."""
    counts: dict[str, set[int]] = {}
    for people in (1, 2, 12):
        business = make_business(people=people)
        _change_service(business, "style", most_per_day=4, most_per_week=9)
        _change_service(business, "book", capacity=5)
        ids = ",".join(map(str, business.resource_ids))
        day = business.start().astimezone(business.zone).date()
        for service, more in product(("cut", "style", "book"), ("", f"&resource_ids={ids}&match=all")):
            if service == "book" and more:
                continue
            asked = f"service_id={business.services[service]}{more}"
            for path in (
                f"availability?month={day:%Y-%m}&",
                f"dates?from={day}&to={day + timedelta(days=40)}&",
                f"slots?date={day}&",
            ):
                reads = _reads(business, f"/api/v1/{path}{asked}")
                counts.setdefault(f"{path[:5]} {service} {bool(more)}", set()).add(reads)
    # Begin, context, version, what is taken, (the limit or the group), commit.
    assert {key: sorted(found) for key, found in counts.items()} == {
        key: [5 if "cut" in key else 6] for key in counts
    }


def test_a_day_and_a_week_that_are_full(database: Database) -> None:
    business = make_business(people=2)
    _change_service(business, "style", most_per_day=2, most_per_week=3)
    monday = business.start(days=14)
    monday -= timedelta(days=monday.astimezone(business.zone).weekday())
    first, second = business.resource_ids

    def offered(resource_id: UUID) -> list[int]:
        from_date = monday.astimezone(business.zone).date()
        answer = month(
            business,
            f"from={from_date}&to={from_date + timedelta(days=7)}",
            "style",
            resource_id=str(resource_id),
        )
        return [min(day["count"], 1) for day in answer.data["days"]]

    assert offered(first) == [1] * 8
    held = book(business, "style", monday, resource_id=first)
    book(business, "style", monday + timedelta(hours=1), resource_id=first)
    # Another service and another person do not count.
    book(business, "cut", monday + timedelta(days=1), resource_id=first)
    assert (offered(first), offered(second)) == ([0] + [1] * 7, [1] * 8)
    book(business, "style", monday + timedelta(days=6), resource_id=first)
    assert (offered(first), offered(second)) == ([0] * 7 + [1], [1] * 8)
    let_expire(database, held)
    assert offered(first) == [1] * 8


def test_what_was_cancelled_does_not_count(database: Database) -> None:
    business = make_business()
    _change_service(business, "style", most_per_day=1)
    day = business.start().astimezone(business.zone).date()
    made = book(business, "style")
    assert month(business, f"from={day}&to={day}", "style").meta["total"] == 0
    confirm(business, made)
    assert month(business, f"from={day}&to={day}", "style").meta["total"] == 0
    cancel(business, made)
    assert month(business, f"from={day}&to={day}", "style").meta["total"] == 47


def _publish(business: Business, days: Sequence[date]) -> None:
    generate_slots(
        tenant_id=business.tenant_id,
        actor=TESTER,
        from_date=days[0],
        to_date=days[-1],
        now=clock.now(),
        service_id=business.services["style"],
    )


def test_starts_of_groups_are_published_not_computed(database: Database) -> None:
    business = make_business(people=2)
    _change_service(business, "style", capacity=8)
    day = business.start().astimezone(business.zone).date()
    asked = f"from={day}&to={day}"
    path = f"/api/v1/slots?service_id={business.services['style']}&date={day}"
    guest = ApiClient(business.slug)
    assert month(business, asked, "style").meta["total"] == 0
    assert guest.get(path).data == []
    _publish(business, [day])
    slots = guest.get(path).data
    assert slots
    assert {(slot["capacity"], slot["seats_left"]) for slot in slots} == {(8, 8)}
    assert len({slot["slot_id"] for slot in slots}) == len(slots)
    assert starts_of(month(business, asked, "style")) == sorted({slot["starts_at"] for slot in slots})
    assert guest.get(f"/api/v1/dates?service_id={business.services['style']}&from={day}&to={day}").data == [
        {"date": day.isoformat(), "count": len({slot["starts_at"] for slot in slots})}
    ]
    # Seats that are gone, and parties that are too large.
    first = slots[0]
    with database.cluster.connect() as admin:
        admin.execute("update slot_instance set booked = 5 where id = %s", [first["slot_id"]])
    assert guest.get(f"{path}&party_size=3").data[0] == {**first, "seats_left": 3}
    assert first["slot_id"] not in {slot["slot_id"] for slot in guest.get(f"{path}&party_size=4").data}
    assert guest.get(f"{path}&party_size=9").data == []
    # A blackout that was made since then.
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER,
            starts_at=datetime.fromisoformat(first["starts_at"]),
            ends_at=datetime.fromisoformat(first["ends_at"]),
            resource_id=UUID(first["resource_ids"][0]),
        )
    assert first["slot_id"] not in {slot["slot_id"] for slot in guest.get(path).data}


def test_a_party_needs_a_group(business: Business) -> None:
    day = business.start().astimezone(business.zone).date()
    assert month(business, f"from={day}&to={day}", party_size="2").meta["total"] == 0
    assert month(business, f"from={day}&to={day}", party_size="1").meta["total"] > 0
