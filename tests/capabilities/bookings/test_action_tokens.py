"""Private links for one thing each (S2): what they open, how often, how long, and what they do not open."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from tests.api_client import Answer, ApiClient, new_key, staff_client
from tests.capabilities.bookings.moves import everything
from tests.capabilities.business import Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import together

ACTIONS = ("view", "confirm", "cancel", "reschedule")


def _path(made: MoveAnswer, more: str = "") -> str:
    return f"/api/v1/bookings/{made.booking_id}{more}"


def _link(business: Business, made: MoveAnswer, action: str, **more: Any) -> dict[str, Any]:
    """Made with the booking's own token, as its customer would."""
    asked = {"action": action, **more}
    answer = ApiClient(business.slug).post(_path(made, "/tokens"), asked, X_Booking_Token=made.token)
    assert answer.status == 201, answer.body
    data: dict[str, Any] = answer.data
    return data


def _use(business: Business, made: MoveAnswer, action: str, token: str, **headers: str) -> Answer:
    guest, headers = ApiClient(business.slug), {"X_Booking_Token": token, **headers}
    if action == "view":
        return guest.get(_path(made), **headers)
    if action == "confirm":
        return guest.post(_path(made, "/confirm"), **headers)
    if action == "cancel":
        return guest.delete(_path(made), **headers)
    # Where it was first, and then the hour after: each is a change.
    later = business.start(hour=14 if made.data["starts_at"] == f"{business.start():%FT%TZ}" else 10)
    return guest.patch(_path(made), {"starts_at": f"{later:%FT%TZ}"}, **headers)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_link_opens_its_one_thing(business: Business, database: Database, action: str) -> None:
    made = book(business)
    link = _link(business, made, action)
    assert len(link["token"]) >= 43  # 256 random bits in base64
    assert link["is_single_use"] == (action != "view")
    stored = everything(database)
    for other in ACTIONS:
        if other != action:
            refused = _use(business, made, other, link["token"])
            assert (refused.status, refused.error) == (404, "NOT_FOUND"), other
    # Nor does it make further links.
    again = {"action": "cancel", "token": link["token"]}
    assert ApiClient(business.slug).post(_path(made, "/tokens"), again).status == 404
    assert everything(database) == stored
    used = _use(business, made, action, link["token"])
    assert used.status == 200, used.body
    # Whoever has a link for one thing is not handed the booking.
    assert made.token.encode() not in used.body
    assert used.data["moves"] == []


@pytest.mark.parametrize("action", ACTIONS)
def test_what_changes_something_does_so_once(business: Business, database: Database, action: str) -> None:
    made = book(business)
    token = _link(business, made, action)["token"]
    key = new_key()
    first = _use(business, made, action, token, Idempotency_Key=key)
    assert first.status == 200
    stored = everything(database)
    # A retry of the same request is answered as it was; anything else finds nothing.
    retried = _use(business, made, action, token, Idempotency_Key=key)
    again = _use(business, made, action, token, Idempotency_Key=new_key())
    assert (retried.status, retried.body) == (200, first.body)
    assert (again.status, again.status == 404 and again.error) == (
        (200, False) if action == "view" else (404, "NOT_FOUND")
    )
    assert everything(database) == stored


@pytest.mark.parametrize("action", ["confirm", "cancel", "reschedule"])
def test_of_many_at_once_one_uses_it(business: Business, database: Database, action: str) -> None:
    made = book(business)
    token = _link(business, made, action)["token"]
    found = together([partial(_use, business, made, action, token) for _ in range(6)])
    assert sorted(each.status for each in found) == [200, *[404] * 5]
    assert database.rows("select version from booking") == [(2,)]


@pytest.mark.parametrize("action", ACTIONS)
def test_expired_used_foreign_and_made_up_are_the_same(
    business: Business, database: Database, action: str
) -> None:
    made, neighbour = book(business), book(business, starts_at=business.start(hour=16))
    elsewhere = make_business()
    stranger = book(elsewhere)
    good, expired, used = (_link(business, made, action)["token"] for _ in range(3))
    end = "update booking_token set {} = now() where token_hash = sha256(%s) returning 1"
    assert database.rows(end.format("expires_at"), [expired.encode()]) == [(1,)]
    assert database.rows(end.format("used_at"), [used.encode()]) == [(1,)]
    stored = everything(database)
    flipped = good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1]
    answers = []
    for token in (
        expired,
        used,
        _link(business, neighbour, action)["token"],
        _link(elsewhere, stranger, action)["token"],
        flipped,
        good[:-1],
        good + "A",
        good.swapcase(),
        "x" * 43,
    ):
        refused = _use(business, made, action, token)
        document = refused.json
        document.pop("request_id")
        answers.append((refused.status, document))
    assert answers == [answers[0]] * len(answers)
    assert answers[0][0] == 404
    assert everything(database) == stored


def test_who_makes_links(business: Business, database: Database) -> None:
    made = book(business, resource_id=business.resource_ids[0])
    path, asked = _path(made, "/tokens"), {"action": "cancel"}
    assert ApiClient(business.slug).post(path, asked).status == 401
    artist = staff_client(business, "artist", resource_id=business.resource_ids[0])
    assert artist.post(path, asked).status == 403
    desk = staff_client(business, "frontdesk")
    key = new_key()
    first = desk.post(path, asked, Idempotency_Key=key)
    assert first.status == 201
    assert desk.post(path, asked, Idempotency_Key=key).body == first.body
    assert desk.post(path, asked).data["token"] != first.data["token"]
    for wrong in ({"action": "manage"}, {"action": "cancel", "expires_in_hours": 0}, {}):
        assert desk.post(path, wrong).status == 422
    assert desk.post(f"/api/v1/bookings/{business.tenant_id}/tokens", asked).status == 404
    found = database.rows("select action, used_at from booking_token where action <> 'manage'")
    assert found == [("cancel", None)] * 2


def test_only_hashes_are_stored(business: Business, database: Database) -> None:
    made = book(business)
    token = _link(business, made, "view", expires_in_hours=1)["token"]
    assert database.rows(
        "select count(*) from booking_token where token_hash = sha256(%s)"
        " and expires_at between now() + interval '59 minutes' and now() + interval '60 minutes'",
        [token.encode()],
    ) == [(1,)]
    for table in ("booking_token", "idempotency_record", "booking_event", "booking"):
        for (row,) in database.rows(f"select t::text from {table} t"):
            assert token not in row
            assert token.encode().hex() not in row
