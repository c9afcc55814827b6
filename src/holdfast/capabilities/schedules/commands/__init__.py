"""Writes of schedules, inside a tenant's context. Each raises the schedule version by trigger."""

from holdfast.capabilities.schedules.commands.blackouts import create_blackout, delete_blackout
from holdfast.capabilities.schedules.commands.rules import (
    create_opening_rule,
    create_opening_rules,
    delete_opening_rule,
    make_rule,
    update_opening_rule,
)

__all__ = [
    "create_blackout",
    "create_opening_rule",
    "create_opening_rules",
    "delete_blackout",
    "delete_opening_rule",
    "make_rule",
    "update_opening_rule",
]
