"""The service menu over HTTP."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from holdfast.capabilities.catalog.commands import (
    NewService,
    create_service,
    existing_service,
    update_service,
)
from holdfast.capabilities.catalog.queries import get_service, list_services
from holdfast.capabilities.catalog.schemas import (
    MOST_MINOR,
    ServiceChange,
    ServiceIn,
    ServiceOut,
    ServiceTerms,
)
from holdfast.capabilities.catalog.settings import MINIMUM_MINUTES
from holdfast.capabilities.catalog.types import LEAD, AddOn, Role, Service
from holdfast.platform.access import require
from holdfast.platform.errors import Invalid, NotFound
from holdfast.platform.http.answers import answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.money import Money, MoneyError, exponent_of, format_amount, parse_amount
from holdfast.scheduling.segments import Segment, SegmentKind

router = Router(tags=["services"])


@router.get("/services", response=Envelope[list[ServiceOut]], operation_id="list_services")
def get_services(request: HttpRequest, with_archived: bool = Query(False, alias="all")) -> HttpResponse:
    """List the menu; `all` adds archived services (staff)."""
    caller = caller_of(request)
    if with_archived:
        require(caller.actor, "services:manage")
    with tenant_context(caller.tenant_id, caller.actor.label):
        services = list_services(active_only=not with_archived)
    return answer([_present(each) for each in services], {"total": len(services)})


@router.get("/services/{service_id}", response=Envelope[ServiceOut], operation_id="get_service")
def get_one_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Show one service; an archived one only to those who manage the menu. Its version is in ETag."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        service = get_service(service_id)
    if service is None or not (service.is_active or caller.actor.can("services:manage")):
        raise NotFound("There is no such service.")
    return with_version(answer(_present(service)), service.version)


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
        lists = _lists(service, service.model_fields_set, known=())
        plain = service.model_dump(
            exclude={"price", "price_minor", "currency", "is_active", "requires_stylist", *lists}
        )
        new = NewService(
            **{
                **plain,
                **lists,
                "required_skills": tuple(service.required_skills),
                "currency": currency,
                "price_minor": _price_minor(service, currency),
            }
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
        known = existing_service(service_id).roles if sent & {"segments", "requires_stylist"} else ()
        changes = service.model_dump(include=sent - {"price", "requires_stylist"})
        changes |= _lists(service, sent, known=known)
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


def _lists(terms: ServiceTerms, sent: Collection[str], *, known: tuple[Role, ...]) -> dict[str, Any]:
    """Return the lists that were sent as the catalog knows them; `known` are the roles there are already."""
    lists: dict[str, Any] = {}
    roles = known
    if "roles" in sent:
        roles = tuple(Role(each.name, each.kind, tuple(each.required_skills)) for each in terms.roles)
        lists["roles"] = roles
    if "requires_stylist" in sent and terms.requires_stylist != _is_led_by_person(roles):
        if "roles" in sent and roles:
            raise Invalid("The first role says otherwise.", field="requires_stylist")
        # S1: what needs no stylist still takes a chair.
        roles = () if terms.requires_stylist else (Role(LEAD, "chair"),)
        lists["roles"] = roles
    if "segments" in sent:
        usual = roles[0].name if roles else LEAD
        lists["segments"] = tuple(
            Segment(each.role or usual, each.offset_minutes, each.duration_minutes, SegmentKind(each.kind))
            for each in terms.segments
        )
    if "add_ons" in sent:
        lists["add_ons"] = tuple(AddOn(each.service_id, each.at_minutes) for each in terms.add_ons)
    return lists


def _is_led_by_person(roles: tuple[Role, ...]) -> bool:
    return not roles or roles[0].kind == "person"


def _present(service: Service) -> ServiceOut:
    derived = {"price": _price_text(service), "requires_stylist": _is_led_by_person(service.roles)}
    return ServiceOut.model_validate({**asdict(service), **derived})


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
    if minor > MOST_MINOR:
        raise Invalid("This is more than a price can be.", field="price")
    return minor


def _check_currency(currency: str) -> None:
    try:
        exponent_of(currency)
    except MoneyError:
        raise Invalid("There is no such currency (ISO 4217).", field="currency") from None


def _check_duration(caller: Caller, minutes: int) -> None:
    least = MINIMUM_MINUTES.read(caller.settings.get("minimum_duration_minutes"))
    if minutes < least:
        raise Invalid(f"A service takes at least {least} minutes here.", field="duration_minutes")
