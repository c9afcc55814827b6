"""The mails: enqueued with the move they tell of, sent by the worker."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from holdfast.capabilities.bookings.calendar import Party
from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.queries.events import booking_as_of, was_promised
from holdfast.capabilities.bookings.types import Booking
from holdfast.capabilities.notifications.commands import (
    Claim,
    claim_message,
    mark_failed,
    mark_sent,
    mark_skipped,
)
from holdfast.capabilities.notifications.delivery import Refused, deliver, sender_for
from holdfast.capabilities.notifications.message import Envelope, compose
from holdfast.capabilities.notifications.types import KIND_OF_EVENT, Kind
from holdfast.capabilities.notifications.wording import Wording, word_booking
from holdfast.capabilities.people.contacts import contact_indexes, is_email
from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.tenants.queries import get_tenant, home_host, list_locations
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform import clock
from holdfast.platform.access import system_actor
from holdfast.platform.events import Event
from holdfast.platform.jobs import TryLater, background, enqueue
from holdfast.platform.tenancy import tenant_context

log = structlog.get_logger("holdfast.mail")
MAILER = system_actor("mail")
_NOTE_TRIES = 10
_NOTE_PAUSE_SECONDS = 1.0


def mail_customer(event: Event) -> None:
    """Enqueue the mail about a move, in the transaction of the move; one booking's mails keep their order."""
    enqueue(
        send_booking_mail,
        one_after_another=f"mail:{event.subject_id}",
        tenant_id=str(event.tenant_id),
        booking_id=str(event.subject_id),
        kind=KIND_OF_EVENT[event.kind],
        version=event.data["version"],
    )


@background("notifications.send_booking_mail")
def send_booking_mail(*, tenant_id: str, booking_id: str, kind: Kind, version: int) -> None:
    """Tell a booking's customer of its move to `version`: once, however often the job runs.

    What cannot be taken back is that a mail has left before we could note it: when the process dies in just
    that moment, the mail is sent again under the same Message-ID. Raises `TryLater`.
    """
    told = log.bind(tenant=tenant_id, booking=booking_id, kind=kind)
    tenant = get_tenant(UUID(tenant_id))
    if tenant is None:
        told.warning("mail_without_tenant")
        return
    with tenant_context(tenant.id, MAILER.label):
        letter = _prepare(tenant, UUID(booking_id), kind, version)
    if isinstance(letter, str):
        told.info("mail_not_sent", reason=letter)
        return
    connections.close_all()  # While a slow server takes its time, others may use the connection.
    try:
        mail = compose(kind, letter.booking, letter.wording, letter.envelope, link=letter.link)
        deliver(mail, name=f"{letter.claim.created_at:%Y%m%d-%H%M%S}-{kind}-{letter.claim.id}")
    except Exception as failure:
        is_known = isinstance(failure, (Refused, TryLater))
        reason = str(failure) if is_known else type(failure).__name__
        with tenant_context(tenant.id, MAILER.label):
            mark_failed(message_id=letter.claim.id, reason=reason)
        if not isinstance(failure, Refused):
            told.warning("mail_put_off", reason=reason, attempts=letter.claim.attempts)
            raise
        told.error("mail_refused", reason=reason)
    else:
        _note_sent(tenant.id, letter.claim)
        told.info("mail_sent", attempts=letter.claim.attempts)


@dataclass(frozen=True, slots=True)
class _Letter:
    """Everything a mail is made of, read in one transaction, and our claim to send it."""

    claim: Claim
    booking: Booking
    wording: Wording
    envelope: Envelope
    link: str


def _prepare(tenant: Tenant, booking_id: UUID, kind: Kind, version: int) -> _Letter | str:
    """Claim the message and read what it says; or say why there is nothing to send."""
    booking = booking_as_of(actor=MAILER, booking_id=booking_id, version=version)
    if booking is None:
        return "no such booking"
    if booking.source == "demo":
        return "demo"
    reason = _reason_to_skip(booking, kind)
    if reason or booking.contact is None:
        mark_skipped(booking_id=booking.id, kind=kind, version=version, reason=reason)
        return reason
    email_index, _ = contact_indexes(tenant.id, booking.contact)
    claim = claim_message(booking_id=booking.id, kind=kind, version=version, recipient_index=email_index)
    if claim == "sending":
        raise TryLater("another worker is sending this mail")
    if not isinstance(claim, Claim):
        return f"already {claim}"
    host = home_host(tenant, base_domain=settings.HOLDFAST.base_domain)
    envelope = Envelope(
        message_id=claim.id,
        host=host,
        sender=sender_for(host),
        recipient=Party(booking.contact.name, booking.contact.email),
        reply_to=_reply_address(tenant),
    )
    link = f"{_origin(host)}/b/{manage_token(tenant.id, booking.id)}/"
    return _Letter(claim, booking, _wording(booking, tenant), envelope, link)


def _reason_to_skip(booking: Booking, kind: Kind) -> str:
    """Say why nobody is told, or nothing."""
    if booking.contact is None or not is_email(booking.contact.email):
        return "no e-mail address"
    if booking.ends_at <= clock.now():
        return "the time is over"
    if kind == "cancelled" and not was_promised(booking.id):
        return "it was never more than a hold"
    return ""


def _wording(booking: Booking, tenant: Tenant) -> Wording:
    resource = get_resource(booking.resource_id) if booking.resource_id else None
    location = next(
        (place for place in list_locations(active_only=False) if place.id == booking.location_id), None
    )
    return word_booking(booking, tenant, location, resource.name if resource else "")


def _reply_address(tenant: Tenant) -> str:
    address = str(tenant.settings.get("email", ""))
    return address if is_email(address) else ""


def _origin(host: str) -> str:
    config = settings.HOLDFAST
    return f"https://{host}" if config.is_production else f"http://{host}:{config.port}"


def _note_sent(tenant_id: UUID, claim: Claim) -> None:
    """Note that the mail has left, through a restart of the database: forgetting it would send it twice."""
    for attempt in range(_NOTE_TRIES):
        try:
            with tenant_context(tenant_id, MAILER.label):
                mark_sent(message_id=claim.id)
        except (OperationalError, InterfaceError):
            connections.close_all()
            if attempt == _NOTE_TRIES - 1:
                raise
            time.sleep(_NOTE_PAUSE_SECONDS)
        else:
            return
