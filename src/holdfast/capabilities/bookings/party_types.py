"""What others may know of parties: several guests at once, each served by one of several artists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from holdfast.capabilities.people.types import Contact, Resource
from holdfast.scheduling.party_days import Breaks

MOST_GUESTS = 30


@dataclass(frozen=True, slots=True)
class PartyGuest:
    """A guest: services one after another, all by one artist (by `resource_id`, where somebody is named).

    `label` is what the party calls this guest, which is nobody else's business: it is sealed with the notes.
    `ready_by` is the guest's own limit; nobody is to be ready after the one who `is_last`.
    """

    service_ids: tuple[UUID, ...]
    label: str = ""
    resource_id: UUID | None = None
    ready_by: datetime | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class PartyWish:
    """A party to be planned: everybody ready by a time, nobody served before another.

    Wall times without an offset are those of the place. `resource_ids` limits who works. `breaks` gives each
    artist a break after so much work, `travel_minutes` the way there and back.
    """

    guests: tuple[PartyGuest, ...]
    ready_by: datetime
    start_from: datetime | None = None
    location_id: UUID | None = None
    resource_ids: tuple[UUID, ...] = ()
    breaks: Breaks | None = None
    travel_minutes: int = 0


@dataclass(frozen=True, slots=True)
class PartyRequest:
    """A party to be booked: the wish, for whom, and the plan that was seen (`plan_id`), if one was."""

    wish: PartyWish
    plan_id: str = ""
    contact: Contact | None = None
    notes: str = ""
    mode: Literal["flow", "hold"] = "flow"
    source: Literal["api", "page", "staff", "demo"] = "api"


@dataclass(frozen=True, slots=True)
class PlannedGuest:
    """A guest's place in the plan, by the guest's number from 1; `local_start` is wall time without zone."""

    guest: int
    label: str
    service_ids: tuple[UUID, ...]
    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    local_start: datetime
    local_end: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan by time. `id` is the same as long as the plan is; `is_best` where none better exists, else no
    plan starts later than `at_best`. `price_minor` is None when anything is on request."""

    id: str
    guests: tuple[PlannedGuest, ...]
    starts_at: datetime
    ready_at: datetime
    local_start: datetime
    time_zone: str
    location_id: UUID
    is_best: bool
    at_best: datetime
    price_minor: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class PartyWhyNot:
    """Why a party cannot be had, by guests' numbers from 1: whom there is no time for, and what would help.

    `unable` are those whom nobody could serve that day at all.
    """

    left_out: tuple[int, ...]
    unable: tuple[int, ...]
    one_more_artist: bool
    earlier_start: datetime | None
    minutes_short: int
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartyAnswer:
    """A plan, or why there is none; `resources` are those who could have worked, by id."""

    plan: Planned | None
    why_not: PartyWhyNot | None
    resources: Mapping[UUID, Resource]
