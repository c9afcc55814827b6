"""Asking why a time is not offered, short to write in a test; and what must hold of every answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from holdfast.capabilities.catalog.commands import NewService
from tests.api_client import ApiClient
from tests.capabilities.business import Business

# A service for each reason.
SERVICES = (
    NewService("cut", 60, "EUR", flow="hold"),
    NewService("style", 25, "EUR", flow="hold", slot_granularity_minutes=20, minimum_notice_minutes=1500),
    NewService("wash", 45, "EUR", flow="hold", buffer_before_minutes=10, buffer_after_minutes=20),
    NewService("soon", 30, "EUR", flow="instant", horizon_days=3),
    NewService("rare", 60, "EUR", flow="hold", most_per_day=1, most_per_week=2),
    NewService("yoga", 60, "EUR", flow="instant", capacity=3, slot_granularity_minutes=30),
)
Hours = list[tuple[time, time]]
IN_THE_WAY = {"taken", "buffer", "blackout"}


def why_not(client: ApiClient, business: Business, service: str, **query: object) -> Any:
    """The answer; dates, instants and ids as they are."""
    asked = {"service_id": business.services[service]} | query
    answer = client.get(f"/api/v1/availability/why-not?{urlencode(_texts(asked))}")
    assert answer.status == 200, answer.body
    return answer.data


def reason_of(
    client: ApiClient, business: Business, service: str, at: datetime, **query: object
) -> str | None:
    """The reason of one start for the visit as a whole."""
    missing = why_not(client, business, service, starts_at=at, **query)["missing"]
    return None if missing is None else str(missing["reason"])


def offered(client: ApiClient, business: Business, service: str, **query: object) -> dict[str, set[str]]:
    """The starts that a date offers, by resource."""
    asked = {"service_id": business.services[service]} | query
    answer = client.get(f"/api/v1/slots?{urlencode(_texts(asked))}")
    assert answer.status == 200, answer.body
    found: dict[str, set[str]] = {}
    for slot in answer.data:
        for resource_id in slot["resource_ids"]:
            found.setdefault(resource_id, set()).add(slot["starts_at"])
    return found


def grid_of(business: Business, day: date, hours: Hours, minutes: int) -> set[str]:
    """Every start of a day's hours, counted from each opening."""
    found: set[str] = set()
    for opens, closes in hours:
        at, end = (datetime.combine(day, clock, business.zone) for clock in (opens, closes))
        while at < end:
            found.add(text(at))
            at += timedelta(minutes=minutes)
    return found


def check_answer(answer: Any, offers: dict[str, set[str]], grids: dict[str, set[str]]) -> None:
    """Every start of the grid is offered or has one reason: never both, never neither."""
    assert {each["resource_id"] for each in answer["resources"]} == set(grids)
    for each in answer["resources"]:
        free, grid = offers.get(each["resource_id"], set()), grids[each["resource_id"]]
        missing = [start for start in each["missing"] if start["ends_at"] is None]
        assert sorted([*free, *(start["starts_at"] for start in missing)]) == sorted(grid)
        assert (each["open"], each["offered"]) == (len(grid), len(free))
        for start in missing:
            others = [by for by in start["by"] if by["kind"] != "instance"]
            assert start["by"] or start["reason"] not in IN_THE_WAY, start
            assert start["reason"] in IN_THE_WAY or not others, start
            assert start["detail"]
        stretches = [start for start in each["missing"] if start["ends_at"] is not None]
        assert all(start["starts_at"] < start["ends_at"] for start in stretches)
        assert {start["reason"] for start in stretches} <= {"closed", "off_grid", "past", "notice", "horizon"}
    everybody = set().union(*grids.values())
    free_of_any = set().union(*(offers.get(each, set()) for each in grids))
    assert (answer["open"], answer["offered"]) == (len(everybody), len(free_of_any))


def text(at: datetime) -> str:
    """An instant as the API writes it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _texts(query: dict[str, object]) -> dict[str, str]:
    return {name: text(value) if isinstance(value, datetime) else str(value) for name, value in query.items()}
