"""TRUST G9 for every kind of move, and at size: one effect and one answer a key, wherever a process dies."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from benchmarks.wire import Reply, request

from tests.capabilities.bookings.studio import option
from tests.capabilities.business import Business, book, make_business
from tests.capabilities.staff import employ, signed_in
from tests.cluster import Cluster, Database
from tests.concurrency.bursts import hold_request
from tests.concurrency.mortal import killed_then_answered, mortal_stack, same_again
from tests.concurrency.retrying import send_until_answered
from tests.concurrency.threads import new_seed
from tests.concurrency.truths import untruths
from tests.stack import Stack

FAILPOINTS = (
    "request read",
    "before the call",
    "call under way",
    "after the call",
    "refused",
    "before the claim",
    "after the claim",
    "after the work",
    "after remembering",
    "before commit",
    "after commit",
    "before the reply",
)
KEYS, KILLS, CLIENTS = int(os.environ.get("KEYS", "5000")), 60, 16
_CSRF = "c" * 32
Parts = tuple[str, str, dict[str, Any]]


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _by_staff(business: Business) -> dict[str, str]:
    session = signed_in(employ(business, "manager")).cookies["session"].value
    return {"Cookie": f"session={session}; csrf={_CSRF}", "X-CSRFToken": _CSRF}


def _reschedule(business: Business) -> Parts:
    held = book(business)
    body = {"token": held.token, "starts_at": _text(business.start(hour=15))}
    return "PATCH", f"/api/v1/bookings/{held.booking_id}", body


def _approve(business: Business) -> Parts:
    return "POST", f"/api/v1/bookings/{book(business, 'ask').booking_id}/approve", {}


def _decline(business: Business) -> Parts:
    return "POST", f"/api/v1/bookings/{book(business, 'ask').booking_id}/decline", {"reason": "away"}


def _offer(business: Business) -> Parts:
    starts_at = business.start(days=30)
    body = {
        "artist_id": str(business.resource_ids[0]),
        "start_time": _text(starts_at),
        "end_time": _text(starts_at + timedelta(hours=4)),
        "title": "Film",
        "status": "hold",
    }
    return "POST", "/api/v1/options", body


def _pencil(business: Business) -> Parts:
    return "POST", f"/api/v1/options/{option(business).id}/pencil", {}


def _complete(business: Business) -> Parts:
    return "POST", f"/api/v1/bookings/{book(business, 'book').booking_id}/complete", {}


# What is sent, how many events there are then, and where it is to die.
MOVES: dict[str, tuple[Callable[[Business], Parts], int, tuple[str, ...]]] = {
    "reschedule": (_reschedule, 2, ("request read", "before commit", "after commit", "before the reply")),
    "approve": (_approve, 2, ("before the call", "before commit", "after commit", "before the reply")),
    "decline": (_decline, 2, ("before commit", "before the reply")),
    "offer": (_offer, 1, ("before commit", "after commit", "before the reply")),
    "pencil": (_pencil, 2, ("before commit", "after commit", "before the reply")),
    "complete": (_complete, 2, ("before commit", "after commit", "before the reply")),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("move", "at"), [(move, at) for move, (_, _, places) in MOVES.items() for at in places]
)
def test_every_kind_of_move_is_one_move(
    database: Database, mortal: Stack, failpoint: Path, move: str, at: str
) -> None:
    business = make_business()
    make, events, _ = MOVES[move]
    by_staff = _by_staff(business)
    method, path, body = make(business)
    message = request(
        method,
        path,
        host=f"{business.slug}.localhost",
        body=body,
        headers={"Idempotency-Key": str(uuid4()), **({} if "token" in body else by_staff)},
    )
    reply = killed_then_answered(mortal, failpoint, at, message)
    assert reply.status in (200, 201), reply.body
    is_replayed = reply.headers.get("idempotency-replayed") == "true"
    # The first to commit may have been what looks who it is.
    assert is_replayed == (at == "before the reply") or at == "after commit"
    same_again(mortal, message, reply)
    assert database.rows("select count(*), max(version) from booking_event") == [(events, events)]
    assert database.rows("select count(*) from idempotency_record") == [(1,)]
    assert untruths(database) == {}


class Senders:
    """Clients that send every request two to six times, some at once, and compare the answers."""

    def __init__(self, port: int, business: Business, seed: int) -> None:
        self.port = port
        self.business = business
        self.choose = random.Random(seed)
        self.desk = _by_staff(business)
        self.full = business.start(days=2)
        self.keys = 0
        self.effects = 0
        self.blackouts = 0
        self.fresh: Counter[int] = Counter()
        self.answers: Counter[tuple[int, str]] = Counter()
        self.differing: list[set[bytes]] = []

    async def run(self) -> None:
        """Send until there are enough keys."""
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    async def _client(self) -> None:
        choose, business = self.choose, self.business
        while self.keys < KEYS:
            if choose.random() < 0.15:
                await self._block_or_be_refused()
                continue
            start = business.start(days=choose.randrange(3, 300), hour=choose.randrange(8, 19))
            resource_id = choose.choice(business.resource_ids)
            email = f"guest{choose.randrange(500)}@example.com"
            held = await self._send(
                hold_request(business, "cut", start, key=str(uuid4()), resource_id=resource_id, email=email)
            )
            if held.status != 201:
                continue
            data = held.json()["data"]
            method, suffix, more = choose.choice(
                (
                    ("POST", "/confirm", {}),
                    ("DELETE", "", {}),
                    ("PATCH", "", {"starts_at": _text(start + timedelta(days=1, minutes=15))}),
                )
            )
            await self._send(
                request(
                    method,
                    f"/api/v1/bookings/{data['id']}{suffix}",
                    host=f"{business.slug}.localhost",
                    body={"token": data["token"], **more},
                    headers={"Idempotency-Key": str(uuid4())},
                )
            )

    async def _block_or_be_refused(self) -> None:
        """What claims its key in a transaction of its own, and what is not to be had."""
        business = self.business
        if self.choose.random() < 0.5:
            wish = hold_request(
                business, "cut", self.full, key=str(uuid4()), resource_id=business.resource_ids[0]
            )
            assert (await self._send(wish)).status == 409
            return
        at = business.start(days=self.choose.randrange(400, 700))
        body = {"starts_at": _text(at), "ends_at": _text(at + timedelta(hours=1)), "reason": "away"}
        host = f"{business.slug}.localhost"
        headers = {"Idempotency-Key": str(uuid4()), **self.desk}
        await self._send(request("POST", "/api/v1/blackouts", host=host, body=body, headers=headers))
        self.blackouts += 1

    async def _send(self, message: bytes) -> Reply:
        self.keys += 1
        together, later = self.choose.randint(1, 3), self.choose.randint(1, 3)
        replies = await asyncio.gather(*(send_until_answered(self.port, message) for _ in range(together)))
        replies += [await send_until_answered(self.port, message) for _ in range(later)]
        self.answers.update((each.status, each.json().get("error", "")) for each in replies)
        if any(each.status < 300 for each in replies):
            # What was refused may be granted when it is asked again; what was done is answered for ever.
            done = replies[next(number for number, each in enumerate(replies) if each.status < 300) :]
            self.effects += 1
            self.fresh[sum("idempotency-replayed" not in each.headers for each in done)] += 1
            if len({(each.status, each.body) for each in done}) > 1:
                self.differing.append({each.body for each in done})
        return replies[-1]


@pytest.mark.slow
def test_thousands_of_keys_and_dozens_of_deaths(
    database: Database, cluster: Cluster, failpoint: Path
) -> None:
    seed = new_seed()
    business = make_business(people=10, capacity=6)
    full = [
        book(business, starts_at=business.start(days=2), resource_id=business.resource_ids[0])
        for _ in range(6)
    ]
    with mortal_stack(cluster, failpoint, web_workers=2) as stack:
        senders = Senders(stack.port, business, seed)
        running = threading.Thread(target=lambda: asyncio.run(senders.run()))
        running.start()
        deaths = _kill_meanwhile(senders, running, failpoint, random.Random(seed))
        running.join()
    print(f"{senders.keys} keys, {senders.effects} effects, deaths: {dict(deaths)}")
    print(f"answers: {dict(senders.answers)}; fresh answers a key: {dict(senders.fresh)}")
    assert senders.keys >= KEYS
    assert deaths.total() > KILLS / 3
    assert senders.differing == []
    # None is fresh where the first answer was lost; two never are.
    assert set(senders.fresh) <= {0, 1}
    assert all(status < 500 for status, _ in senders.answers)
    assert database.rows("select count(*) from booking_event") == [
        (senders.effects - senders.blackouts + len(full),)
    ]
    assert database.rows("select count(*) from blackout") == [(senders.blackouts,)]
    assert database.rows("select count(*) from idempotency_record") == [(senders.effects,)]
    assert untruths(database) == {}


def _kill_meanwhile(
    senders: Senders, running: threading.Thread, failpoint: Path, choose: random.Random
) -> Counter[str]:
    """Arm one failpoint after another, evenly over the keys; counts those that were reached."""
    deaths: Counter[str] = Counter()
    for number in range(KILLS):
        while running.is_alive() and senders.keys < (number + 1) * KEYS / (KILLS + 1):
            running.join(0.05)
        name = choose.choice(FAILPOINTS)
        failpoint.write_text(name, encoding="utf-8")
        running.join(0.6)
        deaths[name] += not failpoint.exists()
        failpoint.unlink(missing_ok=True)
    return deaths
