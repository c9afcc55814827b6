"""A field is named to the client as the client spelled it: the documents have several words for one."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.http import HttpRequest

# Our word → the documents' words (the same as the schemas' aliases).
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "starts_at": ("start_time", "start_datetime"),
    "ends_at": ("end_time", "end_datetime"),
    "from_date": ("from",),
    "to_date": ("to",),
    "resource_id": ("artist_id", "stylist_id", "provider_id"),
    "duration_minutes": ("duration_min",),
    "buffer_after_minutes": ("buffer_time_minutes",),
    "kind": ("rule_kind",),
    "days_of_week": ("day_of_week",),
    "customer_name": ("client_name",),
    "customer_email": ("client_email",),
    "customer_phone": ("client_phone",),
    "client_name": ("customer_name",),
}
# What is missing is named in S0's words to whoever speaks them.
_S0_WORDS = frozenset({"client_name", "client_email", "client_phone", "start_time", "end_time"})


def as_sent(request: HttpRequest, field: str) -> str:
    """Return the client's own name for `field`, read from the body it sent."""
    others = SPELLINGS.get(field)
    if others is None:
        return field
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return field
    if not isinstance(sent, dict) or field in sent:
        return field
    used = next((other for other in others if other in sent), None)
    if used is not None:
        return used
    return next((other for other in others if other in _S0_WORDS and _S0_WORDS & sent.keys()), field)
