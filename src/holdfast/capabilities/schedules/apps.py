"""The schedules capability as a Django app."""

from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "holdfast.capabilities.schedules"
    label = "schedules"
