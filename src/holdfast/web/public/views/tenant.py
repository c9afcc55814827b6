"""The page of a business, with its portfolio, and its menu."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.capabilities.portfolio.queries import get_picture, get_portfolio, list_albums, list_pictures
from holdfast.capabilities.portfolio.types import Picture, Portfolio
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.capabilities.tenants.types import Location
from holdfast.platform.access import GUEST
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date
from holdfast.web.public.face import find_face, make_face
from holdfast.web.public.free import list_free_starts
from holdfast.web.public.presenters.calendars import map_link
from holdfast.web.public.presenters.found import present_menu, present_start
from holdfast.web.public.presenters.hours import HoursRow, present_hours
from holdfast.web.public.presenters.next_free import NextFree, present_next_free
from holdfast.web.public.presenters.pictures import present_picture, present_work
from holdfast.web.public.presenters.services import present_service
from holdfast.web.public.presenters.times import zone_sentence
from holdfast.web.public.presenters.words import present_words
from holdfast.web.public.visit import Visit, public_page
from holdfast.web.public.wish import read_wish

# How far the start page looks ahead, and for how many services of the menu: it must open at once.
_NEXT_FREE_DAYS = 14
_SERVICES_ASKED = 3
# So many pictures at first: with more, words and addresses alone would be heavy on a phone.
_PICTURES_AT_FIRST = 24


@dataclass(frozen=True, slots=True)
class Place:
    """Where the business is found."""

    name: str
    address: str
    map_url: str
    phone: str
    zone_sentence: str
    hours: list[HoursRow]


@require_safe
@public_page
def show_tenant(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Who they are, what they offer, when and where."""
    shows_all = request.GET.get("work") == "all"
    with tenant_context(visit.tenant_id, GUEST.label):
        schedule = current_schedule()
        next_free = _next_free(visit, schedule)
        portfolio, albums = get_portfolio(), list_albums()
        pictures = list_pictures(limit=None if shows_all else _PICTURES_AT_FIRST + 1)
        hero = _hero(portfolio, pictures)
        face = make_face(visit, schedule, portfolio, hero or next(iter(pictures), None))
    has_more = not shows_all and len(pictures) > _PICTURES_AT_FIRST
    shown = pictures[:_PICTURES_AT_FIRST] if has_more else pictures
    rows = [present_service(service, visit.reader) for service in schedule.services.values()]
    places = [_present_place(location, schedule, visit) for location in schedule.locations.values()]
    page = {
        "visit": visit,
        "head": present_start(face, tagline=visit.text("tagline")),
        "services": rows,
        "places": places,
        "is_one_zone": len({location.time_zone for location in schedule.locations.values()}) == 1,
        "next_free": next_free,
        "words": present_words(portfolio, visit),
        "links": portfolio.links,
        "hero": present_picture(hero) if hero else None,
        "work": present_work(albums, shown, without=hero.id if hero else None),
        "has_more_work": has_more,
    }
    return render(request, "public/tenant.html", page)


@require_safe
@public_page
def list_menu(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The first step: which service?"""
    with tenant_context(visit.tenant_id, GUEST.label):
        face = find_face(visit)
    rows = [present_service(service, visit.reader) for service in face.schedule.services.values()]
    page = {
        "visit": visit,
        "head": present_menu(face, title=_("Choose a service")),
        "services": rows,
    }
    return render(request, "public/services.html", page)


def _hero(portfolio: Portfolio, pictures: list[Picture]) -> Picture | None:
    if portfolio.hero_picture_id is None:
        return None
    known = (each for each in pictures if each.id == portfolio.hero_picture_id)
    return next(known, None) or get_picture(portfolio.hero_picture_id)


def _next_free(visit: Visit, schedule: Schedule) -> NextFree | None:
    """The earliest start of the first service in the menu that has any."""
    for service_id in list(schedule.services)[:_SERVICES_ASKED]:
        wish = read_wish(schedule, service_id, QueryDict())
        if wish is None:
            continue
        today = local_date(visit.now, wish.zone)
        last_day = today + timedelta(days=min(_NEXT_FREE_DAYS, wish.service.horizon_days))
        found = present_next_free(visit, wish, list_free_starts(visit, wish, today, last_day))
        if found:
            return found
    return None


def _present_place(location: Location, schedule: Schedule, visit: Visit) -> Place:
    zone = ZoneInfo(location.time_zone)
    people = [resource.id for resource in schedule.resources.values() if resource.location_id == location.id]
    return Place(
        name=location.name,
        address=location.address,
        map_url=map_link(location.address) if location.address else "",
        phone=location.phone,
        zone_sentence=zone_sentence(zone, visit.now, visit.reader),
        hours=present_hours(
            schedule.rules,
            location_id=location.id,
            resource_ids=people,
            zone=zone,
            now=visit.now,
            reader=visit.reader,
        ),
    )
