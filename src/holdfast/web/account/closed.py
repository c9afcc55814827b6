"""Pages that django-allauth knows and Holdfast does not open."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer as for any address that does not exist."""
    raise Http404
