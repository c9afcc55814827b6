"""From a wish to a visit: which segments, for which roles, and who could fill each.

Services of one visit follow each other, add-ons go where their service says. What one person could do for
all of it, one person does: a role of a later service is the same as an earlier one's of that name (or both
lead) when somebody can fill both and is not needed twice at once; else it is a role of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal
from uuid import UUID

from holdfast.capabilities.bookings.roles import able_for, roles_of, visit_of
from holdfast.capabilities.bookings.types import Item, RoleNeed, VisitPlan, Wanted
from holdfast.capabilities.catalog.types import LEAD, AddOn, Role, Service
from holdfast.capabilities.people.types import Resource
from holdfast.capabilities.schedules.types import Schedule
from holdfast.platform.errors import Invalid, NotFound
from holdfast.scheduling.segments import Visit, in_sequence, rename_roles, with_add_on

# The strictest flow of a visit's services is the visit's.
_STRICTNESS = ("instant", "hold", "approval")
# A service lasts a week at most, and so does a visit: lists of bookings look back no further.
_LONGEST_MINUTES = 7 * 24 * 60
# The same few wishes come again and again, and a hold has no time to lose.
_MOST_REMEMBERED = 1000

_Extras = tuple[tuple[Service, AddOn], ...]
# The visit, its roles by name, and by service the role that gives it.
_Composed = tuple[Visit, dict[str, RoleNeed], dict[UUID, str]]


class _NobodyError(Exception):
    """At this place nobody can fill the role."""


def plan_visit(schedule: Schedule, wanted: Wanted) -> VisitPlan:
    """Work out the visit that is wanted, whenever it may be.

    Raises `NotFound` for ids that are not there, and `Invalid`: ADD_ON_ALONE, ADD_ON_UNSUITABLE,
    CURRENCY_MIXED, VISIT_TOO_LONG, ROLE_UNKNOWN, and RESOURCE_UNSUITABLE where nobody could give it as asked.
    """
    known: VisitPlan | None = schedule.memo.get(wanted)
    if known is None:
        known = _compose(schedule, wanted)
        if len(schedule.memo) >= _MOST_REMEMBERED:
            schedule.memo.clear()
        schedule.memo[wanted] = known
    return known


def _compose(schedule: Schedule, wanted: Wanted) -> VisitPlan:
    services = tuple(find_service(schedule, service_id) for service_id in wanted.service_ids)
    if not services:
        raise Invalid("Choose a service.", field="service_id")
    if any(service.is_add_on for service in services):
        raise Invalid("This is only sold with another service.", code="ADD_ON_ALONE", field="service_id")
    _check_ids(schedule, wanted)
    added = _find_add_ons(schedule, services, wanted.add_on_ids)
    is_simple = _is_simple(services, wanted)
    visit, needs, leads = (
        _one_role(schedule, services[0], wanted)
        if is_simple
        else _at_first_place(schedule, services, added, wanted)
    )
    if visit.length_minutes > _LONGEST_MINUTES:
        raise Invalid("A visit lasts seven days at most.", code="VISIT_TOO_LONG", field="service_ids")
    items = (
        *(_item(service, "service", leads) for service in services),
        *(_item(service, "add_on", leads) for extras in added for service, _ in extras),
    )
    add_ons = tuple(service for extras in added for service, _ in extras)
    parts = (*services, *add_ons)
    if len({part.currency for part in parts}) > 1:
        raise Invalid("These are sold in different currencies.", code="CURRENCY_MIXED", field="service_ids")
    prices = [part.price_minor for part in parts if part.price_minor is not None]
    return VisitPlan(
        services=services,
        add_ons=add_ons,
        visit=visit,
        roles=tuple(needs[name] for name in visit.roles),
        items=items,
        price_minor=sum(prices) if len(prices) == len(parts) else None,
        currency=services[0].currency,
        title=" + ".join(part.name for part in parts),
        flow=max((part.flow for part in parts), key=_STRICTNESS.index),
        is_simple=is_simple,
    )


def find_service(schedule: Schedule, service_id: UUID, *, field: str = "service_id") -> Service:
    """Return the service if it is on sale; raises `NotFound`."""
    service = schedule.services.get(service_id)
    if service is None:
        raise NotFound("There is no such service.", field=field)
    return service


def _check_ids(schedule: Schedule, wanted: Wanted) -> None:
    if wanted.location_id is not None and wanted.location_id not in schedule.locations:
        raise NotFound("There is no such location.", field="location_id")
    named = [
        ("resource_id", wanted.resource_id),
        *(("resource_ids", resource_id) for resource_id in wanted.resource_ids),
        *(("roles", resource_id) for _, resource_id in wanted.roles),
    ]
    for field, resource_id in named:
        if resource_id is not None and resource_id not in schedule.resources:
            raise NotFound("There is no such resource.", field=field)
    is_one_of_them = wanted.resource_id in (None, *wanted.resource_ids) or wanted.match == "all"
    if wanted.resource_ids and not is_one_of_them:
        raise Invalid("Ask for one, or for whoever of several.", field="resource_ids")


def _find_add_ons(
    schedule: Schedule, services: Sequence[Service], add_on_ids: Sequence[UUID]
) -> tuple[_Extras, ...]:
    """The wanted add-ons by service; each goes once, with the first service that has it."""
    added: list[list[tuple[Service, AddOn]]] = [[] for _ in services]
    for add_on_id in dict.fromkeys(add_on_ids):
        extra = find_service(schedule, add_on_id, field="add_on_ids")
        for number, service in enumerate(services):
            known = next((each for each in service.add_ons if each.service_id == add_on_id), None)
            if known is not None:
                added[number].append((extra, known))
                break
        else:
            raise Invalid(
                "This cannot be added to the service.", code="ADD_ON_UNSUITABLE", field="add_on_ids"
            )
    return tuple(tuple(extras) for extras in added)


def _is_simple(services: Sequence[Service], wanted: Wanted) -> bool:
    if len(services) > 1 or wanted.add_on_ids:
        return False
    if wanted.match == "all" and len({*wanted.resource_ids, wanted.resource_id} - {None}) > 1:
        return False
    visit = visit_of(services[0])
    return visit.roles == (roles_of(services[0])[0].name,) and visit.active_spans(visit.lead) == [
        (0, visit.length_minutes * 60)
    ]


def _one_role(schedule: Schedule, service: Service, wanted: Wanted) -> _Composed:
    """The quick path: one service given by one resource, wherever it is."""
    role = roles_of(service)[0]
    limits = _limits(wanted, role.name)
    _check_role_names(wanted, {role.name})
    able = able_for(schedule, service, role, location_id=wanted.location_id)
    candidates = tuple(each for each in able if limits is None or each.id in limits)
    if not candidates:
        raise _unsuitable(wanted, role.name)
    need = RoleNeed(role.name, service, role.kind, frozenset(role.required_skills), candidates)
    return visit_of(service), {role.name: need}, {service.id: role.name}


def _at_first_place(
    schedule: Schedule, services: Sequence[Service], added: Sequence[_Extras], wanted: Wanted
) -> _Composed:
    """The visit at the first place, in display order, where every role can be filled."""
    places = [wanted.location_id] if wanted.location_id else list(schedule.locations)
    missing: str | None = None
    for place in places:
        try:
            composed = _Team(schedule, wanted, place).visit_of(services, added)
        except _NobodyError as nobody:
            missing = missing or str(nobody)
        else:
            _check_role_names(wanted, set(composed[1]))
            return composed
    raise _unsuitable(wanted, missing or "")


class _Team:
    """The roles of one visit at one place, as its services bring them."""

    def __init__(self, schedule: Schedule, wanted: Wanted, place: UUID) -> None:
        self._schedule = schedule
        self._wanted = wanted
        self._place = place
        self._needs: dict[str, RoleNeed] = {}
        self._leads: dict[UUID, str] = {}

    def visit_of(self, services: Sequence[Service], added: Sequence[_Extras]) -> _Composed:
        """Put services and add-ons one after another. Raises _NobodyError."""
        visits: list[Visit] = []
        for service, extras in zip(services, added, strict=True):
            visit = rename_roles(visit_of(service), self._join(service))
            for extra, add_on in extras:
                visit = self._add(visit, extra, add_on)
            visits.append(visit)
        visit = in_sequence(visits)
        if self._wanted.match == "all":
            visit = self._all_of_them(visit)
        return visit, self._needs, self._leads

    def _add(self, visit: Visit, extra: Service, add_on: AddOn) -> Visit:
        before = dict(self._needs)
        try:
            renamed = rename_roles(visit_of(extra), self._join(extra))
            return with_add_on(visit, renamed, at_minutes=add_on.at_minutes)
        except ValueError:
            # Whoever leads is busy with the service just then: somebody else does the add-on.
            self._needs = before
            renamed = rename_roles(visit_of(extra), self._join(extra, is_apart=True))
            return with_add_on(visit, renamed, at_minutes=add_on.at_minutes)

    def _join(self, service: Service, *, is_apart: bool = False) -> dict[str, str]:
        """Find a role of the visit, old or new, for each of the service's. Raises _NobodyError."""
        names: dict[str, str] = {}
        needed = {*visit_of(service).roles}
        for number, role in enumerate(roles_of(service)):
            if role.name not in needed:
                continue
            able = able_for(self._schedule, service, role, location_id=self._place)
            own_name = self._new_name(role.name, names)
            shared = None
            if not is_apart and _limits(self._wanted, own_name, is_lead=False) is None:
                shared = self._shared(service, role, able, names, leads=number == 0)
            names[role.name] = shared.name if shared else own_name
            self._needs[names[role.name]] = shared or self._new_need(service, role, own_name, able)
        self._leads[service.id] = names[visit_of(service).lead]
        return names

    def _shared(
        self,
        service: Service,
        role: Role,
        able: Sequence[Resource],
        names: Mapping[str, str],
        *,
        leads: bool,
    ) -> RoleNeed | None:
        """The role of the visit that could be this one too: of its name, or a leading one as this is."""
        leading = dict.fromkeys((next(iter(self._needs), ""), *self._leads.values())) if leads else {}
        options = [self._needs.get(role.name), *(self._needs.get(name) for name in leading)]
        if role.name == LEAD:
            # No name of its own.
            options = [*options[1:], options[0]]
        for known in options:
            if known is None or known.name in names.values() or known.kind != role.kind:
                continue
            both = tuple(each for each in known.candidates if each in able)
            if both:
                skills = known.required_skills | set(role.required_skills)
                return replace(known, candidates=both, required_skills=skills, also=(*known.also, service))
        return None

    def _new_need(self, service: Service, role: Role, name: str, able: Sequence[Resource]) -> RoleNeed:
        limits = _limits(self._wanted, name, is_lead=not self._needs)
        candidates = tuple(each for each in able if limits is None or each.id in limits)
        if not candidates:
            raise _NobodyError(name)
        return RoleNeed(name, service, role.kind, frozenset(role.required_skills), candidates)

    def _new_name(self, name: str, names: Mapping[str, str]) -> str:
        taken = {*self._needs, *names.values()}
        number = 1
        new = name
        while new in taken:
            number += 1
            new = f"{name} {number}"
        return new

    def _all_of_them(self, visit: Visit) -> Visit:
        """Let each of the named ones take part: lead beside the lead, or in a role of another kind."""
        lead = self._needs[visit.lead]
        named = (self._wanted.resource_id, *self._wanted.resource_ids)
        leading: list[Resource] = []
        for resource_id in dict.fromkeys(each for each in named if each is not None):
            able = next((each for each in lead.candidates if each.id == resource_id), None)
            if able is not None:
                leading.append(able)
            else:
                self._give_other_role(resource_id, lead.name)
        if not leading:
            raise _NobodyError(lead.name)
        segments = list(visit.segments)
        for resource in leading:
            name = lead.name if resource is leading[0] else self._new_name(lead.name, {})
            self._needs[name] = replace(lead, name=name, candidates=(resource,))
            if name != lead.name:
                segments += [replace(each, role=name) for each in visit.segments if each.role == lead.name]
        return replace(visit, segments=tuple(segments))

    def _give_other_role(self, resource_id: UUID, lead: str) -> None:
        """Fix one of the visit's other roles, a room's say, to a resource. Raises _NobodyError."""
        for need in self._needs.values():
            able = next((each for each in need.candidates if each.id == resource_id), None)
            if able is not None and need.name != lead:
                self._needs[need.name] = replace(need, candidates=(able,))
                return
        raise _NobodyError(lead)


