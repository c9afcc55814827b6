"""The businesses in a storm: many people each, one group service, somebody signed in at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from holdfast.capabilities.catalog.commands import NewService
from holdfast.platform.db.rows import execute
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.bookings.classes import generate, slots
from tests.capabilities.business import TESTER, USUAL_SERVICES, Business, make_business
from tests.capabilities.staff import employ, signed_in
from tests.cluster import Database

FIRST_DAY = 3
_CSRF = "c" * 32
_YOGA = NewService("yoga", 60, "EUR", price_minor=1500, flow="hold", capacity=6, slot_granularity_minutes=60)


@dataclass(frozen=True)
class Size:
    """How much of everything: the days are those on which anything is booked."""

    tenants: int
    people: int
    days: int
    operations: int
    clients: int
    web_kills: int
    backend_kills: int
    postmaster_kills: int
    redis_kills: int
    worker_kills: int = 0


@dataclass(frozen=True)
class Place:
    """One business as its clients see it."""

    business: Business
    staff: dict[str, str]
    """Headers of somebody at the desk."""
    rule_id: UUID
    sessions: tuple[UUID, ...]
    """Published sessions of the group service."""
    starts: tuple[datetime, ...]


def make_world(database: Database, size: Size) -> list[Place]:
    """Businesses whose people have one, two or three lanes."""
    return [_make_place(database, size) for _ in range(size.tenants)]


def _make_place(database: Database, size: Size) -> Place:
    business = make_business(people=size.people, services=(*USUAL_SERVICES, _YOGA))
    session = signed_in(employ(business, "manager")).cookies["session"].value
    with tenant_context(business.tenant_id, TESTER.label):
        # Every third has two lanes, every ninth three.
        execute(
            "update resource set capacity = 1 + (display_order %% 3) / 2 + (display_order %% 9) / 8"
            " where tenant_id = %s",
            (business.tenant_id,),
        )
    last = FIRST_DAY + size.days - 1
    for person in business.resource_ids[:2]:
        generate(business, days=FIRST_DAY, to=last, service="yoga", resource_id=person)
    ((rule_id,),) = database.rows("select id from opening_rule where tenant_id = %s", [business.tenant_id])
    return Place(
        business,
        {"Cookie": f"session={session}; csrf={_CSRF}", "X-CSRFToken": _CSRF},
        rule_id,
        tuple(each.id for each in slots(business, "yoga", days=FIRST_DAY, to=last)),
        tuple(_starts(business, size.days)),
    )


def _starts(business: Business, days: int) -> Sequence[datetime]:
    return [
        business.start(days=FIRST_DAY + day, hour=hour, minute=minute)
        for day in range(days)
        for hour in range(8, 20)
        for minute in (0, 15, 30, 45)
    ]
