"""Writes of notifications: the message log, what falls due, a business's own texts, feeds."""

from holdfast.capabilities.notifications.commands.due import take_due
from holdfast.capabilities.notifications.commands.feeds import create_feed, revoke_feed
from holdfast.capabilities.notifications.commands.messages import (
    Claim,
    claim_link,
    claim_message,
    mark_failed,
    mark_sent,
    mark_skipped,
)
from holdfast.capabilities.notifications.commands.templates import remove_template, save_template

__all__ = [
    "Claim",
    "claim_link",
    "claim_message",
    "create_feed",
    "mark_failed",
    "mark_sent",
    "mark_skipped",
    "remove_template",
    "revoke_feed",
    "save_template",
    "take_due",
]
