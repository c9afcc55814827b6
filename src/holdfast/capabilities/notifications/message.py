"""A mail about a booking: text, HTML and the calendar entry, put together and safe in every part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any
from uuid import UUID

from django.core.mail import EmailMultiAlternatives

from holdfast.capabilities.bookings.calendar import Method, Party, booking_ics, join_ics
from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.notifications.content import Content, write
from holdfast.capabilities.notifications.types import Kind, MailTemplate
from holdfast.capabilities.notifications.wording import Wording

METHODS: dict[Kind, Method] = {
    "received": "REQUEST",
    "confirmed": "REQUEST",
    "changed": "REQUEST",
    "declined": "CANCEL",
    "cancelled": "CANCEL",
    "expired": "CANCEL",
}
"""What a calendar is to do. A reminder changes no entry, and an offer is not a booking yet."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom, and under which names. `reply_to` is the business's own address, or empty."""

    message_id: UUID
    host: str
    sender: str
    recipient: Party
    reply_to: str


def compose(
    kind: Kind,
    booking: Booking,
    wording: Wording,
    envelope: Envelope,
    *,
    link: str,
    own: MailTemplate | None = None,
    method: Method | None = None,
    together: Sequence[tuple[Booking, str]] = (),
) -> EmailMultiAlternatives:
    """Return the mail, ready to be sent; with a `method` also the calendar entry.

    `together` are all bookings that the mail is about, where it is about several, each with its own link.
    Their entries come as one file to open: an invitation is to one thing (RFC 5546 §3.2).

    The Message-ID is the message's own for all its tries, so that a mail server which saw an earlier try
    can know the later one as the same.
    """
    mail = put_in(envelope, write(kind, wording, link, own), business=wording.business)
    if method is None:
        return mail
    named: dict[str, Any] = {
        "business": wording.business,
        "host": envelope.host,
        "place": wording.place,
        "organizer": Party(wording.business, envelope.sender),
    }
    if together:
        entries = [booking_ics(each, link=its_link, **named) for each, its_link in together]
        mail.attach("bookings.ics", join_ics(entries), "application/ics")
        return mail
    calendar = booking_ics(booking, link=link, attendee=envelope.recipient, method=method, **named)
    # Mail programs that show an invitation read the alternative, all others offer the file.
    mail.attach_alternative(calendar.decode(), f"text/calendar; method={method}")
    mail.attach("booking.ics", calendar, "application/ics")
    return mail


def put_in(envelope: Envelope, content: Content, *, business: str) -> EmailMultiAlternatives:
    """Return the words as a mail from the business."""
    mail = EmailMultiAlternatives(
        subject=content.subject,
        body=content.text,
        from_email=formataddr((business, envelope.sender)),
        to=[envelope.recipient.email],
        reply_to=[envelope.reply_to] if envelope.reply_to else None,
        headers={
            "Message-ID": f"<{envelope.message_id}@{envelope.host}>",
            # Holiday replies are for people (RFC 3834).
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(content.html, "text/html")
    return mail
