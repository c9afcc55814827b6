"""The catalog capability as a Django app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "holdfast.capabilities.catalog"
    label = "catalog"
