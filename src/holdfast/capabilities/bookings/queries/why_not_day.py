"""All that is known of one day of a place, to say why not: read once, however many people are asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.queries.free_time.limits import with_limits
from holdfast.capabilities.bookings.queries.free_time.search import is_meant
from holdfast.capabilities.bookings.queries.slots import list_slots
from holdfast.capabilities.bookings.roles import candidates_of, has_groups
from holdfast.capabilities.bookings.slot_types import SlotInstance
from holdfast.capabilities.bookings.types import VisitPlan
from holdfast.capabilities.bookings.why_not_types import InTheWay
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.intervals import Period, Span, instant, share_a_moment
from holdfast.scheduling.slots import Busy
from holdfast.scheduling.taken import Taken
from holdfast.scheduling.visits import Candidates
from holdfast.scheduling.zones import day_bounds

_MOST_INSTANCES = 20_000
# What is taken and by what, as free time is computed from: buffers included, in whole seconds.
_TAKEN = """
select resource_id, lane, floor(date_part('epoch', starts_at))::bigint,
    ceil(date_part('epoch', ends_at))::bigint, coalesce(slot_id, booking_id),
    case when slot_id is not null then 'instance' when expires_at is not null then 'hold' else 'booking' end
from allocation
where tenant_id = %s and resource_id = any (%s) and ends_at > %s and starts_at < %s
    and (expires_at is null or expires_at > clock_timestamp())
"""


class _Row(NamedTuple):
    """An allocation."""

    resource_id: UUID
    lane: int
    start: int
    end: int
    id: UUID
    kind: Literal["booking", "hold", "instance"]

    @property
    def busy(self) -> Busy:
        return Busy(self.lane, instant(self.start), instant(self.end))


@dataclass(frozen=True, slots=True)
class KnownDay:
    """A local date of a place for one visit: who could fill its roles, what they have, what is published."""

    schedule: Schedule
    plan: VisitPlan
    date: date
    zone: ZoneInfo
    now: datetime
    candidates: Candidates
    instances: Mapping[UUID, Sequence[SlotInstance]]
    rows: Sequence[_Row]

    @property
    def within(self) -> Period:
        return Period(*day_bounds(self.date, self.zone))

    def group_hours(self, resource: Resource) -> list[Span]:
        """Return when somebody has groups."""
        if not self.plan.is_simple:
            return []
        windows = self.schedule.group_windows(resource, self.plan.lead.service, self.date, self.date)
        return [(window.start, window.end) for window in windows]

    def takers(self, busy: Collection[Busy], resource_ids: Collection[UUID]) -> tuple[InTheWay, ...]:
        """Return what takes these times of these people, by time."""
        return tuple(
            sorted(
                InTheWay(row.busy.starts_at, row.busy.ends_at, row.kind, row.id)
                for row in self.rows
                if row.resource_id in resource_ids and row.busy in busy
            )
        )

    def closers(
        self, met: Collection[Period], served: Period, resource_ids: Collection[UUID]
    ) -> tuple[InTheWay, ...]:
        """Return the blackouts that these closed times are of, as far as they meet the service time."""
        people = [self.schedule.resources[each] for each in resource_ids]
        return tuple(
            sorted(
                {
                    InTheWay(each.starts_at, each.ends_at, "blackout", blackout.id)
                    for blackout in self.schedule.blackouts
                    if any(
                        blackout.resource_id in (None, who.id)
                        and blackout.location_id in (None, *self.schedule.places_of(who))
                        for who in people
                    )
                    for period in met
                    for each in blackout.occurrences(
                        max(period.starts_at, served.starts_at), min(period.ends_at, served.ends_at)
                    )
                }
            )
        )

    def closed_for(self, resource: Resource, instance: SlotInstance) -> tuple[InTheWay, ...]:
        """Return the blackouts that the published start of somebody's group meets."""
        served = Period(instance.starts_at, instance.ends_at)
        closed = self.schedule.blacked_out(resource, self.date, self.date)
        met = [each for each in closed if share_a_moment(each.span, served.span)]
        return self.closers(met, served, (resource.id,))


def read_day(schedule: Schedule, plan: VisitPlan, day: date, now: datetime) -> KnownDay:
    """Read what is taken, what is full and what is published."""
    zone = schedule.zone_of(plan.lead.candidates[0].location_id)
    first, last = day_bounds(day, zone)
    visit = plan.visit
    people = list({each.id for need in plan.roles for each in need.candidates})
    rows = [
        _Row(*row)
        for row in fetch_tuples(
            _TAKEN,
            (
                current_context().tenant_id,
                people,
                first - timedelta(minutes=visit.buffer_before_minutes),
                last + timedelta(minutes=visit.length_minutes + visit.buffer_after_minutes),
            ),
        )
    ]
    taken = {
        who: Taken.of_rows((row.lane, row.start, row.end) for row in rows if row.resource_id == who)
        for who in {row.resource_id for row in rows}
    }
    candidates = candidates_of(schedule, plan, from_date=day, to_date=day, taken=taken)
    return KnownDay(
        schedule=schedule,
        plan=plan,
        date=day,
        zone=zone,
        now=now,
        candidates=with_limits(plan, candidates, from_date=day, to_date=day, zone=zone),
        instances=_read_instances(schedule, plan, first, last)
        if plan.is_simple and has_groups(schedule, plan.services[0])
        else {},
        rows=rows,
    )


def _read_instances(
    schedule: Schedule, plan: VisitPlan, first: datetime, last: datetime
) -> dict[UUID, list[SlotInstance]]:
    """Read the published starts of groups, by resource."""
    people = {each.id: each for each in plan.lead.candidates}
    found: dict[UUID, list[SlotInstance]] = {each: [] for each in people}
    service_id = plan.services[0].id
    for each in list_slots(from_at=first, to_at=last, service_id=service_id, limit=_MOST_INSTANCES):
        resource = people.get(each.resource_id)
        if each.is_group and resource is not None and is_meant(schedule, resource, each.location_id):
            found[resource.id].append(each)
    return found
