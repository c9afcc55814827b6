"""People who work in a test's business, and how they sign in."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.test import Client

from holdfast.capabilities.people.accounts import create_account
from holdfast.capabilities.people.commands import add_member
from holdfast.capabilities.people.models import Account
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business

PASSWORD = "a password for tests"


def make_account(email: str = "ada@example.com", *, name: str = "Ada Adler") -> UUID:
    """An account that can sign in with PASSWORD and works nowhere yet."""
    return create_account(actor=TESTER, email=email, name=name, password=PASSWORD)


def employ(
    business: Business, role: str, *, account_id: UUID | None = None, resource_id: UUID | None = None
) -> UUID:
    """Give somebody a role in the business; without an account, one named after the role is made."""
    account_id = account_id or make_account(f"{role}@{business.slug}.example.com", name=f"The {role}")
    with tenant_context(business.tenant_id, TESTER.label):
        add_member(actor=TESTER, account_id=account_id, role=role, resource_id=resource_id)
    return account_id


def signed_in(account_id: UUID, *, enforce_csrf_checks: bool = False) -> Client:
    """A browser in which the account is signed in."""
    client = Client(enforce_csrf_checks=enforce_csrf_checks)
    client.force_login(Account.objects.get(id=account_id))
    return client


def host_of(business: Business) -> dict[str, str]:
    """The header that says whose pages are meant."""
    return {"host": f"{business.slug}.localhost"}


def is_argon2id(encoded: str) -> bool:
    """Whether a stored password is an argon2id hash."""
    return encoded.startswith("argon2$argon2id$") and make_password("x").startswith("argon2$argon2id$")
