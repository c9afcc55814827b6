"""Working requests to the operations on parties: the parts of each, by operation id."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.capabilities.business import Business

_hours = count()
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"

BAD_GUESTS: list[Any] = [
    "x",
    {},
    7,
    True,
    None,
    [],
    [7],
    [None],
    [[]],
    [{}],
    [{"service_id": "1"}],
    [{"service_id": _UNKNOWN_ID}],
    [{"service_ids": [_UNKNOWN_ID] * 6}],
    [{"service_id": _UNKNOWN_ID, "count": 0}],
    [{"service_id": _UNKNOWN_ID, "count": 31}],
    [{"service_id": _UNKNOWN_ID, "label": "a\x00b"}],
    [{"service_id": _UNKNOWN_ID, "tenant_id": _UNKNOWN_ID}],
    [{"service_id": _UNKNOWN_ID}] * 31,
]


def party_requests(shop: Business) -> dict[str, dict[str, Any]]:
    """A party of two for an hour of its own at each call."""
    number = next(_hours)
    ready = shop.start(days=60 + number // 6, hour=10 + number % 6)
    wish = {
        "guests": [{"service_id": str(shop.services["style"]), "label": "Ann", "count": 2, "last": False}],
        "ready_by": ready.strftime(_TIME),
        "start_from": shop.start(days=60 + number // 6, hour=0).strftime(_TIME),
        "location_id": str(shop.location_id),
        "resource_ids": [str(shop.resource_ids[0])],
        "work_minutes": 120,
        "break_minutes": 10,
        "travel_minutes": 0,
    }
    kinds = {
        "guests": "guests",
        "ready_by": "time",
        "start_from": "time",
        "location_id": "id",
        "resource_ids": "ids",
        "work_minutes": "number",
        "break_minutes": "number",
        "travel_minutes": "number",
    }
    contact = {
        "mode": "hold",
        "client_name": "Ann",
        "client_email": "ann@example.com",
        "client_phone": "+49 30 1234567",
        "notes": "any chair",
    }
    contact_kinds = {
        "mode": "word",
        "client_name": "line",
        "client_email": "line",
        "client_phone": "line",
        "notes": "text",
    }
    return {
        "plan_party": {"method": "POST", "path": "/api/v1/parties/plan", "body": wish, "kinds": kinds},
        "book_party": {
            "method": "POST",
            "path": "/api/v1/parties",
            "body": wish | contact,
            "kinds": kinds | contact_kinds,
        },
    }
