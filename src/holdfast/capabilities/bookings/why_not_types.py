"""What others may know of why a time is not offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from holdfast.scheduling.slots import WhyNot


@dataclass(frozen=True, slots=True, order=True)
class InTheWay:
    """What takes the time: no names. A booking's times are those that it takes, buffers included."""

    starts_at: datetime
    ends_at: datetime
    kind: Literal["booking", "hold", "blackout", "instance"]
    id: UUID


@dataclass(frozen=True, slots=True)
class MissingStart:
    """A start that is not offered; with `ends_at` a stretch without starts. `role` is who cannot be had."""

    starts_at: datetime
    ends_at: datetime | None
    reason: WhyNot
    detail: str
    role: str | None = None
    by: tuple[InTheWay, ...] = ()


@dataclass(frozen=True, slots=True)
class OfResource:
    """Of one resource: how many starts there are, how many of them are offered, and why not the others."""

    resource_id: UUID
    name: str
    role: str
    open: int
    offered: int
    missing: tuple[MissingStart, ...]


@dataclass(frozen=True, slots=True)
class WhyNotAnswer:
    """The reasons of a day; or of the one start `starts_at`, and then `missing` is why nobody has it.

    `missing` is set for a day, too, when nobody could do what is asked at any time; then nothing has a
    length.
    """

    date: date
    time_zone: str
    duration: timedelta | None
    starts_at: datetime | None
    open: int
    offered: int
    missing: MissingStart | None
    resources: tuple[OfResource, ...]
