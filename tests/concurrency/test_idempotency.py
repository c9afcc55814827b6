"""TRUST G9: a key has one effect and one answer, however often, at once, and across crashes it is sent."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from benchmarks.wire import request

from tests.capabilities.business import book, make_business
from tests.capabilities.staff import employ, signed_in
from tests.cluster import Database
from tests.concurrency.bursts import fire, hold_request
from tests.concurrency.mortal import killed_then_answered, same_again, with_a_slow_database
from tests.concurrency.planted import planted
from tests.concurrency.retrying import is_final, send_until_answered
from tests.concurrency.threads import new_seed
from tests.concurrency.truths import untruths
from tests.stack import Stack

# Where a hold and a confirmation can be killed; a confirmation has its handlers in one transaction with it,
# and the call that is under way when its client dies is undone.
HOLD_FAILPOINTS = ("request read", "before the call", "call under way", "after the call", "before the reply")
MOVE_FAILPOINTS = (*HOLD_FAILPOINTS, "before commit", "after commit")
COMMITTED_AT = {"after the call", "after commit", "before the reply", "call under way"}


@pytest.mark.parametrize("name", HOLD_FAILPOINTS)
def test_a_hold_whose_process_dies_is_one_hold(
    database: Database, mortal: Stack, failpoint: Path, name: str
) -> None:
    business = make_business(capacity=5)
    message = hold_request(business, "cut", business.start(), key=str(uuid4()), email="a@example.com")
    reply = with_a_slow_database(database, business, mortal, failpoint, name, message)
    assert reply.status == 201
    assert (reply.headers.get("idempotency-replayed") == "true") == (name in COMMITTED_AT)
    same_again(mortal, message, reply)
    assert database.rows("select count(*), min(status) from booking") == [(1, "held")]
    assert database.rows("select id::text from booking") == [(reply.json()["data"]["id"],)]
    assert untruths(database) == {}


CONFIRM, CANCEL = ("POST", "/confirm", "confirmed"), ("DELETE", "", "cancelled")


@pytest.mark.parametrize(
    ("method", "suffix", "status", "name"),
    [(*CONFIRM, name) for name in MOVE_FAILPOINTS]
    + [(*CANCEL, name) for name in ("after the call", "before commit", "after commit")],
)
def test_a_move_whose_process_dies_is_one_move(
    database: Database, mortal: Stack, failpoint: Path, method: str, suffix: str, status: str, name: str
) -> None:
    business = make_business()
    held = book(business)
    message = request(
        method,
        f"/api/v1/bookings/{held.booking_id}{suffix}",
        host=f"{business.slug}.localhost",
        body={"token": held.token},
        headers={"Idempotency-Key": str(uuid4())},
    )
    reply = with_a_slow_database(database, business, mortal, failpoint, name, message)
    assert (reply.status, reply.json()["data"]["status"]) == (200, status)
    same_again(mortal, message, reply)
    assert database.rows("select kind from booking_event order by id") == [
        ("booking.held",),
        (f"booking.{status}",),
    ]
    assert untruths(database) == {}


CHANGE_FAILPOINTS = ("after the claim", "after the work", "after remembering", "before the reply")


@pytest.mark.parametrize("name", CHANGE_FAILPOINTS)
def test_a_change_whose_process_dies_is_one_change(
    database: Database, mortal: Stack, failpoint: Path, name: str
) -> None:
    """What is not one SQL function claims its key, works and remembers in one transaction."""
    business = make_business()
    session = signed_in(employ(business, "manager")).cookies["session"].value
    token = "c" * 32
    message = request(
        "POST",
        "/api/v1/blackouts",
        host=f"{business.slug}.localhost",
        body={
            "starts_at": f"{business.start():%Y-%m-%dT%H:%M:%SZ}",
            "ends_at": f"{business.start(hour=12):%Y-%m-%dT%H:%M:%SZ}",
            "reason": "away",
        },
        headers={
            "Idempotency-Key": str(uuid4()),
            "Cookie": f"session={session}; csrf={token}",
            "X-CSRFToken": token,
        },
    )
    reply = killed_then_answered(mortal, failpoint, name, message)
    assert reply.status == 201, reply.body
    assert (reply.headers.get("idempotency-replayed") == "true") == (name == "before the reply")
    same_again(mortal, message, reply)
    assert database.rows("select id::text from blackout") == [(reply.json()["data"]["id"],)]


@pytest.mark.parametrize("name", ["refused", "before the reply"])
def test_a_refusal_whose_process_dies_is_a_refusal(
    database: Database, mortal: Stack, failpoint: Path, name: str
) -> None:
    business = make_business()
    book(business)
    message = hold_request(business, "cut", business.start(), key=str(uuid4()))
    reply = killed_then_answered(mortal, failpoint, name, message)
    assert (reply.status, reply.json()["error"]) == (409, "SLOT_FULL")
    assert database.rows("select count(*) from booking") == [(1,)]
    assert database.rows("select count(*) from idempotency_record") == [(0,)]


@pytest.mark.parametrize("keys", [120, pytest.param(1500, marks=pytest.mark.slow)])
def test_keys_sent_again_and_again_have_one_effect_each(
    database: Database, two_processes: Stack, keys: int
) -> None:
    """Each key 2 to 6 times, at once and one after another, all keys mixed, with room for more than one."""
    choose = random.Random(new_seed())
    business = make_business(people=10, capacity=6)
    messages = [
        hold_request(
            business,
            choose.choice(("cut", "style")),
            business.start(days=3 + number // 20, hour=9 + number % 9),
            key=str(uuid4()),
            resource_id=choose.choice(business.resource_ids),
            email=f"guest{number}@example.com" if choose.random() < 0.5 else "",
        )
        for number in range(keys)
    ]
    sent = [number for number in range(keys) for _ in range(choose.randint(2, 6))]
    choose.shuffle(sent)
    answers: dict[int, set[bytes]] = {number: set() for number in range(keys)}
    fresh: Counter[int] = Counter()
    for start in range(0, len(sent), 60):
        some = sent[start : start + 60]
        for number, reply in zip(
            some, fire(two_processes, [messages[each] for each in some]).replies, strict=True
        ):
            if is_final(reply):
                assert reply.status == 201
                answers[number].add(reply.body)
                fresh[number] += "idempotency-replayed" not in reply.headers
            else:
                assert reply.headers["retry-after"] == "1"
    for number, message in enumerate(messages):
        reply = asyncio.run(send_until_answered(two_processes.port, message))
        answers[number].add(reply.body)
    assert all(len(bodies) == 1 for bodies in answers.values())
    assert fresh == dict.fromkeys(range(keys), 1)
    assert database.rows("select count(*) from booking") == [(keys,)]
    assert database.rows("select count(*) from booking_event") == [(keys,)]
    assert untruths(database) == {}


def test_a_key_means_one_request(database: Database, two_processes: Stack) -> None:
    business = make_business(capacity=5)
    key = str(uuid4())
    first = hold_request(business, "cut", business.start(), key=key)
    assert fire(two_processes, [first]).outcomes == {(201, ""): 1}
    for other in (
        hold_request(business, "style", business.start(), key=key),
        hold_request(business, "cut", business.start(hour=12), key=key),
        hold_request(business, "cut", business.start(), key=key, email="b@example.com"),
    ):
        assert fire(two_processes, [other]).outcomes == {(422, "IDEMPOTENCY_KEY_REUSED"): 1}
    for bad in ("short", "x" * 201, "white space here", "new\tline-in-it"):
        message = hold_request(business, "cut", business.start(), key=bad)
        assert fire(two_processes, [message]).outcomes == {(400, "IDEMPOTENCY_KEY_INVALID"): 1}
    missing = hold_request(business, "cut", business.start(), path="/v1/bookings")
    assert fire(two_processes, [missing]).outcomes == {(400, "IDEMPOTENCY_KEY_MISSING"): 1}
    assert database.rows("select count(*) from booking") == [(1,)]


def test_another_business_never_sees_a_kept_answer(database: Database, two_processes: Stack) -> None:
    one, other = make_business(), make_business()
    key = str(uuid4())
    ids = set()
    for business in (one, other):
        reply = fire(two_processes, [hold_request(business, "cut", business.start(), key=key)]).replies[0]
        assert reply.status == 201
        assert "idempotency-replayed" not in reply.headers
        ids.add(reply.json()["data"]["id"])
    assert len(ids) == 2
    # The very bytes of the first business's request, sent to a third: its service is unknown there.
    third = make_business()
    stolen = hold_request(one, "cut", one.start(), key=key).replace(one.slug.encode(), third.slug.encode(), 1)
    reply = fire(two_processes, [stolen]).replies[0]
    assert (reply.status, reply.json()["error"]) == (404, "NOT_FOUND")
    assert database.rows("select count(*) from booking") == [(2,)]


def test_while_the_first_is_running_the_second_is_told_to_wait(
    database: Database, two_processes: Stack
) -> None:
    business = make_business()
    message = hold_request(business, "cut", business.start(), key=str(uuid4()))
    with psycopg.connect(database.app_url) as holder:
        holder.execute("select set_config('app.tenant', %s, true)", [str(business.tenant_id)])
        holder.execute("select id from resource for no key update")
        release = threading.Timer(0.7, holder.commit)
        release.start()
        burst = fire(two_processes, [message] * 8)
        release.join()
    assert burst.outcomes == {(201, ""): 1, (409, "IDEMPOTENCY_IN_PROGRESS"): 7}
    assert database.rows("select count(*) from booking") == [(1,)]


def test_without_the_key_in_the_transaction_retries_book_twice(
    database: Database, mortal: Stack, failpoint: Path
) -> None:
    """Negative control: the answer is not kept with the work, and the retry after a crash works again."""
    forgetful = {
        "v_claim := idempotency_claim(p_route, p_key, p_fingerprint);": "v_claim := null;",
        "perform idempotency_remember(": "perform concat(",
    }
    business = make_business(capacity=5)
    message = hold_request(business, "cut", business.start(), key=str(uuid4()))
    with planted(database, "hold.sql", forgetful):
        reply = killed_then_answered(mortal, failpoint, "before the reply", message)
    assert reply.status == 201
    assert database.rows("select count(*) from booking") == [(2,)]
