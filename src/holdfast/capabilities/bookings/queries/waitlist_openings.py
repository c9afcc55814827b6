"""What is free for those who wait: the starts of each wish, and why there are none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from uuid import UUID

from holdfast.capabilities.bookings.queries.free_time import find_availability
from holdfast.capabilities.bookings.queries.free_time.taken import read_taken
from holdfast.capabilities.bookings.types import Start, Wanted
from holdfast.capabilities.bookings.waitlist_types import WaitlistEntry, WaitlistWish
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.errors import Problem
from holdfast.scheduling.intervals import Span, epoch, instant, intersect, normalise, subtract
from holdfast.scheduling.taken import Taken
from holdfast.scheduling.waitlist import Facts, Opening, Reason, Waiting, Window, reasons
from holdfast.scheduling.zones import local_date

LEAST_NOTICE = timedelta(minutes=25)
"""No start sooner is offered: there must be ten minutes to answer, and a quarter of an hour to come."""
_MOST_DAYS = 366
_LONG = 10**9


@dataclass(frozen=True, slots=True)
class What:
    """What would be booked if an opening were taken."""

    service_id: UUID
    location_id: UUID | None
    slot_id: UUID | None


def zones_of(schedule: Schedule, wish: WaitlistWish) -> dict[UUID | None, str]:
    """Return where to look, and the zone there: one place, anywhere in one zone, or each place by itself.

    Empty where nobody gives any of the services as asked.
    """
    places: dict[UUID | None, str] = {}
    for service_id in wish.service_ids:
        service = schedule.services.get(service_id)
        if service is None:
            continue
        able = schedule.resources_for(service, resource_id=wish.resource_id, location_id=wish.location_id)
        for resource in able:
            places[resource.location_id] = schedule.zone_of(resource.location_id).key
    if wish.location_id is not None or wish.resource_id is not None or len(set(places.values())) < 2:
        return {wish.location_id: next(iter(places.values()))} if places else {}
    return places


def list_waiting(queue: Sequence[WaitlistEntry], *, now: datetime) -> list[Waiting]:
    """Return the queue with what each could be offered; reads once for wishes that differ in days only."""
    starts = _StartsOf([entry.wish for entry in queue], now)
    soonest = epoch(now + LEAST_NOTICE)
    return [
        Waiting(
            id=entry.id,
            openings=[each for each in starts.openings(entry.wish) if each.start >= soonest],
            party_size=entry.wish.party_size,
            person=entry.wish.resource_id,
            refused=frozenset(epoch(at) for at in entry.refused),
        )
        for entry in queue
    ]


def list_free(wish: WaitlistWish, *, now: datetime) -> list[Start]:
    """Return the free starts that suit a wish, in order of time. Raises as `find_availability`."""
    return sorted(_StartsOf([wish], now, strict=True).suiting(wish), key=lambda start: start.starts_at)


def explain_entry(entry: WaitlistEntry, *, now: datetime) -> list[Reason]:
    """Return why an entry still waits, from what is free right now; nothing for one that does not wait."""
    if entry.status not in ("waiting", "offered"):
        return []
    if entry.offer is not None:
        return reasons(Facts(is_offered=True))
    schedule, wish = current_schedule(), entry.wish
    free = {epoch(start.starts_at) for start in _StartsOf([wish], now).suiting(wish)}
    refused = free & {epoch(at) for at in entry.refused}
    too_soon = {second for second in free - refused if second < epoch(now + LEAST_NOTICE)}
    alone = replace(wish, party_size=1)
    is_alone = free or wish.party_size == 1
    hours, gaps = _open_time(schedule, wish, now)
    return reasons(
        Facts(
            is_suitable=bool(zones_of(schedule, wish)),
            is_open_yet=_opens_by(schedule, wish, now),
            open_hours=hours,
            gaps=gaps,
            free=len(free),
            free_for_one=0 if is_alone else len(_StartsOf([alone], now).suiting(alone)),
            refused=len(refused),
            too_soon=len(too_soon),
            ahead=entry.place - 1,
            hours_left=int((entry.closes_at - now).total_seconds() // 3600),
        )
    )


class _StartsOf:
    """The free starts of several wishes: those that ask the same of other days are looked up together."""

    def __init__(self, wishes: Sequence[WaitlistWish], now: datetime, *, strict: bool = False) -> None:
        self._schedule = current_schedule()
        self._now, self._strict = now, strict
        days: dict[Wanted, tuple[date, date]] = {}
        for wish in wishes:
            for wanted in self._asked(wish):
                first, last = days.get(wanted, (wish.window.from_date, wish.window.to_date))
                days[wanted] = min(first, wish.window.from_date), max(last, wish.window.to_date)
        self._found = {wanted: self._find(wanted, *between) for wanted, between in days.items()}

    def suiting(self, wish: WaitlistWish) -> list[Start]:
        """The starts in the window, of its services in their order."""
        return [start for _, start in self._suiting(wish)]

    def openings(self, wish: WaitlistWish) -> list[Opening]:
        """The same for the core, the earliest first."""
        found = [self._opening(wanted, start) for wanted, start in self._suiting(wish)]
        return sorted(found, key=lambda opening: opening.start)

    def _suiting(self, wish: WaitlistWish) -> Iterator[tuple[Wanted, Start]]:
        for wanted in self._asked(wish):
            for start in self._found[wanted]:
                if wish.window.holds(start.local_start):
                    yield wanted, start

    def _asked(self, wish: WaitlistWish) -> Iterator[Wanted]:
        for place in zones_of(self._schedule, wish):
            for service_id in wish.service_ids:
                yield Wanted(
                    (service_id,),
                    wish.add_on_ids,
                    resource_id=wish.resource_id,
                    location_id=place,
                    party_size=wish.party_size,
                )

    def _find(self, wanted: Wanted, first: date, last: date) -> list[Start]:
        service = self._schedule.services.get(wanted.service_ids[0])
        if service is None:
            return []
        # A day more on both sides: local dates are those of the place.
        first = max(first, self._now.date() - timedelta(days=1))
        last = min(last, self._now.date() + timedelta(days=min(service.horizon_days + 1, _MOST_DAYS - 2)))
        if last < first:
            return []
        try:
            found = find_availability(wanted, from_date=first, to_date=last, now=self._now)
        except Problem:
            if self._strict:
                raise
            return []
        return [start for day in found.days for start in day.starts]

    def _opening(self, wanted: Wanted, start: Start) -> Opening:
        service = self._schedule.services[wanted.service_ids[0]]
        return Opening(
            start=epoch(start.starts_at),
            claim=(
                epoch(start.starts_at) - service.buffer_before_minutes * 60,
                epoch(start.ends_at) + service.buffer_after_minutes * 60,
            ),
            people=start.resource_ids[:1] if start.slot_id else start.resource_ids,
            what=What(wanted.service_ids[0], wanted.location_id, start.slot_id),
            group=start.slot_id,
            seats=start.seats_left,
        )


def _opens_by(schedule: Schedule, wish: WaitlistWish, now: datetime) -> bool:
    """Whether any of the services can be booked for the first day of the window already."""
    horizons = [
        schedule.services[each].horizon_days for each in wish.service_ids if each in schedule.services
    ]
    return not horizons or wish.window.from_date <= now.date() + timedelta(days=max(horizons))


def _open_time(schedule: Schedule, wish: WaitlistWish, now: datetime) -> tuple[int, int]:
    """Return the hours that those who could do it work in the window, and how many gaps they have.

    No gaps are counted where one of them is long enough: then something else is in the way.
    """
    hours: dict[UUID, list[Span]] = defaultdict(list)
    people: dict[UUID, Resource] = {}
    shortest = _LONG
    for service in (schedule.services[each] for each in wish.service_ids if each in schedule.services):
        shortest = min(shortest, service.duration_minutes * 60)
        for resource in schedule.resources_for(
            service, resource_id=wish.resource_id, location_id=wish.location_id
        ):
            people[resource.id] = resource
            hours[resource.id] += _hours_of(schedule, resource, service, wish.window, now)
    open_time = {resource_id: normalise(spans) for resource_id, spans in hours.items() if spans}
    if not open_time:
        return 0, 0
    taken = read_taken(
        [people[each] for each in open_time],
        instant(min(spans[0][0] for spans in open_time.values())),
        instant(max(spans[-1][1] for spans in open_time.values())),
    )
    gaps = [
        end - start
        for resource_id, spans in open_time.items()
        for start, end in subtract(spans, _full(taken.get(resource_id), people[resource_id].capacity))
    ]
    seconds = sum(end - start for spans in open_time.values() for start, end in spans)
    is_partial = wish.window.from_time is not None or wish.window.to_time is not None
    too_short = 0 if is_partial or any(gap >= shortest for gap in gaps) else len(gaps)
    return max(1, seconds // 3600), too_short


def _hours_of(
    schedule: Schedule, resource: Resource, service: Service, window: Window, now: datetime
) -> list[Span]:
    first = max(window.from_date, local_date(now, schedule.zone_of(resource.location_id)))
    if first > window.to_date:
        return []
    windows = normalise(
        (max(each.start, epoch(now)), each.open_until)
        for each in schedule.windows(resource, service, first, window.to_date)
    )
    return subtract(
        windows, normalise(each.span for each in schedule.blacked_out(resource, first, window.to_date))
    )


def _full(taken: Taken | None, capacity: int) -> list[Span]:
    """When no lane is free."""
    if taken is None or len(taken.lanes) < capacity:
        return []
    lanes = [normalise(lane) for lane in taken.lanes[:capacity]]
    return reduce(intersect, lanes)
