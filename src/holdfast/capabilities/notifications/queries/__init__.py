"""Reads of notifications, inside a tenant's context."""

from holdfast.capabilities.notifications.queries.feeds import feed_tag, find_feed, list_feeds, read_feed
from holdfast.capabilities.notifications.queries.messages import get_notification, list_notifications
from holdfast.capabilities.notifications.queries.templates import find_template, list_templates, read_template

__all__ = [
    "feed_tag",
    "find_feed",
    "find_template",
    "get_notification",
    "list_feeds",
    "list_notifications",
    "list_templates",
    "read_feed",
    "read_template",
]
