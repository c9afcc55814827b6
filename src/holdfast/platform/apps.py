"""The platform as a Django app: it carries the foundation migration and the start-up checks."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "holdfast.platform"
    label = "platform"
