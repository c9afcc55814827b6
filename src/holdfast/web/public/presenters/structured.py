"""The business and its services in the words of schema.org, as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from django.utils.safestring import SafeString

from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.tenants.types import Location
from holdfast.scheduling.hours import RuleKind
from holdfast.scheduling.zones import to_local
from holdfast.web.design.formats import money
from holdfast.web.public.face import Face
from holdfast.web.public.presenters.hours import Days

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Written so, nothing in a text can end the element that the data stands in, or begin another.
_INERT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def write_data(data: Mapping[str, Any]) -> SafeString:
    """Write data to stand in `<script type="application/ld+json">`."""
    return SafeString(json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_INERT))


def business_data(face: Face) -> dict[str, Any]:
    """The business at each of its places, and what it sells."""
    nodes = [_place(face, place) for place in face.places]
    nodes += [_service(face, service) for service in face.services]
    return {"@context": "https://schema.org", "@graph": nodes}


def service_data(face: Face, service: Service) -> dict[str, Any]:
    """One service and who gives it where."""
    places = [_filled(_named(face, place)) for place in face.places_of(service)]
    return {"@context": "https://schema.org", "@graph": [*places, _service(face, service)]}


def price_text(minor: int, currency: str) -> str:
    """An amount in major units as data: "42.00", of yen "4200"."""
    precision = get_currency_precision(currency)
    return f"{Decimal(minor).scaleb(-precision):.{precision}f}"


def _named(face: Face, place: Location) -> dict[str, Any]:
    is_only = len(face.places) == 1
    return {
        "@type": "LocalBusiness",
        "@id": _place_id(face, place),
        "name": face.name if is_only or place.name == face.name else f"{face.name}, {place.name}",
        "url": face.url("tenant"),
        "address": place.address,
        "telephone": place.phone,
    }


def _place(face: Face, place: Location) -> dict[str, Any]:
    words, card = face.words, face.card
    now = face.hours(place, face.schedule.rules)
    usual = face.hours(place, tuple(rule for rule in face.schedule.rules if rule.kind is RuleKind.WEEKLY))
    return _filled(
        {
            **_named(face, place),
            "description": words.lede or words.about,
            "image": face.absolute(card.address) if card else "",
            "priceRange": _price_range(face),
            "sameAs": [each.url for each in face.portfolio.links if each.url.startswith("http")],
            "openingHoursSpecification": _usual_hours(usual, place),
            "specialOpeningHoursSpecification": _other_hours(now, usual, place),
            "potentialAction": {"@type": "ReserveAction", "target": face.url("services")},
        }
    )


def _service(face: Face, service: Service) -> dict[str, Any]:
    url = face.url("when", service.id)
    offer = None
    if service.price_minor is not None:
        offer = {
            "@type": "Offer",
            "price": price_text(service.price_minor, service.currency),
            "priceCurrency": service.currency,
            "url": url,
        }
    return _filled(
        {
            "@type": "Service",
            "@id": f"{url}#service",
            "name": service.name,
            "description": service.description,
            "url": url,
            "provider": [{"@id": _place_id(face, place)} for place in face.places_of(service)],
            "offers": offer,
        }
    )


def _usual_hours(usual: Days, place: Location) -> list[dict[str, Any]]:
    """The hours of every week, days alike together."""
    days: dict[tuple[str, str], list[str]] = {}
    for day, spans in usual.items():
        for opens, closes in _clock(spans, place):
            days.setdefault((opens, closes), []).append(_DAYS[day.weekday()])
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": sorted(names, key=_DAYS.index),
            "opens": opens,
            "closes": closes,
        }
        for (opens, closes), names in days.items()
    ]


def _other_hours(now: Days, usual: Days, place: Location) -> list[dict[str, Any]]:
    """The days of the coming week that are not as usual; one that is closed opens and closes at midnight."""
    found = []
    for day, spans in now.items():
        if spans != usual[day]:
            found += [_on(day, *each) for each in _clock(spans, place) or [("00:00", "00:00")]]
    return found


def _on(day: date, opens: str, closes: str) -> dict[str, Any]:
    return {
        "@type": "OpeningHoursSpecification",
        "validFrom": day.isoformat(),
        "validThrough": day.isoformat(),
        "opens": opens,
        "closes": closes,
    }


def _clock(spans: Iterable[tuple[datetime, datetime]], place: Location) -> list[tuple[str, str]]:
    zone = ZoneInfo(place.time_zone)
    written = []
    for starts_at, ends_at in spans:
        if ends_at - starts_at >= timedelta(hours=23):
            written.append(("00:00", "23:59"))
        else:
            written.append((f"{to_local(starts_at, zone):%H:%M}", f"{to_local(ends_at, zone):%H:%M}"))
    return written


def _price_range(face: Face) -> str:
    prices = [each.price_minor for each in face.services if each.price_minor]
    currencies = {each.currency for each in face.services if each.price_minor}
    if not prices or len(currencies) > 1:
        return ""
    currency = currencies.pop()
    ends = (money(each, currency, face.visit.reader) for each in dict.fromkeys((min(prices), max(prices))))
    return "–".join(ends)


def _place_id(face: Face, place: Location) -> str:
    return f"{face.url('tenant')}#place-{place.id}"


def _filled(node: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what there is nothing to say about."""
    return {name: value for name, value in node.items() if value not in ("", None, [])}
