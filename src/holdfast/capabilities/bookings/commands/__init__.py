"""The moves on bookings: hold (and book at once), confirm, reschedule, cancel, mark, expire."""

from holdfast.capabilities.bookings.commands.archive import archive_due_bookings
from holdfast.capabilities.bookings.commands.cancel import cancel_booking
from holdfast.capabilities.bookings.commands.confirm import confirm_booking
from holdfast.capabilities.bookings.commands.create import create_booking
from holdfast.capabilities.bookings.commands.expire import expire_due_holds
from holdfast.capabilities.bookings.commands.mark import complete_due_bookings, mark_booking
from holdfast.capabilities.bookings.commands.reschedule import reschedule_booking
from holdfast.capabilities.bookings.commands.tokens import make_token

__all__ = [
    "archive_due_bookings",
    "cancel_booking",
    "complete_due_bookings",
    "confirm_booking",
    "create_booking",
    "expire_due_holds",
    "make_token",
    "mark_booking",
    "reschedule_booking",
]
