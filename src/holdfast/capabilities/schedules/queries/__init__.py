"""Reads of schedules, inside a tenant's context."""

from holdfast.capabilities.schedules.queries.blackouts import get_blackout, list_blackouts
from holdfast.capabilities.schedules.queries.rules import get_opening_rule, list_opening_rules
from holdfast.capabilities.schedules.queries.schedule import (
    current_schedule,
    forget_schedules,
    remembered_schedule,
)

__all__ = [
    "current_schedule",
    "forget_schedules",
    "get_blackout",
    "get_opening_rule",
    "list_blackouts",
    "list_opening_rules",
    "remembered_schedule",
]
