"""Django's middlewares that only pages need; the API passes them by.

Together they took a tenth of the time that an API call spends in Python. The API checks CSRF where it
reads the session (`people.sessions`), speaks one language and has no flash messages.
"""

from __future__ import annotations

from collections.abc import Awaitable

from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware


def _is_api(request: HttpRequest) -> bool:
    """Tell whether the request came through a surface of our API; allauth's own needs what pages need."""
    return getattr(request, "surface", None) is not None


class PageLocaleMiddleware(LocaleMiddleware):
    """Chooses the language of a page."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request) if _is_api(request) else super().__call__(request)


class PageCsrfMiddleware(CsrfViewMiddleware):
    """Checks the forms of pages."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request) if _is_api(request) else super().__call__(request)


class PageMessageMiddleware(MessageMiddleware):
    """Keeps what a page says once."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request) if _is_api(request) else super().__call__(request)
