"""Idempotency keys on every mutation (TRUST G9, T6): one effect, the same bytes, nobody else's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.contract.rows import fingerprint


@dataclass
class Mutation:
    """One request, another that differs, and how to ask what it has done."""

    method: str
    path: str
    body: Any
    other_body: Any
    effects: str
    as_guest: bool = False
    token: str = ""

    def send(self, client: ApiClient, key: str, *, other: bool = False) -> Answer:
        headers = {"X_Booking_Token": self.token} if self.token else {}
        body = self.other_body if other else self.body
        return client.send(self.method, self.path, body, Idempotency_Key=key, **headers)


def _post_service(shop: Business) -> Mutation:
    body = {"name": "New", "duration_min": 30}
    return Mutation("POST", "/api/v1/services", body, body | {"name": "Else"}, "select count(*) from service")


def _patch_service(shop: Business) -> Mutation:
    path = f"/api/v1/services/{shop.services['cut']}"
    effects = f"select version from service where id = '{shop.services['cut']}'"
    return Mutation("PATCH", path, {"name": "Trim"}, {"name": "Shave"}, effects)


def _post_blackout(shop: Business) -> Mutation:
    body = {"start_time": "2031-01-01", "end_time": "2031-01-02"}
    return Mutation(
        "POST", "/api/v1/blackouts", body, body | {"reason": "x"}, "select count(*) from blackout"
    )


def _patch_blackout(shop: Business) -> Mutation:
    made = staff_client(shop, "admin").post(
        "/api/v1/blackouts", {"start_time": "2031-01-01", "end_time": "2031-01-02"}
    )
    path = f"/api/v1/blackouts/{made.data['id']}"
    return Mutation("PATCH", path, {"reason": "x"}, {"reason": "y"}, "select version from blackout")


def _delete_blackout(shop: Business) -> Mutation:
    made = staff_client(shop, "admin").post(
        "/api/v1/blackouts", {"start_time": "2031-01-01", "end_time": "2031-01-02"}
    )
    path = f"/api/v1/blackouts/{made.data['id']}"
    return Mutation("DELETE", path, None, {"x": 1}, "select -count(*) from blackout")


def _post_hours(shop: Business) -> Mutation:
    body = {"days_of_week": [1], "start_time": "21:00", "end_time": "22:00"}
    return Mutation(
        "POST",
        "/api/v1/availabilities",
        body,
        body | {"start_time": "21:30"},
        "select count(*) from opening_rule",
    )


def _hours_path(shop: Business) -> str:
    made = staff_client(shop, "admin").post(
        "/api/v1/availabilities", {"days_of_week": [1], "start_time": "21:00", "end_time": "22:00"}
    )
    return f"/api/v1/availabilities/{made.data[0]['id']}"


def _patch_hours(shop: Business) -> Mutation:
    effects = "select sum(version) from opening_rule"
    return Mutation("PATCH", _hours_path(shop), {"end_time": "23:00"}, {"end_time": "22:30"}, effects)


def _delete_hours(shop: Business) -> Mutation:
    return Mutation("DELETE", _hours_path(shop), None, {"x": 1}, "select -count(*) from opening_rule")


def _post_booking(shop: Business) -> Mutation:
    body = {
        "service_id": str(shop.services["book"]),
        "start_time": shop.start().isoformat(),
        "client_name": "Ann",
        "client_email": "ann@example.com",
    }
    return Mutation(
        "POST",
        "/api/v1/bookings",
        body,
        body | {"client_name": "Bob"},
        "select count(*) from booking_event",
        as_guest=True,
    )


def _moved(method: str, tail: str, body: Any, other: Any) -> Callable[[Business], Mutation]:
    def build(shop: Business) -> Mutation:
        made = book(shop, "cut")
        path = f"/api/v1/bookings/{made.booking_id}{tail}"
        effects = "select count(*) from booking_event"
        return Mutation(method, path, body, other, effects, as_guest=True, token=made.token)

    return build


MUTATIONS: dict[str, Callable[[Business], Mutation]] = {
    "create_service": _post_service,
    "change_service": _patch_service,
    "create_availability": _post_hours,
    "change_availability": _patch_hours,
    "delete_availability": _delete_hours,
    "create_blackout": _post_blackout,
    "change_blackout": _patch_blackout,
    "delete_blackout": _delete_blackout,
    "create_booking": _post_booking,
    "confirm_booking": _moved("POST", "/confirm", None, {"notes": "x"}),
    "change_booking": _moved("PATCH", "", {"status": "cancelled"}, {"status": "confirmed"}),
    "cancel_booking": _moved("DELETE", "", None, {"reason": "x"}),
}


@pytest.fixture
def shop(database: Database) -> Business:
    return make_business()


@pytest.fixture(params=MUTATIONS)
def mutation(request: pytest.FixtureRequest, shop: Business) -> Iterator[Mutation]:
    yield MUTATIONS[request.param](shop)


def caller(shop: Business, mutation: Mutation) -> ApiClient:
    return ApiClient(shop.slug) if mutation.as_guest else staff_client(shop, "owner")


def effects(database: Database, mutation: Mutation) -> int:
    ((count,),) = database.rows(mutation.effects)
    return int(count)


def test_the_same_request_has_one_effect_and_one_answer(
    shop: Business, mutation: Mutation, database: Database
) -> None:
    client, key, before = caller(shop, mutation), new_key(), effects(database, mutation)
    first = mutation.send(client, key)
    assert first.status in (200, 201), first.body
    assert effects(database, mutation) == before + 1
    rows = fingerprint(database)
    for again in (mutation.send(client, key), mutation.send(client, key)):
        assert (again.status, again.body) == (first.status, first.body)
        assert again.headers["Content-Type"] == first.headers["Content-Type"]
        assert again.headers.get("ETag") == first.headers.get("ETag")
        assert again.headers["Idempotency-Replayed"] == "true"
    assert fingerprint(database) == rows


def test_through_another_prefix_it_is_the_same_request(
    shop: Business, mutation: Mutation, database: Database
) -> None:
    client, key = caller(shop, mutation), new_key()
    first = mutation.send(client, key)
    mutation.path = mutation.path.replace("/api/v1/", "/api/").replace("bookings", "appointments")
    again = mutation.send(client, key)
    assert (again.body, again.headers["Idempotency-Replayed"]) == (first.body, "true")


def test_another_payload_is_refused(shop: Business, mutation: Mutation, database: Database) -> None:
    client, key = caller(shop, mutation), new_key()
    mutation.send(client, key)
    rows = fingerprint(database)
    if mutation.method == "DELETE" and mutation.path.startswith("/api/v1/blackouts/"):
        mutation.other_body = {}
    refused = mutation.send(client, key, other=True)
    assert (refused.status, refused.error, refused.field) == (
        422,
        "IDEMPOTENCY_KEY_REUSED",
        "Idempotency-Key",
    )
    assert fingerprint(database) == rows


def test_nobody_else_gets_the_kept_answer(shop: Business, mutation: Mutation, database: Database) -> None:
    client, key = caller(shop, mutation), new_key()
    first = mutation.send(client, key)
    stranger = staff_client(shop, "frontdesk" if mutation.as_guest else "manager")
    other = mutation.send(stranger, key)
    assert "Idempotency-Replayed" not in other.headers
    elsewhere = make_business("elsewhere")
    there = mutation.send(caller(elsewhere, mutation), key)
    assert "Idempotency-Replayed" not in there.headers
    assert there.body != first.body


def test_without_the_booking_s_token_a_key_opens_nothing(shop: Business, database: Database) -> None:
    mutation = MUTATIONS["cancel_booking"](shop)
    key = new_key()
    assert mutation.send(ApiClient(shop.slug), key).status == 200
    mutation.token = "x" * 43
    assert mutation.send(ApiClient(shop.slug), key).error == "NOT_FOUND"


def test_a_lost_permission_ends_the_replays(shop: Business, database: Database) -> None:
    mutation, key = MUTATIONS["create_service"](shop), new_key()
    client = staff_client(shop, "manager")
    assert mutation.send(client, key).status == 201
    with database.cluster.connect() as admin:
        admin.execute("update membership set role = 'artist'")
    assert mutation.send(client, key).error == "FORBIDDEN"


def test_a_twin_in_flight_is_told_to_wait(shop: Business, mutation: Mutation, database: Database) -> None:
    """The running twin is another connection that holds the claim's lock."""
    client, key = caller(shop, mutation), new_key()
    actor = "guest" if mutation.as_guest else _actor_of(database)
    claim = f"{shop.tenant_id}|{actor}|{mutation.method} {mutation.path}|{key}"
    rows = fingerprint(database)
    with database.cluster.connect() as twin, twin.transaction():
        twin.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [claim])
        refused = mutation.send(client, key)
        assert (refused.status, refused.error) == (409, "IDEMPOTENCY_IN_PROGRESS")
        assert refused.headers["Retry-After"] == "1"
        assert fingerprint(database) == rows
    assert mutation.send(client, key).status in (200, 201)


