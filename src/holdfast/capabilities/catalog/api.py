"""The service menu over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, WithJsonSchema

from holdfast.capabilities.catalog.commands import (
    NewService,
    create_service,
    existing_service,
    update_service,
)
from holdfast.capabilities.catalog.queries import list_services
from holdfast.capabilities.catalog.types import Service
from holdfast.platform.access import require
from holdfast.platform.errors import Invalid
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope, Input, Line, Output, Text
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.money import Money, MoneyError, exponent_of, format_amount, parse_amount

router = Router(tags=["services"])

# S0, table `services`: "Min: 15"; a business may set its own (USERS §4, 25).
_LEAST_MINUTES = 15
_MOST_MINOR = 10**12


def _amount_text(value: Any) -> Any:
    """Write a JSON number as the plain decimal it stands for; texts stay as they are."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return value


Minutes = Annotated[StrictInt, Field(ge=0, le=1440)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[
    str,
    BeforeValidator(_amount_text),
    Field(max_length=24),
    WithJsonSchema({"type": ["string", "number"], "description": 'In major units: "120.00".'}),
]


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
    slot_granularity_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    is_active: bool
    display_order: int
    version: int


class ServiceTerms(Input):
    """What may be said of a service; S0's names are taken too (`duration_min`, `price`)."""

    description: Text = ""
    price: Amount | None = None
    price_minor: Annotated[StrictInt, Field(ge=0, le=_MOST_MINOR)] | None = None
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = 0
    flow: Literal["instant", "hold", "approval"] = "instant"
    required_skills: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)
    slot_granularity_minutes: Annotated[StrictInt, Field(ge=1, le=1440)] = 15
    minimum_notice_minutes: Annotated[StrictInt, Field(ge=0, le=525_600)] = 0
    horizon_days: Annotated[StrictInt, Field(ge=1, le=1095)] = 365
    display_order: Annotated[StrictInt, Field(ge=-1_000_000, le=1_000_000)] = 0
    is_active: StrictBool = True


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
    """A change: only what is sent changes. `version` may stand in for If-Match."""

    # The defaults are never applied, so they are not documented either.
    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    name: Name = ""
    duration_minutes: Duration = Field(_LEAST_MINUTES, validation_alias=_DURATION)
    currency: Currency = "USD"
    version: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)] | None = None


@router.get("/services", response=Envelope[list[ServiceOut]], operation_id="list_services")
def get_services(request: HttpRequest, with_archived: bool = Query(False, alias="all")) -> HttpResponse:
    """List the menu; `all` adds archived services (staff)."""
    caller = caller_of(request)
    if with_archived:
        require(caller.actor, "services:manage")
    with tenant_context(caller.tenant_id, caller.actor.label):
        services = list_services(active_only=not with_archived)
    return answer([_present(each) for each in services], {"total": len(services)})


@router.post(
    "/services",
    response={201: Envelope[ServiceOut]},
    operation_id="create_service",
    auth=Needs("services:manage"),
)
def post_service(request: HttpRequest, service: ServiceIn) -> HttpResponse:
    """Add a service to the menu."""

    def work(caller: Caller) -> ServiceOut:
        currency = service.currency or caller.currency
        _check_currency(currency)
        _check_duration(caller, service.duration_minutes)
        new = NewService(
            name=service.name,
            duration_minutes=service.duration_minutes,
            currency=currency,
            price_minor=_price_minor(service, currency),
            description=service.description,
            location_id=service.location_id,
            buffer_before_minutes=service.buffer_before_minutes,
            buffer_after_minutes=service.buffer_after_minutes,
            flow=service.flow,
            required_skills=tuple(service.required_skills),
            slot_granularity_minutes=service.slot_granularity_minutes,
            minimum_notice_minutes=service.minimum_notice_minutes,
            horizon_days=service.horizon_days,
            display_order=service.display_order,
        )
        made = create_service(actor=caller.actor, service=new)
        if not service.is_active:
            made = update_service(
                actor=caller.actor,
                service_id=made.id,
                changes={"is_active": False},
                expected_version=None,
            )
        return _present(made)

    return change(request, work, status=201)


@router.patch(
    "/services/{service_id}",
    response=Envelope[ServiceOut],
    operation_id="change_service",
    auth=Needs("services:manage"),
)
def patch_service(request: HttpRequest, service_id: UUID, service: ServiceChange) -> HttpResponse:
    """Change a service, or archive it with `is_active`; what is booked keeps what it was promised."""
    version = expected_version(request, service.version)
    sent = service.model_fields_set - {"version"}
    if not sent:
        raise Invalid("Say what is to change.", field="body")

    def work(caller: Caller) -> ServiceOut:
        changes = service.model_dump(include=sent - {"price"})
        if "duration_minutes" in sent:
            _check_duration(caller, service.duration_minutes)
        if "currency" in sent:
            _check_currency(service.currency)
            if not sent & {"price", "price_minor"}:
                # A number of minor units means nothing without its currency.
                raise Invalid("Send the price together with its currency.", field="price")
        if "price" in sent:
            currency = service.currency if "currency" in sent else existing_service(service_id).currency
            changes["price_minor"] = _price_minor(service, currency)
        return _present(
            update_service(
                actor=caller.actor, service_id=service_id, changes=changes, expected_version=version
            )
        )

    return change(request, work)


def _present(service: Service) -> ServiceOut:
    return ServiceOut.model_validate({**asdict(service), "price": _price_text(service)})


def _price_text(service: Service) -> str | None:
    if service.price_minor is None:
        return None
    return format_amount(Money(service.price_minor, service.currency))


def _price_minor(terms: ServiceTerms, currency: str) -> int | None:
    """Return the price in minor units, however it was sent; raises `Invalid`."""
    if terms.price is None:
        return terms.price_minor
    if terms.price_minor is not None:
        raise Invalid("Send either price or price_minor.", field="price")
    try:
        minor = parse_amount(terms.price, currency).minor
    except MoneyError as reason:
        raise Invalid(f"{str(reason)[:1].upper()}{str(reason)[1:]}.", field="price") from None
    if minor > _MOST_MINOR:
        raise Invalid("This is more than a price can be.", field="price")
    return minor


def _check_currency(currency: str) -> None:
    try:
        exponent_of(currency)
    except MoneyError:
        raise Invalid("There is no such currency (ISO 4217).", field="currency") from None


def _check_duration(caller: Caller, minutes: int) -> None:
    least = int(caller.settings.get("minimum_duration_minutes", _LEAST_MINUTES))
    if minutes < least:
        raise Invalid(f"A service takes at least {least} minutes here.", field="duration_minutes")
