"""Handing a claimed mail over, and noting what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db import InterfaceError, OperationalError, connections

from holdfast.capabilities.notifications.commands import Claim, mark_failed, mark_sent
from holdfast.capabilities.notifications.delivery import Refused, deliver
from holdfast.platform.access import system_actor
from holdfast.platform.jobs import TryLater
from holdfast.platform.tenancy import tenant_context

MAILER = system_actor("mail")
_NOTE_TRIES = 10
_NOTE_PAUSE_SECONDS = 1.0


def hand_over(
    make: Callable[[], EmailMultiAlternatives], *, tenant_id: UUID, claim: Claim, kind: str, told: Any
) -> None:
    """Make the mail and send it, outside any transaction; `told` is the log of this one.

    What cannot be taken back is that a mail has left before we could note it: when the process dies in just
    that moment, the mail is sent again under the same Message-ID. Raises `TryLater`.
    """
    connections.close_all()  # While a slow server takes its time, others may use the connection.
    try:
        deliver(make(), name=f"{claim.created_at:%Y%m%d-%H%M%S}-{kind}-{claim.id}")
    except Exception as failure:
        is_known = isinstance(failure, (Refused, TryLater))
        reason = str(failure) if is_known else type(failure).__name__
        with tenant_context(tenant_id, MAILER.label):
            mark_failed(message_id=claim.id, reason=reason)
        if not isinstance(failure, Refused):
            told.warning("mail_put_off", reason=reason, attempts=claim.attempts)
            raise
        told.error("mail_refused", reason=reason)
    else:
        _note_sent(tenant_id, claim)
        told.info("mail_sent", attempts=claim.attempts)


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
