"""The words of a mail: built in, or a business's own; the same facts in both."""

from __future__ import annotations

import html
from dataclasses import dataclass, fields
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from holdfast.capabilities.bookings.calendar import one_line
from holdfast.capabilities.notifications.placeholders import MORE, PLACEHOLDERS, fill, names_in
from holdfast.capabilities.notifications.types import Kind, MailTemplate
from holdfast.capabilities.notifications.wording import Wording

# The kinds after which nothing can be done with the booking any more.
_OVER: frozenset[Kind] = frozenset({"declined", "cancelled", "expired"})


@dataclass(frozen=True, slots=True)
class Content:
    """A mail's subject and both of its bodies."""

    subject: str
    text: str
    html: str


def write(kind: Kind, wording: Wording, link: str, own: MailTemplate | None = None) -> Content:
    """Return the words in the wording's language; `own` are the business's, instead of the built-in ones."""
    with translation.override(wording.language):
        return _built_in(kind, wording, link) if own is None else _own(kind, wording, link, own)


def built_in_template(kind: Kind, locale: str, direction: str) -> tuple[str, str]:
    """Return subject and body of the built-in mail, with placeholders: a start for words of one's own.

    Without the sentence about the private link, which stands below any words.
    """
    names = {each.name for each in fields(Wording)}
    facts = {name: f"{{{{{name}}}}}" for name in (*PLACEHOLDERS, *MORE.get(kind, ())) if name in names}
    wording = Wording(
        **{
            **dict.fromkeys(("title", "greeting_name"), ""),
            **facts,
            "language": locale,
            "direction": direction,
            "title": "{{service}}",
            "greeting_name": "{{name}}",
        }
    )
    content = write(kind, wording, "{{link}}")
    with translation.override(locale):
        below = gettext("This link is yours alone: whoever has it can cancel the booking.")
    return content.subject, content.text.replace(f"\n{below}\n", "").strip()


def _built_in(kind: Kind, wording: Wording, link: str) -> Content:
    subject, heading, lead = _words(kind, wording)
    what = f"{wording.title}, {wording.business}, {wording.short_day}" if wording.title else wording.business
    # Some calendar servers title the entry with the subject: it names what and when, and who sees it is not
    # told more than that.
    shown = {
        "subject": one_line(subject % {"what": what}),
        "heading": heading,
        "lead": lead,
        **_frame(kind, wording, link),
    }
    return Content(
        subject=shown["subject"],
        text=render_to_string("notifications/booking.txt", shown),
        html=render_to_string("notifications/booking.html", shown),
    )


def _own(kind: Kind, wording: Wording, link: str, own: MailTemplate) -> Content:
    facts = {
        "name": wording.greeting_name,
        "service": wording.title,
        "link": link,
        **{
            name: getattr(wording, name)
            for name in (*PLACEHOLDERS, *MORE.get(kind, ()))
            if name not in ("name", "service", "link")
        },
    }
    subject = one_line(fill(own.subject, facts)) or wording.business
    text = fill(own.body, facts).strip()
    has_link = "link" in names_in(own.body)
    shown = {
        "subject": subject,
        "text": text,
        "paragraphs": [_marked_up(each, link) for each in text.split("\n\n") if each.strip()],
        "has_link": has_link,
        **_frame(kind, wording, link),
    }
    return Content(
        subject=subject,
        text=render_to_string("notifications/own.txt", shown),
        html=render_to_string("notifications/own.html", shown),
    )


def _marked_up(paragraph: str, link: str) -> str:
    """Escape a paragraph, keep its lines, and let the private link be one."""
    escaped, address = html.escape(paragraph.strip()), html.escape(link)
    return escaped.replace(address, f'<a href="{address}">{address}</a>').replace("\n", "<br>\n")


def _frame(kind: Kind, wording: Wording, link: str) -> dict[str, Any]:
    """Return what every template shows; called with the language of the mail active."""
    if kind in _OVER:
        button, before_link = gettext("Your booking"), gettext("Your booking:")
    elif kind == "offer":
        button, before_link = gettext("Take this time"), gettext("Take this time, or let it go:")
    else:
        button = gettext("See, move or cancel")
        before_link = gettext("See, move or cancel your booking:")
    return {
        "kind": kind,
        "is_over": kind in _OVER,
        "wording": wording,
        "link": link,
        "button": button,
        "before_link": before_link,
    }


def _words(kind: Kind, wording: Wording) -> tuple[str, str, str]:
    """Return subject, heading and lead; each is looked up only when it is needed."""
    if kind == "received":
        return (
            gettext("Request: %(what)s"),
            gettext("We have your request."),
            gettext("You will hear from us soon whether the time works."),
        )
    if kind == "confirmed":
        return (
            gettext("Booking: %(what)s"),
            gettext("You are booked."),
            gettext("Your private page has everything about this booking, and lets you cancel it."),
        )
    if kind == "changed":
        old = {"day": wording.old_day, "time": wording.old_time}
        return (
            gettext("Changed: %(what)s"),
            gettext("Your booking has changed."),
            gettext("Before, it was on %(day)s, %(time)s.") % old
            if wording.old_day
            else gettext("This is how it stands now."),
        )
    if kind == "declined":
        return (
            gettext("Declined: %(what)s"),
            gettext("We cannot take your request."),
            gettext("This time does not work after all. Others may be free: you are welcome to ask again."),
        )
    if kind == "cancelled":
        return (
            gettext("Cancelled: %(what)s"),
            gettext("This booking is cancelled."),
            gettext("The time is free again. Nothing more is needed from you."),
        )
    if kind == "reminder":
        return (
            gettext("Reminder: %(what)s"),
            gettext("See you soon."),
            gettext("If you cannot come, please tell us on your private page, so that others can."),
        )
    if kind == "offer":
        return (
            gettext("A time is free: %(what)s"),
            gettext("A time has come free."),
            gettext("We hold it for you until %(until)s.") % {"until": wording.until},
        )
    return (
        gettext("Expired: %(what)s"),
        gettext("This has expired."),
        gettext("It was not confirmed in time, and the time is free again."),
    )
