"""How mails about accounts leave: the same way as those about bookings."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from holdfast.capabilities.notifications.delivery import Refused, deliver, sender_for
from holdfast.platform.ids import new_id
from holdfast.platform.jobs import TryLater

log = structlog.get_logger("holdfast.mail")


class AccountMail(BaseEmailBackend):
    """Django's mail backend (settings: EMAIL_BACKEND), which django-allauth sends through.

    A mail that cannot leave is logged and given up: whoever asked for a link is told the same in either
    case, because the answer must not tell whether there is such an account, and can ask again.
    """

    def send_messages(self, email_messages: Sequence[EmailMultiAlternatives]) -> int:
        """Send each; return how many left."""
        sent = 0
        for mail in email_messages:
            if mail.from_email == settings.DEFAULT_FROM_EMAIL:
                mail.from_email = sender_for(settings.HOLDFAST.base_domain)
            try:
                deliver(mail, name=f"account-{new_id()}")
            except (Refused, TryLater) as failure:
                log.warning("account_mail_failed", reason=str(failure))
            else:
                sent += 1
        return sent
