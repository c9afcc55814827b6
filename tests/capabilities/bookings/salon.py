"""A salon whose visits need more than one person's time: rooms, steps, add-ons, several services.

Mia and Noa cut and colour, Ida does nails and massages; there are two rooms. A service of 30 minutes each:
"cut", "wash" (a buffer of 5 before, 10 after); "massage" needs a person and a room for an hour; "colour" is
half an hour of work, half an hour of setting, half an hour of work; "nails" can be done while it sets, "oil"
comes after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from holdfast.capabilities.bookings.commands import create_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.catalog.commands import NewService, create_service
from holdfast.capabilities.catalog.types import AddOn, Role
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.people.types import Contact
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.segments import Segment, SegmentKind
from tests.capabilities.business import ANN, TESTER, Business, make_business
from tests.cluster import Database

People = dict[str, UUID]
_PEOPLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("mia", "person", ("cut", "colour")),
    ("noa", "person", ("cut", "colour")),
    ("ida", "person", ("nails", "massage")),
    ("small room", "room", ()),
    ("big room", "room", ()),
)
COLOUR = (
    Segment("stylist", 0, 30),
    Segment("stylist", 30, 30, SegmentKind.PROCESSING),
    Segment("stylist", 60, 30),
)
_SERVICES = (
    NewService("cut", 30, "EUR", price_minor=3000, flow="hold", required_skills=("cut",)),
    NewService(
        "wash",
        30,
        "EUR",
        price_minor=1000,
        flow="instant",
        required_skills=("cut",),
        buffer_before_minutes=5,
        buffer_after_minutes=10,
    ),
    NewService("nails", 30, "EUR", price_minor=2000, required_skills=("nails",), is_add_on=True),
    NewService("oil", 15, "EUR", price_minor=500, required_skills=("colour",), is_add_on=True),
    NewService("talk", 30, "EUR", flow="approval"),
    NewService("tour", 30, "USD", flow="instant"),
    NewService(
        "massage",
        60,
        "EUR",
        price_minor=7000,
        flow="hold",
        roles=(Role("therapist", "person", ("massage",)), Role("room", "room")),
    ),
)


def make_salon(*, rooms: int = 2, therapists: int = 1) -> tuple[Business, People]:
    """Make the salon, open from eight to eight in Berlin; its resources by name."""
    business = make_business(people=0, services=_SERVICES)
    people: People = {}
    spare = [(f"therapist {number}", "person", ("massage",)) for number in range(1, therapists)]
    with tenant_context(business.tenant_id, TESTER.label):
        for number, (name, kind, skills) in enumerate([*_PEOPLE[: 3 + rooms], *spare]):
            people[name] = create_resource(
                actor=TESTER,
                location_id=business.location_id,
                name=name,
                kind=kind,
                skills=skills,
                display_order=number,
            )
        colour = NewService(
            "colour",
            90,
            "EUR",
            price_minor=9000,
            flow="hold",
            roles=(Role("stylist", "person", ("colour",)),),
            segments=COLOUR,
            add_ons=(AddOn(business.services["nails"], 30), AddOn(business.services["oil"])),
        )
        business.services["colour"] = create_service(actor=TESTER, service=colour).id
    return business, people


def visit(
    business: Business,
    *services: str,
    starts_at: datetime | None = None,
    add_ons: Sequence[str] = (),
    resource_id: UUID | None = None,
    resource_ids: Sequence[UUID] = (),
    match: Literal["any", "all"] = "any",
    roles: dict[str, UUID] | None = None,
    contact: Contact | None = ANN,
    actor: Actor = GUEST,
    mode: Literal["flow", "hold"] = "flow",
    key: IdempotencyKey | None = None,
) -> MoveAnswer:
    """Book a visit as a guest would, by default next week at ten."""
    service_ids = tuple(business.services[name] for name in services)
    return create_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=clock.now(),
        request=BookingRequest(
            service_ids[0],
            starts_at or business.start(),
            resource_id=resource_id,
            contact=contact,
            mode=mode,
            service_ids=service_ids,
            add_on_ids=tuple(business.services[name] for name in add_ons),
            resource_ids=tuple(resource_ids),
            match=match,
            roles=tuple((roles or {}).items()),
        ),
        key=key,
    )


def claims(database: Database, business: Business, people: People, made: MoveAnswer) -> list[tuple[Any, ...]]:
    """All that a booking takes: role, who, from and until when as wall time "10:00"."""
    names = {resource_id: name for name, resource_id in people.items()}
    rows = database.rows(
        "select role, resource_id, starts_at, ends_at from allocation where booking_id = %s"
        " order by starts_at, role, resource_id",
        [made.booking_id],
    )
    return [
        (role, names[resource_id], *(f"{at.astimezone(business.zone):%H:%M}" for at in (starts_at, ends_at)))
        for role, resource_id, starts_at, ends_at in rows
    ]
