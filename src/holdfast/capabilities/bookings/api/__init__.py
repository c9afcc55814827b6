"""Bookings and free time over HTTP: parse, one call, answer."""

from holdfast.capabilities.bookings.api import (
    blackouts,
    customer_links,
    exposure,
    free_time,
    history,
    lists,
    moves,
    options,
    parties,
    series,
    slots,
    swap,
    undo,
    waitlist,
    why_not,
)
from holdfast.capabilities.bookings.api.router import router

router.add_router("", blackouts.router)

__all__ = [
    "blackouts",
    "customer_links",
    "exposure",
    "free_time",
    "history",
    "lists",
    "moves",
    "options",
    "parties",
    "router",
    "series",
    "slots",
    "swap",
    "undo",
    "waitlist",
    "why_not",
]
