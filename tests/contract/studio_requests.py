"""Working requests to the operations on studio bookings: the parts of each, by operation id."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from tests.capabilities.bookings.studio import move, option
from tests.capabilities.business import Business

_hours = count()
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def studio_requests(shop: Business) -> dict[str, dict[str, Any]]:
    """Queues of their own at each call, so that a request works however often it was made before."""
    resource = str(shop.resource_ids[0])
    (first, second), (_, asking) = _two_in_a_queue(shop), _two_in_a_queue(shop)
    move(shop, "challenge", asking.id)
    free = shop.start(days=400) + timedelta(hours=2 * next(_hours))
    by_id = f"/api/v1/options/{first.id}"
    version = {"body": {"version": 1}, "kinds": {"version": "number"}}
    return {
        "create_option": {
            "method": "POST",
            "path": "/api/v1/options",
            "body": {
                "artist_id": resource,
                "start_time": free.strftime(_TIME),
                "end_time": (free + timedelta(hours=1)).strftime(_TIME),
                "title": "Film",
                "notes": "bring wigs",
                "status": "hold",
                "expires_at": (free - timedelta(days=2)).strftime(_TIME),
            },
            "kinds": {
                "artist_id": "id",
                "start_time": "time",
                "end_time": "time",
                "title": "text",
                "notes": "text",
                "status": "word",
                "expires_at": "time",
            },
        },
        "list_options": {
            "method": "GET",
            "path": "/api/v1/options",
            "query": {
                "resource_id": resource,
                "from": first.starts_at.strftime(_TIME),
                "to": first.ends_at.strftime(_TIME),
                "limit": "5",
            },
            "kinds": {"resource_id": "id", "from": "time", "to": "time", "limit": "number"},
        },
        "get_option": {"method": "GET", "path": by_id},
        "pencil_option": {"method": "POST", "path": f"{by_id}/pencil", **version},
        "confirm_option": {"method": "POST", "path": f"{by_id}/confirm", **version},
        "release_option": {
            "method": "POST",
            "path": f"{by_id}/release",
            "body": {"reason": "moved", "version": 1},
            "kinds": {"reason": "text", "version": "number"},
        },
        "challenge_option": {
            "method": "POST",
            "path": f"/api/v1/options/{second.id}/challenge",
            "body": {"holder_id": str(first.id), "version": 1},
            "kinds": {"holder_id": "id", "version": "number"},
        },
        "withdraw_challenge": {"method": "DELETE", "path": f"/api/v1/options/{asking.id}/challenge"},
    }


def _two_in_a_queue(shop: Business) -> tuple[Any, Any]:
    starts_at = shop.start(days=200) + timedelta(hours=2 * next(_hours))
    return option(shop, starts_at, hours=1), option(shop, starts_at, hours=1)