def test_after_a_day_the_key_is_free(shop: Business, mutation: Mutation, database: Database) -> None:
    client, key = caller(shop, mutation), new_key()
    mutation.send(client, key)
    with database.cluster.connect() as admin:
        admin.execute("update idempotency_record set created_at = created_at - interval '24 hours 1 second'")
    again = mutation.send(client, key)
    assert "Idempotency-Replayed" not in again.headers


@pytest.mark.parametrize(
    "key", ["short", "k" * 201, "k" * 10_000, "bad key!", "käse-käse", "a\tb\tc\td\te", "'; --xxxx"]
)
def test_a_key_that_is_none(shop: Business, mutation: Mutation, database: Database, key: str) -> None:
    rows = fingerprint(database)
    client = caller(shop, mutation)
    rows = fingerprint(database)
    refused = mutation.send(client, key)
    assert (refused.status, refused.error, refused.field) == (
        400,
        "IDEMPOTENCY_KEY_INVALID",
        "Idempotency-Key",
    )
    assert fingerprint(database) == rows


def test_a_refusal_is_not_kept(shop: Business, database: Database) -> None:
    """The time was taken, then given back: the same key may now have it (docs/decisions/0006)."""
    taken = book(shop, "book")
    mutation, key = MUTATIONS["create_booking"](shop), new_key()
    guest = ApiClient(shop.slug)
    assert mutation.send(guest, key).error == "SLOT_FULL"
    assert guest.delete(f"/api/v1/bookings/{taken.booking_id}", X_Booking_Token=taken.token).status == 200
    assert mutation.send(guest, key).status == 201


def test_a_hold_is_not_a_booking(shop: Business, database: Database) -> None:
    """The same bytes on /v1 mean a hold: the key is taken."""
    mutation, key = MUTATIONS["create_booking"](shop), new_key()
    guest = ApiClient(shop.slug)
    assert mutation.send(guest, key).data["status"] == "confirmed"
    mutation.path = "/v1/bookings"
    assert mutation.send(guest, key).error == "IDEMPOTENCY_KEY_REUSED"


def test_the_quotes_of_the_draft_standard_are_not_part_of_the_key(shop: Business, database: Database) -> None:
    mutation, key = MUTATIONS["create_booking"](shop), new_key()
    guest = ApiClient(shop.slug)
    assert mutation.send(guest, f'"{key}"').status == 201
    assert mutation.send(guest, key).headers["Idempotency-Replayed"] == "true"


def _actor_of(database: Database) -> str:
    ((account_id,),) = database.rows(
        "select m.account_id from membership m join account a on a.id = m.account_id where m.role = 'owner'"
    )
    return f"account:{account_id}"
