"""Who is asking: from a browser's session or a machine's token to an actor of one tenant.

An account is global; what it may do here is its membership, read anew on every request, so that taking
a membership away has effect at once. Whoever has none is a guest, signed in or not.
"""

from __future__ import annotations

from uuid import UUID

from allauth.headless.contrib.ninja.security import jwt_token_auth
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

from holdfast.capabilities.people.queries import find_membership
from holdfast.capabilities.people.tokens import is_for_tenant
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform.access import GUEST, Actor, canonical_role
from holdfast.platform.errors import Forbidden, Unauthenticated
from holdfast.platform.tenancy import tenant_context

_CACHE = "_holdfast_actor"


def actor_for(request: HttpRequest, tenant: Tenant) -> Actor:
    """Return who asks, in this tenant; worked out at the first call and kept for the request only.

    A bearer token counts before a session. Raises `Unauthenticated` for a token that is not valid here,
    and `Forbidden` CSRF_FAILED for a change sent with a session but without its CSRF token.
    """
    known: tuple[UUID, Actor] | None = getattr(request, _CACHE, None)
    if known is not None and known[0] == tenant.id:
        return known[1]
    actor = _machine(request, tenant) if _has_bearer(request) else _member(request, tenant)
    setattr(request, _CACHE, (tenant.id, actor))
    return actor


def _has_bearer(request: HttpRequest) -> bool:
    return request.headers.get("Authorization", "")[:7].lower() == "bearer "


def _machine(request: HttpRequest, tenant: Tenant) -> Actor:
    claims = jwt_token_auth(request)
    if not claims or not is_for_tenant(claims, tenant.id):
        raise Unauthenticated("This token is not valid here, or it has run out.")
    return _as_member(UUID(str(claims["sub"])), tenant, is_machine=True)


def _member(request: HttpRequest, tenant: Tenant) -> Actor:
    # A request without a session asks the database nothing.
    if not hasattr(request, "session") or SESSION_KEY not in request.session:
        return GUEST
    if not request.user.is_authenticated:
        return GUEST
    actor = _as_member(request.user.pk, tenant, is_machine=False)
    if not actor.is_guest:
        _refuse_forged(request)
    return actor


def _as_member(account_id: UUID, tenant: Tenant, *, is_machine: bool) -> Actor:
    with tenant_context(tenant.id, f"account:{account_id}"):
        membership = find_membership(account_id)
    if membership is None:
        return GUEST
    return Actor(
        kind="machine" if is_machine else "staff",
        role=canonical_role(membership.role),
        account_id=account_id,
        resource_id=membership.resource_id,
    )


def _refuse_forged(request: HttpRequest) -> None:
    """Check the CSRF token where no middleware did: the API is exempt, because machines have no cookie."""
    if getattr(request, "csrf_processing_done", False):
        return
    if CsrfViewMiddleware(_unused).process_view(request, _unused, (), {}) is not None:
        raise Forbidden(
            "This change came without the page's CSRF token; reload the page and try again.",
            code="CSRF_FAILED",
        )


def _unused(request: HttpRequest) -> None:
    """Stands where the check asks for a view; it is never called."""
