"""Sets a described business up, with the commands that its owner would use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.commands.generate_slots import generate_slots
from holdfast.capabilities.catalog.commands import create_service
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.accounts import create_account
from holdfast.capabilities.people.commands import add_member, create_resource
from holdfast.capabilities.people.queries import list_resources
from holdfast.capabilities.schedules.commands import create_blackout, create_opening_rule
from holdfast.capabilities.tenants.commands import create_location, create_tenant
from holdfast.main.demo.shapes import WHOLE_DAY, Business, Group, Pause, Place
from holdfast.platform.access import Actor
from holdfast.platform.tenancy import tenant_context

_PUBLISHED_BACK = 3
_PUBLISHED_AHEAD = 42


@dataclass(frozen=True, slots=True)
class Built:
    """What there is to book afterwards."""

    tenant_id: UUID
    services: tuple[Service, ...]
    people: dict[str, UUID]


def build_business(business: Business, *, actor: Actor, today: date, password: str) -> Built:
    """Create tenant, places, people, hours, menu and logins. `today` is the date where it is."""
    tenant_id = create_tenant(
        actor=actor,
        slug=business.slug,
        name=business.name,
        time_zone=business.time_zone,
        currency=business.currency,
        locale=business.locale,
        settings=business.settings,
    )
    with tenant_context(tenant_id, actor.label):
        people: dict[str, UUID] = {}
        for order, place in enumerate(business.places):
            people |= _add_place(place, business, order, actor)
        services = tuple(create_service(actor=actor, service=service) for service in business.services)
        zone = ZoneInfo(business.time_zone)
        for pause in business.pauses:
            _add_pause(pause, people, today, zone, actor)
        for group in business.groups:
            _add_group(group, services, people, actor)
        for login in business.logins:
            account_id = create_account(actor=actor, email=login.email, name=login.name, password=password)
            own_calendar = people[login.person] if login.person else None
            add_member(actor=actor, account_id=account_id, role=login.role, resource_id=own_calendar)
    _publish_groups(business, tenant_id, services, actor, today)
    return Built(tenant_id, services, people)


def _add_group(group: Group, services: tuple[Service, ...], people: dict[str, UUID], actor: Actor) -> None:
    create_opening_rule(
        actor=actor,
        location_id=next(each.location_id for each in list_resources() if each.id == people[group.person]),
        resource_id=people[group.person],
        service_id=next(service.id for service in services if service.name == group.service),
        kind="WEEKLY",
        days_of_week=group.days,
        start_time=group.start,
        end_time=group.end,
    )


def _publish_groups(
    business: Business, tenant_id: UUID, services: tuple[Service, ...], actor: Actor, today: date
) -> None:
    """Publish the sessions from some days back on: as if it had been done before anybody booked."""
    zone = ZoneInfo(business.time_zone)
    for name in dict.fromkeys(group.service for group in business.groups):
        generate_slots(
            tenant_id=tenant_id,
            actor=actor,
            from_date=today - timedelta(days=_PUBLISHED_BACK),
            to_date=today + timedelta(days=_PUBLISHED_AHEAD),
            now=datetime.combine(today - timedelta(days=_PUBLISHED_BACK), time(0), zone),
            service_id=next(service.id for service in services if service.name == name),
        )


def _add_place(place: Place, business: Business, order: int, actor: Actor) -> dict[str, UUID]:
    location_id = create_location(
        actor=actor,
        name=place.name,
        time_zone=business.time_zone,
        address=place.address,
        phone=place.phone,
        display_order=order,
    )
    for hours in place.hours:
        create_opening_rule(
            actor=actor,
            location_id=location_id,
            kind="WEEKLY",
            days_of_week=hours.days,
            start_time=hours.start,
            end_time=hours.end,
            is_closed=hours.is_closed,
        )
    people: dict[str, UUID] = {}
    for number, person in enumerate(place.people):
        resource_id = create_resource(
            actor=actor,
            location_id=location_id,
            name=person.name,
            title=person.title,
            skills=person.skills,
            display_order=order * 100 + number,
        )
        people[person.name] = resource_id
        if person.days_off:
            create_opening_rule(
                actor=actor,
                location_id=location_id,
                resource_id=resource_id,
                kind="WEEKLY",
                days_of_week=person.days_off,
                start_time=WHOLE_DAY[0],
                end_time=WHOLE_DAY[1],
                is_closed=True,
            )
    return people


def _add_pause(pause: Pause, people: dict[str, UUID], today: date, zone: ZoneInfo, actor: Actor) -> None:
    day = today + timedelta(days=pause.days_ahead)
    while pause.weekday is not None and day.isoweekday() != pause.weekday:
        day += timedelta(days=1)
    starts_at = datetime.combine(day, pause.start or time(0), zone)
    create_blackout(
        actor=actor,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=pause.hours),
        reason=pause.reason,
        is_recurring=pause.is_weekly,
        resource_id=people[pause.person] if pause.person else None,
    )
