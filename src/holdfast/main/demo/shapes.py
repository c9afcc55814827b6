"""The words in which a demo business is described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from holdfast.capabilities.catalog.commands import NewService

WHOLE_DAY = (time(0), time(0))


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours of a place, or of one person in it; ISO weekdays."""

    days: tuple[int, ...]
    start: time
    end: time
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a calendar. `days_off` are ISO weekdays."""

    name: str
    title: str
    skills: tuple[str, ...] = ()
    days_off: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A location, its hours, and who works there."""

    name: str
    address: str
    phone: str
    hours: tuple[Hours, ...]
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Blocked time: in `days_ahead` days (moved on to the ISO weekday, if given), for so many hours."""

    reason: str
    start: time
    hours: float
    days_ahead: int = 0
    weekday: int | None = None
    is_weekly: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """When a person gives a service with seats; its sessions of the coming weeks are published."""

    service: str
    person: str
    days: tuple[int, ...]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Login:
    """A demo account; `person` is whose calendar is its own."""

    email: str
    name: str
    role: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Business:
    """One demo tenant. `fullness` is the share of the open hours that is booked tomorrow."""

    slug: str
    name: str
    locale: str
    time_zone: str
    currency: str
    settings: Mapping[str, Any]
    places: tuple[Place, ...]
    services: tuple[NewService, ...]
    logins: tuple[Login, ...]
    phone_format: str
    pauses: tuple[Pause, ...] = ()
    groups: tuple[Group, ...] = ()
    fullness: float = 0.5
    notes: tuple[str, ...] = field(default_factory=tuple)
