"""The outermost middleware: request id, one log line, and a problem for whatever escapes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from holdfast.platform.http.problems import is_api_path, problem_instead, problem_response
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import request_scope

log = structlog.get_logger("holdfast.request")
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9_\-.]{1,64}")


class RequestMiddleware:
    """Give each request an id (S1: X-Request-Id travels with it), and log how it ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = str(request.META.get("HTTP_X_REQUEST_ID", ""))
        identifier = offered if _ACCEPTABLE_ID.fullmatch(offered) else str(new_id())
        started = time.perf_counter()
        with request_scope(identifier, _source_of(request.path)):
            response = self._answer(request)
            response["X-Request-Id"] = identifier
            log.info(
                "request",
                method=request.method,
                path=request.path[:200],
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if not is_api_path(request.path):
            return self.get_response(request)
        is_head = request.method == "HEAD"
        if is_head:
            # RFC 9110, 9.3.2: the answer to GET without its content.
            request.method = "GET"
        response = problem_instead(self.get_response(request))
        if is_head:
            length = len(response.content)
            response.content = b""
            response["Content-Length"] = str(length)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer any problem that a page's view raised; the API renders its own."""
        return problem_response(request, exception)


def _source_of(path: str) -> str:
    """By which door a request comes: as the log names it."""
    if is_api_path(path):
        return "api"
    return "staff" if path.startswith("/console/") else "page"
