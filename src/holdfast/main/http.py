"""Which tenant a request is for, by host or by header for API clients, and through which surface."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from holdfast.capabilities.tenants.queries import find_tenant
from holdfast.capabilities.tenants.types import Tenant
from holdfast.main.aliases import rewrite
from holdfast.platform.errors import NotFound
from holdfast.platform.http.problems import is_api_path, json_problem, problem_response

_WITHOUT_TENANT = ("/healthz", "/readyz", "/static/", "/metrics")
_HOST = re.compile(r"[a-z0-9.-]{1,253}", re.IGNORECASE | re.ASCII)
_SLUG = re.compile(r"[a-z0-9-]{1,63}", re.ASCII)


class TenantMiddleware:
    """Set `request.tenant` and `request.surface`.

    An API call to an unknown or suspended business ends here with TENANT_UNKNOWN.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.tenant = None
        if request.path.startswith(_WITHOUT_TENANT):
            return self.get_response(request)
        request.surface = rewrite(request)
        try:
            tenant = _tenant_of(request)
        except (DatabaseError, InterfaceError) as failure:
            # Raised in a middleware, it would not reach the place where views' failures are answered.
            response = problem_response(request, failure)
            if response is None:
                raise
            return response
        if tenant is None and is_api_path(request.path):
            return json_problem(
                NotFound("There is no business at this address.", code="TENANT_UNKNOWN", field="Host")
            )
        request.tenant = tenant
        if tenant is None:
            request.urlconf = "holdfast.main.urls_without_tenant"
        return self.get_response(request)


def _tenant_of(request: HttpRequest) -> Tenant | None:
    base = settings.HOLDFAST.base_domain
    host = request.META.get("HTTP_HOST", "").rsplit(":", 1)[0]
    tenant = find_tenant(host, base_domain=base) if _HOST.fullmatch(host) else None
    named = request.META.get("HTTP_X_TENANT", "")
    if tenant is None and named and _SLUG.fullmatch(named):
        tenant = find_tenant(f"{named}.{base}", base_domain=base)
    return tenant if tenant is not None and tenant.is_active else None
