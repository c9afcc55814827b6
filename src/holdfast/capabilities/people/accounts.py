"""Accounts: made by whoever may name members, never by strangers."""

from __future__ import annotations

from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from holdfast.capabilities.people.contacts import MAX_NAME, is_email, normalise_email
from holdfast.capabilities.people.models import Account
from holdfast.platform.access import Actor, require
from holdfast.platform.errors import Invalid


def create_account(*, actor: Actor, email: str, name: str, password: str | None = None) -> UUID:
    """Make a login; without a password, one is set through the link of a reset mail.

    Its address counts as verified: whoever made the account vouches for it. Raises `Invalid`, also for
    an address that has an account already.
    """
    require(actor, "members:manage")
    email = email.strip()
    if not is_email(email):
        raise Invalid("This does not look like an e-mail address.", field="email")
    if not 1 <= len(name.strip()) <= MAX_NAME:
        raise Invalid(f"Please give a name of 1 to {MAX_NAME} characters.", field="name")
    try:
        with transaction.atomic():
            account = Account.objects.create_user(normalise_email(email), password, name=name.strip())
            EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    except IntegrityError:
        raise Invalid("There is an account with this address already.", field="email") from None
    return account.id


def find_account(email: str) -> UUID | None:
    """Return the account that signs in with this address, or None."""
    return Account.objects.filter(email=normalise_email(email)).values_list("id", flat=True).first()
