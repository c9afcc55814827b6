"""What happens when something happened: one table, event kind → handlers.

Handlers run inside the transaction of the change and only enqueue jobs.
"""

from __future__ import annotations

from holdfast.capabilities.notifications.jobs import mail_customer, mail_link
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


def connect_events() -> None:
    """Subscribe every handler of the table; called once when the process starts."""
    for kind, handlers in HANDLERS.items():
        for handler in handlers:
            subscribe(kind, handler)
