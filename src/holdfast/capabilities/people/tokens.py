"""JSON Web Tokens for machines (S1): django-allauth's, tied to the tenant they were asked for.

The claims `tenant` and `roles` tell a client what it has. Ours is only the first: what the account may
do is read from its membership each time, so an old token never carries an old role.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allauth.core import context
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from django.contrib.auth.base_user import AbstractBaseUser

from holdfast.capabilities.people.queries import find_membership
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform.tenancy import tenant_context


class TenantTokenStrategy(JWTTokenStrategy):
    """Adds to each access token whose tenant it is for and which role the account has there."""

    def get_claims(self, user: AbstractBaseUser) -> dict[str, Any]:
        """Return the claims for the tenant of the running request; a token without one opens nothing."""
        tenant: Tenant | None = getattr(context.request, "tenant", None)
        if tenant is None:
            return {}
        with tenant_context(tenant.id, f"account:{user.pk}"):
            membership = find_membership(user.pk)
        return {
            "iss": "holdfast",
            "tenant": str(tenant.id),
            "roles": [membership.role] if membership else [],
        }


def is_for_tenant(claims: Mapping[str, Any], tenant_id: UUID) -> bool:
    """Tell whether verified claims were issued for this tenant."""
    return claims.get("tenant") == str(tenant_id)
