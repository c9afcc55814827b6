"""Bookings and free time over HTTP: parse, one call, answer."""

from holdfast.capabilities.bookings.api import free_time, lists, moves
from holdfast.capabilities.bookings.api.router import router

__all__ = ["free_time", "lists", "moves", "router"]
