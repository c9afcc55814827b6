"""Addresses of a host that is no business's: a list of the demo businesses in development, else nothing."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from holdfast.main.start_page import show_start_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("holdfast.web.design.urls")),
    path("", show_start_page, name="start"),
]