def _limits(wanted: Wanted, role: str, *, is_lead: bool = True) -> set[UUID] | None:
    """Whom the wish allows in a role; None: anybody."""
    named = {resource_id for name, resource_id in wanted.roles if name == role}
    if named or not is_lead:
        return named or None
    if wanted.match == "all" and wanted.resource_ids:
        return {*wanted.resource_ids, *([wanted.resource_id] if wanted.resource_id else [])}
    if wanted.resource_id is not None:
        return {wanted.resource_id}
    return set(wanted.resource_ids) or None


def _check_role_names(wanted: Wanted, names: set[str]) -> None:
    if any(name not in names for name, _ in wanted.roles):
        raise Invalid("The visit has no such role.", code="ROLE_UNKNOWN", field="roles")


def _unsuitable(wanted: Wanted, role: str) -> Invalid:
    field = "service_id"
    if any(name == role for name, _ in wanted.roles):
        field = "roles"
    elif wanted.resource_id:
        field = "resource_id"
    elif wanted.resource_ids:
        field = "resource_ids"
    return Invalid(
        "Nobody offers this service as asked; choose another person or place.",
        code="RESOURCE_UNSUITABLE",
        field=field,
        role=role,
    )


def _item(service: Service, kind: Literal["service", "add_on"], leads: Mapping[UUID, str]) -> Item:
    return Item(
        service.id, service.name, kind, service.price_minor, service.duration_minutes, leads[service.id]
    )
