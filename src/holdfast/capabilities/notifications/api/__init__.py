"""Notifications over HTTP: what was told, in whose words, and calendars to subscribe to."""

from holdfast.capabilities.notifications.api import feeds, messages, templates
from holdfast.capabilities.notifications.api.router import router

__all__ = ["feeds", "messages", "router", "templates"]
