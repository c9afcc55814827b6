"""The console pages as a Django app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "holdfast.web.console"
    label = "web_console"
