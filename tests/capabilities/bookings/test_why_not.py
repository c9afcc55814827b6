"""Why not: each reason as staff get it, who may ask, and that it agrees with what is offered."""

from __future__ import annotations

from datetime import time
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.capabilities.bookings.commands.block_slot import block_slot
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient, staff_client
from tests.capabilities.bookings.classes import book_seats, day_of, generate, slots
from tests.capabilities.bookings.moves import confirm
from tests.capabilities.bookings.salon import make_salon, visit
from tests.capabilities.bookings.why import SERVICES, reason_of, text, why_not
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database


class TestReasons:
    """Each reason, as one start has it."""

    @pytest.fixture
    def shop(self, database: Database) -> Business:
        return make_business(services=SERVICES, opens=time(9), closes=time(17))

    @pytest.mark.parametrize(
        ("service", "days", "hour", "minute", "reason", "detail"),
        [
            ("cut", -1, 10, 0, "past", "This time has passed."),
            ("style", 1, 0, 0, "notice", "This is booked at least 25 hours ahead."),
            ("soon", 5, 10, 0, "horizon", "This is booked at most 3 days ahead."),
            ("cut", 7, 8, 0, "closed", "It takes 1 hour, which does not fit into the opening hours."),
            ("cut", 7, 16, 15, "closed", "It takes 1 hour, which does not fit into the opening hours."),
            (
                "cut",
                7,
                10,
                5,
                "off_grid",
                "Starts come at fixed minutes, counted from opening, and this is none of them.",
            ),
            (
                "yoga",
                7,
                10,
                0,
                "off_grid",
                "In these hours groups meet; they start at their published times only.",
            ),
            ("cut", 7, 10, 0, None, None),
        ],
    )
    def test_by_rules(
        self,
        shop: Business,
        service: str,
        days: int,
        hour: int,
        minute: int,
        reason: str | None,
        detail: str | None,
    ) -> None:
        at = shop.start(days=days, hour=hour, minute=minute)
        missing = why_not(staff_client(shop), shop, service, starts_at=at)["missing"]
        assert (missing and missing["reason"], missing and missing["detail"]) == (reason, detail)

    def test_a_booking_or_a_hold_is_in_the_way_with_its_buffers(self, shop: Business) -> None:
        held = book(shop, "wash", shop.start(hour=10))
        client = staff_client(shop)
        for status in ("hold", "booking"):
            answer = why_not(client, shop, "cut", starts_at=shop.start(hour=10))
            assert answer["missing"]["reason"] == "taken"
            assert answer["missing"]["by"] == [
                {
                    "kind": status,
                    "id": str(held.booking_id),
                    "starts_at": text(shop.start(hour=9, minute=50)),
                    "ends_at": text(shop.start(hour=11, minute=5)),
                }
            ]
            confirm(shop, held)

    def test_the_buffer_is_told_apart(self, shop: Business) -> None:
        book(shop, "cut", shop.start(hour=11))
        client = staff_client(shop)
        missing = why_not(client, shop, "wash", starts_at=shop.start(hour=10, minute=15))["missing"]
        assert (missing["reason"], len(missing["by"])) == ("buffer", 1)
        assert "10 minutes before it and 20 after it" in missing["detail"]
        assert reason_of(client, shop, "wash", shop.start(hour=9, minute=45)) is None

    def test_a_closed_time_that_comes_every_week_is_named(self, shop: Business) -> None:
        with tenant_context(shop.tenant_id, TESTER.label):
            blackout_id = create_blackout(
                actor=TESTER,
                starts_at=shop.start(days=0, hour=12),
                ends_at=shop.start(days=0, hour=13),
                is_recurring=True,
            )
        missing = why_not(staff_client(shop), shop, "cut", starts_at=shop.start(hour=11, minute=30))[
            "missing"
        ]
        assert missing["reason"] == "blackout"
        assert missing["by"] == [
            {
                "kind": "blackout",
                "id": str(blackout_id),
                "starts_at": text(shop.start(hour=12)),
                "ends_at": text(shop.start(hour=13)),
            }
        ]

    def test_a_limit_names_itself(self, shop: Business) -> None:
        confirm(shop, book(shop, "rare", shop.start(hour=10)))
        client = staff_client(shop)
        missing = why_not(client, shop, "rare", starts_at=shop.start(hour=14))["missing"]
        assert (missing["reason"], missing["by"]) == ("limit", [])
        assert "1 a day or 2 a week" in missing["detail"]
        assert reason_of(client, shop, "rare", shop.start(days=8 + 7, hour=14)) is None

    def test_seats_and_sessions(self, shop: Business) -> None:
        generate(shop, service="yoga")
        first, second, *_ = slots(shop, "yoga")
        book_seats(shop, first, 2)
        client = staff_client(shop)
        assert reason_of(client, shop, "yoga", first.starts_at) is None
        missing = why_not(client, shop, "yoga", starts_at=first.starts_at, party_size=2)["missing"]
        assert (missing["reason"], missing["detail"]) == (
            "capacity",
            "Of 3 seats 1 is left, and more are wanted.",
        )
        assert [(each["kind"], each["id"]) for each in missing["by"]] == [("instance", str(first.id))]
        book_seats(shop, first, 1)
        missing = why_not(client, shop, "yoga", starts_at=first.starts_at)["missing"]
        assert missing["detail"] == "All 3 seats are taken."
        missing = why_not(client, shop, "cut", starts_at=first.starts_at)["missing"]
        assert (missing["reason"], missing["by"][0]["kind"]) == ("taken", "instance")
        with tenant_context(shop.tenant_id, TESTER.label):
            block_slot(actor=TESTER, slot_id=second.id, is_blocked=True)
        missing = why_not(client, shop, "yoga", starts_at=second.starts_at)["missing"]
        assert (missing["reason"], missing["by"][0]["kind"]) == ("closed", "instance")

    def test_more_seats_than_one(self, shop: Business) -> None:
        client = staff_client(shop)
        assert reason_of(client, shop, "cut", shop.start(), party_size=2) == "capacity"
        answer = why_not(client, shop, "cut", date=day_of(shop, 7), party_size=2)
        assert (answer["open"], answer["offered"]) == (32, 0)

    def test_somebody_who_cannot_do_it(self, database: Database) -> None:
        salon, people = make_salon()
        client = staff_client(salon)
        for name, detail in (
            ("ida", "ida lacks what this needs: colour."),
            ("big room", "big room is a room, and this needs a person."),
        ):
            answer = why_not(client, salon, "colour", date=day_of(salon, 7), resource_id=people[name])
            (of_one,) = answer["resources"]
            (whole_day,) = of_one["missing"]
            assert (whole_day["reason"], whole_day["detail"]) == ("skill", detail)
            assert answer["missing"] == whole_day
            at = why_not(client, salon, "colour", starts_at=salon.start(), resource_id=people[name])
            assert at["missing"]["reason"] == "skill"

    def test_nobody_can_do_it(self, database: Database) -> None:
        salon, _ = make_salon(rooms=0)
        answer = why_not(staff_client(salon), salon, "massage", date=day_of(salon, 7))
        assert (answer["missing"]["reason"], answer["missing"]["role"]) == ("skill", "room")
        assert answer["resources"] == []

    def test_the_role_that_nobody_can_fill_and_all_at_once(self, database: Database) -> None:
        salon, people = make_salon(rooms=1, therapists=2)
        visit(salon, "massage", starts_at=salon.start(hour=10))
        client = staff_client(salon)
        answer = why_not(client, salon, "massage", starts_at=salon.start(hour=10, minute=30))
        assert (answer["missing"]["reason"], answer["missing"]["role"]) == ("taken", "room")
        assert answer["missing"]["detail"] == "For room: Something is booked then."
        assert len(answer["missing"]["by"]) == 1
        rooms = [each for each in answer["resources"] if each["role"] == "room"]
        assert [each["missing"][0]["reason"] for each in rooms] == ["taken"]
        assert UUID(rooms[0]["resource_id"]) == people["small room"]


