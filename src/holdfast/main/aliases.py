"""The documents' own prefixes and nouns, rewritten to the one API before its address is looked up.

| in the documents | here | beyond that |
| --- | --- | --- |
| `/v1/…` (S1) | `/api/v1/…` | Idempotency-Key required; a booking stops at a hold |
| `/admin/v1/…` (S1) | `/api/v1/…` | Idempotency-Key required; roles admin, manager, frontdesk |
| `/api/v1/admin/…` (S0) | `/api/v1/…` | a member of the business, signed in |
| `/api/…` (S4) | `/api/v1/…` | |
| artists, stylists, providers | resources | also `artist_id` and so on in a query |
| appointments | bookings | |
| blocked_periods (S2) | blackouts | |
"""

from __future__ import annotations

import re

from django.http import HttpRequest

from holdfast.platform.http.callers import Surface

CANONICAL = Surface("/api/v1/")
# The longest prefix first. "bookings:read" over all calendars is what S1's three roles have and its
# stylists have not.
SURFACES = (
    Surface("/api/v1/admin/", permission="console:open"),
    CANONICAL,
    Surface("/api/"),
    Surface("/v1/", requires_key=True, stops_at_hold=True),
    Surface("/admin/v1/", requires_key=True, permission="bookings:read"),
)
NOUNS = {
    "artists": "resources",
    "stylists": "resources",
    "providers": "resources",
    "appointments": "bookings",
    "blocked_periods": "blackouts",
}
_QUERY_NOUN = re.compile(r"(^|&)(?:artist|stylist|provider)_id=")


def rewrite(request: HttpRequest) -> Surface | None:
    """Point the request at the canonical path; return the surface it came through, None for a page.

    `request.path` stays what was sent: it is what logs and problems speak of.
    """
    path = request.path_info
    for surface in SURFACES:
        if path.startswith(surface.prefix):
            noun, slash, rest = path[len(surface.prefix) :].partition("/")
            request.path_info = f"{CANONICAL.prefix}{NOUNS.get(noun, noun)}{slash}{rest}"
            query = request.META.get("QUERY_STRING", "")
            if "_id=" in query:
                request.META["QUERY_STRING"] = _QUERY_NOUN.sub(r"\1resource_id=", query)
            return surface
    return None
