"""Bookings and free time over HTTP: parse, one call, answer."""

from holdfast.capabilities.bookings.api import (
    blackouts,
    exposure,
    free_time,
    history,
    lists,
    moves,
    options,
    slots,
    waitlist,
    why_not,
)
from holdfast.capabilities.bookings.api.router import router

router.add_router("", blackouts.router)

__all__ = [
    "blackouts",
    "exposure",
    "free_time",
    "history",
    "lists",
    "moves",
    "options",
    "router",
    "slots",
    "waitlist",
    "why_not",
]
