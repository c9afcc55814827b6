"""Every address of a business's host: pages, sign-in, staff pages, API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("holdfast.web.design.urls")),
    path("account/", include("holdfast.web.account.urls")),
    path("console/", include("holdfast.web.console.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("", include("holdfast.web.public.urls")),
]
