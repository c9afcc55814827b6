"""One booking as an iCalendar file (RFC 5545), for the customer's own calendar."""

from __future__ import annotations

from datetime import UTC

from icalendar import Calendar, Event

from holdfast.web.public.owned import Owned
from holdfast.web.public.visit import Visit

_STATUSES = {"pending": "TENTATIVE", "cancelled": "CANCELLED"}


def booking_calendar(owned: Owned, visit: Visit, *, link: str) -> bytes:
    """Write the file. Instants are in UTC: every calendar shows them right, whatever zones it knows.

    The UID is the booking's id and the SEQUENCE its own, so a later file updates the entry of an earlier one.
    """
    booking = owned.booking
    event = Event()
    event.add("uid", f"{booking.id}@{visit.tenant.slug}.holdfast")
    event.add("dtstamp", booking.updated_at.astimezone(UTC))
    event.add("dtstart", booking.starts_at.astimezone(UTC))
    event.add("dtend", booking.ends_at.astimezone(UTC))
    event.add("summary", f"{owned.title}, {visit.tenant.name}")
    event.add("sequence", booking.sequence)
    event.add("status", _STATUSES.get(booking.status, "CONFIRMED"))
    event.add("url", link)
    if owned.place:
        event.add("location", owned.place)
    calendar = Calendar()
    calendar.add("prodid", "-//Holdfast//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
