"""Working requests to the moves that staff make, and to links' tokens: the parts of each, by operation id."""

from __future__ import annotations

from itertools import count
from typing import Any

from holdfast.capabilities.bookings.commands import create_booking, mark_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.platform import clock
from holdfast.scheduling.lifecycle import Move
from tests.capabilities.business import ANN, TESTER, Business

_numbers = count()


def move_requests(shop: Business) -> dict[str, dict[str, Any]]:
    """Bookings of their own at each call."""
    asked, booked, done, taken_back = (_book(shop, service) for service in ("ask", "book", "book", "book"))
    swapped, other = _book(shop, "book"), _book(shop, "book")
    mark_booking(
        tenant_id=shop.tenant_id,
        actor=TESTER,
        now=clock.now(),
        booking_id=done.booking_id,
        move=Move.COMPLETE,
    )

    def move(booking_id: object, name: str, version: int = 1) -> dict[str, Any]:
        return {
            "method": "POST",
            "path": f"/api/v1/bookings/{booking_id}/{name}",
            "body": {"version": version},
            "kinds": {"version": "number"},
        }

    declined = move(asked.booking_id, "decline")
    return {
        "approve_booking": move(asked.booking_id, "approve"),
        "decline_booking": {
            **declined,
            "body": declined["body"] | {"reason": "ill"},
            "kinds": declined["kinds"] | {"reason": "text"},
        },
        "complete_booking": move(booked.booking_id, "complete"),
        "mark_no_show": move(booked.booking_id, "no-show"),
        "reopen_booking": move(done.booking_id, "reopen", 2),
        "undo_booking": {
            "method": "POST",
            "path": f"/api/v1/bookings/{taken_back.booking_id}/undo",
            "body": {"version": 1, "to_version": 0, "overbook": True, "dry_run": False},
            "kinds": {
                "version": "number",
                "to_version": "number",
                "overbook": "flag",
                "dry_run": "flag",
            },
        },
        "undo_since": {
            "method": "POST",
            "path": "/api/v1/undo",
            "body": {
                "since": "2026-01-01T09:00:00Z",
                "day": "2026-01-05",
                "location_id": str(shop.location_id),
                "artist_id": str(shop.resource_ids[0]),
                "actor": "me",
                "overbook": False,
                "dry_run": True,
            },
            "kinds": {
                "since": "time",
                "day": "date",
                "location_id": "id",
                "artist_id": "id",
                "actor": "word",
                "overbook": "flag",
                "dry_run": "flag",
            },
        },
        "swap_bookings": {
            "method": "POST",
            "path": "/api/v1/swaps",
            "body": {
                "booking_id": str(swapped.booking_id),
                "other_id": str(other.booking_id),
                "version": 1,
                "other_version": 1,
            },
            "kinds": {"booking_id": "id", "other_id": "id", "version": "number", "other_version": "number"},
        },
        "create_booking_token": {
            "method": "POST",
            "path": f"/api/v1/bookings/{booked.booking_id}/tokens",
            "body": {"action": "view", "expires_in_hours": 5},
            "kinds": {"action": "word", "expires_in_hours": "number"},
            "token": booked.token,
        },
    }


def _book(shop: Business, service: str) -> MoveAnswer:
    """At times that come round again; then beside what was left there."""
    number = next(_numbers)
    starts_at = shop.start(days=100 + number // 5 % 200, hour=9 + 2 * (number % 5))
    return create_booking(
        tenant_id=shop.tenant_id,
        actor=TESTER,
        now=clock.now(),
        request=BookingRequest(shop.services[service], starts_at, contact=ANN, overbook=True),
        key=None,
    )
