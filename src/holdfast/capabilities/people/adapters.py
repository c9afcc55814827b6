"""What django-allauth asks us: nobody signs up by themselves, and where a request came from."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from holdfast.platform.http.addresses import address_group, client_address


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by a business for its people (`accounts.create_account`)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what rate limits count, the same as everywhere (`platform.http.addresses`)."""
        return address_group(client_address(request))
