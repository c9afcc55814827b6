"""Problems on pages: a sentence and one way on, with the status that the API would answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from holdfast.platform.http.problems import as_problem, is_api_path


class ProblemPagesMiddleware:
    """Answer what a page's view raised with a page; the API answers for itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Render a problem; None for a defect of ours, which becomes Django's 500 page."""
        problem = as_problem(exception)
        if problem is None or is_api_path(request.path):
            return None
        template = {400: "400.html", 403: "403.html", 404: "404.html"}.get(problem.status)
        sentence, detail = _words(problem.status)
        page = {"sentence": sentence, "detail": detail}
        response = render(request, template or "design/problem.html", page, status=problem.status)
        if problem.retry_after is not None:
            response["Retry-After"] = str(problem.retry_after)
        return response


def _words(status: int) -> tuple[str, str]:
    nothing_changed = _("Nothing was changed.")
    if status == 429:
        return _("That was a little fast."), _("Please wait a moment and try again.")
    if status == 401:
        return _("Please sign in first."), nothing_changed
    if status in (409, 412):
        return _("Somebody else was faster."), _("Go back and look again; nothing was changed.")
    if status >= 500:
        return _("This is busy right now."), _("Nothing of yours is lost. Please try again in a moment.")
    return _("That did not work."), nothing_changed
