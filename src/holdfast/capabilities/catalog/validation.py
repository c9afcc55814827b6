"""What a service may not be: contradictions between its steps, its roles, its seats and its add-ons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from holdfast.capabilities.catalog.types import LEAD, AddOn, Role, Service
from holdfast.platform.errors import Invalid
from holdfast.scheduling.segments import Segment, SegmentKind, Visit


def check_service(
    *,
    duration_minutes: int,
    capacity: int,
    segments: Sequence[Segment],
    roles: Sequence[Role],
    changed: Collection[str] = ("segments", "roles"),
) -> None:
    """Let pass what the core can make a visit of. Raises `Invalid` with the field, one of `changed`."""
    names = [role.name for role in roles] or [LEAD]
    if len(set(names)) < len(names):
        raise Invalid("Two roles have one name.", field="roles")
    if capacity > 1 and (segments or len(names) > 1):
        raise Invalid(
            "A group has one person for all of it: either seats, or steps and several roles.",
            field="capacity" if "capacity" in changed else "segments",
        )
    if not segments:
        return
    for number, segment in enumerate(segments):
        if segment.role not in names:
            raise Invalid(
                f"There is no such role here; choose one of: {', '.join(names)}.",
                field=f"segments.{number}.role" if "segments" in changed else "roles",
            )
    try:
        visit = Visit(tuple(segments))
    except ValueError as problem:
        field, _, rest = str(problem).partition(" ")
        raise Invalid(f"{field[:1].upper()}{field[1:]} {rest}.", field="segments") from None
    if visit.length_minutes != duration_minutes:
        raise Invalid(
            f"The last step ends after {visit.length_minutes} minutes, the service takes {duration_minutes}.",
            field="segments" if "segments" in changed else "duration_minutes",
        )
    _check_roles_are_used(names, segments)


def check_add_ons(
    add_ons: Sequence[AddOn],
    known: Mapping[UUID, Service],
    *,
    service_id: UUID,
    location_id: UUID | None,
    currency: str,
    duration_minutes: int,
    is_add_on: bool,
) -> None:
    """Let pass add-ons that can be sold with the service. Raises `Invalid` with the field."""
    if add_ons and is_add_on:
        raise Invalid("An add-on has no add-ons of its own.", field="add_ons")
    if len({each.service_id for each in add_ons}) < len(add_ons):
        raise Invalid("An add-on is listed twice.", field="add_ons")
    for number, each in enumerate(add_ons):
        other = known.get(each.service_id)
        field = f"add_ons.{number}.service_id"
        if each.service_id == service_id:
            raise Invalid("A service cannot be added to itself.", field=field)
        if other is None:
            raise Invalid("There is no such service.", field=field)
        if not other.is_add_on:
            raise Invalid("This service is not an add-on; mark it with is_add_on first.", field=field)
        if other.location_id not in (None, location_id):
            raise Invalid("This add-on is sold at another location.", field=field)
        if other.currency != currency:
            raise Invalid("This add-on is sold in another currency.", field=field)
        if each.at_minutes is not None and each.at_minutes > duration_minutes:
            raise Invalid("The service is over by then.", field=f"add_ons.{number}.at_minutes")


def _check_roles_are_used(names: Sequence[str], segments: Sequence[Segment]) -> None:
    active = [segment for segment in segments if segment.kind is SegmentKind.ACTIVE]
    idle = [name for name in names if name not in {segment.role for segment in active}]
    if idle:
        raise Invalid(f"No step takes the role {idle[0]}.", field="roles")
    # Its hours anchor the grid of starts.
    if min(segment.offset_minutes for segment in active if segment.role == names[0]) > 0:
        raise Invalid("The first role leads: it must be at work from the start.", field="roles")
