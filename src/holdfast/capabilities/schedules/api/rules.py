"""Opening hours over HTTP (S1 `POST /admin/v1/availabilities`, S2 "Availability Table")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import (
    AliasChoices,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)

from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.schedules.commands import (
    create_opening_rules,
    delete_opening_rule,
    make_rule,
    update_opening_rule,
)
from holdfast.capabilities.schedules.queries import get_opening_rule, list_opening_rules
from holdfast.capabilities.schedules.types import Finding, StoredRule
from holdfast.capabilities.tenants.queries import list_locations
from holdfast.platform import clock
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.http.answers import WithMeta, answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import Date
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import RESOURCE_ID, Envelope, Input, Output
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.hours import RuleKind

router = Router(tags=["availabilities"])

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_MIDNIGHT = time(0)
_USUAL_GRID = 15


def _parse_clock(value: Any) -> time:
    """Return a time of the wall clock; 24:00 is the midnight that ends the day."""
    if isinstance(value, time):
        return value
    if value in ("24:00", "24:00:00"):
        return _MIDNIGHT
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a time of day like 09:00")
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)


def _clock_text(at: time) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


Clock = Annotated[
    time,
    PlainValidator(_parse_clock),
    PlainSerializer(_clock_text),
    WithJsonSchema({"type": "string", "description": "Wall-clock time of the location, like 09:00."}),
]
Kind = Literal["WEEKLY", "DATE_RANGE", "EXCEPTION"]
IsoDay = Annotated[StrictInt, Field(ge=1, le=7)]
Seats = Annotated[StrictInt, Field(ge=1, le=1000)]
Grid = Annotated[StrictInt, Field(ge=1, le=1440)]
_KIND = AliasChoices("kind", "rule_kind")


class AvailabilityTerms(Input):
    """What a rule says. S1's and S2's names are taken too (`rule_kind`, `stylist_id`, `is_available`)."""

    kind: Kind = Field("WEEKLY", validation_alias=_KIND)
    location_id: UUID | None = Field(None, description="Left out: the resource's, or the only one.")
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    service_id: UUID | None = None
    days_of_week: Annotated[list[IsoDay], Field(max_length=7)] = Field(
        default_factory=list, description="ISO weekdays: 1 is Monday, 7 is Sunday."
    )
    day_of_week: Annotated[StrictInt, Field(ge=0, le=6)] | None = Field(
        None, description="One weekday as S2 counts: 0 is Sunday."
    )
    start_time: Clock | None = None
    end_time: Clock | None = Field(None, description="At or before the start: on the next day.")
    valid_from: Date | None = None
    valid_to: Date | None = Field(None, description="The last date, included.")
    is_closed: StrictBool = False
    is_available: StrictBool | None = Field(None, description="S2's word: false is closed.")
    slot_capacity: Seats | None = Field(None, description="Seats at one start; null: as the service says.")
    slot_granularity_minutes: Grid | None = Field(None, description="Minutes between starts; null: 15.")


class Window(Input):
    """One of several windows of a day."""

    start_time: Clock
    end_time: Clock


class AvailabilityIn(AvailabilityTerms):
    """New opening hours: one window (`start_time`, `end_time`) or several (`windows`)."""

    windows: Annotated[list[Window], Field(min_length=1, max_length=20)] | None = None


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema["properties"].values():
        described.pop("default", None)


class AvailabilityChange(AvailabilityTerms):
    """A change: only what is sent changes. `version` may stand in for If-Match."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    version: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)] | None = None


class AvailabilityBody(Output):
    """A rule in the form in which it can be sent again."""

    kind: Kind
    location_id: UUID
    resource_id: UUID | None
    service_id: UUID | None
    days_of_week: list[int]
    start_time: Clock
    end_time: Clock
    valid_from: date | None
    valid_to: date | None
    is_closed: bool
    slot_capacity: int | None
    slot_granularity_minutes: int


class AvailabilityOut(AvailabilityBody):
    """A rule as it is kept."""

    id: UUID
    version: int


class AvailabilityDeleted(Output):
    """What is gone, and what to send to have it back."""

    id: UUID
    is_deleted: bool
    restore: AvailabilityBody


@router.get(
    "/availabilities",
    response=Envelope[list[AvailabilityOut]],
    operation_id="list_availabilities",
    auth=Needs("resources:read"),
)
def get_availabilities(
    request: HttpRequest,
    location_id: UUID | None = None,
    resource_id: UUID | None = None,
    service_id: UUID | None = None,
    kind: Kind | None = Query(None),
) -> HttpResponse:
    """List opening hours; an id narrows to rules that name it. An artist sees its own and everybody's."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = list_opening_rules(
            location_id=location_id,
            resource_id=resource_id,
            service_id=service_id,
            kind=RuleKind(kind) if kind else None,
        )
    shown = [_present(each) for each in found if _may_see(caller, each)]
    return answer(shown, {"total": len(shown)})


@router.get(
    "/availabilities/{availability_id}",
    response=Envelope[AvailabilityOut],
    operation_id="get_availability_rule",
    auth=Needs("resources:read"),
)
def get_availability_rule(request: HttpRequest, availability_id: UUID) -> HttpResponse:
    """Show one rule; its version is in ETag."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        stored = get_opening_rule(availability_id)
    if stored is None or not _may_see(caller, stored):
        raise NotFound("There are no such opening hours.")
    return with_version(answer(_present(stored)), stored.version)


