"""What django-allauth asks us: nobody signs up by themselves, and where a request came from."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by a business for its people (`accounts.create_account`)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that rate limits count: the peer, or what our own proxies say of it.

        A forwarded address counts only from as many proxies as the operator runs, from the right: what
        stands left of it was written by the client.
        """
        trusted = settings.HOLDFAST.trusted_proxies
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if trusted and len(forwarded) >= trusted and forwarded[-trusted]:
            return forwarded[-trusted]
        return str(request.META.get("REMOTE_ADDR", ""))
