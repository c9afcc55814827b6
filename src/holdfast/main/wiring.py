"""What happens when something happened, and what can be set: one table each.

Handlers run inside the transaction of the change and only enqueue jobs.
"""

from __future__ import annotations

from holdfast.capabilities.bookings.settings import (
    BookingSettings,
    ExposureSettings,
    OptionSettings,
    WaitlistSettings,
)
from holdfast.capabilities.catalog.settings import MenuSettings
from holdfast.capabilities.notifications.jobs import mail_customer, mail_link
from holdfast.capabilities.notifications.settings import MailSettings
from holdfast.capabilities.tenants.settings import PageSettings, declare
from holdfast.platform.events import Handler, subscribe

HANDLERS: dict[str, tuple[Handler, ...]] = {
    "booking.pending": (mail_customer,),
    "booking.confirmed": (mail_customer,),
    "booking.rescheduled": (mail_customer,),
    "booking.changed": (mail_customer,),
    "booking.declined": (mail_customer,),
    "booking.cancelled": (mail_customer,),
    "booking.offered": (mail_customer,),
    "customer.link_asked": (mail_link,),
}

SETTINGS = (
    BookingSettings,
    MenuSettings,
    MailSettings,
    WaitlistSettings,
    OptionSettings,
    ExposureSettings,
    PageSettings,
)


def declare_settings() -> None:
    """Put the settings of all capabilities together; called once when the process starts."""
    declare(*SETTINGS)


def connect_events() -> None:
    """Subscribe every handler of the table; called once when the process starts."""
    for kind, handlers in HANDLERS.items():
        for handler in handlers:
            subscribe(kind, handler)
