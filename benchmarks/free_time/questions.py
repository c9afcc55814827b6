"""What is asked over HTTP, what a right answer says, and what is wanted of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

from benchmarks.free_time.salons import SERVICES, STARTS_OF_AN_EMPTY_MONTH, ZONE, Salon
from benchmarks.wire import request

EMPTY = "empty"
# Half hours at which everybody is free, as taken times are drawn.
_FREE = (time(12), time(12, 30), time(16, 30))


@dataclass(frozen=True)
class Question:
    """Requests of one kind. `make` gives the n-th to the database of so many bookings.

    What writes must not ask for the same twice.
    `starts` is what `meta.total` of an answer must say.
    """

    row: str
    salon: Salon
    make: Callable[[int, int], bytes]
    starts: int | None = None
    target: float | None = None
    status: int = 200
    is_write: bool = False


def questions(salons: Sequence[Salon]) -> list[Question]:
    """All that is asked in turns. The empty endpoint goes through Granian, Django and every middleware."""
    one, twenty, hundreds, thousand, visits = salons
    month, empty = f"month={one.from_date:%Y-%m}", STARTS_OF_AN_EMPTY_MONTH
    week = f"from={thousand.from_date}&to={thousand.to_date}"
    two_months = f"from={twenty.from_date}&to={twenty.from_date + timedelta(days=59)}"
    everybody = ",".join(str(resource_id) for resource_id in twenty.resource_ids)
    noons = len(twenty.weekdays)
    return [
        Question(EMPTY, one, lambda *_: request("GET", "/healthz", host=one.host)),
        _get("1 x month", one, "availability", month, starts=empty, target=5),
        _get("20 x month, any", twenty, "availability", month, starts=empty, target=20),
        _get(
            "20 x month, all",
            twenty,
            "availability",
            f"{month}&resource_ids={everybody}&match=all",
            starts=4 * noons,
            target=20,
        ),
        _get("200 x month, any", hundreds, "availability", month, starts=empty, target=100),
        _get("1000 x week, any", thousand, "availability", week, starts=5 * 31),
        _get("1000 x week, counts", thousand, "dates", week, starts=5 * 31),
        _get("20 x 60 days, counts", twenty, "dates", two_months),
        _get("20 x day, all shown", twenty, "slots", f"date={twenty.from_date}", starts=31),
        Question("20 x day, curated", twenty, lambda *_: _curated(twenty), starts=31),
        Question("hold, anyone of 20", visits, lambda n, _: _hold(visits, n), status=201, is_write=True),
        Question(
            "hold, person and room",
            visits,
            lambda n, _: _visit(visits, n),
            status=201,
            is_write=True,
        ),
    ]


def generations(salon: Salon, tokens: Mapping[int, str]) -> list[Question]:
    """Publishing a month: of services that have nothing published yet, then of the same again.

    `tokens` open the databases of so many bookings.
    """
    numbers = [number for number, name in enumerate(SERVICES, 1) if name.startswith("published")]
    return [
        Question(
            row,
            salon,
            lambda number, bookings: _generate(salon, numbers[number % len(numbers)], tokens[bookings]),
            is_write=True,
        )
        for row in ("20 x month, publish", "20 x month, again")
    ]


def generation_count() -> int:
    """How often a month can be published for the first time."""
    return sum(name.startswith("published") for name in SERVICES)


def _get(
    row: str, salon: Salon, what: str, query: str, starts: int | None = None, target: float | None = None
) -> Question:
    path = f"/api/v1/{what}?service_id={salon.service_id}&{query}"
    message = request("GET", path, host=salon.host)
    return Question(row, salon, lambda *_: message, starts, target)


def _curated(salon: Salon) -> bytes:
    """A visitor who has not been here: a lot is drawn, remembered and noted."""
    service_id = salon.id(2, SERVICES.index("curated") + 1)
    path = f"/api/v1/slots?service_id={service_id}&date={salon.from_date}"
    return request("GET", path, host=salon.host, headers={"X-Session-Id": str(uuid4())})


def _hold(salon: Salon, number: int) -> bytes:
    """A hold with whoever of the people is free."""
    return _booking(salon, salon.service_id, number)


def _visit(salon: Salon, number: int) -> bytes:
    """A hold with whoever is free of the people and of the rooms."""
    return _booking(salon, salon.id(2, SERVICES.index("visit") + 1), number)


def _booking(salon: Salon, service_id: UUID, number: int) -> bytes:
    """Each time at another start, until all have had one."""
    days = salon.weekdays
    at = datetime.combine(days[number % len(days)], _FREE[number // len(days) % len(_FREE)], ZONE)
    body = {
        "service_id": str(service_id),
        "starts_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return request(
        "POST", "/api/v1/bookings", host=salon.host, body=body, headers={"Idempotency-Key": str(uuid4())}
    )


def _generate(salon: Salon, number: int, token: str) -> bytes:
    body = {
        "service_id": str(salon.id(2, number)),
        "from_date": f"{salon.from_date}",
        "to_date": f"{salon.to_date}",
    }
    headers = {"Authorization": f"Bearer {token}"}
    return request("POST", "/api/v1/slots/generate", host=salon.host, body=body, headers=headers)


def signing_in(salon: Salon, email: str, password: str) -> Question:
    """Asks for an access token: `meta.access_token`."""
    body = {"email": email, "password": password}
    message = request("POST", "/_allauth/app/v1/auth/login", host=salon.host, body=body)
    return Question("sign in", salon, lambda *_: message)


def check(question: Question, body: bytes) -> None:
    """End the run when an answer is wrong."""
    if question.starts is not None:
        total = json.loads(body)["meta"]["total"]
        if total != question.starts:
            raise SystemExit(f"{question.row}: {total} starts instead of {question.starts}")
