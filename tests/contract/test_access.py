"""Who may call what (TRUST T9, T11): deny by default, and other businesses' ids are unknown ids."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api_client import Answer, ApiClient
from tests.cluster import Database
from tests.contract.operations import OPERATIONS, STAFF_ONLY, UNKNOWN_ID, Request, World, requests, values
from tests.contract.rows import fingerprint

# Whatever anybody may ask without signing in; everything else must say what it needs (T11).
PUBLIC = {
    "get_portfolio",
    "list_services",
    "get_service",
    "list_resources",
    "list_locations",
    "get_availability",
    "list_dates",
    "list_slots",
    # Times, statuses and ranks only.
    "list_options",
    "create_booking",
    "plan_party",
    "book_party",
    "join_waitlist",
    # These ask for the booking's token.
    "get_booking",
    "get_booking_history",
    "confirm_booking",
    "change_booking",
    "cancel_booking",
    "create_booking_token",
    "get_waitlist_entry",
    "leave_waitlist",
    "ask_for_customer_link",
    # These ask for the token of a customer's link.
    "list_own_bookings",
    "revoke_customer_links",
}


def test_a_new_operation_must_say_who_may_call_it() -> None:
    assert set(OPERATIONS) == STAFF_ONLY | PUBLIC
    assert not STAFF_ONLY & PUBLIC


@pytest.mark.parametrize("name", OPERATIONS)
def test_strangers(world: World, owner: ApiClient, database: Database, name: str) -> None:
    """Deny by default: without a session or a token only the public operations answer."""
    request = requests(world)[name]
    request.token = request.customer_token = ""
    request.query.pop("all", None)
    before = fingerprint(database)
    answer = request.send(ApiClient(world.shop.slug))
    if name in PUBLIC - {
        "get_booking",
        "get_booking_history",
        "confirm_booking",
        "change_booking",
        "cancel_booking",
        "create_booking_token",
        "get_waitlist_entry",
        "leave_waitlist",
        "list_own_bookings",
        "revoke_customer_links",
    }:
        assert answer.status in (200, 201, 202)
    else:
        assert (answer.status, answer.error) == (401, "UNAUTHENTICATED")
        assert fingerprint(database) == before


@pytest.mark.parametrize("name", OPERATIONS)
def test_other_businesses_ids_are_unknown_ids(
    world: World, owner: ApiClient, database: Database, name: str
) -> None:
    """T9: byte for byte the same answer, but for the id of the request."""
    request = requests(world)[name]
    foreign = requests(World(world.foreign, world.shop, world.foreign_blackout_id, world.blackout_id))[name]
    before = fingerprint(database)

    def shown(answer: Answer) -> tuple[int, Any]:
        document = answer.json
        document.pop("request_id", None)
        document.get("meta", {}).pop("as_of", None)
        return answer.status, document

    for client in (owner, ApiClient(world.shop.slug)):
        for place, field, kind in values(request):
            if kind in ("id", "filter"):
                theirs = (foreign.query if place == "query" else foreign.body or {})[field]
                assert shown(request.spoilt(place, field, theirs).send(client)) == shown(
                    request.spoilt(place, field, UNKNOWN_ID).send(client)
                )
        if foreign.path != request.path:
            unknown = Request(**(vars(foreign) | {"path": _with_unknown_id(foreign.path)}))
            seen = shown(foreign.send(client))
            assert seen == shown(unknown.send(client))
            assert seen[0] in (401, 404)
    assert fingerprint(database) == before


def _with_unknown_id(path: str) -> str:
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", UNKNOWN_ID, path, count=1)


@pytest.mark.parametrize("name", OPERATIONS)
def test_safe_methods_change_nothing(world: World, owner: ApiClient, database: Database, name: str) -> None:
    """T17: no change by GET and its kin, whatever the query or a header says the method should be."""
    request = requests(world)[name]
    before = fingerprint(database)
    for method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        for client in (owner, ApiClient(world.shop.slug)):
            answer = client.send(
                method,
                f"{request.path}?_method={request.method}&status=cancelled",
                None if method == "GET" else request.body,
                X_HTTP_Method_Override=request.method,
                X_Booking_Token=request.token or "x",
            )
            assert answer.status in (200, 401, 403, 404, 405, 422), (method, answer.body)
    assert fingerprint(database) == before