def test_the_example_of_the_how_to(database: Database) -> None:
    """docs/howto/why-not.md: open from nine to five, somebody from ten to eleven."""
    shop = make_business(services=SERVICES, opens=time(9), closes=time(17))
    book(shop, "cut", shop.start(hour=10))
    answer = why_not(staff_client(shop), shop, "wash", date=day_of(shop, 7))
    assert (answer["open"], answer["offered"]) == (32, 21)
    (of_one,) = answer["resources"]
    assert [each["reason"] for each in of_one["missing"]] == [
        "closed",
        *["buffer"] * 2,
        *["taken"] * 6,
        "buffer",
        *["closed"] * 2,
        "closed",
    ]
    assert of_one["missing"][-1]["ends_at"] == text(shop.start(days=8, hour=0))


class TestWhoMayAsk:
    """Staff may; an artist about its own calendar; a guest may not."""

    def test_guests_may_not(self, business: Business) -> None:
        answer = ApiClient(business.slug).get(path_of(business))
        assert (answer.status, answer.error) == (401, "UNAUTHENTICATED")

    @pytest.mark.parametrize("role", ["frontdesk", "manager", "owner"])
    def test_staff_may(self, business: Business, role: str) -> None:
        assert staff_client(business, role).get(path_of(business)).status == 200

    def test_an_artist_asks_about_itself(self, database: Database) -> None:
        shop = make_business(people=2, services=SERVICES)
        own, other = shop.resource_ids
        artist = staff_client(shop, "artist", resource_id=own)
        answer = why_not(artist, shop, "cut", date=day_of(shop, 7))
        assert [each["resource_id"] for each in answer["resources"]] == [str(own)]
        refused = artist.get(f"{path_of(shop)}&resource_id={other}")
        assert (refused.status, refused.error) == (403, "FORBIDDEN")

    def test_an_artist_is_not_told_of_bookings_of_others(self, database: Database) -> None:
        salon, people = make_salon(rooms=1, therapists=2)
        visit(salon, "massage", starts_at=salon.start(hour=10), resource_id=people["therapist 1"])
        artist = staff_client(salon, "artist", resource_id=people["ida"])
        answer = why_not(artist, salon, "massage", starts_at=salon.start(hour=10))
        assert (answer["missing"]["reason"], answer["missing"]["by"]) == ("taken", [])
        assert {each["resource_id"] for each in answer["resources"]} == {str(people["ida"])}

    def test_no_answer_has_a_customers_name(self, business: Business) -> None:
        book(business)
        answer = staff_client(business).get(path_of(business))
        assert b"taken" in answer.body
        for private in (b"Ann", b"ann@example.com", b"1234567"):
            assert private not in answer.body


