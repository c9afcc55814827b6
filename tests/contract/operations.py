"""Every operation of the API with a request that works, to be spoilt in one place at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.main.openapi import describe
from holdfast.platform.db.rows import fetch_value
from holdfast.platform.tenancy import tenant_context
from tests.api_client import Answer, ApiClient, new_key
from tests.capabilities.bookings.classes import publish_class
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.contract import menu
from tests.contract.link_requests import link_requests
from tests.contract.message_requests import message_requests
from tests.contract.move_requests import move_requests
from tests.contract.party_requests import party_requests
from tests.contract.portfolio_requests import portfolio_requests
from tests.contract.series_requests import series_requests
from tests.contract.settings_requests import settings_requests
from tests.contract.studio_requests import studio_requests
from tests.contract.waitlist_requests import waitlist_requests

UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"
BLACKOUT = {"start_time": "2031-01-01T09:00:00Z", "end_time": "2031-01-02T09:00:00Z", "reason": "x"}


@dataclass
class Request:
    """A request in parts. `kinds` says what each query and body value is: id, time, date, month, zone …"""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    token: str = ""
    customer_token: str = ""
    picture: bytes = b""
    """Sent as the body, instead of JSON."""

    def send(self, client: ApiClient, **headers: str) -> Answer:

        target = f"{self.path}?{urlencode(self.query)}" if self.query else self.path
        if self.token:
            headers.setdefault("X_Booking_Token", self.token)
        if self.customer_token:
            headers.setdefault("X_Customer_Token", self.customer_token)
        if self.method != "GET":
            headers.setdefault("Idempotency_Key", new_key())
        if self.picture:
            headers.setdefault("Content_Type", "image/png")
            return client.send(self.method, target, self.picture, **headers)
        return client.send(self.method, target, self.body, **headers)

    def spoilt(self, place: str, name: str, value: Any) -> Request:
        """A copy with one value of "query" or "body" replaced."""
        other = copy.deepcopy(self)
        if place == "query":
            other.query[name] = value
        else:
            assert other.body is not None
            other.body[name] = value
        return other


@dataclass(frozen=True)
class World:
    """What the requests are about: a business, and one it must know nothing of."""

    shop: Business
    foreign: Business
    blackout_id: UUID
    foreign_blackout_id: UUID
    prepared: list[dict[str, Request]] = field(default_factory=list, compare=False)
    """Requests that were made with the world, for the first who asks."""


def make_world() -> World:
    """Two businesses with a blackout each."""
    shop, foreign = make_business("shop"), make_business("foreign")
    for business in (shop, foreign):
        publish_class(business)
    return World(shop, foreign, _blackout(shop), _blackout(foreign))


def _blackout(business: Business) -> UUID:
    with tenant_context(business.tenant_id, TESTER.label):
        starts_at, ends_at = business.start(days=60), business.start(days=60, hour=12)
        return create_blackout(actor=TESTER, starts_at=starts_at, ends_at=ends_at)


def _slot_of(business: Business) -> UUID:
    with tenant_context(business.tenant_id, TESTER.label):
        slot: UUID = fetch_value("select id from slot_instance where is_group order by starts_at limit 1")
    return slot


def _rule_of(business: Business) -> UUID:
    with tenant_context(business.tenant_id, TESTER.label):
        rule: UUID = fetch_value("select id from opening_rule order by id limit 1")
    return rule


def requests(world: World) -> dict[str, Request]:
    """One working request for each operation id of the OpenAPI file."""
    if world.prepared:
        return world.prepared.pop()
    shop = world.shop
    cut, resource, location = str(shop.services["cut"]), str(shop.resource_ids[0]), str(shop.location_id)
    day = shop.start(days=9).astimezone(shop.zone).date()
    held = book(shop, "cut", shop.start(days=20))
    by_id = f"/api/v1/bookings/{held.booking_id}"
    free = {
        "service_id": cut,
        "resource_id": resource,
        "resource_ids": resource,
        "match": "any",
        "location_id": location,
        "party_size": "1",
    }
    free_kinds = {
        "service_id": "id",
        "resource_id": "id",
        "resource_ids": "id",
        "match": "word",
        "location_id": "id",
        "party_size": "number",
    }
    booking = {
        "service_id": str(shop.services["book"]),
        "service_ids": [str(shop.services["book"])],
        "add_on_ids": [],
        "resource_ids": [resource],
        "match": "any",
        "roles": {"lead": resource},
        "start_time": shop.start(days=9).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "client_name": "Ann",
        "client_email": "ann@example.com",
        "client_phone": "+49 30 1234567",
        "artist_id": resource,
        "location_id": location,
        "notes": "window seat",
    }
    booking_kinds = {
        "service_id": "id",
        "service_ids": "ids",
        "add_on_ids": "ids",
        "resource_ids": "ids",
        "match": "word",
        "roles": "people",
        "start_time": "start",
        "client_name": "line",
        "client_email": "line",
        "client_phone": "line",
        "artist_id": "id",
        "location_id": "id",
        "notes": "text",
    }
    service = {
        "name": "New",
        "description": "Nice",
        "price": "12.50",
        "currency": "EUR",
        "duration_min": 30,
        "buffer_before_minutes": 5,
        "slot_granularity_minutes": 15,
        "minimum_notice_minutes": 0,
        "horizon_days": 90,
        "flow": "hold",
        "is_active": True,
        "display_order": 3,
        **menu.SERVICE,
    }
    service_kinds = {
        "name": "line",
        "description": "text",
        "price": "amount",
        "currency": "word",
        "duration_min": "number",
        "buffer_before_minutes": "number",
        "slot_granularity_minutes": "number",
        "minimum_notice_minutes": "number",
        "horizon_days": "number",
        "flow": "word",
        "is_active": "flag",
        "display_order": "number",
        **menu.SERVICE_KINDS,
    }
    hours = {**menu.HOURS, "location_id": location, "stylist_id": resource, "service_id": cut}
    free_ids = {"service_id": cut, "resource_id": resource, "location_id": location}
    rule = f"/api/v1/availabilities/{_rule_of(shop)}"
    times = dict(BLACKOUT) | {
        "is_recurring": False,
        "rrule": "FREQ=YEARLY",
        "except_dates": ["2032-01-01"],
        "conflicts": "keep",
        "resolutions": [],
    }
    time_kinds = {
        "start_time": "time",
        "end_time": "time",
        "reason": "line",
        "is_recurring": "flag",
        "rrule": "rule",
        "except_dates": "dates",
        "conflicts": "word",
        "resolutions": "decisions",
    }
    blackout = times | {"stylist_id": resource, "location_id": location}
    blackout_kinds = time_kinds | {"stylist_id": "id", "location_id": "id"}
    reason_kinds = {"reason": "text", "version": "number"}
    return {
        "list_services": Request("GET", "/api/v1/services", {"all": "true"}, kinds={"all": "word"}),
        "create_service": Request(
            "POST",
            "/api/v1/services",
            body=service | {"location_id": location},
            kinds=service_kinds | {"location_id": "id"},
        ),
        "get_service": Request("GET", f"/api/v1/services/{cut}"),
        "change_service": Request("PATCH", f"/api/v1/services/{cut}", body=service, kinds=service_kinds),
        "list_resources": Request(
            "GET", "/api/v1/resources", {"location_id": location}, kinds={"location_id": "filter"}
        ),
        "list_locations": Request("GET", "/api/v1/locations"),
        "get_availability": Request(
            "GET",
            "/api/v1/availability",
            free | {"month": f"{day:%Y-%m}", "timezone": "Asia/Tokyo"},
            kinds=free_kinds | {"month": "month", "timezone": "zone"},
        ),
        "list_dates": Request(
            "GET",
            "/api/v1/dates",
            free | {"from": str(day), "to": str(day)},
            kinds=free_kinds | {"from": "date", "to": "date"},
        ),
        "list_slots": Request(
            "GET",
            "/api/v1/slots",
            free | {"date": str(day), "timezone": "Asia/Tokyo"},
            kinds=free_kinds | {"date": "date", "timezone": "zone"},
        ),
        "explain_availability": Request(
            "GET",
            "/api/v1/availability/why-not",
            free | {"date": str(day)},
            kinds=free_kinds | {"date": "date"},
        ),
        "create_booking": Request("POST", "/api/v1/bookings", body=booking, kinds=booking_kinds),
        "list_bookings": Request(
            "GET",
            "/api/v1/bookings",
            {"start": str(day), "end": str(day), "status": "held", "resource_id": resource, "limit": "5"},
            kinds={
                "start": "time",
                "end": "time",
                "status": "word",
                "resource_id": "filter",
                "limit": "number",
            },
        ),
        "get_booking": Request("GET", by_id, token=held.token),
        "get_booking_history": Request("GET", f"{by_id}/history", token=held.token),
        "confirm_booking": Request(
            "POST",
            f"{by_id}/confirm",
            body={"client_name": "Ann", "client_email": "ann@example.com", "notes": "x", "version": 1},
            kinds={"client_name": "line", "client_email": "line", "notes": "text", "version": "number"},
            token=held.token,
        ),
        "change_booking": Request(
            "PATCH",
            by_id,
            body={"status": "cancelled", "reason": "ill", "version": 1},
            kinds=reason_kinds | {"status": "word"},
            token=held.token,
        ),
        "cancel_booking": Request(
            "DELETE", by_id, body={"reason": "ill", "version": 1}, kinds=reason_kinds, token=held.token
        ),
        "report_exposure": Request(
            "GET",
            "/api/v1/reports/exposure",
            {"from": str(day), "to": str(day), "service_id": cut},
            kinds={"from": "date", "to": "date", "service_id": "filter"},
        ),
        "generate_slots": Request(
            "POST",
            "/api/v1/slots/generate",
            body={
                "from": str(day),
                "to": str(day),
                "service_id": cut,
                "location_id": location,
                "stylist_id": resource,
            },
            kinds={"from": "date", "to": "date", "service_id": "id", "location_id": "id", "stylist_id": "id"},
        ),
        "list_slot_instances": Request(
            "GET",
            "/api/v1/slot-instances",
            {
                "from": str(day),
                "to": str(day),
                "service_id": cut,
                "resource_id": resource,
                "location_id": location,
                "status": "open",
                "limit": "5",
            },
            kinds={
                "from": "time",
                "to": "time",
                "service_id": "filter",
                "resource_id": "filter",
                "location_id": "filter",
                "status": "word",
                "limit": "number",
            },
        ),
        "change_slot": Request(
            "PATCH",
            f"/api/v1/slots/{_slot_of(shop)}",
            body={"is_blocked": True},
            kinds={"is_blocked": "flag"},
        ),
        "list_availabilities": Request(
            "GET",
            "/api/v1/availabilities",
            free_ids | {"kind": "WEEKLY"},
            kinds=dict.fromkeys(free_ids, "filter") | {"kind": "word"},
        ),
        "create_availability": Request("POST", "/api/v1/availabilities", body=hours, kinds=menu.HOURS_KINDS),
        "get_availability_rule": Request("GET", rule),
        "change_availability": Request(
            "PATCH",
            rule,
            body=hours | {"version": 1},
            kinds=menu.HOURS_KINDS | {"version": "number"},
        ),
        "delete_availability": Request("DELETE", rule),
        "list_blackouts": Request(
            "GET",
            "/api/v1/blackouts",
            {"start": str(day), "end": str(day), "resource_id": resource, "expand": "true"},
            kinds={"start": "time", "end": "time", "resource_id": "filter", "expand": "word"},
        ),
        "create_blackout": Request("POST", "/api/v1/blackouts", body=blackout, kinds=blackout_kinds),
        "get_blackout": Request("GET", f"/api/v1/blackouts/{world.blackout_id}"),
        "change_blackout": Request(
            "PATCH",
            f"/api/v1/blackouts/{world.blackout_id}",
            body=times | {"version": 1},
            kinds=time_kinds | {"version": "number"},
        ),
        "delete_blackout": Request("DELETE", f"/api/v1/blackouts/{world.blackout_id}"),
        **{name: Request(**parts) for name, parts in message_requests(shop, held.booking_id).items()},
        **{name: Request(**parts) for name, parts in move_requests(shop).items()},
        **{name: Request(**parts) for name, parts in link_requests(shop).items()},
        **{name: Request(**parts) for name, parts in party_requests(shop).items()},
        **{name: Request(**parts) for name, parts in portfolio_requests(shop).items()},
        **{name: Request(**parts) for name, parts in series_requests(shop).items()},
        **{name: Request(**parts) for name, parts in settings_requests(shop).items()},
        **{name: Request(**parts) for name, parts in studio_requests(shop).items()},
        **{name: Request(**parts) for name, parts in waitlist_requests(shop).items()},
    }


def values(request: Request) -> Iterator[tuple[str, str, str]]:
    """Place, name and kind of every value that the request carries."""
    for name in request.query:
        yield "query", name, request.kinds[name]
    for name in request.body or ():
        yield "body", name, request.kinds[name]


OPERATIONS = [
    operation["operationId"] for path in describe()["paths"].values() for operation in path.values()
]
STAFF_ONLY = {
    operation["operationId"]
    for path in describe()["paths"].values()
    for operation in path.values()
    if "x-permission" in operation
}
