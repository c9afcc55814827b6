"""The mails: enqueued with the move they tell of, sent by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError

from holdfast.capabilities.bookings.calendar import Method, Party
from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.queries import get_booking
from holdfast.capabilities.bookings.queries.before import actor_of
from holdfast.capabilities.bookings.queries.events import booking_as_of, was_promised
from holdfast.capabilities.bookings.queries.free_time import nearest_starts
from holdfast.capabilities.bookings.queries.together import moved_together
from holdfast.capabilities.bookings.types import Booking, Wanted
from holdfast.capabilities.notifications.commands import (
    Claim,
    claim_message,
    mark_skipped,
    take_due,
)
from holdfast.capabilities.notifications.delivery import sender_for
from holdfast.capabilities.notifications.links import mail_link
from holdfast.capabilities.notifications.message import METHODS, Envelope, compose
from holdfast.capabilities.notifications.queries import find_template
from holdfast.capabilities.notifications.sending import MAILER, hand_over
from holdfast.capabilities.notifications.types import KIND_OF_EVENT, Due, Kind, MailTemplate
from holdfast.capabilities.notifications.wording import DateLine, Wording, word_booking, word_date
from holdfast.capabilities.people.contacts import contact_indexes, is_email
from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.tenants.queries import get_tenant, home_host, list_locations, list_tenants
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform import clock
from holdfast.platform.errors import Problem
from holdfast.platform.events import Event
from holdfast.platform.http.addresses import origin_of
from holdfast.platform.jobs import TryLater, background, enqueue
from holdfast.platform.tenancy import tenant_context

__all__ = ["enqueue_due", "mail_customer", "mail_due", "mail_link", "send_booking_mail"]

log = structlog.get_logger("holdfast.mail")
# How many other times whoever was declined is told of.
_NEARBY = 3
_LOOKED_AT = 60
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


def mail_due() -> int:
    """Enqueue what has fallen due with time, tenant by tenant; return how much. A chore of the worker."""
    count = 0
    for tenant in list_tenants():
        if not tenant.is_active:
            continue
        try:
            with tenant_context(tenant.id, MAILER.label):
                due = take_due(settings=tenant.settings, now=clock.now())
                enqueue_due(tenant.id, due)
        except DatabaseError as failure:
            # One business must not keep the others waiting; it comes round again.
            log.warning("mail_not_due", tenant=str(tenant.id), problem=type(failure).__name__)
            continue
        count += len(due)
    return count


def enqueue_due(tenant_id: UUID, messages: Sequence[Due]) -> None:
    """Enqueue messages in the running transaction."""
    for due in messages:
        # Jobs without a lead time are as they always were.
        more: dict[str, Any] = {"lead_minutes": due.lead_minutes} if due.lead_minutes else {}
        enqueue(
            send_booking_mail,
            one_after_another=f"mail:{due.booking_id}",
            tenant_id=str(tenant_id),
            booking_id=str(due.booking_id),
            kind=due.kind,
            version=due.version,
            **more,
        )


@background("notifications.send_booking_mail")
def send_booking_mail(
    *, tenant_id: str, booking_id: str, kind: Kind, version: int, lead_minutes: int = 0
) -> None:
    """Tell a booking's customer of its move to `version`: once, however often the job runs.

    `lead_minutes` is of reminders: each lead time is a message of its own.

    Raises `TryLater` as `hand_over` does.
    """
    told = log.bind(tenant=tenant_id, booking=booking_id, kind=kind)
    tenant = get_tenant(UUID(tenant_id))
    if tenant is None:
        told.warning("mail_without_tenant")
        return
    with tenant_context(tenant.id, MAILER.label):
        letter = _prepare(tenant, Due(UUID(booking_id), kind, version, lead_minutes))
    if isinstance(letter, str):
        told.info("mail_not_sent", reason=letter)
        return
    hand_over(
        partial(
            compose,
            letter.kind,
            letter.booking,
            letter.wording,
            letter.envelope,
            link=letter.link,
            own=letter.own,
            method=letter.method,
            together=letter.together,
        ),
        tenant_id=tenant.id,
        claim=letter.claim,
        kind=letter.kind,
        told=told,
    )


@dataclass(frozen=True, slots=True)
class _Letter:
    """Everything a mail is made of, read in one transaction, and our claim to send it."""

    claim: Claim
    kind: Kind
    booking: Booking
    wording: Wording
    envelope: Envelope
    link: str
    own: MailTemplate | None
    method: Method | None
    together: tuple[tuple[Booking, str], ...]


def _prepare(tenant: Tenant, due: Due) -> _Letter | str:
    """Claim the message and read what it says; or say why there is nothing to send."""
    booking = booking_as_of(actor=MAILER, booking_id=due.booking_id, version=due.version)
    if booking is None:
        return "no such booking"
    if booking.source == "demo":
        return "demo"
    before = booking_as_of(actor=MAILER, booking_id=due.booking_id, version=due.version - 1)
    kind = _told_as(due, before)
    reason = _reason_to_skip(booking, kind, before)
    told: dict[str, Any] = {
        "booking_id": booking.id,
        "kind": kind,
        "version": due.version,
        "lead_minutes": due.lead_minutes,
    }
    if reason or booking.contact is None:
        mark_skipped(**told, reason=reason)
        return reason
    email_index, _ = contact_indexes(tenant.id, booking.contact)
    claim = claim_message(**told, recipient_index=email_index)
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
    link = _link(tenant, host, booking)
    together = tuple(
        (each, _link(tenant, host, each)) for each in moved_together(booking, version=due.version)
    )
    wording = _wording(
        booking,
        tenant,
        before if kind == "changed" else None,
        _still_free(booking) if kind == "declined" else (),
    )
    method = METHODS.get(kind)
    if method == "CANCEL" and before is not None:
        if not was_promised(booking.id):
            method = None  # What was never told has no entry to remove.
        elif booking.sequence <= before.sequence:
            # A calendar may ignore what does not rise (RFC 5546 §2.1.4).
            booking = replace(booking, sequence=before.sequence + 1)
    own = find_template(kind, wording.language)
    wording = replace(wording, dates=_dates(together, tenant, wording.language))
    return _Letter(claim, kind, booking, wording, envelope, link, own, method, together)


def _link(tenant: Tenant, host: str, booking: Booking) -> str:
    return f"{origin_of(host)}/b/{manage_token(tenant.id, booking.id)}/"


def _dates(together: Sequence[tuple[Booking, str]], tenant: Tenant, language: str) -> tuple[DateLine, ...]:
    """Write every booking that the mail is about as a line; with whom, where that is not always the same."""
    people = {each.resource_id: get_resource(each.resource_id) for each, _ in together if each.resource_id}
    names = {who: person.name for who, person in people.items() if person} if len(people) > 1 else {}
    return tuple(
        word_date(each, tenant, language, person=names.get(each.resource_id, ""), link=link)
        for each, link in together
    )


def _told_as(due: Due, before: Booking | None) -> Kind:
    """A request that somebody else than the customer ends was declined."""
    if due.kind == "cancelled" and before is not None and before.status == "pending":
        return "cancelled" if actor_of(due.booking_id, due.version) == "guest" else "declined"
    return due.kind


def _reason_to_skip(booking: Booking, kind: Kind, before: Booking | None) -> str:
    """Say why nobody is told, or nothing."""
    if booking.contact is None or not is_email(booking.contact.email):
        return "no e-mail address"
    if booking.ends_at <= clock.now():
        return "the time is over"
    if kind == "cancelled" and not was_promised(booking.id):
        return "it was never more than a hold"
    if kind == "changed" and booking.status not in ("pending", "confirmed"):
        return "it is no more than a hold"
    if kind == "expired" and booking.source != "waitlist":
        return "" if before and before.status in ("pending", "option") else "it was a checkout left"
    if kind in ("reminder", "offer"):
        return _reason_not_now(booking, kind)
    return ""


def _reason_not_now(booking: Booking, kind: Kind) -> str:
    """Say why a message that is only for the time being comes too late, or nothing."""
    now = get_booking(actor=MAILER, booking_id=booking.id)
    if kind == "offer":
        is_open = (
            now is not None and now.status == "held" and (now.hold_expires_at or clock.now()) > clock.now()
        )
        return "" if is_open else "the offer is over"
    if now is None or now.status != "confirmed" or now.starts_at != booking.starts_at:
        return "it was moved or is off"
    return "the time is over" if now.starts_at <= clock.now() else ""


def _still_free(booking: Booking) -> tuple[datetime, ...]:
    """Return the nearest starts that whoever was declined could have instead, if that can be said."""
    services = tuple(item.service_id for item in booking.items if item.kind == "service")
    add_ons = tuple(item.service_id for item in booking.items if item.kind == "add_on")
    if booking.service_id is None:
        return ()
    wanted = Wanted(services or (booking.service_id,), add_ons, location_id=booking.location_id)
    try:
        found = nearest_starts(wanted, around=booking.starts_at, now=clock.now(), limit=_LOOKED_AT)
    except Problem:
        # What was asked for is not sold any more.
        return ()
    # The time that was declined is free, but not to be had.
    others = [
        at.starts_at for at in found if at.ends_at <= booking.starts_at or at.starts_at >= booking.ends_at
    ]
    return tuple(sorted(sorted(others, key=lambda at: abs(at - booking.starts_at))[:_NEARBY]))


def _wording(booking: Booking, tenant: Tenant, before: Booking | None, nearby: Sequence[datetime]) -> Wording:
    resource = get_resource(booking.resource_id) if booking.resource_id else None
    location = next(
        (place for place in list_locations(active_only=False) if place.id == booking.location_id), None
    )
    return word_booking(
        booking, tenant, location, resource.name if resource else "", before=before, nearby=nearby
    )


def _reply_address(tenant: Tenant) -> str:
    address = str(tenant.settings.get("email", ""))
    return address if is_email(address) else ""
