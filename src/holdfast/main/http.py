"""Which tenant a request is for: by host, or by header for API clients."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from holdfast.capabilities.tenants.queries import find_tenant
from holdfast.platform.errors import NotFound
from holdfast.platform.http.problems import is_api_path, json_problem

_WITHOUT_TENANT = ("/healthz", "/readyz", "/static/", "/metrics")


class TenantMiddleware:
    """Set `request.tenant`; an API call to an unknown or suspended one ends here with TENANT_UNKNOWN."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.tenant = None
        if not request.path.startswith(_WITHOUT_TENANT):
            host = request.META.get("HTTP_HOST", "").rsplit(":", 1)[0]
            base = settings.HOLDFAST.base_domain
            tenant = find_tenant(host, base_domain=base) if host.isascii() and "\x00" not in host else None
            named = request.headers.get("X-Tenant", "")
            if tenant is None and named.replace("-", "").isalnum() and named.isascii():
                tenant = find_tenant(f"{named}.{base}", base_domain=base)
            request.tenant = tenant if tenant is not None and tenant.is_active else None
            if request.tenant is None and is_api_path(request.path):
                return json_problem(
                    NotFound("There is no business at this address.", code="TENANT_UNKNOWN", field="Host")
                )
        return self.get_response(request)
