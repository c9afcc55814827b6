"""Pages behind a secret address: for whoever has the link; nobody on the way keeps them or learns it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from holdfast.web.public.forms import EmailForm
from holdfast.web.public.visit import Visit, public_page

View = Callable[..., HttpResponse]


def private_page(view: View) -> View:
    """Make a public page of a view whose address is a secret.

    Opening it must change nothing: mail programs and their guards open links before anybody clicks. Other
    sites are never told the address; our own forms need it (their posts are checked by where they come from).
    """

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = public_page(view)(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return opened


def show_ended(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say that a link does not open anything, without saying why, and offer a new one by mail."""
    page = {"visit": visit, "form": EmailForm()}
    return render(request, "public/link_ended.html", page, status=404)
