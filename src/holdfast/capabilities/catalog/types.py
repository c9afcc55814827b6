"""What others may know of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Service:
    """What is sold. Minutes are elapsed minutes; `price_minor` is in minor units, None = on request."""

    id: UUID
    location_id: UUID | None
    name: str
    description: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price_minor: int | None
    currency: str
    flow: str
    required_skills: list[str]
    slot_granularity_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    is_active: bool
    display_order: int
    version: int
    created_at: datetime

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)
