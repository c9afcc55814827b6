"""Group sessions and slot instances, short to write in a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from holdfast.capabilities.bookings.commands import create_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.generate_slots import generate_slots
from holdfast.capabilities.bookings.queries.slots import get_slot, list_slots
from holdfast.capabilities.bookings.slot_types import Report, SlotInstance
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.catalog.commands import NewService, create_service
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.db.rows import execute
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import ANN, TESTER, Business

YOGA = NewService("yoga", 60, "EUR", price_minor=1500, flow="hold", capacity=6, slot_granularity_minutes=60)


def publish_class(business: Business, *, days: int = 40) -> None:
    """Give the business a class of six and publish one day of it, some weeks ahead."""
    with tenant_context(business.tenant_id, TESTER.label):
        business.services["yoga"] = create_service(actor=TESTER, service=YOGA).id
    assert generate(business, days=days, service="yoga").created > 0


def day_of(business: Business, days: int) -> date:
    """The local date some days from now."""
    return business.start(days=days).astimezone(business.zone).date()


def generate(
    business: Business,
    *,
    days: int = 7,
    to: int | None = None,
    service: str = "",
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    actor: Actor = TESTER,
    now: datetime | None = None,
) -> Report:
    """Generate slot instances, by default of all services for the date a week ahead."""
    return generate_slots(
        tenant_id=business.tenant_id,
        actor=actor,
        from_date=day_of(business, days),
        to_date=day_of(business, days if to is None else to),
        now=now or clock.now(),
        service_id=business.services[service] if service else None,
        location_id=location_id,
        resource_id=resource_id,
    )


def change_service(business: Business, service: str, **columns: object) -> None:
    """Change columns of a service, as the catalog does."""
    for name, value in columns.items():
        with tenant_context(business.tenant_id, TESTER.label):
            execute(
                f"update service set {name} = %s where id = %s",
                (value, business.services[service]),
            )


def slots(business: Business, service: str, *, days: int = 7, to: int | None = None) -> list[SlotInstance]:
    """The instances of a service on the local dates, as staff see them now."""
    with tenant_context(business.tenant_id, TESTER.label):
        return list_slots(
            from_at=business.start(days=days, hour=0),
            to_at=business.start(days=(days if to is None else to) + 1, hour=0),
            service_id=business.services[service],
            limit=100_000,
        )


def slot(business: Business, slot_id: UUID) -> SlotInstance:
    """An instance as it is now."""
    with tenant_context(business.tenant_id, TESTER.label):
        found = get_slot(slot_id)
    assert found is not None
    return found


def counts(slot: SlotInstance) -> tuple[int, int, int, str]:
    """Seats or lanes, booked, held, and the status."""
    return slot.capacity, slot.booked, slot.held, slot.status


def book_seats(
    business: Business,
    slot: SlotInstance,
    party_size: int = 1,
    *,
    actor: Actor = GUEST,
    key: IdempotencyKey | None = None,
    mode: str = "flow",
    email: str = "",
) -> MoveAnswer:
    """Book seats of a session as a guest would."""
    request = BookingRequest(
        slot.service_id,
        slot.starts_at,
        contact=replace(ANN, email=email) if email else ANN,
        slot_id=slot.id,
        party_size=party_size,
        mode="hold" if mode == "hold" else "flow",
    )
    return create_booking(
        tenant_id=business.tenant_id, actor=actor, now=clock.now(), request=request, key=key
    )
