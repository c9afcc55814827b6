"""Every address of a business's host: pages, sign-in, staff pages, API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from holdfast.main.api import api
from holdfast.main.openapi import serve_openapi
from holdfast.platform.http.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("api/v1/openapi.json", serve_openapi),
    path("api/v1/", api.urls),
    path("", include("holdfast.web.design.urls")),
    path("account/", include("holdfast.web.account.urls")),
    path("console/", include("holdfast.web.console.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("", include("holdfast.web.public.urls")),
]
