"""The bookings capability as a Django app."""

from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "holdfast.capabilities.bookings"
    label = "bookings"
