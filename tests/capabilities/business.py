"""A small business for tests: made by the real commands, open every day, with services of each flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.commands import create_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.catalog.commands import NewService, create_service
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.people.types import Contact
from holdfast.capabilities.schedules.commands import create_opening_rule
from holdfast.capabilities.schedules.queries import forget_schedules
from holdfast.capabilities.tenants.commands import create_location, create_tenant
from holdfast.capabilities.tenants.queries import forget_tenants
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor, system_actor
from holdfast.platform.crypto import forget_keys
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import tenant_context

_numbers = count(1)
TESTER = system_actor("tests")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
ANN = Contact("Ann Lee", "ann@example.com", "+49 30 1234567")


@dataclass(frozen=True)
class Business:
    """Ids of what `make_business` made; `services` by name."""

    tenant_id: UUID
    slug: str
    zone: ZoneInfo
    location_id: UUID
    resource_ids: tuple[UUID, ...]
    services: dict[str, UUID] = field(default_factory=dict)

    def start(self, *, days: int = 7, hour: int = 10, minute: int = 0) -> datetime:
        """A wall time some days from now, as an instant."""
        day = clock.now().astimezone(self.zone).date() + timedelta(days=days)
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)


def make_business(
    slug: str = "",
    *,
    people: int = 1,
    capacity: int = 1,
    zone: str = "Europe/Berlin",
    services: Sequence[NewService] = (),
    opens: time = time(8),
    closes: time = time(20),
    settings: Mapping[str, Any] | None = None,
) -> Business:
    """Create a tenant with one location, `people` calendars of one capacity, and services.

    Without a `slug` it gets one that no test of this process had before: running web processes remember
    tenants for some seconds. Without `services`: "cut" (60 minutes, flow hold), "style" (30, hold),
    "book" (60, instant) and "ask" (60, approval, 15 minutes of buffer on both sides).
    """
    forget_everything()
    slug = slug or f"salon-{next(_numbers)}"
    tenant_id = create_tenant(
        actor=TESTER, slug=slug, name=f"The {slug}", time_zone=zone, currency="EUR", settings=settings or {}
    )
    with tenant_context(tenant_id, TESTER.label):
        location_id = create_location(actor=TESTER, name=f"{slug} street", time_zone=zone)
        resource_ids = tuple(
            create_resource(
                actor=TESTER,
                location_id=location_id,
                name=f"{slug} person {number}",
                capacity=capacity,
                display_order=number,
            )
            for number in range(people)
        )
        create_opening_rule(
            actor=TESTER,
            location_id=location_id,
            kind="WEEKLY",
            start_time=opens,
            end_time=closes,
            days_of_week=EVERY_DAY,
        )
        made = {
            service.name: create_service(actor=TESTER, service=service).id
            for service in services or USUAL_SERVICES
        }
    return Business(tenant_id, slug, ZoneInfo(zone), location_id, resource_ids, made)


USUAL_SERVICES = (
    NewService("cut", 60, "EUR", price_minor=4200, flow="hold"),
    NewService("style", 30, "EUR", price_minor=2500, flow="hold"),
    NewService("book", 60, "EUR", price_minor=4200, flow="instant"),
    NewService(
        "ask", 60, "EUR", price_minor=9900, flow="approval", buffer_before_minutes=15, buffer_after_minutes=15
    ),
)


def forget_everything() -> None:
    """Drop what this process remembers of tenants whose rows are gone."""
    forget_schedules()
    forget_tenants()
    forget_keys()


def book(
    business: Business,
    service: str = "cut",
    starts_at: datetime | None = None,
    *,
    resource_id: UUID | None = None,
    contact: Contact | None = ANN,
    notes: str = "",
    actor: Actor = GUEST,
    key: IdempotencyKey | None = None,
    now: datetime | None = None,
) -> MoveAnswer:
    """Book as a guest would, by default next week at ten."""
    return create_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=now or clock.now(),
        request=BookingRequest(
            business.services[service],
            starts_at or business.start(),
            resource_id=resource_id,
            contact=contact,
            notes=notes,
        ),
        key=key,
    )
