"""The mail with a link to a customer's own bookings, made by the worker: answers cannot be timed."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from babel import Locale
from babel.dates import format_skeleton, format_time
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from holdfast.capabilities.bookings.calendar import Party, one_line
from holdfast.capabilities.bookings.commands.customer_links import make_link
from holdfast.capabilities.notifications.commands import Claim, claim_link
from holdfast.capabilities.notifications.content import Content
from holdfast.capabilities.notifications.delivery import sender_for
from holdfast.capabilities.notifications.message import Envelope, put_in
from holdfast.capabilities.notifications.queries.messages import read_link_request
from holdfast.capabilities.notifications.sending import MAILER, hand_over
from holdfast.capabilities.notifications.types import LANGUAGES
from holdfast.capabilities.notifications.wording import language_of
from holdfast.capabilities.people.contacts import is_email
from holdfast.capabilities.people.queries import find_contact
from holdfast.capabilities.tenants.queries import get_tenant, home_host
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform.events import Event
from holdfast.platform.http.addresses import origin_of
from holdfast.platform.jobs import TryLater, background, enqueue
from holdfast.platform.tenancy import tenant_context

log = structlog.get_logger("holdfast.mail")


def mail_link(event: Event) -> None:
    """Enqueue the mail that was asked for, whether or not anybody has the address."""
    _enqueue(event.tenant_id, event.subject_id, event.data["email_index"], event.data["language"])


def enqueue_link(tenant_id: UUID, message_id: UUID) -> None:
    """Enqueue a link's mail once more, as it was asked for; in the tenant's running transaction."""
    asked = read_link_request(message_id)
    if asked is not None:
        _enqueue(tenant_id, message_id, asked[0].hex(), asked[1])


def _enqueue(tenant_id: UUID, message_id: UUID, email_index: str, language: str) -> None:
    enqueue(
        send_link_mail,
        tenant_id=str(tenant_id),
        message_id=str(message_id),
        email_index=email_index,
        language=language,
    )


@background("notifications.send_link_mail")
def send_link_mail(*, tenant_id: str, message_id: str, email_index: str, language: str) -> None:
    """Mail a new link to the customer with the address, if there is one. Raises `TryLater`.

    The token exists in this process and in the mail only; each try makes another.
    """
    told = log.bind(tenant=tenant_id, message=message_id, kind="link")
    tenant = get_tenant(UUID(tenant_id))
    if tenant is None:
        told.warning("mail_without_tenant")
        return
    with tenant_context(tenant.id, MAILER.label):
        letter = _prepare(tenant, UUID(message_id), bytes.fromhex(email_index), language)
    if isinstance(letter, str):
        told.info("mail_not_sent", reason=letter)
        return
    claim, make = letter
    hand_over(make, tenant_id=tenant.id, claim=claim, kind="link", told=told)


def _prepare(
    tenant: Tenant, message_id: UUID, email_index: bytes, language: str
) -> tuple[Claim, partial[EmailMultiAlternatives]] | str:
    """Claim the message and make its link; or say why there is nothing to send."""
    contact = find_contact(email_index)
    if contact is None or not is_email(contact.email):
        return "no such customer"
    language = language if language in LANGUAGES else language_of(tenant)
    claim = claim_link(message_id=message_id, email_index=email_index, language=language)
    if claim == "sending":
        raise TryLater("another worker is sending this mail")
    if not isinstance(claim, Claim):
        return f"already {claim}"
    token, expires_at = make_link(email_index=email_index, settings=tenant.settings)
    host = home_host(tenant, base_domain=settings.HOLDFAST.base_domain)
    reply_to = str(tenant.settings.get("email", ""))
    envelope = Envelope(
        message_id=claim.id,
        host=host,
        sender=sender_for(host),
        recipient=Party(contact.name, contact.email),
        reply_to=reply_to if is_email(reply_to) else "",
    )
    content = write_link(tenant, language, f"{origin_of(host)}/my/{token}/", expires_at)
    return claim, partial(put_in, envelope, content, business=one_line(tenant.name))


def write_link(tenant: Tenant, language: str, link: str, expires_at: datetime) -> Content:
    """Return the words in the language."""
    locale = Locale.parse(language)
    ends = expires_at.astimezone(ZoneInfo(tenant.time_zone))
    until = (
        f"{format_skeleton('MMMEd', ends.replace(tzinfo=None), locale=locale)},"
        f" {format_time(ends.time(), 'short', locale=locale)}"
    )
    business = one_line(tenant.name)
    with translation.override(language):
        shown = {
            "wording": {"language": language, "direction": locale.text_direction, "business": business},
            "subject": gettext("Your bookings: %(business)s") % {"business": business},
            "heading": gettext("Your bookings"),
            "lead": gettext("With this link you see all of your bookings here, and can move or cancel them."),
            "button": gettext("See my bookings"),
            "note": gettext(
                "It opens until %(until)s, and is yours alone. If you did not ask for it, leave it alone:"
                " nothing has changed."
            )
            % {"until": until},
            "link": link,
        }
        return Content(
            subject=str(shown["subject"]),
            text=render_to_string("notifications/link.txt", shown),
            html=render_to_string("notifications/link.html", shown),
        )
