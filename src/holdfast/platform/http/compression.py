"""Long answers made short, for whoever takes them so.

Only where a repetitive answer holds nothing secret: a month of starts becomes an eighth of itself for less
than a tenth of a millisecond, which fits the first packets of a new connection.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

_gzip = GZipMiddleware(lambda request: HttpResponse())


def compressed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer in gzip when the client accepts that and it is shorter so."""
    _gzip.process_response(request, response)
    return response
