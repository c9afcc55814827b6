"""A mail about a booking that nobody made, to see words before they are used."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale
from django.conf import settings

from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.catalog.queries import list_services
from holdfast.capabilities.notifications.content import Content, built_in_template, write
from holdfast.capabilities.notifications.types import Kind, Language, MailTemplate
from holdfast.capabilities.notifications.wording import word_booking
from holdfast.capabilities.people.queries import list_resources
from holdfast.capabilities.people.types import Contact
from holdfast.capabilities.tenants.queries import home_host, list_locations
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform.http.addresses import origin_of

_NOBODY = UUID(int=0)
_NAMES: dict[Language, str] = {"en": "Ann Lee", "ar": "ليلى", "de": "Anna", "fr": "Anne"}


def direction_of(locale: Language) -> str:
    """Return "rtl" or "ltr"."""
    return Locale(locale).text_direction


def built_in(kind: Kind, locale: Language) -> tuple[str, str]:
    """Return subject and body of the built-in words, with placeholders."""
    return built_in_template(kind, locale, direction_of(locale))


def sample_mail(
    tenant: Tenant, kind: Kind, locale: Language, own: MailTemplate | None, *, now: datetime
) -> Content:
    """Write the mail as a customer of the context's business would get it, with its own names and places."""
    places = list_locations()
    people, services = list_resources(), list_services()
    zone = ZoneInfo(places[0].time_zone if places else tenant.time_zone)
    day = now.astimezone(zone).date() + timedelta(days=7)
    title = services[0].name if services else "…"
    booking = _booking(tenant, _NAMES[locale], datetime.combine(day, time(10), zone), title)
    wording = word_booking(
        booking,
        tenant,
        places[0] if places else None,
        people[0].name if people else "",
        before=_booking(tenant, _NAMES[locale], datetime.combine(day, time(9), zone), title),
        nearby=[datetime.combine(day, time(hour), zone) for hour in (11, 14)],
        language=locale,
    )
    host = home_host(tenant, base_domain=settings.HOLDFAST.base_domain)
    return write(kind, wording, f"{origin_of(host)}/b/example/", own)


def _booking(tenant: Tenant, name: str, starts_at: datetime, title: str) -> Booking:
    return Booking(
        id=_NOBODY,
        status="confirmed",
        service_id=None,
        location_id=_NOBODY,
        resource_id=None,
        customer_id=None,
        starts_at=starts_at.astimezone(UTC),
        ends_at=(starts_at + timedelta(hours=1)).astimezone(UTC),
        local_start=starts_at.replace(tzinfo=None),
        time_zone=str(starts_at.tzinfo),
        hold_expires_at=starts_at.astimezone(UTC) - timedelta(days=6),
        price_minor=5000,
        currency=tenant.currency,
        title=title,
        source="api",
        sequence=0,
        version=1,
        created_at=starts_at,
        updated_at=starts_at,
        confirmed_at=None,
        cancelled_at=None,
        contact=Contact(name),
    )
