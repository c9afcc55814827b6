"""What others may know of people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Resource:
    """What can be booked: a person first of all, also a room or a chair. `capacity` counts lanes."""

    id: UUID
    location_id: UUID
    kind: str
    name: str
    title: str
    skills: list[str]
    capacity: int
    is_active: bool
    display_order: int
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach a customer; sealed wherever it is stored. Empty strings mean "not given"."""

    name: str
    email: str = ""
    phone: str = ""

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Contact:
        return cls(**json.loads(stored))


@dataclass(frozen=True, slots=True)
class Membership:
    """What one account may do in the tenant of the context."""

    id: UUID
    account_id: UUID
    role: str
    resource_id: UUID | None
    is_active: bool
