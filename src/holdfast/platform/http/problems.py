"""RFC 9457 answers: whatever goes wrong becomes a status, a stable code and a sentence, never a stack."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse

from holdfast.platform.errors import Conflict, Forbidden, Invalid, Malformed, NotFound, Problem, Unavailable
from holdfast.platform.tenancy import request_id

PROBLEM_TYPE = "application/problem+json"

log = structlog.get_logger("holdfast.problem")

# SQLSTATEs that mean "not now": cancelled, lock timeout, deadlock, serialization, shutdown, no connection.
_TRANSIENT = ("57014", "55P03", "40P01", "40001", "57P01", "57P02", "57P03", "53300", "08")
# SQLSTATEs of values that PostgreSQL cannot store: NUL bytes, numbers and dates out of range, and so on.
_BAD_DATA = ("22",)
# A constraint that our own checks should have known; the caller still gets a refusal, the log says more.
_DUPLICATE, _BROKEN_RULE = ("23505", "23P01"), ("23",)
# What a status means that arrives without a problem: Django's own answers to routes and methods.
_BARE = {
    400: ("MALFORMED_REQUEST", "The request could not be read"),
    403: ("FORBIDDEN", "You may not do this"),
    404: ("NOT_FOUND", "There is nothing here by that name"),
    405: ("METHOD_NOT_ALLOWED", "This address does not take this method"),
    413: ("PAYLOAD_TOO_LARGE", "The request is larger than anything we expect"),
}


def as_problem(exception: Exception) -> Problem | None:
    """Return the problem that `exception` means to the caller, or None for a defect of ours."""
    if isinstance(exception, Problem):
        return exception
    if isinstance(exception, Http404):
        return NotFound()
    if isinstance(exception, PermissionDenied):
        return Forbidden()
    if isinstance(exception, RequestDataTooBig):
        return Problem(
            "The request is larger than anything we expect.",
            code="PAYLOAD_TOO_LARGE",
        ).with_status(413)
    if isinstance(exception, (BadRequest, SuspiciousOperation)):
        return Malformed()
    if isinstance(exception, (DatabaseError, InterfaceError)):
        return _database_problem(exception)
    return None


def _database_problem(exception: DatabaseError | InterfaceError) -> Problem | None:
    state = getattr(exception.__cause__, "sqlstate", None) or ""
    # The driver refuses some values by itself, without asking the server for a SQLSTATE.
    if state.startswith(_BAD_DATA) or (not state and isinstance(exception, DataError)):
        return Malformed(
            "The request holds a value that cannot be stored.", code="VALIDATION_ERROR"
        ).with_status(422)
    if state.startswith(_BROKEN_RULE):
        log.error("constraint", state=state, detail=str(exception)[:300])
        if state in _DUPLICATE:
            return Conflict("This contradicts something that exists already.")
        return Invalid("The request contradicts a rule of the data.")
    if state.startswith(_TRANSIENT) or (
        not state and isinstance(exception, (OperationalError, InterfaceError))
    ):
        return Unavailable(retry_after=1)
    return None


def problem_body(problem: Problem) -> dict[str, Any]:
    """Return the members of the problem document."""
    body: dict[str, Any] = {
        "type": f"urn:holdfast:problem:{problem.code.lower().replace('_', '-')}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "error": problem.code,
        "request_id": request_id(),
    }
    if problem.field:
        body["field"] = problem.field.encode("utf-8", "replace").decode()
    return body | problem.extra


def json_problem(problem: Problem) -> HttpResponse:
    """Render a problem for a machine."""
    response = HttpResponse(
        json.dumps(problem_body(problem), default=str, ensure_ascii=False),
        status=problem.status,
        content_type=PROBLEM_TYPE,
    )
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response


def problem_response(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    """Answer `exception` on the API's paths; on pages only say what Django's own pages cannot."""
    problem = as_problem(exception)
    if problem is None or not is_api_path(request.path):
        return None
    if problem.status >= 500:
        log.warning("unavailable", error=type(exception).__name__, detail=str(exception)[:300])
    return json_problem(problem)


def problem_instead(response: HttpResponse) -> HttpResponse:
    """Return a problem in place of an error that some library answered as text or HTML."""
    status = response.status_code
    if status < 400 or "json" in response.headers.get("Content-Type", ""):
        return response
    code, title = _BARE.get(status, ("INTERNAL_ERROR", "Something went wrong on our side"))
    problem = Problem(code=code).with_status(status if status in _BARE else 500)
    problem.title = problem.detail = title
    rendered = json_problem(problem)
    for name, value in response.headers.items():
        if name not in ("Content-Type", "Content-Length"):
            rendered.headers.setdefault(name, value)
    rendered["Content-Length"] = str(len(rendered.content))
    return rendered


def is_api_path(path: str) -> bool:
    """Tell whether a path belongs to the API, under any of its prefixes."""
    return path.startswith(("/api/", "/v1/", "/admin/v1/", "/_allauth/"))
