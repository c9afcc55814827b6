"""Who could fill a role of a service, and when: the resources, and their calendars for the core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from holdfast.capabilities.bookings.types import RoleNeed, VisitPlan
from holdfast.capabilities.catalog.types import Role, Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.scheduling.hours import OpenWindow, applicable_rules
from holdfast.scheduling.intervals import Span, epoch, intersect, normalise
from holdfast.scheduling.segments import Segment, Visit
from holdfast.scheduling.slots import Calendar, Terms
from holdfast.scheduling.taken import Taken
from holdfast.scheduling.visits import Candidates
from holdfast.scheduling.zones import day_bounds


def terms_of(service: Service) -> Terms:
    """Return the service's terms as the core understands them."""
    return Terms(
        duration_minutes=service.duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        granularity_minutes=service.slot_granularity_minutes,
        notice_minutes=service.minimum_notice_minutes,
        horizon_days=service.horizon_days,
    )


def roles_of(service: Service) -> tuple[Role, ...]:
    """Return whom the service needs, the lead first: one person where it says nothing else.

    The skills of the service are those of its lead.
    """
    return (service.lead_role, *service.roles[1:])


def visit_of(service: Service) -> Visit:
    """Return the service as a visit of its own; where several roles begin it, the lead does.

    Without steps, every role is needed from beginning to end.
    """
    roles = roles_of(service)
    lead = roles[0].name
    visit = Visit.of_terms(terms_of(service), lead)
    if not service.segments:
        if len(roles) == 1:
            return visit
        return replace(
            visit, segments=tuple(Segment(role.name, 0, service.duration_minutes) for role in roles)
        )
    return replace(visit, segments=tuple(sorted(service.segments, key=lambda each: each.role != lead)))


def able_for(
    schedule: Schedule, service: Service, role: Role, *, location_id: UUID | None = None
) -> tuple[Resource, ...]:
    """Return who could fill a role of the service: of its kind, with its skills, there, in display order."""
    return schedule.able_for(service, role, location_id=location_id)


def candidates_of(
    schedule: Schedule,
    plan: VisitPlan,
    *,
    from_date: date,
    to_date: date,
    taken: Mapping[UUID, Taken],
) -> Candidates:
    """Return for each role who could fill it, with the time that each has, for starts on these local dates.

    `taken` is what is known to be taken, by resource; whoever is not in it has nothing else to do.
    """
    # A visit that begins on the last date may end days later.
    last = to_date if plan.is_simple else to_date + timedelta(days=1 + plan.visit.length_minutes // 1440)
    return {
        need.name: calendars_of(
            schedule, need, from_date=from_date, to_date=last, taken=taken, is_lead=need is plan.lead
        )
        for need in plan.roles
    }


def calendars_of(
    schedule: Schedule,
    need: RoleNeed,
    *,
    from_date: date,
    to_date: date,
    taken: Mapping[UUID, Taken],
    is_lead: bool = True,
) -> dict[UUID, Calendar]:
    """Return the calendar of each who could fill the role, on local dates of their place, both inclusive.

    In a lead's, windows of groups are left out: what starts there is published, not computed.
    """
    return {
        resource.id: Calendar(
            windows=_windows(schedule, resource, need, from_date, to_date, is_lead=is_lead),
            blackouts=schedule.blacked_out(resource, from_date, to_date),
            busy=taken.get(resource.id, Taken(())),
            capacity=resource.capacity,
        )
        for resource in need.candidates
    }


def is_group(window: OpenWindow, service: Service) -> bool:
    """Tell whether starts in the window have several seats for the service."""
    return (window.slot_capacity or service.capacity) > 1


def has_groups(schedule: Schedule, service: Service) -> bool:
    """Tell whether any opening hours could have several seats for the service."""
    return service.capacity > 1 or any(
        rule.slot_capacity is not None and rule.slot_capacity > 1 and rule.service_id in (None, service.id)
        for rule in schedule.rules
    )


def _windows(
    schedule: Schedule, resource: Resource, need: RoleNeed, from_date: date, to_date: date, *, is_lead: bool
) -> Sequence[OpenWindow]:
    if is_lead and not need.also and resource.kind == "person":
        return schedule.computed_windows(resource, need.service, from_date, to_date)
    windows = list(hours_of(schedule, resource, need.service, from_date, to_date))
    if is_lead:
        windows = [window for window in windows if not is_group(window, need.service)]
    for service in need.also:
        others = list(hours_of(schedule, resource, service, from_date, to_date))
        if others != windows:
            windows = list(_open_in_both(windows, others, need.service.slot_granularity_minutes))
    return windows


def hours_of(
    schedule: Schedule, resource: Resource, service: Service, from_date: date, to_date: date
) -> Sequence[OpenWindow]:
    """When the resource works. A room or a chair of which nothing is said is there whenever it is needed."""
    if resource.kind != "person" and not any(
        not rule.is_closed
        for rule in applicable_rules(
            schedule.rules, location_id=resource.location_id, resource_id=resource.id, service_id=service.id
        )
    ):
        zone = schedule.zone_of(resource.location_id)
        start, end = epoch(day_bounds(from_date, zone)[0]), epoch(day_bounds(to_date, zone)[1])
        return [OpenWindow(start, end, end, location_id=resource.location_id)]
    return schedule.windows(resource, service, from_date, to_date)


def _open_in_both(
    windows: Iterable[OpenWindow], others: Iterable[OpenWindow], granularity_minutes: int | None
) -> Iterable[OpenWindow]:
    """What is left of the windows inside the other's hours, each on its own grid still."""
    open_too: list[Span] = normalise((window.start, window.open_until) for window in others)
    for window in windows:
        step = (granularity_minutes or window.granularity_minutes) * 60
        for start, end in intersect([(window.start, window.open_until)], open_too):
            first = start + (window.start - start) % step
            if first < min(window.end, end):
                yield window._replace(start=first, end=min(window.end, end), open_until=end)
