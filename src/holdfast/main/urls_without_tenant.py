"""Addresses of a host that is no business's: a list of the demo businesses in development, else nothing."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from holdfast.web.public.views.tenant import show_tenant

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("holdfast.web.design.urls")),
    path("", show_tenant, name="start"),
]
