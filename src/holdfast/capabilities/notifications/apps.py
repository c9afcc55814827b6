"""The notifications capability as a Django app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "holdfast.capabilities.notifications"
    label = "notifications"
