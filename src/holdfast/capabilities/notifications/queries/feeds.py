"""Reads of calendar feeds, and what their subscribers get."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext

from holdfast.capabilities.bookings.calendar import FeedEntry, feed_ics, one_line
from holdfast.capabilities.bookings.queries import list_bookings
from holdfast.capabilities.bookings.queries.events import newest_position
from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.notifications.types import CalendarFeed
from holdfast.capabilities.notifications.wording import language_of
from holdfast.capabilities.people.queries import list_resources
from holdfast.capabilities.tenants.queries import list_locations
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform.access import Actor, require, system_actor
from holdfast.platform.crypto import token_hash
from holdfast.platform.db.rows import fetch_all, fetch_one
from holdfast.platform.tenancy import current_context

FEED = (
    "select id, resource_id, location_id, shows, label, created_at, revoked_at from calendar_feed"
    " where tenant_id = %s"
)
READER = system_actor("feed")
_BEFORE, _AHEAD = timedelta(days=30), timedelta(days=366)
_MOST = 2000
_SHOWN = ("pencil", "pending", "confirmed", "completed", "no_show")
_TENTATIVE = frozenset({"pencil", "pending"})


def find_feed(secret: str) -> CalendarFeed | None:
    """Return the feed that the secret opens, or None when it is unknown or was taken back."""
    return fetch_one(
        CalendarFeed,
        f"{FEED} and secret_hash = %s and revoked_at is null",
        (current_context().tenant_id, token_hash(secret)),
    )


def list_feeds(*, actor: Actor) -> list[CalendarFeed]:
    """Return the feeds there are, without their secrets: all, or those of one's own calendar.

    Raises `Unauthenticated` or `Forbidden`.
    """
    require(actor, "bookings:read")
    feeds = fetch_all(
        CalendarFeed, f"{FEED} and revoked_at is null order by created_at, id", (current_context().tenant_id,)
    )
    if actor.only_own("bookings:read"):
        return [
            each for each in feeds if each.resource_id is not None and each.resource_id == actor.resource_id
        ]
    return feeds


def feed_tag(feed: CalendarFeed, now: datetime) -> str:
    """Return what changes whenever the feed may: where the log ends, and the day. One read of an index."""
    parts = (str(feed.id), feed.shows, feed.label, str(newest_position()), str(now.date()))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def read_feed(feed: CalendarFeed, *, tenant: Tenant, host: str, now: datetime) -> bytes:
    """Return the feed as iCalendar: a month back and a year ahead, in the business's language.

    A customer is never more than a first name; "busy" says only that, and in a place's feed who is.
    """
    resources = {each.id: each.name for each in list_resources(active_only=False)}
    places = {each.id: each for each in list_locations(active_only=False)}
    bookings = list_bookings(
        actor=READER,
        starts_at=now - _BEFORE,
        ends_at=now + _AHEAD,
        statuses=_SHOWN,
        resource_id=feed.resource_id,
        location_id=feed.location_id,
        limit=_MOST,
    )
    whose = (resources.get(feed.resource_id) if feed.resource_id else None) or ""
    where = places.get(feed.location_id) if feed.location_id else None
    name = feed.label or ", ".join(filter(None, (whose or (where.name if where else ""), tenant.name)))
    with translation.override(language_of(tenant)):
        entries = [
            FeedEntry(
                uid=f"{booking.id}@{host}",
                sequence=booking.sequence,
                starts_at=booking.starts_at,
                ends_at=booking.ends_at,
                updated_at=booking.updated_at,
                summary=_summary(
                    feed, booking, resources.get(booking.resource_id) if booking.resource_id else ""
                ),
                place=places[booking.location_id].name if booking.location_id in places else "",
                is_tentative=booking.status in _TENTATIVE,
            )
            for booking in bookings
        ]
    return feed_ics(one_line(name), entries)


def _summary(feed: CalendarFeed, booking: Booking, person: str | None) -> str:
    who = one_line(person or "") if feed.location_id else ""
    if feed.shows == "busy":
        return ": ".join(filter(None, (who, gettext("Busy"))))
    words = one_line(booking.contact.name).split() if booking.contact else []
    what = ", ".join(filter(None, (one_line(booking.title), words[0][:40] if words else "")))
    return ": ".join(filter(None, (who, what or gettext("Busy"))))
