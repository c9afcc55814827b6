"""Services: who may change them, what an old page may not overwrite, what guests still see."""

from __future__ import annotations

from uuid import UUID

import pytest

from holdfast.capabilities.catalog.commands import NewService, create_service, update_service
from holdfast.capabilities.catalog.queries import get_service, list_services
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Conflict, Forbidden, NotFound, Unauthenticated
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database

MANAGER = Actor(kind="staff", role="manager")


@pytest.fixture
def business(database: Database) -> Business:
    return make_business()


def test_a_service_is_what_was_asked_for(business: Business) -> None:
    wanted = NewService(
        "Balayage",
        150,
        "EUR",
        price_minor=18_000,
        description="Hand-painted",
        location_id=business.location_id,
        buffer_before_minutes=5,
        buffer_after_minutes=10,
        flow="approval",
        required_skills=("colour",),
        slot_granularity_minutes=30,
        minimum_notice_minutes=120,
        horizon_days=90,
        display_order=7,
    )
    with tenant_context(business.tenant_id, "tests"):
        made = create_service(actor=MANAGER, service=wanted)
        assert get_service(made.id) == made
    for name in ("name", "duration_minutes", "currency", "price_minor", "description", "location_id", "flow"):
        assert getattr(made, name) == getattr(wanted, name)
    assert made.required_skills == ["colour"]
    assert (made.slot_granularity_minutes, made.minimum_notice_minutes, made.horizon_days) == (30, 120, 90)
    assert (made.version, made.is_active) == (1, True)


def test_the_menu_is_in_order_without_what_was_archived(business: Business) -> None:
    with tenant_context(business.tenant_id, "tests"):
        assert [each.name for each in list_services()] == ["ask", "book", "cut", "style"]
        update_service(
            actor=MANAGER,
            service_id=business.services["ask"],
            changes={"is_active": False},
            expected_version=1,
        )
        update_service(
            actor=MANAGER,
            service_id=business.services["style"],
            changes={"display_order": -1},
            expected_version=None,
        )
        assert [each.name for each in list_services()] == ["style", "book", "cut"]
        assert [each.name for each in list_services(active_only=False)] == ["style", "ask", "book", "cut"]


def test_a_change_raises_the_version_and_an_old_page_is_refused(business: Business) -> None:
    cut = business.services["cut"]
    with tenant_context(business.tenant_id, "tests"):
        changed = update_service(
            actor=MANAGER,
            service_id=cut,
            changes={"price_minor": 5000, "name": "Cut & go"},
            expected_version=1,
        )
        assert (changed.version, changed.price_minor, changed.name) == (2, 5000, "Cut & go")
        with pytest.raises(Conflict) as refused:
            update_service(actor=MANAGER, service_id=cut, changes={"price_minor": 1}, expected_version=1)
        assert (refused.value.code, refused.value.extra["current_version"]) == ("VERSION_CONFLICT", 2)
        assert get_service(cut) == changed


def test_columns_that_nobody_may_name_stay(business: Business, database: Database) -> None:
    cut = business.services["cut"]
    before = database.rows("select tenant_id, id, created_at from service where id = %s", [cut])
    with tenant_context(business.tenant_id, "tests"):
        update_service(
            actor=MANAGER,
            service_id=cut,
            changes={
                "id": UUID(int=1),
                "tenant_id": UUID(int=2),
                "version": 99,
                "created_at": None,
                "x; --": 1,
            },
            expected_version=None,
        )
    assert database.rows("select tenant_id, id, created_at from service where id = %s", [cut]) == before
    assert database.rows("select version from service where id = %s", [cut]) == [(2,)]


def test_a_booking_keeps_the_price_it_was_promised(business: Business, database: Database) -> None:
    book(business)
    with tenant_context(business.tenant_id, "tests"):
        update_service(
            actor=MANAGER,
            service_id=business.services["cut"],
            changes={"price_minor": 1, "name": "Other", "duration_minutes": 5},
            expected_version=None,
        )
    assert database.rows("select price_minor, title, ends_at - starts_at = '1 hour' from booking") == [
        (4200, "cut", True)
    ]
    assert book(business, starts_at=business.start(hour=12)).data["price_minor"] == 1


def test_only_managers_change_the_menu(business: Business, database: Database) -> None:
    before = database.rows("select to_jsonb(s)::text from service s order by 1")
    new = NewService("x", 30, "EUR")
    for actor, refusal in (
        (GUEST, Unauthenticated),
        (Actor(kind="staff", role="artist"), Forbidden),
        (Actor(kind="staff", role="frontdesk"), Forbidden),
    ):
        with tenant_context(business.tenant_id, "tests"):
            with pytest.raises(refusal):
                create_service(actor=actor, service=new)
            with pytest.raises(refusal):
                update_service(
                    actor=actor, service_id=business.services["cut"], changes={}, expected_version=None
                )
    assert database.rows("select to_jsonb(s)::text from service s order by 1") == before


def test_another_business_has_no_such_service(business: Business) -> None:
    other = make_business()
    with tenant_context(business.tenant_id, "tests"):
        assert get_service(other.services["cut"]) is None
        with pytest.raises(NotFound):
            update_service(
                actor=TESTER, service_id=other.services["cut"], changes={"name": "x"}, expected_version=None
            )
        with pytest.raises(NotFound) as refused:
            create_service(actor=TESTER, service=NewService("x", 30, "EUR", location_id=other.location_id))
        assert refused.value.field == "location_id"