def path_of(business: Business) -> str:
    return f"/api/v1/availability/why-not?service_id={business.services['cut']}&date={day_of(business, 7)}"


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("", 422, "VALIDATION_ERROR"),
        ("&date=2027-03-01&starts_at=2027-03-01T10:00:00Z", 422, "VALIDATION_ERROR"),
        ("&starts_at=2027-03-28T02:30:00", 422, "NON_EXISTENT_TIME"),
        ("&date=2027-03-01&resource_id=00000000-0000-7000-8000-000000000000", 404, "NOT_FOUND"),
    ],
)
def test_what_cannot_be_asked(business: Business, query: str, status: int, error: str) -> None:
    service = business.services["cut"]
    answer = staff_client(business).get(f"/api/v1/availability/why-not?service_id={service}{query}")
    assert (answer.status, answer.error) == (status, error)


@pytest.mark.parametrize("people", [1, 20])
def test_the_same_reads_for_any_number_of_people(database: Database, people: int) -> None:
    business = make_business(people=people, services=SERVICES)
    client = staff_client(business)
    client.get(path_of(business))
    with CaptureQueriesContext(connection) as captured:
        answer: Any = client.get(path_of(business))
    assert len(answer.data["resources"]) == people
    assert sum("from allocation" in each["sql"] for each in captured.captured_queries) == 1
