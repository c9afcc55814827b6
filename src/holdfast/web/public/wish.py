"""What a visitor is about to book: a service, perhaps with somebody, at some place, perhaps at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.urls import reverse

from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.capabilities.tenants.types import Location
from holdfast.web.public.presenters.summary import Line, present_summary
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class Wish:
    """The choices so far. `resource` None means anyone; `location` is where it will be."""

    service: Service
    location: Location
    resource: Resource | None
    people: list[Resource]
    places: list[Location]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.location.time_zone)

    @property
    def resource_id(self) -> UUID | None:
        return self.resource.id if self.resource else None

    @property
    def person_name(self) -> str:
        """Who it will be, as far as that is known."""
        if self.resource:
            return self.resource.name
        return self.people[0].name if len(self.people) == 1 else ""

    def at_place(self, location: Location) -> Wish:
        """The same service elsewhere, by anyone there."""
        return replace(self, location=location, resource=None)

    def by(self, resource: Resource | None) -> Wish:
        """The same wish with somebody in particular, or anyone."""
        return replace(self, resource=resource)

    def query(self, **more: str) -> str:
        """The choices as they stand in an address, with a leading question mark when there are any."""
        chosen = dict(more)
        if self.resource:
            chosen["with"] = str(self.resource.id)
        if len(self.places) > 1:
            chosen["at"] = str(self.location.id)
        return f"?{urlencode(chosen)}" if chosen else ""

    def person_query(self) -> str:
        """Who was asked for, as it stands in an address; nothing for anyone."""
        return f"?{urlencode({'with': self.resource.id})}" if self.resource else ""

    def when_url(self, **more: str) -> str:
        return reverse("public:when", args=[self.service.id]) + self.query(**more)

    def day_url(self, day: date) -> str:
        return self.when_url(date=day.isoformat())

    def wait_url(self, day: date | None) -> str:
        """Where to join the waiting list, for the day that was looked at."""
        chosen = {"date": day.isoformat()} if day else {}
        return reverse("public:join", args=[self.service.id]) + self.query(**chosen)

    def details_url(self, starts_at: datetime) -> str:
        return reverse("public:details", args=[self.service.id, starts_at]) + self.query()

    def summary(self, visit: Visit, starts_at: datetime | None = None) -> list[Line]:
        """The card beside the steps."""
        return present_summary(
            service_name=self.service.name,
            minutes=self.service.duration_minutes,
            price_minor=self.service.price_minor,
            currency=self.service.currency,
            with_name=self.person_name,
            place=place_line(self.location),
            reader=visit.reader,
            zone=self.zone,
            starts_at=starts_at,
            ends_at=starts_at + self.service.duration if starts_at else None,
        )


def read_wish(schedule: Schedule, service_id: UUID, query: QueryDict) -> Wish | None:
    """Read the choices of an address or a form; an unknown person means anyone.

    None when there is no such service, or nobody who gives it.
    """
    service = schedule.services.get(service_id)
    if service is None:
        return None
    able = schedule.resources_for(service)
    places = [
        location
        for location in schedule.locations.values()
        if any(resource.location_id == location.id for resource in able)
    ]
    if not places:
        return None
    resource = _find(able, query.get("with"))
    wanted = resource.location_id if resource else query.get("at")
    location = next((place for place in places if str(place.id) == str(wanted)), places[0])
    people = [one for one in able if one.location_id == location.id]
    return Wish(service, location, resource, people, places)


def place_line(location: Location) -> str:
    """A place in one line: its address, else its name."""
    return location.address or location.name


def _find(resources: list[Resource], wanted: str | None) -> Resource | None:
    return next((resource for resource in resources if str(resource.id) == wanted), None)
