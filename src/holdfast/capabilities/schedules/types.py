"""What others may know of schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.tenants.types import Location
from holdfast.scheduling.hours import (
    OpeningRule,
    OpenWindow,
    applicable_rules,
    open_periods,
    weekly_occurrences,
)
from holdfast.scheduling.intervals import Period
from holdfast.scheduling.zones import day_bounds


@dataclass(frozen=True, slots=True)
class Blackout:
    """Time that is not to be had: of one resource, one location, or (neither) the whole business."""

    id: UUID
    location_id: UUID | None
    resource_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    is_recurring: bool
    reason: str = ""


_MOST_WINDOWS = 5_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that a start depends on except what is taken, as of one `version`.

    It may be remembered and may be old: whoever books hands the version to the database, which turns
    the booking back when the schedule has moved since.
    """

    version: int
    services: Mapping[UUID, Service]
    resources: Mapping[UUID, Resource]
    locations: Mapping[UUID, Location]
    rules: tuple[OpeningRule, ...]
    blackouts: tuple[Blackout, ...]
    # Windows that were worked out before; they live and die with this version of the schedule.
    _windows: dict[tuple[object, ...], tuple[OpenWindow, ...]] = field(default_factory=dict, compare=False)

    def windows(
        self, resource: Resource, service: Service, from_date: date, to_date: date
    ) -> tuple[OpenWindow, ...]:
        """Return when the resource gives the service on these local dates, both inclusive."""
        asked = (resource.id, service.id, from_date, to_date)
        known = self._windows.get(asked)
        if known is None:
            rules = applicable_rules(
                self.rules, location_id=resource.location_id, resource_id=resource.id, service_id=service.id
            )
            known = tuple(
                open_periods(
                    rules,
                    from_date=from_date,
                    to_date=to_date,
                    zone=self.zone_of(resource.location_id),
                    location_id=resource.location_id,
                )
            )
            if len(self._windows) >= _MOST_WINDOWS:
                self._windows.clear()
            self._windows[asked] = known
        return known

    def blacked_out(self, resource: Resource, from_date: date, to_date: date) -> list[Period]:
        """Return the resource's blackouts, its place's and the business's, that touch these local dates."""
        if not self.blackouts:
            return []
        zone = self.zone_of(resource.location_id)
        # A service may run past midnight; a day more on both sides costs nothing.
        from_at = day_bounds(from_date - timedelta(days=1), zone)[0]
        to_at = day_bounds(to_date + timedelta(days=1), zone)[1]
        periods: list[Period] = []
        for blackout in self.blackouts:
            if blackout.resource_id not in (None, resource.id):
                continue
            if blackout.location_id not in (None, resource.location_id):
                continue
            if blackout.is_recurring:
                periods += weekly_occurrences(
                    blackout.starts_at, blackout.ends_at, zone, from_at=from_at, to_at=to_at
                )
            elif blackout.starts_at < to_at and blackout.ends_at > from_at:
                periods.append(Period(blackout.starts_at, blackout.ends_at))
        return periods

    def zone_of(self, location_id: UUID) -> ZoneInfo:
        return ZoneInfo(self.locations[location_id].time_zone)

    def resources_for(
        self, service: Service, *, resource_id: UUID | None = None, location_id: UUID | None = None
    ) -> list[Resource]:
        """Return who can give the service: active, with its skills, in its place, in display order."""
        wanted = set(service.required_skills)
        place = location_id or service.location_id
        return [
            resource
            for resource in self.resources.values()
            if wanted <= set(resource.skills)
            and (place is None or resource.location_id == place)
            and (service.location_id is None or resource.location_id == service.location_id)
            and (resource_id is None or resource.id == resource_id)
            and resource.location_id in self.locations
        ]
