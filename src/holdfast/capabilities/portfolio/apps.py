"""The portfolio capability as a Django app."""

from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "holdfast.capabilities.portfolio"
    label = "portfolio"
