"""Ways to put a booking into a calendar: addresses that Google and Outlook understand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class CalendarLinks:
    """Addresses at other people's sites; opened only when the customer asks for them."""

    google: str
    outlook: str


def calendar_links(
    *, title: str, starts_at: datetime, ends_at: datetime, place: str, details: str
) -> CalendarLinks:
    """Make both links; instants are written in UTC, so no zone can be misread."""
    compact = [at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") for at in (starts_at, ends_at)]
    spelled = [at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in (starts_at, ends_at)]
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": "/".join(compact),
        "location": place,
        "details": details,
    }
    outlook = {
        "rru": "addevent",
        "subject": title,
        "startdt": spelled[0],
        "enddt": spelled[1],
        "location": place,
        "body": details,
    }
    return CalendarLinks(
        google=f"https://calendar.google.com/calendar/render?{urlencode(google)}",
        outlook=f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}",
    )


def map_link(place: str) -> str:
    """Where to look a place up: OpenStreetMap's search."""
    return f"https://www.openstreetmap.org/search?{urlencode({'query': place})}"
