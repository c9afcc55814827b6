"""What a party's wish means to a business: who could serve whom, where, and in which hours.

Each guest is served by one artist, services one after another, so every service must be one that a single
person gives from beginning to end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.party_types import (
    MOST_GUESTS,
    PartyGuest,
    PartyWish,
)
from holdfast.capabilities.bookings.plan import refused_start
from holdfast.capabilities.bookings.roles import is_group, roles_of, terms_of, visit_of
from holdfast.capabilities.bookings.visits import find_service
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.http.instants import to_instant
from holdfast.scheduling.intervals import (
    Period,
    Span,
    epoch,
    instant,
    intersect,
    normalise,
    subtract,
)
from holdfast.scheduling.limits import monday_of
from holdfast.scheduling.slots import bounds_of_starts, check_moment
from holdfast.scheduling.zones import day_bounds, local_date

_STRICTNESS = ("instant", "hold", "approval")
_MOST_DAYS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Question:
    """A wish with all that the schedule says of it; what is taken is asked for anew each time."""

    schedule: Schedule
    wish: PartyWish
    place: UUID
    zone: ZoneInfo
    artists: tuple[Resource, ...]
    services: tuple[tuple[Service, ...], ...]
    able: tuple[frozenset[int], ...]
    open: tuple[list[Span], ...]
    own_limits: tuple[int | None, ...]
    ready_by: int
    start_from: int
    asked_from: int | None
    earliest: int

    @property
    def day(self) -> date:
        return local_date(instant(self.start_from), self.zone)

    @property
    def period(self) -> Period:
        """What is to be read of everybody: the days of the party, whole."""
        first = day_bounds(self.day, self.zone)[0]
        last = day_bounds(local_date(instant(self.ready_by), self.zone), self.zone)[1]
        return Period(first - timedelta(days=1), last + timedelta(days=1))

    @property
    def week(self) -> Period:
        monday = monday_of(self.day)
        return Period(day_bounds(monday, self.zone)[0], day_bounds(monday + timedelta(days=6), self.zone)[1])

    @property
    def limited(self) -> list[UUID]:
        """The services that have a limit a day or a week."""
        return sorted(
            {
                service.id
                for services in self.services
                for service in services
                if service.most_per_day is not None or service.most_per_week is not None
            }
        )

    @property
    def flow(self) -> str:
        """The strictest flow of all services."""
        return max(
            (service.flow for services in self.services for service in services), key=_STRICTNESS.index
        )


def read_party(schedule: Schedule, wish: PartyWish, now: datetime) -> Question:
    """Work out who could serve whom, at the first place where everybody could be served.

    Raises `NotFound` for ids that are not there, `Invalid`: PARTY_UNSUITABLE (a service that one person does
    not give alone), RESOURCE_UNSUITABLE, CURRENCY_MIXED, TOO_SOON, TOO_FAR and so on of the whole party.
    """
    if not 1 <= len(wish.guests) <= MOST_GUESTS:
        raise Invalid(f"A party has 1 to {MOST_GUESTS} guests.", code="PARTY_TOO_LARGE", field="guests")
    if sum(guest.is_last for guest in wish.guests) > 1:
        raise Invalid("Only one can be the last.", field="guests")
    services = tuple(_services_of(schedule, guest) for guest in wish.guests)
    if len({service.currency for each in services for service in each}) > 1:
        raise Invalid("These are sold in different currencies.", code="CURRENCY_MIXED", field="guests")
    place, artists, able = _team(schedule, wish, services)
    zone = schedule.zone_of(place)
    ready_by = _instant(wish.ready_by, zone, "ready_by")
    asked_from = None if wish.start_from is None else _instant(wish.start_from, zone, "start_from")
    start_from = asked_from if asked_from is not None else day_bounds(local_date(ready_by, zone), zone)[0]
    if not start_from < ready_by <= start_from + _MOST_DAYS:
        raise Invalid(
            "A party is ready after it starts, within two days.", code="RANGE_TOO_LONG", field="start_from"
        )
    first, last = _bounds(services, ready_by, now)
    return Question(
        schedule,
        wish,
        place,
        zone,
        artists,
        services,
        able,
        tuple(
            _open(schedule, artist, _given_by(number, able, services), start_from, ready_by, zone)
            for number, artist in enumerate(artists)
        ),
        tuple(
            None if guest.ready_by is None else epoch(_instant(guest.ready_by, zone, "guests"))
            for guest in wish.guests
        ),
        min(epoch(ready_by), last),
        max(epoch(start_from), first),
        None if asked_from is None else epoch(asked_from),
        first,
    )


def _services_of(schedule: Schedule, guest: PartyGuest) -> tuple[Service, ...]:
    services = tuple(find_service(schedule, each, field="guests") for each in guest.service_ids)
    if not services:
        raise Invalid("Choose a service for everybody.", field="guests")
    for service in services:
        if service.is_add_on and service is services[0]:
            raise Invalid("This is only sold with another service.", code="ADD_ON_ALONE", field="guests")
        if not may_be_for_party(service):
            raise Invalid(
                f"{service.name} cannot be booked for a party: one person does not give it alone.",
                code="PARTY_UNSUITABLE",
                field="guests",
            )
    return services


def may_be_for_party(service: Service) -> bool:
    """Tell whether one person gives the service from beginning to end, to one guest at a time."""
    visit = visit_of(service)
    role = roles_of(service)[0]
    whole = [(0, visit.length_minutes * 60)]
    return service.capacity == 1 and visit.roles == (role.name,) and visit.active_spans(role.name) == whole


def _team(
    schedule: Schedule, wish: PartyWish, services: Sequence[tuple[Service, ...]]
) -> tuple[UUID, tuple[Resource, ...], tuple[frozenset[int], ...]]:
    """The first place where somebody could serve every guest, and who; by numbers into the artists."""
    if wish.location_id is not None and wish.location_id not in schedule.locations:
        raise NotFound("There is no such location.", field="location_id")
    named = {*wish.resource_ids, *(guest.resource_id for guest in wish.guests if guest.resource_id)}
    if not named <= set(schedule.resources):
        raise NotFound("There is no such resource.", field="resource_ids")
    missing: int | None = None
    for place in [wish.location_id] if wish.location_id else list(schedule.locations):
        able = [
            _able(schedule, place, guest, its, wish.resource_ids)
            for guest, its in zip(wish.guests, services, strict=True)
        ]
        if all(able):
            everybody = {each.id: each for its in able for each in its}
            artists = tuple(each for each in schedule.resources if each in everybody)
            numbers = {each: number for number, each in enumerate(artists)}
            return (
                place,
                tuple(everybody[each] for each in artists),
                tuple(frozenset(numbers[each.id] for each in its) for its in able),
            )
        if missing is None:
            missing = next(number for number, its in enumerate(able) if not its)
    raise Invalid(
        f"Nobody could serve guest {(missing or 0) + 1} as asked; choose another person, place or services.",
        code="RESOURCE_UNSUITABLE",
        field="guests",
        guest=(missing or 0) + 1,
    )


def _able(
    schedule: Schedule,
    place: UUID,
    guest: PartyGuest,
    services: Sequence[Service],
    among: Collection[UUID],
) -> list[Resource]:
    able: list[Resource] | None = None
    for service in services:
        its = schedule.able_for(service, service.lead_role, location_id=place)
        able = [
            each
            for each in (its if able is None else able)
            if each.id in {one.id for one in its}
            and guest.resource_id in (None, each.id)
            and (not among or each.id in among)
        ]
    return able or []


def _given_by(
    number: int, able: Sequence[frozenset[int]], services: Sequence[tuple[Service, ...]]
) -> list[Service]:
    given = {
        service.id: service
        for who, its in zip(able, services, strict=True)
        if number in who
        for service in its
    }
    return list(given.values())


def _open(
    schedule: Schedule,
    artist: Resource,
    services: Sequence[Service],
    start_from: datetime,
    ready_by: datetime,
    zone: ZoneInfo,
) -> list[Span]:
    """When the artist works and gives all of these, blackouts aside."""
    first, last = local_date(start_from, zone), local_date(ready_by, zone)
    spans: list[Span] | None = None
    for service in services:
        its = normalise(
            (window.start, window.open_until)
            for window in schedule.windows(artist, service, first, last)
            if not is_group(window, service)
        )
        spans = its if spans is None else intersect(spans, its)
    blackouts = normalise(each.span for each in schedule.blacked_out(artist, first, last))
    return subtract(spans or [], blackouts)


def _bounds(services: Sequence[tuple[Service, ...]], ready_by: datetime, now: datetime) -> tuple[int, int]:
    """From when on a party may start, and until when it may last, by everybody's notice and horizon."""
    every = {service.id: service for each in services for service in each}.values()
    first, last = 0, epoch(ready_by)
    for service in every:
        terms = terms_of(service)
        why_not = check_moment(ready_by - service.duration, terms, now=now)
        if why_not is not None:
            raise refused_start(why_not)
        its_first, its_last = bounds_of_starts(terms, now=now)
        first, last = max(first, its_first), min(last, its_last + service.duration_minutes * 60)
    return first, last


def _instant(at: datetime, zone: ZoneInfo, field: str) -> datetime:
    return at if at.tzinfo is not None else to_instant(at, zone, field=field)
