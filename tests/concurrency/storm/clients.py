"""Clients that do at random what guests and the desk do, each with a key, until they are answered."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from benchmarks.wire import Reply, request

from tests.concurrency.retrying import is_final, send_once
from tests.concurrency.storm.ledger import Blackout, Ledger
from tests.concurrency.storm.world import Place

# A server that was killed comes back within seconds, on a busy machine within many.
PATIENCE = 90.0
_OFTEN = {
    "hold": 34,
    "book": 8,
    "ask": 6,
    "seats": 8,
    "confirm": 16,
    "cancel": 9,
    "reschedule": 12,
    "approve": 3,
    "decline": 2,
    "block": 3,
    "unblock": 2,
    "change hours": 1,
    "change seats": 1,
    "undo": 4,
    "series": 1,
    "wait": 2,
}


@dataclass
class Made:
    """A booking that somebody has made, and its private token."""

    id: str
    token: str
    has_seats: bool


class Client:
    """One of many over the same businesses, bookings and ledger."""

    def __init__(self, storm: Storm, seed: int) -> None:
        self.storm = storm
        self.ledger = storm.ledger
        self.choose = random.Random(seed)
        self.place = storm.places[0]

    async def run(self) -> None:
        """Work until the storm is over; ends with an answer."""
        names, weights = list(_OFTEN), list(_OFTEN.values())
        while not self.storm.is_over:
            self.place = self.choose.choice(self.storm.places)
            (name,) = self.choose.choices(names, weights)
            await self._do(name)

    async def _do(self, name: str) -> None:
        asked_at = time.monotonic()
        if name in ("hold", "book", "ask", "seats"):
            reply = await self._post(name, "/api/v1/bookings", self._wish(name))
            if reply.status == 201:
                data = self._told(name, reply, asked_at)
                self._mine().append(Made(data["id"], data["token"], name == "seats"))
        elif name in ("block", "unblock"):
            await (self._block() if name == "block" else self._unblock())
        elif name == "change hours":
            await self._change_hours()
        elif name == "change seats":
            await self._change_seats()
        elif name == "series":
            await self._make_series(asked_at)
        elif name == "wait":
            await self._wait()
        elif self._mine():
            await self._move(name, self.choose.choice(self._mine()[-150:]), asked_at)

    def _wish(self, name: str) -> dict[str, Any]:
        choose, business = self.choose, self.place.business
        wish: dict[str, Any] = {
            "customer_name": "Ann Lee",
            "customer_email": f"guest{choose.randrange(40)}@example.com",
        }
        if name == "seats":
            slot = choose.choice(self.place.sessions)
            return wish | {"slot_id": str(slot), "party_size": choose.randint(1, 3), "mode": "hold"}
        service = choose.choice(("cut", "style")) if name == "hold" else name
        wish |= {
            "service_id": str(business.services[service]),
            "starts_at": f"{choose.choice(self.place.starts):%Y-%m-%dT%H:%M:%SZ}",
        }
        if name == "hold":
            wish["mode"] = "hold"
        if choose.random() < 0.7:
            wish["resource_id"] = str(choose.choice(business.resource_ids))
        return wish

    async def _move(self, name: str, made: Made, asked_at: float) -> None:
        path, body = f"/api/v1/bookings/{made.id}", {"token": made.token}
        if name == "confirm":
            reply = await self._post(name, f"{path}/confirm", body)
        elif name == "cancel":
            reply = await self._send(name, "DELETE", path, body)
        elif name == "undo":
            await self._undo(path)
            return
        elif name == "reschedule" and made.has_seats:
            reply = await self._send(name, "PATCH", path, body | self._other_seats())
        elif name == "reschedule":
            body["starts_at"] = f"{self.choose.choice(self.place.starts):%Y-%m-%dT%H:%M:%SZ}"
            if self.choose.random() < 0.3:
                body["resource_id"] = str(self.choose.choice(self.place.business.resource_ids))
            reply = await self._send(name, "PATCH", path, body)
        else:
            reply = await self._post(name, f"{path}/{name}", {}, staff=True)
        if reply.status == 200:
            self._told(name, reply, asked_at)

    def _told(self, name: str, reply: Reply, asked_at: float) -> dict[str, Any]:
        data: dict[str, Any] = reply.json()["data"]
        self.ledger.tell_booking(self.place.business.tenant_id, data)
        if name in ("hold", "book", "ask") and not self._is_kept(reply):
            self.ledger.tell_held(data, asked_at, time.monotonic(), own_time=True)
        people = {str(each) for each in self.place.business.resource_ids}
        if data["resource_id"] not in people:
            self.ledger.contradictions.append(f"{data['id']} is with somebody of another business")
        return data

    def _is_kept(self, reply: Reply) -> bool:
        return "idempotency-replayed" in reply.headers

    def _other_seats(self) -> dict[str, Any]:
        """Another session, or as many seats more or fewer."""
        if self.choose.random() < 0.5:
            return {"slot_id": str(self.choose.choice(self.place.sessions))}
        return {"party_size": self.choose.randint(1, 3)}

    async def _undo(self, path: str) -> None:
        reply = await self._post("undo", f"{path}/undo", {}, staff=True)
        if reply.status == 200:
            data = reply.json()["data"]
            became = {"id": data["booking_id"], "version": data["version"], **data["becomes"]}
            self.ledger.tell_booking(self.place.business.tenant_id, became)

    async def _make_series(self, asked_at: float) -> None:
        """Two or three days in a row, those that can be had."""
        body = self._wish("book") | {"rrule": "FREQ=DAILY;COUNT=3", "on_conflict": "skip"}
        body.setdefault("resource_id", str(self.place.business.resource_ids[-1]))
        reply = await self._post("series", "/api/v1/series", body, staff=True)
        if reply.status == 201:
            for data in reply.json()["data"]["bookings"]:
                self.ledger.tell_booking(self.place.business.tenant_id, data)
                if not self._is_kept(reply):
                    self.ledger.tell_held(data, asked_at, time.monotonic(), own_time=True)
                self._mine().append(Made(data["id"], data["token"], has_seats=False))

    async def _wait(self) -> None:
        """Somebody waits for time with somebody in particular; what becomes free is offered by itself."""
        wish = self._wish("book")
        day = self.choose.choice(self.place.starts).astimezone(self.place.business.zone).date()
        wish |= {"date": f"{day}", "resource_id": str(self.choose.choice(self.place.business.resource_ids))}
        del wish["starts_at"]
        reply = await self._post("wait", "/api/v1/waitlist", wish)
        if reply.status == 201:
            self.ledger.waiting.add(UUID(reply.json()["data"]["id"]))

    async def _block(self) -> None:
        resource = str(self.choose.choice(self.place.business.resource_ids))
        starts_at = self.choose.choice(self.place.starts)
        ends_at = starts_at + timedelta(minutes=30)
        body = {"resource_id": resource, "starts_at": _text(starts_at), "ends_at": _text(ends_at)}
        reply = await self._post("block", "/api/v1/blackouts", body | {"conflicts": "keep"}, staff=True)
        if reply.status == 201:
            made = UUID(reply.json()["data"]["id"])
            self.ledger.blackouts[made] = Blackout(resource, starts_at, ends_at, time.monotonic())
            self.storm.blackouts[self.place.business.slug].append(made)

    async def _unblock(self) -> None:
        standing = self.storm.blackouts[self.place.business.slug]
        if not standing:
            return
        what = standing.pop(self.choose.randrange(len(standing)))
        self.ledger.blackouts[what].given_up_at = time.monotonic()
        reply = await self._send("unblock", "DELETE", f"/api/v1/blackouts/{what}", None, staff=True)
        if reply.status == 200:
            self.ledger.deleted.add(what)

    async def _change_hours(self) -> None:
        closes = f"{self.choose.randint(18, 21)}:{self.choose.choice(('00', '30'))}"
        path = f"/api/v1/availabilities/{self.place.rule_id}"
        reply = await self._send("change hours", "PATCH", path, {"end_time": closes}, staff=True)
        if reply.status == 200:
            version = reply.json()["data"]["version"]
            self.ledger.tell_versioned(self.ledger.hours, self.place.rule_id, version, f"{closes}:00")

    async def _change_seats(self) -> None:
        """More or fewer seats in the sessions to come; who has one keeps it."""
        yoga = self.place.business.services["yoga"]
        seats = self.choose.randint(2, 9)
        path = f"/api/v1/services/{yoga}"
        reply = await self._send("change seats", "PATCH", path, {"capacity": seats}, staff=True)
        if reply.status == 200:
            version = reply.json()["data"]["version"]
            self.ledger.tell_versioned(self.ledger.seats, yoga, version, seats)
        day = self.choose.choice(self.place.starts).astimezone(self.place.business.zone).date()
        dates = {"from": f"{day}", "to": f"{day}", "service_id": str(yoga)}
        await self._post("publish", "/api/v1/slots/generate", dates, staff=True)

    def _mine(self) -> list[Made]:
        return self.storm.made[self.place.business.slug]

    async def _post(self, name: str, path: str, body: dict[str, Any], *, staff: bool = False) -> Reply:
        return await self._send(name, "POST", path, body, staff=staff)

    async def _send(
        self, name: str, method: str, path: str, body: dict[str, Any] | None, *, staff: bool = False
    ) -> Reply:
        headers = {"Idempotency-Key": str(uuid4()), **(self.place.staff if staff else {})}
        host = f"{self.place.business.slug}.localhost"
        message = request(method, path, host=host, body=body, headers=headers)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            reply = await send_once(self.storm.port, message)
            if reply is None:
                self.ledger.lost_answers += 1
            else:
                self.ledger.answers[name, reply.status, _code(reply)] += 1
                if is_final(reply):
                    self.ledger.done[name] += reply.status < 300
                    return reply
            await asyncio.sleep(0.05)
        raise TimeoutError(f"no answer to {method} {path}")


class Storm:
    """What the clients share."""

    def __init__(self, port: int, places: list[Place], seed: int) -> None:
        self.port = port
        self.places = places
        self.ledger = Ledger()
        self.is_over = False
        self.made: dict[str, list[Made]] = {place.business.slug: [] for place in places}
        self.blackouts: dict[str, list[UUID]] = {place.business.slug: [] for place in places}
        self._choose = random.Random(seed)

    async def run(self, clients: int) -> None:
        """Let the clients work until it is over."""
        await asyncio.gather(*(Client(self, self._choose.randrange(10**9)).run() for _ in range(clients)))


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _code(reply: Reply) -> str:
    return "" if reply.status < 400 else str(reply.json().get("error", ""))
