"""What others may know of tenants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tenant:
    """One business. `settings` holds what its pages show: tagline, about, hue, words (see `settings.py`)."""

    id: UUID
    slug: str
    name: str
    status: str
    locale: str
    time_zone: str
    currency: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        return self.status == "active"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a business has set, by name, and the version of it; what is not named has its default."""

    values: Mapping[str, Any]
    version: int


@dataclass(frozen=True, slots=True)
class Location:
    """A place with a time zone (an IANA name)."""

    id: UUID
    name: str
    time_zone: str
    address: str
    phone: str
    is_active: bool
    display_order: int
