"""What was agreed with a booking, and what the same would take at another time.

A service may have changed, or gone, since it was booked: whoever booked an hour keeps an hour. So the visit
is read back from the time that the booking takes; the catalog says only hours, notice, horizon and limits.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from uuid import UUID

from holdfast.capabilities.bookings.plan import Plan, plan_at
from holdfast.capabilities.bookings.queries.bookings import TIMES, read_items, read_times
from holdfast.capabilities.bookings.roles import terms_of
from holdfast.capabilities.bookings.types import BookedItem, Item, RoleNeed, TakenTime, VisitPlan, Wanted
from holdfast.capabilities.bookings.visits import plan_visit
from holdfast.capabilities.catalog.queries import get_service
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.errors import Conflict, Invalid, Problem
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.exact_visits import ExactVisit
from holdfast.scheduling.intervals import epoch
from holdfast.scheduling.segments import Segment, SegmentKind, Visit

_MINUTE = timedelta(minutes=1)
_AGREED = " ".join(
    (
        "select b.version, b.service_id, b.location_id, b.resource_id, b.starts_at, b.ends_at, b.time_zone,",
        "b.title, b.price_minor, b.currency, b.slot_id, b.party_size, b.items,",
        TIMES,
        "from booking b where b.tenant_id = %s and b.id = %s",
        # A token that is used up may still ask for its kept answer.
        "and booking_may_touch(b.id, %s::bytea, %s, 'reschedule', true)",
    )
)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A booking as it stands. `items` is empty for one service given by one resource."""

    version: int
    service_id: UUID | None
    location_id: UUID
    resource_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    title: str
    price_minor: int | None
    currency: str
    slot_id: UUID | None
    party_size: int
    items: tuple[BookedItem, ...]
    claims: tuple[TakenTime, ...]

    @property
    def service_ids(self) -> tuple[UUID, ...]:
        of_items = tuple(item.service_id for item in self.items if item.kind == "service")
        return of_items or ((self.service_id,) if self.service_id else ())

    @property
    def is_party(self) -> bool:
        """Whether it is for several guests, each at a time of their own."""
        return any(item.offset_minutes is not None for item in self.items)

    @property
    def add_on_ids(self) -> tuple[UUID, ...]:
        return tuple(item.service_id for item in self.items if item.kind == "add_on")


def read_agreed(booking_id: UUID, *, token_hash: bytes | None, is_staff: bool) -> Agreed | None:
    """Return the booking if whoever asks may touch it, else None."""
    rows = fetch_tuples(_AGREED, (current_context().tenant_id, booking_id, token_hash, is_staff))
    if not rows:
        return None
    *columns, items, times = rows[0]
    return Agreed(*columns, items=read_items(items), claims=read_times(times))


def plan_move(
    schedule: Schedule, agreed: Agreed, *, starts_at: datetime, lead_id: UUID | None, now: datetime
) -> Plan:
    """Work out what the booking would take at a start, led by a resource; inside the tenant's context.

    Raises `Invalid` (why the start cannot be had; RESOURCE_UNSUITABLE), and `Conflict` MOVE_NOT_ALLOWED for a
    booking that takes no time of its own.
    """
    schedule, plan = plan_agreed(schedule, agreed, lead_id=lead_id)
    return plan_at(schedule, plan, starts_at, now)


def plan_agreed(schedule: Schedule, agreed: Agreed, *, lead_id: UUID | None) -> tuple[Schedule, VisitPlan]:
    """Return the visit as it was agreed, led by a resource, and the schedule with what it has of the archive.

    Raises as `plan_move`, whenever it may be.
    """
    services = {service_id: _service(schedule, service_id) for service_id in agreed.service_ids}
    lead_claim = next((claim for claim in agreed.claims if claim.resource_id == agreed.resource_id), None)
    lead = schedule.resources.get(lead_id) if lead_id else None
    if lead_claim is None or not services:
        raise Conflict("This cannot be done with the booking as it is now.", code="MOVE_NOT_ALLOWED")
    if lead is None or (agreed.is_party and lead_id != agreed.resource_id):
        raise _unsuitable()
    # What is archived is not sold any more, but can still be moved.
    schedule = replace(schedule, services={**schedule.services, **services}, memo={})
    first = next(iter(services.values()))
    is_simple = not agreed.items
    place = agreed.location_id if agreed.location_id in schedule.places_of(lead) else lead.location_id
    known = _known_needs(schedule, agreed, place)
    visit = _visit(agreed, lead_claim.role, list(services.values()))
    needs = tuple(
        _need(schedule, agreed, role, first, known.get(role), None if is_simple else place, lead, lead_claim)
        for role in visit.roles
    )
    minutes = (agreed.ends_at - agreed.starts_at) // _MINUTE
    alone = Item(first.id, agreed.title, "service", agreed.price_minor, minutes, lead_claim.role)
    plan = VisitPlan(
        services=tuple(services.values()),
        add_ons=(),
        visit=visit,
        roles=needs,
        items=agreed.items or (alone,),
        price_minor=agreed.price_minor,
        currency=agreed.currency,
        title=agreed.title,
        flow=first.flow,
        is_simple=is_simple,
    )
    return schedule, plan


