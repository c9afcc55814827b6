"""Writes of the message log: a message is claimed, tried, and then done or left for another try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from holdfast.capabilities.notifications.types import Kind, Status
from holdfast.platform.db.rows import execute, fetch_tuples, fetch_value
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context

# Longer than any delivery: each step of the conversation with a mail server has ten seconds.
LEASE_SECONDS = 120
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send now; `created_at` is when it was first tried."""

    id: UUID
    created_at: datetime
    attempts: int


def claim_message(
    *, booking_id: UUID, kind: Kind, version: int, recipient_index: bytes | None, lead_minutes: int = 0
) -> Claim | Status:
    """Claim the message for one try, or say what it is instead: sent, skipped, or being sent elsewhere.

    Commit before sending: the row is what keeps a second worker, and a second run of the job, from it.
    """
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "insert into notification (tenant_id, id, booking_id, kind, version, lead_minutes, status,"
        " recipient_index, leased_until) values (%(tenant)s, %(id)s, %(booking)s, %(kind)s, %(version)s,"
        " %(lead)s, 'sending', %(recipient)s, clock_timestamp() + make_interval(secs => %(lease)s))"
        " on conflict (tenant_id, booking_id, kind, version, lead_minutes) do update set status = 'sending',"
        " attempts = notification.attempts + 1, leased_until = excluded.leased_until"
        " where notification.status = 'failed' or (notification.status = 'sending'"
        " and coalesce(notification.leased_until, '-infinity') < clock_timestamp())"
        " returning id, created_at, attempts",
        {
            "tenant": tenant_id,
            "id": new_id(),
            "booking": booking_id,
            "kind": kind,
            "version": version,
            "lead": lead_minutes,
            "recipient": recipient_index,
            "lease": LEASE_SECONDS,
        },
    )
    if rows:
        return Claim(*rows[0])
    status: Status = fetch_value(
        "select status from notification where tenant_id = %s and booking_id = %s and kind = %s"
        " and version = %s and lead_minutes = %s",
        (tenant_id, booking_id, kind, version, lead_minutes),
    )
    return status


def claim_link(*, message_id: UUID, email_index: bytes, language: str) -> Claim | Status:
    """Claim the mail of a link as `claim_message` does one about a booking; its id says which it is."""
    tenant_id = current_context().tenant_id
    rows = fetch_tuples(
        "insert into notification (tenant_id, id, kind, version, status, recipient_index, language,"
        " leased_until) values (%(tenant)s, %(id)s, 'link', 1, 'sending', %(recipient)s, %(language)s,"
        " clock_timestamp() + make_interval(secs => %(lease)s))"
        " on conflict (tenant_id, id) do update set status = 'sending',"
        " attempts = notification.attempts + 1, leased_until = excluded.leased_until"
        " where notification.status = 'failed' or (notification.status = 'sending'"
        " and coalesce(notification.leased_until, '-infinity') < clock_timestamp())"
        " returning id, created_at, attempts",
        {
            "tenant": tenant_id,
            "id": message_id,
            "recipient": email_index,
            "language": language,
            "lease": LEASE_SECONDS,
        },
    )
    if rows:
        return Claim(*rows[0])
    status: Status = fetch_value(
        "select status from notification where tenant_id = %s and id = %s", (tenant_id, message_id)
    )
    return status


def mark_sent(*, message_id: UUID) -> None:
    """Note that the message has left; it is never tried again."""
    execute(
        "update notification set status = 'sent', sent_at = clock_timestamp(), leased_until = null,"
        " reason = '' where tenant_id = %s and id = %s",
        (current_context().tenant_id, message_id),
    )


def mark_failed(*, message_id: UUID, reason: str) -> None:
    """Note what went wrong with the try and let the message be tried again. `reason` holds nobody's data."""
    execute(
        "update notification set status = 'failed', leased_until = null, reason = %s"
        " where tenant_id = %s and id = %s",
        (reason[:_LONGEST_REASON], current_context().tenant_id, message_id),
    )


def mark_skipped(*, booking_id: UUID, kind: Kind, version: int, reason: str, lead_minutes: int = 0) -> None:
    """Note that nobody is told, and why; once."""
    execute(
        "insert into notification (tenant_id, id, booking_id, kind, version, lead_minutes, status, reason)"
        " values (%s, %s, %s, %s, %s, %s, 'skipped', %s)"
        " on conflict (tenant_id, booking_id, kind, version, lead_minutes)"
        # A try that failed before is not tried again: what it would tell is no longer so.
        " do update set status = 'skipped', reason = excluded.reason, leased_until = null"
        " where notification.status = 'failed'",
        (current_context().tenant_id, new_id(), booking_id, kind, version, lead_minutes, reason),
    )
