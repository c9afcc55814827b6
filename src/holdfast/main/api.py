"""The API: every capability's operations under /api/v1, one admission, one way to refuse.

The admission runs before an operation's input is read: form posts, strangers on a staff surface,
missing keys and too many requests end there.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from holdfast.capabilities.bookings.api import router as bookings
from holdfast.capabilities.catalog.api import router as catalog
from holdfast.capabilities.notifications.api import router as notifications
from holdfast.capabilities.people.api import router as people
from holdfast.capabilities.people.sessions import actor_for
from holdfast.capabilities.portfolio.api import router as portfolio
from holdfast.capabilities.schedules.api import router as schedules
from holdfast.capabilities.tenants.api import router as tenants
from holdfast.main.aliases import CANONICAL
from holdfast.platform.errors import Forbidden, Malformed, Problem, Unauthenticated
from holdfast.platform.http.bodies import JsonParser, refuse_foreign_content
from holdfast.platform.http.callers import UNSAFE_METHODS, Caller, Needs, Surface
from holdfast.platform.http.keys import key_header
from holdfast.platform.http.problems import json_problem
from holdfast.platform.http.ratelimit import BOOKING_WRITES, READS, count_request
from holdfast.platform.http.spelling import as_sent
from holdfast.platform.http.validation import invalid_input
from holdfast.platform.idempotency import read_key

# What takes time, or asks for it.
_BOOKINGS = (f"{CANONICAL.prefix}bookings", f"{CANONICAL.prefix}waitlist")
_PICTURES = f"{CANONICAL.prefix}portfolio/pictures"


def admit(request: HttpRequest) -> Caller:
    """Let a request in, or raise the problem that keeps it out; what is returned is `caller_of(request)`."""
    surface: Surface = request.surface or CANONICAL
    tenant = request.tenant
    is_change = request.method in UNSAFE_METHODS
    if is_change:
        refuse_foreign_content(request, takes_pictures=request.path_info == _PICTURES)
    actor = actor_for(request, tenant)
    if surface.permission is not None and not actor.can(surface.permission):
        raise Unauthenticated() if actor.is_guest else Forbidden()
    if is_change:
        # Its form only; the operation ties it to the payload.
        read_key(key_header(request), route="", payload=b"", is_required=surface.requires_key)
    if actor.is_guest:
        if not is_change:
            count_request(request, tenant.id, READS)
        elif request.path_info.startswith(_BOOKINGS):
            count_request(request, tenant.id, BOOKING_WRITES)
    return Caller(tenant.id, tenant.time_zone, tenant.currency, actor, surface, tenant.settings)


Needs.admit = staticmethod(admit)

api = NinjaAPI(
    title="Holdfast",
    version="1",
    description=(
        "Booking for businesses that sell people's time. Success is `{data, meta}`; a refusal is a problem"
        " (RFC 9457) with a stable `error` code. Mutations take an Idempotency-Key."
    ),
    auth=admit,
    parser=JsonParser(),
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
# Addresses are tried in this order: the busiest first.
for router in (bookings, catalog, people, tenants, schedules, notifications, portfolio):
    api.add_router("", router)


@api.exception_handler(Problem)
def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    if problem.field:
        problem.field = as_sent(request, problem.field)
    return json_problem(problem)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    problem = invalid_input(failure.errors)
    found: list[dict[str, Any]] = problem.extra.get("errors", [])
    for each in found:
        each["field"] = as_sent(request, each["field"])
    if found:
        problem.field = found[0]["field"]
    return json_problem(problem)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, failure: HttpError) -> HttpResponse:
    # Django Ninja wraps what the parser raised.
    cause = failure.__cause__
    return _refused(request, cause if isinstance(cause, Problem) else Malformed())
