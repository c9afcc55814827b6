"""A customer's own booking, found by its private link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from holdfast.capabilities.bookings.queries import get_booking_by_token
from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.access import GUEST
from holdfast.platform.tenancy import tenant_context
from holdfast.web.public.presenters.summary import Line, present_summary
from holdfast.web.public.visit import Visit
from holdfast.web.public.wish import Wish, place_line, read_wish


@dataclass(frozen=True, slots=True)
class Owned:
    """The booking of a link. `wish` is the same choice again; None when the service is no longer sold."""

    token: str
    booking: Booking
    wish: Wish | None
    person_name: str
    place: str
    place_name: str
    phone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.booking.time_zone)

    @property
    def title(self) -> str:
        return self.booking.title

    def is_over(self, now: datetime) -> bool:
        """Tell whether a hold has run out, whether or not anybody has noticed yet."""
        booking = self.booking
        if booking.status == "held":
            return booking.hold_expires_at is None or booking.hold_expires_at <= now
        return booking.status == "expired"

    def summary(self, visit: Visit) -> list[Line]:
        """What was agreed, which later changes of the menu do not touch."""
        booking = self.booking
        return present_summary(
            service_name=booking.title,
            minutes=int((booking.ends_at - booking.starts_at).total_seconds()) // 60,
            price_minor=booking.price_minor,
            currency=booking.currency,
            with_name=self.person_name,
            place=self.place,
            reader=visit.reader,
            zone=self.zone,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
        )


def find_owned(visit: Visit, token: str, *, person: str = "", action: str = "manage") -> Owned | None:
    """Return the booking that the link opens, or None; `person` is who was asked for, if anybody.

    The booking's own link opens it for every action, others for their own only.
    """
    with tenant_context(visit.tenant_id, GUEST.label):
        booking = get_booking_by_token(token, action=action)
        if booking is None:
            return None
        return own(booking, current_schedule(), token=token, person=person)


def own(booking: Booking, schedule: Schedule, *, token: str, person: str = "") -> Owned:
    """Put a booking together with what the schedule says of it."""
    choices = QueryDict(mutable=True)
    choices["at"] = str(booking.location_id)
    choices["with"] = person
    wish = read_wish(schedule, booking.service_id, choices) if booking.service_id else None
    resource = schedule.resources.get(booking.resource_id) if booking.resource_id else None
    location = schedule.locations.get(booking.location_id)
    return Owned(
        token=token,
        booking=booking,
        wish=wish,
        person_name=resource.name if resource else "",
        place=place_line(location) if location else "",
        place_name=location.name if location else "",
        phone=location.phone if location else "",
    )
