"""The moves on bookings: hold (and book at once), confirm, reschedule, cancel, expire."""

from holdfast.capabilities.bookings.commands.cancel import cancel_booking
from holdfast.capabilities.bookings.commands.confirm import confirm_booking
from holdfast.capabilities.bookings.commands.create import create_booking
from holdfast.capabilities.bookings.commands.expire import expire_due_holds
from holdfast.capabilities.bookings.commands.reschedule import reschedule_booking

__all__ = ["cancel_booking", "confirm_booking", "create_booking", "expire_due_holds", "reschedule_booking"]
