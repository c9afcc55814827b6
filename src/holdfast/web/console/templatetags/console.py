"""What the staff pages' templates ask for: the way back that a message offers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import template
from django.contrib.messages.storage.base import Message

from holdfast.web.console.staff import Staff

register = template.Library()
_TAG = "undo"
_SETTINGS_TAG = "undo-settings"


@dataclass(frozen=True, slots=True)
class Offer:
    """A booking's last move, to be taken back; sent twice it is taken back once."""

    booking_id: UUID
    version: int

    @property
    def key(self) -> str:
        return f"{self.booking_id.hex}v{self.version}"


def offer_undo(staff: Staff, booking_id: UUID, version: int) -> str:
    """Return the tags of a message about a move to `version`, so that who may can take the move back."""
    return f"{_TAG} {booking_id} {version}" if staff.actor.can("bookings:undo") else ""


def offer_settings_undo(version: int) -> str:
    """Return the tags of a message about a change of settings to `version`, so that it can be taken back."""
    return f"{_SETTINGS_TAG} {version}"


@register.filter
def offered_settings_undo(message: Message) -> int | None:
    """Read what `offer_settings_undo` wrote: the version."""
    match (message.extra_tags or "").split():
        case [tag, version] if tag == _SETTINGS_TAG:
            return int(version)
    return None


@register.filter
def offered_undo(message: Message) -> Offer | None:
    """Read what `offer_undo` wrote."""
    match (message.extra_tags or "").split():
        case [tag, booking_id, version] if tag == _TAG:
            return Offer(UUID(booking_id), int(version))
    return None
