"""Writes of calendar feeds: made with a secret address, and taken back."""

from __future__ import annotations

import secrets
from uuid import UUID

from holdfast.capabilities.notifications.queries.feeds import FEED
from holdfast.capabilities.notifications.types import CalendarFeed
from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.tenants.queries import list_locations
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import token_hash
from holdfast.platform.db.rows import fetch_all, fetch_one
from holdfast.platform.errors import Forbidden, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context

_SECRET_BYTES = 32


def create_feed(
    *,
    actor: Actor,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    shows: str = "",
    label: str = "",
) -> tuple[CalendarFeed, str]:
    """Make a calendar to subscribe to, of one person or one place; return it and its secret, told only now.

    A person's names services and first names unless `shows` says otherwise, a place's shows only busy time.
    Artists may subscribe to their own calendar. Raises `Unauthenticated`, `Forbidden`, `Invalid`.
    """
    require(actor, "bookings:read")
    if (resource_id is None) == (location_id is None):
        raise Invalid("Say whose calendar: either resource_id or location_id.", field="resource_id")
    if actor.only_own("bookings:read") and (resource_id is None or resource_id != actor.resource_id):
        raise Forbidden("You may subscribe to your own calendar only.")
    if resource_id is not None and get_resource(resource_id) is None:
        raise Invalid("There is nobody by this id.", field="resource_id")
    if location_id is not None and all(
        place.id != location_id for place in list_locations(active_only=False)
    ):
        raise Invalid("There is no such place.", field="location_id")
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    shows = shows or ("details" if resource_id else "busy")
    [feed] = fetch_all(
        CalendarFeed,
        "insert into calendar_feed (tenant_id, id, secret_hash, resource_id, location_id, shows, label)"
        " values (%s, %s, %s, %s, %s, %s, %s)"
        " returning id, resource_id, location_id, shows, label, created_at, revoked_at",
        (
            current_context().tenant_id,
            new_id(),
            token_hash(secret),
            resource_id,
            location_id,
            shows,
            label.strip(),
        ),
    )
    return feed, secret


def revoke_feed(*, actor: Actor, feed_id: UUID) -> CalendarFeed:
    """Let the feed's address open nothing any more; twice is once.

    Raises `Unauthenticated`, `Forbidden`, and `NotFound` also for somebody else's where only one's own are
    to be seen.
    """
    require(actor, "bookings:read")
    feed = fetch_one(CalendarFeed, f"{FEED} and id = %s", (current_context().tenant_id, feed_id))
    if feed is None or (
        actor.only_own("bookings:read")
        and (feed.resource_id is None or feed.resource_id != actor.resource_id)
    ):
        raise NotFound("There is no such calendar feed.")
    [revoked] = fetch_all(
        CalendarFeed,
        "update calendar_feed set revoked_at = coalesce(revoked_at, clock_timestamp())"
        " where tenant_id = %s and id = %s"
        " returning id, resource_id, location_id, shows, label, created_at, revoked_at",
        (current_context().tenant_id, feed_id),
    )
    return revoked
