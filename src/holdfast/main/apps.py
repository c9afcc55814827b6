"""The last app to load: connects events to their handlers once everything is known."""

from django.apps import AppConfig


class MainConfig(AppConfig):
    name = "holdfast.main"
    label = "main"

    def ready(self) -> None:
        from holdfast.main.wiring import connect_events

        connect_events()
