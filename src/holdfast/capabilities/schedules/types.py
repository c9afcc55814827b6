"""What others may know of schedules."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.catalog.types import Role, Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.recurrence import WEEKLY, occurrences
from holdfast.capabilities.tenants.types import Location
from holdfast.scheduling.hours import OpeningRule, OpenWindow, applicable_rules, open_periods
from holdfast.scheduling.intervals import Period, Span, epoch, intersect, normalise
from holdfast.scheduling.zones import day_bounds, local_date


@dataclass(frozen=True, slots=True)
class Blackout:
    """Time that is not to be had: of one resource, one location, or (neither) the whole business.

    `rrule` (RFC 5545) or `is_recurring` (every week) says how it comes round, in the wall time of
    `time_zone`: that of its resource's place, its place, or the business. No time begins on a local date of
    `except_dates`.
    """

    id: UUID
    location_id: UUID | None
    resource_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    is_recurring: bool
    rrule: str | None
    except_dates: tuple[date, ...]
    version: int
    time_zone: str
    reason: str = ""

    @property
    def rule(self) -> str | None:
        """How it comes round; None for a single time."""
        return self.rrule or (WEEKLY if self.is_recurring else None)

    def occurrences(self, from_at: datetime, to_at: datetime) -> list[Period]:
        """Return its times that meet `from_at <= t < to_at`, in order.

        Raises `Invalid` TOO_MANY_OCCURRENCES for a period of many years.
        """
        if self.rule is None:
            is_met = self.starts_at < to_at and self.ends_at > from_at
            return [Period(self.starts_at, self.ends_at)] if is_met else []
        zone = ZoneInfo(self.time_zone)
        return occurrences(self.starts_at, self.ends_at, self.rule, self.except_dates, zone, from_at, to_at)


@dataclass(frozen=True, slots=True)
class StoredRule:
    """An opening rule as it is kept: what it says, under its id and version."""

    id: UUID
    version: int
    rule: OpeningRule


@dataclass(frozen=True, slots=True)
class Finding:
    """What is odd about hours as they now are: a code, a sentence for the owner, the rules it is about."""

    code: str
    detail: str
    rule_ids: tuple[UUID, ...]
    on_date: date


@dataclass(frozen=True, slots=True)
class ResourceAtPlace(Resource):
    """Somebody who works at several places, as far as one of them goes: `location_id` is that place."""


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
    _blackouts: dict[tuple[object, ...], tuple[Period, ...]] = field(default_factory=dict, compare=False)
    _places: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict, compare=False)
    # What others worked out from it alone.
    memo: dict[Hashable, Any] = field(default_factory=dict, compare=False)

    def windows(
        self, resource: Resource, service: Service, from_date: date, to_date: date
    ) -> tuple[OpenWindow, ...]:
        """Return when the resource gives the service on these local dates, both inclusive.

        Of somebody who works at several places: at all of them, as far as they share the zone of the first;
        each window says where (`location_id`). A `ResourceAtPlace` has the windows of its place only.
        """
        return self._remember(
            ("all", *_asked(resource, service, from_date, to_date)),
            lambda: sorted(
                (
                    window
                    for place in self._places_meant(resource)
                    for window in self._windows_at(place, resource, service.id, from_date, to_date)
                ),
                key=lambda window: (window.start, window.end),
            ),
        )

    def computed_windows(
        self, resource: Resource, service: Service, from_date: date, to_date: date
    ) -> tuple[OpenWindow, ...]:
        """Return the windows with one seat a start: what is free in them is computed."""
        return self._remember(
            ("computed", *_asked(resource, service, from_date, to_date)),
            lambda: (
                window
                for window in self.windows(resource, service, from_date, to_date)
                if seats_of(window, service) == 1
            ),
        )

    def group_windows(
        self, resource: Resource, service: Service, from_date: date, to_date: date
    ) -> tuple[OpenWindow, ...]:
        """Return the windows with several seats a start: starts in them are published, never computed."""
        return self._remember(
            ("group", *_asked(resource, service, from_date, to_date)),
            lambda: (
                window
                for window in self.windows(resource, service, from_date, to_date)
                if seats_of(window, service) > 1
            ),
        )

    def blacked_out(self, resource: Resource, from_date: date, to_date: date) -> list[Period]:
        """Return the resource's blackouts, its place's and the business's, that touch these local dates.

        A place's count for somebody who works at several in the hours that they are there.
        """
        if not self.blackouts:
            return []
        # A service may run past midnight; a day more on both sides costs nothing.
        from_date, to_date = from_date - timedelta(days=1), to_date + timedelta(days=1)
        asked = (resource.id, _place_of(resource), from_date, to_date)
        known = self._blackouts.get(asked)
        if known is None:
            known = tuple(self._blackouts_of(resource, from_date, to_date))
            if len(self._blackouts) >= _MOST_WINDOWS:
                self._blackouts.clear()
            self._blackouts[asked] = known
        return list(known)

    def _blackouts_of(self, resource: Resource, from_date: date, to_date: date) -> Iterator[Period]:
        zone = self.zone_of(resource.location_id)
        from_at, to_at = day_bounds(from_date, zone)[0], day_bounds(to_date, zone)[1]
        places = self._places_meant(resource)
        for blackout in self.blackouts:
            if blackout.resource_id not in (None, resource.id):
                continue
            if blackout.location_id not in (None, *places):
                continue
            found = blackout.occurrences(from_at, to_at)
            if blackout.location_id is not None and len(places) > 1:
                hours = self._hours_at(blackout.location_id, resource, from_date, to_date)
                spans = intersect(normalise(period.span for period in found), hours)
                found = [Period.from_span(span) for span in spans]
            yield from found

    def zone_of(self, location_id: UUID) -> ZoneInfo:
        return ZoneInfo(self.locations[location_id].time_zone)

    def places_of(self, resource: Resource) -> tuple[UUID, ...]:
        """Return where somebody works: their own place, and wherever opening hours are theirs by name."""
        places = self._places.get(resource.id)
        if places is None:
            named = (
                rule.location_id
                for rule in self.rules
                if rule.resource_id == resource.id and not rule.is_closed and rule.location_id is not None
            )
            places = tuple(
                place for place in dict.fromkeys((self._home_of(resource), *named)) if place in self.locations
            )
            self._places[resource.id] = places
        return places

    def at_place(self, resource: Resource, location_id: UUID) -> Resource:
        """Return the resource as far as one of its places goes; as it is where it has no other."""
        if self.places_of(resource) == (location_id,) == (self._home_of(resource),):
            return resource
        known = {each.name: getattr(resource, each.name) for each in fields(Resource)}
        return ResourceAtPlace(**{**known, "location_id": location_id})

    def place_at(self, resource: Resource, service: Service, starts_at: datetime) -> UUID:
        """Return where the resource would give the service at an instant: the place whose hours it is in."""
        places = self._places_meant(resource)
        if len(places) > 1:
            day = local_date(starts_at, self.zone_of(resource.location_id))
            second = epoch(starts_at)
            for window in self.windows(resource, service, day, day):
                if window.start <= second < window.end and window.location_id is not None:
                    return window.location_id
        return places[0]

    def resources_for(
        self, service: Service, *, resource_id: UUID | None = None, location_id: UUID | None = None
    ) -> list[Resource]:
        """Return who can give the service (fill its first role), as `able_for` does."""
        return [
            resource
            for resource in self.able_for(service, service.lead_role, location_id=location_id)
            if resource_id in (None, resource.id)
        ]

    def able_for(
        self, service: Service, role: Role, *, location_id: UUID | None = None
    ) -> tuple[Resource, ...]:
        """Return who could fill a role of the service, in display order: of its kind, with its skills.

        With a place (asked for, or the service's own) only those who work there, as far as that place goes.
        """
        if service.location_id is not None and location_id not in (None, service.location_id):
            return ()
        place = location_id or service.location_id
        skills = set(role.required_skills)
        able = [
            (resource, self.places_of(resource))
            for resource in self.resources.values()
            if resource.kind == role.kind and skills <= set(resource.skills)
        ]
        if place is None:
            return tuple(resource for resource, places in able if resource.location_id in places)
        return tuple(self.at_place(resource, place) for resource, places in able if place in places)

    def _home_of(self, resource: Resource) -> UUID:
        return self.resources.get(resource.id, resource).location_id

    def _places_meant(self, resource: Resource) -> tuple[UUID, ...]:
        """The places whose hours count: one that was asked for, else all that share a zone with the first."""
        if isinstance(resource, ResourceAtPlace):
            return (resource.location_id,)
        places = self.places_of(resource)
        if len(places) < 2:
            return (resource.location_id,)
        zone = self.zone_of(places[0]).key
        return tuple(place for place in places if self.zone_of(place).key == zone)

    def _windows_at(
        self, place: UUID, resource: Resource, service_id: UUID | None, from_date: date, to_date: date
    ) -> list[OpenWindow]:
        zone = self.zone_of(place)
        rules = applicable_rules(
            self.rules, location_id=place, resource_id=resource.id, service_id=service_id
        )
        windows = open_periods(rules, from_date=from_date, to_date=to_date, zone=zone, location_id=place)
        if len(self.places_of(resource)) < 2:
            return windows
        own = [rule for rule in rules if rule.resource_id is not None and not rule.is_closed]
        return [
            window
            for window in windows
            if place in _places_on(local_date(window.starts_at, zone), own, home=self._home_of(resource))
        ]

    def _hours_at(self, place: UUID, resource: Resource, from_date: date, to_date: date) -> list[Span]:
        """When somebody is at a place, whatever they do there."""
        services = {rule.service_id for rule in self.rules} | {None}
        return normalise(
            (window.start, window.open_until)
            for service_id in services
            for window in self._windows_at(place, resource, service_id, from_date, to_date)
        )

    def _remember(
        self, asked: tuple[object, ...], find: Callable[[], Iterable[OpenWindow]]
    ) -> tuple[OpenWindow, ...]:
        known = self._windows.get(asked)
        if known is None:
            known = tuple(find())
            if len(self._windows) >= _MOST_WINDOWS:
                self._windows.clear()
            self._windows[asked] = known
        return known


def seats_of(window: OpenWindow, service: Service) -> int:
    """Return how many seats a start in the window has: its rule's word, else the service's."""
    return window.slot_capacity or service.capacity


def _asked(resource: Resource, service: Service, from_date: date, to_date: date) -> tuple[object, ...]:
    return resource.id, _place_of(resource), service.id, from_date, to_date


def _place_of(resource: Resource) -> UUID | None:
    """The one place that is meant, None for all of them."""
    return resource.location_id if isinstance(resource, ResourceAtPlace) else None


def _places_on(day: date, own: Sequence[OpeningRule], *, home: UUID) -> set[UUID | None]:
    """Where somebody is on a date: where their own hours of the strongest level are, else at home.

    At other places the hours of the place are not theirs, or they would be everywhere at once.
    """
    speaking = [rule for rule in own if rule.speaks_on(day)]
    strongest = max((rule.strength for rule in speaking), default=0)
    return {rule.location_id for rule in speaking if rule.strength == strongest} or {home}
