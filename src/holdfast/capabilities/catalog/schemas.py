"""The shapes of the service menu over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, WithJsonSchema

from holdfast.capabilities.catalog.settings import MINIMUM_MINUTES
from holdfast.platform.http.schemas import Input, Line, Output, Text

# S0, table `services`: "Min: 15"; a business may set its own (USERS §4, 25).
LEAST_MINUTES = MINIMUM_MINUTES.usual
MOST_MINOR = 10**12


def _amount_text(value: Any) -> Any:
    """Write a JSON number as the plain decimal it stands for; texts stay as they are."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return value


Minutes = Annotated[StrictInt, Field(ge=0, le=1440)]
Offset = Annotated[StrictInt, Field(ge=0, le=10_080)]
Limit = Annotated[StrictInt, Field(ge=1, le=1000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[
    str,
    BeforeValidator(_amount_text),
    Field(max_length=24),
    WithJsonSchema({"type": ["string", "number"], "description": 'In major units: "120.00".'}),
]
RoleName = Annotated[str, Field(min_length=1, max_length=60)]
RoleKind = Literal["person", "room", "chair", "equipment"]


class SegmentOut(Output):
    """A step: whom it takes, from when after the start, for how long; while processing nobody is taken."""

    role: str
    offset_minutes: int
    duration_minutes: int
    kind: Literal["active", "processing"]


class RoleOut(Output):
    """Who or what is needed."""

    name: str
    kind: RoleKind
    required_skills: list[str]


class AddOnOut(Output):
    """What may be added, at the end or some minutes into the service."""

    service_id: UUID
    at_minutes: int | None


class ServiceOut(Output):
    """What is sold. `price` is in major units, `price_minor` in minor ones; null means on request."""

    id: UUID
    location_id: UUID | None
    name: str
    description: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price: str | None
    price_minor: int | None
    currency: str
    flow: str
    required_skills: list[str]
    slot_granularity_minutes: int | None
    minimum_notice_minutes: int
    horizon_days: int
    is_active: bool
    display_order: int
    capacity: int
    most_per_day: int | None
    most_per_week: int | None
    segments: list[SegmentOut]
    roles: list[RoleOut]
    requires_stylist: bool
    is_add_on: bool
    add_ons: list[AddOnOut]
    exposure: Literal["all", "curated"] | None
    publishes_slots: bool
    version: int


class SegmentIn(Input):
    """A step of a service."""

    role: RoleName | None = Field(None, description="Left out: the first role.")
    offset_minutes: Offset = 0
    duration_minutes: Annotated[StrictInt, Field(ge=1, le=10_080)]
    kind: Literal["active", "processing"] = "active"


class RoleIn(Input):
    """Who or what a service needs; the first role leads."""

    name: RoleName
    kind: RoleKind = "person"
    required_skills: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)


class AddOnIn(Input):
    """A service that may be added."""

    service_id: UUID
    at_minutes: Offset | None = None


class ServiceTerms(Input):
    """What may be said of a service; the documents' names are taken too (`duration_min`, `active`)."""

    description: Text = ""
    price: Amount | None = None
    price_minor: Annotated[StrictInt, Field(ge=0, le=MOST_MINOR)] | None = None
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = Field(
        0, validation_alias=AliasChoices("buffer_after_minutes", "buffer_time_minutes")
    )
    flow: Literal["instant", "hold", "approval"] = "instant"
    required_skills: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)
    slot_granularity_minutes: Annotated[StrictInt, Field(ge=1, le=1440)] | None = Field(
        None, description="Minutes between starts; null: as the opening hours say."
    )
    minimum_notice_minutes: Annotated[StrictInt, Field(ge=0, le=525_600)] = 0
    horizon_days: Annotated[StrictInt, Field(ge=1, le=1095)] = 365
    display_order: Annotated[StrictInt, Field(ge=-1_000_000, le=1_000_000)] = 0
    is_active: StrictBool = Field(True, validation_alias=AliasChoices("is_active", "active"))
    capacity: Limit = Field(1, description="Seats at one start; more than one makes a group.")
    most_per_day: Limit | None = Field(None, description="Of this service, for each who gives it.")
    most_per_week: Limit | None = None
    segments: Annotated[list[SegmentIn], Field(max_length=50)] = Field(
        default_factory=list, description="Steps; none: every role for the whole duration."
    )
    roles: Annotated[list[RoleIn], Field(max_length=20)] = Field(
        default_factory=list, description="The first leads; none: one person with the required skills."
    )
    requires_stylist: StrictBool = Field(
        True, description="S1's word: false means that the first role is a chair, not a person."
    )
    is_add_on: StrictBool = Field(False, description="Only sold with another service.")
    add_ons: Annotated[list[AddOnIn], Field(max_length=50)] = Field(default_factory=list)
    exposure: Literal["all", "curated"] | None = Field(None, description="Null: as the business has it.")
    publishes_slots: StrictBool = Field(
        False, description="Keep slot instances of it; groups always have them."
    )


_DURATION = AliasChoices("duration_minutes", "duration_min")
Duration = Annotated[StrictInt, Field(ge=1, le=10_080)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class ServiceIn(ServiceTerms):
    """A new service."""

    name: Name
    duration_minutes: Duration = Field(validation_alias=_DURATION)
    currency: Currency | None = None
    location_id: UUID | None = None


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema["properties"].values():
        described.pop("default", None)


class ServiceChange(ServiceTerms):
    """A change: only what is sent changes, lists as a whole. `version` may stand in for If-Match."""

    # The defaults are never applied, so they are not documented either.
    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    name: Name = ""
    duration_minutes: Duration = Field(LEAST_MINUTES, validation_alias=_DURATION)
    currency: Currency = "USD"
    version: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)] | None = None
