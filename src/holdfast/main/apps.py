"""The last app to load: once everything is known, events get their handlers and settings are declared."""

from django.apps import AppConfig


class MainConfig(AppConfig):
    name = "holdfast.main"
    label = "main"

    def ready(self) -> None:
        from holdfast.main.wiring import connect_events, declare_settings

        connect_events()
        declare_settings()
