"""How a guest proves that a booking is its own: by the booking's token, wherever the client keeps it.

A token comes in `X-Booking-Token`, as `token` in body or query, or in a cookie that POST sets, so that
the documents' `POST /v1/bookings/{id}/confirm` works as written for a client that keeps cookies.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from holdfast.capabilities.bookings.commands.answers import manage_token

COOKIE = "holdfast_bookings"
_KEPT = 5
_MOST_COOKIE = 400
_SECONDS = 30 * 24 * 3600


def find_proof(request: HttpRequest, tenant_id: UUID, booking_id: UUID, token: str | None = None) -> str:
    """Return the token to show for this booking, or an empty string when the client sent none."""
    named: str = token or request.META.get("HTTP_X_BOOKING_TOKEN", "") or request.GET.get("token", "")
    if named:
        return named
    kept = _cookie_tokens(request)
    if not kept or not _is_own_page(request):
        return ""
    wanted = manage_token(tenant_id, booking_id)
    return next((each for each in kept if hmac.compare_digest(each.encode(), wanted.encode())), "")


def is_manage_token(tenant_id: UUID, booking_id: UUID, proof: str) -> bool:
    """Tell whether the proof is the booking's own token, not one for a single action."""
    return hmac.compare_digest(proof.encode(), manage_token(tenant_id, booking_id).encode())


def keep_proof(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Let the client keep the token in a cookie beside the last few others."""
    kept = [token, *(each for each in _cookie_tokens(request) if each != token)]
    response.set_cookie(
        COOKIE,
        ".".join(kept[:_KEPT]),
        max_age=_SECONDS,
        secure=settings.HOLDFAST.is_production,
        httponly=True,
        samesite="Lax",
    )


def _cookie_tokens(request: HttpRequest) -> list[str]:
    if COOKIE not in request.META.get("HTTP_COOKIE", ""):
        return []
    value = request.COOKIES.get(COOKIE, "")
    if len(value) > _MOST_COOKIE or not value.isascii():
        return []
    return [each for each in value.split(".") if each]


def _is_own_page(request: HttpRequest) -> bool:
    """Tell whether no other site's page sent the request: a cookie proves nothing for that one (T17).

    SameSite does not part hosts of one domain, and businesses are neighbours there.
    """
    if request.META.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
        return False
    origin = request.META.get("HTTP_ORIGIN")
    return origin is None or urlsplit(origin).netloc == request.META.get("HTTP_HOST", "")