@router.post(
    "/availabilities",
    response={201: Envelope[list[AvailabilityOut]]},
    operation_id="create_availability",
    auth=Needs("availability:manage"),
)
def post_availability(
    request: HttpRequest, availability: AvailabilityIn, strict: bool = Query(False)
) -> HttpResponse:
    """Open or close hours: a rule for each window. `meta.warnings` says what is odd, `strict` refuses it."""

    def work(caller: Caller) -> WithMeta:
        terms = _terms(availability, availability.model_fields_set)
        terms.setdefault("kind", "WEEKLY")
        if terms.get("resource_id") is None and caller.actor.only_own("availability:manage"):
            terms["resource_id"] = caller.actor.resource_id
        if terms.get("location_id") is None:
            terms["location_id"] = _usual_place(terms.get("resource_id"))
        rules = [make_rule(**terms, **window) for window in _windows(availability, terms)]
        made, warnings = create_opening_rules(
            actor=caller.actor, rules=rules, now=clock.now(), is_strict=strict
        )
        return WithMeta(
            [_present(each) for each in made], {"warnings": [_warning(each) for each in warnings]}
        )

    return change(request, work, status=201)


@router.patch(
    "/availabilities/{availability_id}",
    response=Envelope[AvailabilityOut],
    operation_id="change_availability",
    auth=Needs("availability:manage"),
)
def patch_availability(
    request: HttpRequest,
    availability_id: UUID,
    availability: AvailabilityChange,
    strict: bool = Query(False),
) -> HttpResponse:
    """Change a rule; it is checked as a new one is."""
    version = expected_version(request, availability.version)
    changes = _terms(availability, availability.model_fields_set - {"version"})
    if not changes:
        raise Invalid("Say what is to change.", field="body")
    for name in ("location_id", "start_time", "end_time"):
        if name in changes and changes[name] is None:
            raise Invalid("This cannot be empty.", field=name)

    def work(caller: Caller) -> WithMeta:
        changed, warnings = update_opening_rule(
            actor=caller.actor,
            rule_id=availability_id,
            changes=changes,
            expected_version=version,
            now=clock.now(),
            is_strict=strict,
        )
        return WithMeta(_present(changed), {"warnings": [_warning(each) for each in warnings]})

    return change(request, work)


@router.delete(
    "/availabilities/{availability_id}",
    response=Envelope[AvailabilityDeleted],
    operation_id="delete_availability",
    auth=Needs("availability:manage"),
)
def remove_availability(request: HttpRequest, availability_id: UUID) -> HttpResponse:
    """Take a rule away. `restore` in the answer, sent as a new one, brings it back."""
    version = expected_version(request)

    def work(caller: Caller) -> AvailabilityDeleted:
        gone = delete_opening_rule(actor=caller.actor, rule_id=availability_id, expected_version=version)
        return AvailabilityDeleted(
            id=availability_id,
            is_deleted=True,
            restore=AvailabilityBody.model_validate(gone.rule),
        )

    return change(request, work)


def _terms(availability: AvailabilityTerms, sent: set[str]) -> dict[str, Any]:
    """Return what was sent, in our words; raises `Invalid` where two words contradict each other."""
    terms = availability.model_dump(include=sent - {"day_of_week", "is_available", "windows"})
    # Dumping writes times as texts; the rule wants them as they are.
    terms |= {name: getattr(availability, name) for name in ("start_time", "end_time") if name in sent}
    if availability.day_of_week is not None:
        day = availability.day_of_week or 7
        if "days_of_week" in sent and availability.days_of_week != [day]:
            raise Invalid("Send either days_of_week or day_of_week.", field="day_of_week")
        terms["days_of_week"] = [day]
    if availability.is_available is not None:
        if "is_closed" in sent and availability.is_closed == availability.is_available:
            raise Invalid("Hours are either available or closed.", field="is_available")
        terms["is_closed"] = not availability.is_available
    if "slot_granularity_minutes" in terms:
        terms["slot_granularity_minutes"] = terms["slot_granularity_minutes"] or _USUAL_GRID
    return terms


def _windows(availability: AvailabilityIn, terms: dict[str, Any]) -> list[Mapping[str, time]]:
    """Take the windows out of the terms. Closed without hours means the whole day."""
    start, end = terms.pop("start_time", None), terms.pop("end_time", None)
    if availability.windows is not None:
        if start is not None or end is not None:
            raise Invalid("Send either windows or start_time and end_time.", field="windows")
        return [
            {"start_time": window.start_time, "end_time": window.end_time} for window in availability.windows
        ]
    if start is None and end is None and terms.get("is_closed"):
        start = end = _MIDNIGHT
    for name, at in (("start_time", start), ("end_time", end)):
        if at is None:
            raise Invalid("This is missing.", field=name)
    return [{"start_time": start, "end_time": end}]


def _usual_place(resource_id: UUID | None) -> UUID:
    """Return the place of the resource, or the only one there is."""
    if resource_id is not None:
        resource = get_resource(resource_id)
        if resource is None:
            raise NotFound("There is no such resource.", field="resource_id")
        return resource.location_id
    places = list_locations()
    if len(places) != 1:
        raise Invalid("Say at which location.", field="location_id")
    return places[0].id


def _may_see(caller: Caller, stored: StoredRule) -> bool:
    return not caller.actor.only_own("blackouts:read") or stored.rule.resource_id in (
        None,
        caller.actor.resource_id,
    )


def _present(stored: StoredRule) -> AvailabilityOut:
    body = AvailabilityBody.model_validate(stored.rule)
    return AvailabilityOut(**dict(body), id=stored.id, version=stored.version)


def _warning(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "detail": finding.detail,
        "rule_ids": [str(rule_id) for rule_id in finding.rule_ids],
        "on_date": finding.on_date.isoformat(),
    }
