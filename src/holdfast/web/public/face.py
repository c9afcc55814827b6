"""What a business shows to whoever is not on its pages: search engines, previews of links, agents."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.portfolio.card import Card, find_card
from holdfast.capabilities.portfolio.queries import get_picture, get_portfolio, list_pictures
from holdfast.capabilities.portfolio.types import Picture, Portfolio
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.capabilities.tenants.queries import home_host
from holdfast.capabilities.tenants.types import Location
from holdfast.platform.http.addresses import origin_of
from holdfast.scheduling.hours import OpeningRule
from holdfast.scheduling.zones import local_date
from holdfast.web.public.presenters.hours import Days, open_spans
from holdfast.web.public.presenters.words import Words, present_words
from holdfast.web.public.visit import Visit


@dataclass(frozen=True, slots=True)
class Face:
    """A business as others name it; `origin` is the beginning of its addresses, the same on every host."""

    visit: Visit
    origin: str
    schedule: Schedule
    portfolio: Portfolio
    picture: Picture | None

    @property
    def name(self) -> str:
        return self.visit.tenant.name

    @property
    def words(self) -> Words:
        return present_words(self.portfolio, self.visit)

    @property
    def card(self) -> Card | None:
        """The picture to be shown beside a link."""
        return find_card(self.picture) if self.picture else None

    @property
    def services(self) -> list[Service]:
        """What can be booked by itself, in the menu's order."""
        return [
            each for each in self.schedule.services.values() if not each.is_add_on and self.places_of(each)
        ]

    @property
    def places(self) -> list[Location]:
        return list(self.schedule.locations.values())

    def places_of(self, service: Service) -> list[Location]:
        """Where a service is given."""
        given_at = {resource.location_id for resource in self.schedule.resources_for(service)}
        return [place for place in self.places if place.id in given_at]

    def url(self, name: str, *arguments: object) -> str:
        """The one address by which a page is known."""
        return self.absolute(reverse(f"public:{name}", args=arguments))

    def absolute(self, path: str) -> str:
        return urljoin(self.origin, path)

    def hours(self, place: Location, rules: tuple[OpeningRule, ...]) -> Days:
        """When a place is open in the coming seven days, as far as these rules say."""
        zone = ZoneInfo(place.time_zone)
        people = [each.id for each in self.schedule.resources.values() if each.location_id == place.id]
        today = local_date(self.visit.now, zone)
        return open_spans(rules, location_id=place.id, resource_ids=people, zone=zone, from_date=today)


def find_face(visit: Visit) -> Face:
    """Read the face of the business; needs its context."""
    portfolio = get_portfolio()
    hero = get_picture(portfolio.hero_picture_id) if portfolio.hero_picture_id else None
    picture = hero or next(iter(list_pictures(limit=1)), None)
    return make_face(visit, current_schedule(), portfolio, picture)


def make_face(visit: Visit, schedule: Schedule, portfolio: Portfolio, picture: Picture | None) -> Face:
    """Put the face together of what has been read already; needs the context."""
    host = home_host(visit.tenant, base_domain=settings.HOLDFAST.base_domain)
    return Face(visit, origin_of(host), schedule, portfolio, picture)
