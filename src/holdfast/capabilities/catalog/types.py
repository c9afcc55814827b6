"""What others may know of the catalog."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from holdfast.scheduling.segments import Segment

LEAD = "lead"
"""The role of whoever gives a service that says nothing about roles."""


@dataclass(frozen=True, slots=True)
class Role:
    """Who or what a service needs: a kind of resource with skills. The first role of a service leads."""

    name: str
    kind: Literal["person", "room", "chair", "equipment"] = "person"
    required_skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddOn:
    """A service that may be added to another: at its end, or `at_minutes` after its start."""

    service_id: UUID
    at_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What is sold. Minutes are elapsed minutes; `price_minor` is in minor units, None = on request.

    `slot_granularity_minutes` None means the grid of each opening rule. `capacity` counts the seats at one
    start; more than one makes a group. `most_per_day` and `most_per_week` limit this service for each
    resource that gives it. No `segments` means that every role is taken over the whole duration; no `roles`
    means one person with `required_skills`. `exposure` None means the tenant's policy.
    """

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
    slot_granularity_minutes: int | None
    minimum_notice_minutes: int
    horizon_days: int
    is_active: bool
    display_order: int
    version: int
    created_at: datetime
    capacity: int = 1
    most_per_day: int | None = None
    most_per_week: int | None = None
    segments: tuple[Segment, ...] = ()
    roles: tuple[Role, ...] = ()
    is_add_on: bool = False
    exposure: Literal["all", "curated"] | None = None
    publishes_slots: bool = False
    add_ons: tuple[AddOn, ...] = ()

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)

    @property
    def lead_role(self) -> Role:
        """Who gives the service: its first role, with the skills of the service as well."""
        lead = self.roles[0] if self.roles else Role(LEAD)
        skills = tuple(dict.fromkeys((*lead.required_skills, *self.required_skills)))
        return replace(lead, required_skills=skills)

    @property
    def steps(self) -> tuple[Segment, ...]:
        """Its segments; where it has none, every role over the whole duration."""
        names = [role.name for role in self.roles] or [LEAD]
        return self.segments or tuple(Segment(name, 0, self.duration_minutes) for name in names)
