"""What stands in the head of a page: how it is called, described, pictured and addressed elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.text import Truncator

from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.portfolio.card import Card
from holdfast.web.design.formats import duration
from holdfast.web.public.face import Face
from holdfast.web.public.presenters.services import price_of
from holdfast.web.public.presenters.structured import business_data, service_data, write_data

_LONGEST = 155


@dataclass(frozen=True, slots=True)
class Head:
    """One page as others show it; `data` is its structured data, ready to stand in a script element."""

    title: str
    description: str
    url: str
    markdown_url: str
    site: str
    locale: str
    card: Card | None
    card_url: str
    card_alt: str
    data: SafeString | None


def present_start(face: Face, *, tagline: str) -> Head:
    """The page of the business."""
    told = face.words.lede or _joined(
        [face.name, *(each.address for each in face.places), *(each.name for each in face.services)]
    )
    return _head(
        face,
        title=_joined((face.name, tagline)),
        description=told,
        url=face.url("tenant"),
        markdown_url=face.url("index_md"),
        data=write_data(business_data(face)),
    )


def present_menu(face: Face, *, title: str) -> Head:
    """The menu."""
    return _head(
        face,
        title=_joined((title, face.name)),
        description=_joined([face.name, *(each.name for each in face.services)]),
        url=face.url("services"),
        markdown_url=face.url("index_md"),
    )


def present_service_page(face: Face, service: Service, *, title: str) -> Head:
    """The page where the times of a service are chosen."""
    reader = face.visit.reader
    told = (
        service.description,
        duration(service.duration_minutes, reader),
        price_of(service.price_minor, service.currency, reader),
        face.name,
        *(place.address for place in face.places_of(service)),
    )
    return _head(
        face,
        title=_joined((service.name, title, face.name)),
        description=_joined(told),
        url=face.url("when", service.id),
        markdown_url=face.url("service_md", service.id),
        data=write_data(service_data(face, service)),
    )


def _head(
    face: Face,
    *,
    title: str,
    description: str,
    url: str,
    markdown_url: str,
    data: SafeString | None = None,
) -> Head:
    card, locale = face.card, face.visit.reader.locale
    is_country = bool(locale.territory and locale.territory.isalpha())
    return Head(
        title=title,
        description=Truncator(" ".join(description.split())).chars(_LONGEST),
        url=url,
        markdown_url=markdown_url,
        site=face.name,
        locale=f"{locale.language}_{locale.territory}" if is_country else locale.language,
        card=card,
        card_url=face.absolute(card.address) if card else "",
        card_alt=(face.picture.alt or face.picture.caption) if face.picture else "",
        data=data,
    )


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(dict.fromkeys(part for part in parts if part))
