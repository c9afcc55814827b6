"""The menu: services as rows, and one service as a recap."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from holdfast.capabilities.catalog.types import Service
from holdfast.web.design.formats import Reader, duration, money


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One line of the menu."""

    id: UUID
    name: str
    description: str
    price: str
    duration: str
    url: str


def present_service(service: Service, reader: Reader) -> ServiceRow:
    """Write a service as its row; a price nobody set is said to be on request."""
    return ServiceRow(
        id=service.id,
        name=service.name,
        description=service.description,
        price=price_of(service.price_minor, service.currency, reader),
        duration=duration(service.duration_minutes, reader),
        url=reverse("public:when", args=[service.id]),
    )


def price_of(price_minor: int | None, currency: str, reader: Reader) -> str:
    """The price in words: an amount, "Free", or "Price on request"."""
    if price_minor is None:
        return _("Price on request")
    return money(price_minor, currency, reader) if price_minor else _("Free")
