"""Working requests to the waiting list: the parts of each, by operation id."""

from __future__ import annotations

from datetime import time
from itertools import count
from typing import Any

from holdfast.capabilities.bookings.commands.waitlist import waitlist_token
from holdfast.capabilities.bookings.waitlist_types import WaitlistEntry
from tests.capabilities.bookings.waiting import wait
from tests.capabilities.business import Business

_numbers = count()


def waitlist_requests(shop: Business) -> dict[str, dict[str, Any]]:
    """Entries of their own at each call, for an hour in which nothing is ever free."""
    cut, resource, location = str(shop.services["cut"]), str(shop.resource_ids[0]), str(shop.location_id)
    waiting, leaving = _entry(shop), _entry(shop)
    day = shop.start(days=30).astimezone(shop.zone).date()
    number = next(_numbers)
    return {
        "join_waitlist": {
            "method": "POST",
            "path": "/api/v1/waitlist",
            "body": {
                "service_id": cut,
                "service_ids": [cut],
                "add_on_ids": [],
                "artist_id": resource,
                "location_id": location,
                "from_date": str(day),
                "to_date": str(day),
                "from_time": "21:30",
                "to_time": "22:30",
                "party_size": 1,
                "client_name": "Ann",
                "client_email": f"ann{number}@example.com",
                "client_phone": f"+49 30 {1000000 + number}",
                "notes": "any chair",
            },
            "kinds": {
                "service_id": "id",
                "service_ids": "ids",
                "add_on_ids": "ids",
                "artist_id": "id",
                "location_id": "id",
                "from_date": "day",
                "to_date": "day",
                "from_time": "clock",
                "to_time": "clock",
                "party_size": "number",
                "client_name": "line",
                "client_email": "line",
                "client_phone": "line",
                "notes": "text",
            },
        },
        "list_waitlist": {
            "method": "GET",
            "path": "/api/v1/waitlist",
            "query": {"from": str(day), "to": str(day), "service_id": cut, "status": "waiting", "limit": "5"},
            "kinds": {
                "from": "date",
                "to": "date",
                "service_id": "filter",
                "status": "word",
                "limit": "number",
            },
        },
        "get_waitlist_entry": {
            "method": "GET",
            "path": f"/api/v1/waitlist/{waiting.id}",
            "token": waitlist_token(shop.tenant_id, waiting.id),
        },
        "leave_waitlist": {
            "method": "DELETE",
            "path": f"/api/v1/waitlist/{leaving.id}",
            "token": waitlist_token(shop.tenant_id, leaving.id),
        },
        "offer_to_waitlist_entry": {
            "method": "POST",
            "path": f"/api/v1/waitlist/{waiting.id}/offer",
            "body": {
                "start_time": shop.start(days=31 + number // 5 % 9, hour=8 + 2 * (number % 5)).strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                ),
                "service_id": cut,
                "artist_id": resource,
            },
            "kinds": {"start_time": "start", "service_id": "id", "artist_id": "id"},
        },
    }


def _entry(shop: Business) -> WaitlistEntry:
    return wait(
        shop,
        f"Waiting{next(_numbers)}",
        days=30,
        from_time=time(21, 30),
        to_time=time(22, 30),
    )
