"""The one router of bookings: operations of one path must share it, or only the first would answer."""

from ninja import Router

router = Router(tags=["bookings"])
