"""A mail about a booking: text, HTML and the calendar entry, put together and safe in every part."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr
from typing import Any
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from holdfast.capabilities.bookings.calendar import Method, Party, booking_ics, one_line
from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.notifications.types import Kind
from holdfast.capabilities.notifications.wording import Wording

_METHODS: dict[Kind, Method] = {"received": "REQUEST", "confirmed": "REQUEST", "cancelled": "CANCEL"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom, and under which names. `reply_to` is the business's own address, or empty."""

    message_id: UUID
    host: str
    sender: str
    recipient: Party
    reply_to: str


def compose(
    kind: Kind, booking: Booking, wording: Wording, envelope: Envelope, *, link: str
) -> EmailMultiAlternatives:
    """Return the mail, ready to be sent.

    The Message-ID is the message's own for all its tries, so that a mail server which saw an earlier try
    can know the later one as the same.
    """
    with translation.override(wording.language):
        content = _content(kind, wording, link)
        mail = EmailMultiAlternatives(
            subject=content["subject"],
            body=render_to_string("notifications/booking.txt", content),
            from_email=formataddr((wording.business, envelope.sender)),
            to=[envelope.recipient.email],
            reply_to=[envelope.reply_to] if envelope.reply_to else None,
            headers={
                "Message-ID": f"<{envelope.message_id}@{envelope.host}>",
                # Holiday replies are for people (RFC 3834).
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach_alternative(render_to_string("notifications/booking.html", content), "text/html")
    method = _METHODS[kind]
    calendar = booking_ics(
        booking,
        business=wording.business,
        host=envelope.host,
        link=link,
        place=wording.place,
        organizer=Party(wording.business, envelope.sender),
        attendee=envelope.recipient,
        method=method,
    )
    # Mail programs that show an invitation read the alternative, all others offer the file.
    mail.attach_alternative(calendar.decode(), f"text/calendar; method={method}")
    mail.attach("booking.ics", calendar, "application/ics")
    return mail


def _content(kind: Kind, wording: Wording, link: str) -> dict[str, Any]:
    """Return what the templates show; called with the language of the mail active."""
    what = f"{wording.title}, {wording.business}, {wording.short_day}" if wording.title else wording.business
    # Some calendar servers title the entry with the subject: it names what and when, and who sees it is not
    # told more than that.
    subject, heading, lead = {
        "received": (
            gettext("Request: %(what)s"),
            gettext("We have your request."),
            gettext("You will hear from us soon whether the time works."),
        ),
        "confirmed": (
            gettext("Booking: %(what)s"),
            gettext("You are booked."),
            gettext("Your private page has everything about this booking, and lets you cancel it."),
        ),
        "cancelled": (
            gettext("Cancelled: %(what)s"),
            gettext("This booking is cancelled."),
            gettext("The time is free again. Nothing more is needed from you."),
        ),
    }[kind]
    return {
        "kind": kind,
        "wording": wording,
        "subject": one_line(subject % {"what": what}),
        "heading": heading,
        "lead": lead,
        "link": link,
    }
