"""Working requests about bookings that come round again: the parts of each, by operation id."""

from __future__ import annotations

from itertools import count
from typing import Any

from holdfast.capabilities.bookings.commands import create_booking
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.platform import clock
from tests.capabilities.bookings.series import make, wish
from tests.capabilities.business import ANN, TESTER, Business

_numbers = count()


def series_requests(shop: Business) -> dict[str, dict[str, Any]]:
    """A series and a booking of their own at each call, in years in which nobody else books."""
    number = next(_numbers)
    days = 1000 + number * 5
    made = make(shop, wish(shop, "book", first=shop.start(days=days), rrule="FREQ=DAILY;COUNT=2"))
    single = create_booking(
        tenant_id=shop.tenant_id,
        actor=TESTER,
        now=clock.now(),
        request=BookingRequest(
            shop.services["book"], shop.start(days=100 + number % 200, hour=18), contact=ANN, overbook=True
        ),
        key=None,
    )
    resource, location = str(shop.resource_ids[0]), str(shop.location_id)
    service = str(shop.services["book"])
    first = shop.start(days=days + 2)
    rule = {
        "rrule": "FREQ=DAILY;COUNT=2",
        "on_conflict": "skip",
        "shift_minutes": 60,
        "skip": [],
        "shift": {},
    }
    rule_kinds = {
        "rrule": "rule",
        "on_conflict": "word",
        "shift_minutes": "number",
        "skip": "dates",
        "shift": "moves",
    }
    body = {
        "service_id": service,
        "service_ids": [service],
        "add_on_ids": [],
        "resource_id": resource,
        "resource_ids": [resource],
        "match": "any",
        "roles": {"lead": resource},
        "location_id": location,
        "starts_at": first.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "customer_name": "Ann",
        "customer_email": "ann@example.com",
        "customer_phone": "+49 30 1234567",
        "notes": "window seat",
        **rule,
    }
    kinds = {
        "service_id": "id",
        "service_ids": "ids",
        "add_on_ids": "ids",
        "resource_id": "id",
        "resource_ids": "ids",
        "match": "word",
        "roles": "people",
        "location_id": "id",
        "starts_at": "time",
        "customer_name": "line",
        "customer_email": "line",
        "customer_phone": "line",
        "notes": "text",
        **rule_kinds,
    }
    by_id = f"/api/v1/series/{made.id}"
    part = {"position": 1, "scope": "following", "version": 1}
    part_kinds = {"position": "number", "scope": "word", "version": "number"}
    repeated = f"/api/v1/bookings/{single.booking_id}/repeat"
    return {
        "preview_series": {"method": "POST", "path": "/api/v1/series/preview", "body": body, "kinds": kinds},
        "create_series": {"method": "POST", "path": "/api/v1/series", "body": body, "kinds": kinds},
        "preview_repeat": {
            "method": "POST",
            "path": f"{repeated}/preview",
            "body": rule | {"version": 1},
            "kinds": rule_kinds | {"version": "number"},
        },
        "repeat_booking": {
            "method": "POST",
            "path": repeated,
            "body": rule | {"version": 1},
            "kinds": rule_kinds | {"version": "number"},
        },
        "get_series": {"method": "GET", "path": by_id},
        "change_series": {
            "method": "PATCH",
            "path": by_id,
            "body": part | {"starts_at": f"{shop.start(days=days, hour=13):%Y-%m-%dT%H:%M:%SZ}"},
            "kinds": part_kinds | {"starts_at": "time"},
        },
        "cancel_series": {
            "method": "DELETE",
            "path": by_id,
            "body": part | {"reason": "ill"},
            "kinds": part_kinds | {"reason": "text"},
        },
    }
