"""The tenants capability as a Django app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "holdfast.capabilities.tenants"
    label = "tenants"