def _service(schedule: Schedule, service_id: UUID) -> Service:
    service = schedule.services.get(service_id) or get_service(service_id)
    if service is None:
        raise _unsuitable()
    return service


def _known_needs(schedule: Schedule, agreed: Agreed, place: UUID) -> dict[str, RoleNeed]:
    """Who could fill each role today, as far as the catalog still has the visit."""
    if not agreed.items:
        return {}
    try:
        plan = plan_visit(schedule, Wanted(agreed.service_ids, agreed.add_on_ids, location_id=place))
    except Problem:
        return {}
    return {need.name: need for need in plan.roles}


def _visit(agreed: Agreed, lead: str, services: list[Service]) -> Visit:
    """The visit as it was booked: segments and buffers from the time taken, the terms of today."""

    def minutes(at: datetime) -> int:
        return (at - agreed.starts_at) // _MINUTE

    end = minutes(agreed.ends_at)
    active = [
        Segment(
            claim.role,
            max(0, minutes(claim.starts_at)),
            min(end, minutes(claim.ends_at)) - max(0, minutes(claim.starts_at)),
        )
        for claim in sorted(agreed.claims, key=lambda claim: claim.role != lead)
    ]
    if agreed.is_party:
        active = [
            Segment(item.role, item.offset_minutes or 0, item.duration_minutes) for item in agreed.items
        ]
    terms = [terms_of(service) for service in services]
    horizons = [each.horizon_days for each in terms if each.horizon_days is not None]
    visit = Visit(
        # However its steps lie, the visit is as long as it was.
        (*active, Segment(lead, 0, end, SegmentKind.PROCESSING)),
        buffer_before_minutes=-min(0, *(minutes(claim.starts_at) for claim in agreed.claims)),
        buffer_after_minutes=max(end, *(minutes(claim.ends_at) for claim in agreed.claims)) - end,
        # A party has no grid.
        granularity_minutes=1 if agreed.is_party else terms[0].granularity_minutes,
        notice_minutes=max(each.notice_minutes for each in terms),
        horizon_days=min(horizons, default=None),
    )
    if not agreed.is_party:
        return visit
    begin = epoch(agreed.starts_at)
    return ExactVisit(
        **{each.name: getattr(visit, each.name) for each in fields(Visit)},
        claims=tuple(
            (claim.role, epoch(claim.starts_at) - begin, epoch(claim.ends_at) - begin)
            for claim in agreed.claims
        ),
    )


def _need(
    schedule: Schedule,
    agreed: Agreed,
    role: str,
    service: Service,
    known: RoleNeed | None,
    place: UUID | None,
    lead: Resource,
    lead_claim: TakenTime,
) -> RoleNeed:
    """Who may fill a role of the moved visit: the same person; any room or the like that would do."""
    service = known.service if known else service
    if role == lead_claim.role:
        able = known.candidates if known else schedule.able_for(service, service.lead_role, location_id=place)
        if lead.id not in {lead_claim.resource_id, *(each.id for each in able)}:
            raise _unsuitable()
        candidates: tuple[Resource, ...] = (schedule.at_place(lead, place) if place else lead,)
    else:
        now_there = next(claim.resource_id for claim in agreed.claims if claim.role == role)
        current = schedule.resources.get(now_there)
        others = known.candidates if known else ()
        same = tuple(each for each in others if each.id == now_there)
        if not same and current is not None and place in schedule.places_of(current):
            same = (schedule.at_place(current, place) if place else current,)
        if current is not None and current.kind == "person":
            others = ()
        candidates = (*same, *(each for each in others if each.id != now_there))
    if not candidates:
        raise _unsuitable()
    also = known.also if known else ()
    return RoleNeed(role, service, candidates[0].kind, frozenset(), candidates, also)


def _unsuitable() -> Invalid:
    return Invalid(
        "Nobody offers this as asked; choose another person or place.",
        code="RESOURCE_UNSUITABLE",
        field="resource_id",
    )
