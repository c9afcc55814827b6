"""A bridal studio for tests: Ada and Bea do make-up and hair, Cem hair only; open from four to ten."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.parties import book_party
from holdfast.capabilities.bookings.party_types import PartyGuest, PartyRequest, PartyWish
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.people.types import Contact
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.idempotency import IdempotencyKey
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import ANN, TESTER, Business, make_business

SERVICES = (
    NewService(
        "bridal",
        60,
        "EUR",
        price_minor=18000,
        flow="approval",
        required_skills=("makeup",),
        buffer_after_minutes=10,
    ),
    NewService("makeup", 40, "EUR", price_minor=7000, flow="hold", required_skills=("makeup",)),
    NewService("hair", 30, "EUR", price_minor=5000, flow="instant", required_skills=("hair",)),
    NewService("rare", 30, "EUR", flow="instant", required_skills=("hair",), most_per_day=1),
    NewService("class", 60, "EUR", flow="hold", capacity=6),
)
ARTISTS = (("ada", ("makeup", "hair")), ("bea", ("makeup", "hair")), ("cem", ("hair",)))


def make_studio() -> Business:
    """Make the studio; its resources in the order of `ARTISTS`."""
    business = make_business(people=0, services=SERVICES, opens=time(4), closes=time(22))
    with tenant_context(business.tenant_id, TESTER.label):
        people = tuple(
            create_resource(
                actor=TESTER,
                location_id=business.location_id,
                name=name,
                skills=skills,
                display_order=number,
            )
            for number, (name, skills) in enumerate(ARTISTS)
        )
    return Business(
        business.tenant_id, business.slug, business.zone, business.location_id, people, business.services
    )


def guests(business: Business, *services: str, last: int | None = None) -> tuple[PartyGuest, ...]:
    """A guest for each word, which names services with a plus between."""
    return tuple(
        PartyGuest(
            tuple(business.services[name] for name in wanted.split("+")),
            label=f"Friend {number}",
            is_last=number == last,
        )
        for number, wanted in enumerate(services)
    )


def bride_and_six(business: Business, *, days: int = 7, hour: int = 9, **wish: Any) -> PartyWish:
    """A bride and six, ready by nine."""
    return PartyWish(
        guests(business, "bridal", *["makeup"] * 6, last=0),
        business.start(days=days, hour=hour),
        **wish,
    )


def take_party(
    business: Business,
    wish: PartyWish,
    *,
    plan_id: str = "",
    contact: Contact | None = ANN,
    actor: Actor = GUEST,
    key: IdempotencyKey | None = None,
    hold: bool = True,
    now: datetime | None = None,
) -> MoveAnswer:
    """Book a party as a guest would, as a hold."""
    return book_party(
        tenant_id=business.tenant_id,
        actor=actor,
        now=now or clock.now(),
        request=PartyRequest(
            wish, plan_id=plan_id, contact=contact, notes="Ring twice", mode="hold" if hold else "flow"
        ),
        key=key,
    )
