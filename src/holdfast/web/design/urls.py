"""Addresses of the design system: theme and language, both kept in cookies."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from holdfast.web.design import views

app_name = "design"
urlpatterns = [
    path("appearance/theme/", views.choose_theme, name="theme"),
    path("appearance/language/", set_language, name="language"),
]
