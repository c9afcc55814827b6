"""The people capability as a Django app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "holdfast.capabilities.people"
    label = "people"
