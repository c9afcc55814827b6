"""Reads of schedules, inside a tenant's context."""

from holdfast.capabilities.schedules.queries.blackouts import get_blackout, list_blackouts
from holdfast.capabilities.schedules.queries.schedule import (
    current_schedule,
    forget_schedules,
    remembered_schedule,
)

__all__ = [
    "current_schedule",
    "forget_schedules",
    "get_blackout",
    "list_blackouts",
    "remembered_schedule",
]
