"""What tests read out of mails and of the message log."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any
from uuid import UUID

import icalendar

from holdfast.capabilities.bookings.commands import cancel_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from tests.capabilities.business import Business

OWNER = Actor(kind="staff", role="owner")
TOLD = "select kind, version, lead_minutes, status, reason from notification order by created_at, kind"


def id_of(made: MoveAnswer) -> UUID:
    """The booking's id."""
    assert made.booking_id is not None
    return made.booking_id


def text_of(mail: EmailMessage) -> str:
    """The plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    """The HTML."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def entry_of(mail: EmailMessage) -> tuple[str, Any]:
    """The method and the entry of the attached calendar file."""
    [attached] = [part for part in mail.walk() if part.get_filename() == "booking.ics"]
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    calendar = icalendar.Calendar.from_ical(content)
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def has_entry(mail: EmailMessage) -> bool:
    """Whether the mail carries anything for calendars."""
    return any("calendar" in part.get_content_type() or part.get_filename() for part in mail.walk())


def cancel(business: Business, made: MoveAnswer, actor: Actor = GUEST) -> None:
    """Cancel as the customer, with the private link, or as somebody else."""
    cancel_booking(
        tenant_id=business.tenant_id,
        actor=actor,
        now=clock.now(),
        booking_id=id_of(made),
        token=made.token if actor is GUEST else "",
    )
