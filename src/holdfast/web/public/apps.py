"""The public pages as a Django app."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "holdfast.web.public"
    label = "public"
