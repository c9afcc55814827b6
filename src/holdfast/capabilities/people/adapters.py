"""What django-allauth asks us: nobody signs up by themselves, and where a request came from."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from holdfast.platform.http.addresses import address_group, client_address


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by a business for its people (`accounts.create_account`)."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        # The same words whether or not there is such an account.
        "email_password_mismatch": _("This e-mail address and password do not belong together."),
        "too_many_login_attempts": _("Too many attempts. Please wait five minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what rate limits count, the same as everywhere (`platform.http.addresses`)."""
        return address_group(client_address(request))
