"""Who looks, where nobody need say: an account, a browser that was here before, a session, an address.

Only for what should stay the same for the same person, never for permission. What is told is a hash with
the business's own key, so that neither keys nor logs hold an address or an account.
"""

from __future__ import annotations

import hmac
import re
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from holdfast.platform.crypto import derive_token
from holdfast.platform.http.addresses import address_group, client_address

COOKIE = "holdfast_visitor"
_SECONDS = 180 * 24 * 3600
_SIGNATURE = 22
_COOKIE = re.compile(rf"([A-Za-z0-9_-]{{43}})\.([A-Za-z0-9_-]{{{_SIGNATURE}}})", re.ASCII)
_MOST_SESSION = 200


def visitor_of(request: HttpRequest, tenant_id: UUID) -> str:
    """Return the same short name for the same visitor of this business.

    By account; else by our cookie; else by the `X-Session-Id` of a client that keeps sessions of its own
    (S1); else by address and browser, so that another window, or a cookie thrown away, is nobody new.
    """
    session = getattr(request, "session", None)
    account = session.get(SESSION_KEY) if session is not None else None
    if account:
        return derive_token(tenant_id, "visitor", "account", str(account))
    known = _read_cookie(request, tenant_id)
    if known:
        return known
    own: str = request.META.get("HTTP_X_SESSION_ID", "")[:_MOST_SESSION]
    if own:
        return derive_token(tenant_id, "visitor", "session", own)
    browser: str = request.META.get("HTTP_USER_AGENT", "")[:_MOST_SESSION]
    return derive_token(tenant_id, "visitor", "address", address_group(client_address(request)), browser)


def remember_visitor(request: HttpRequest, response: HttpResponse, tenant_id: UUID, visitor: str) -> None:
    """Let a browser that has no cookie of ours keep who it is, wherever it is next."""
    if _read_cookie(request, tenant_id):
        return
    response.set_cookie(
        COOKIE,
        f"{visitor}.{_signature(tenant_id, visitor)}",
        max_age=_SECONDS,
        secure=settings.HOLDFAST.is_production,
        httponly=True,
        samesite="Lax",
    )


def _read_cookie(request: HttpRequest, tenant_id: UUID) -> str:
    """Return the name that the cookie holds, or nothing: a name that we did not give is none."""
    if COOKIE not in request.META.get("HTTP_COOKIE", ""):
        return ""
    found = _COOKIE.fullmatch(request.COOKIES.get(COOKIE, ""))
    if found is None or not hmac.compare_digest(found[2], _signature(tenant_id, found[1])):
        return ""
    return found[1]


def _signature(tenant_id: UUID, visitor: str) -> str:
    return derive_token(tenant_id, "visitor cookie", visitor)[:_SIGNATURE]
