"""Free time over HTTP: what is answered, in whose words, for one person or many, and with how many reads."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.capabilities.bookings.queries import count_free_starts, find_availability, nearest_starts
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.schedules.commands import create_opening_rule
from holdfast.platform import clock
from holdfast.platform.db.rows import execute
from holdfast.platform.tenancy import tenant_context
from holdfast.platform.timezones import zone_names
from holdfast.scheduling.zones import offset_label, resolve_local
from tests.api_client import ApiClient
from tests.capabilities.bookings.months import month, starts_of
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.concurrency.threads import new_seed

WINTER = datetime(2026, 12, 1, 12, tzinfo=UTC)
YEARS = NewService("cut", 60, "EUR", flow="hold", horizon_days=1000)


def test_the_month_of_the_issue_has_713_starts(database: Database) -> None:
    """One person, weekdays 09-17 in Berlin, March 2027, half an hour every quarter: 23 days of 31 starts."""
    service = NewService("talk", 30, "EUR", slot_granularity_minutes=15)
    with clock.frozen(WINTER):
        business = make_business(services=[service], opens=time(9), closes=time(17))
        with tenant_context(business.tenant_id, TESTER.label):
            execute("update opening_rule set days_of_week = '{1,2,3,4,5}'")
        answer = month(business, "2027-03", "talk")
    assert answer.meta["total"] == 713
    assert {day["count"] for day in answer.data["days"]} == {0, 31}
    assert answer.data["duration_minutes"] == 30
    first, change, last = (answer.data["days"][number] for number in (0, 28, 30))
    assert first["date"] == "2027-03-01" and first["offset"] == "GMT+1" and "labels" not in first
    assert first["starts"][0] == "2027-03-01T08:00:00Z" and first["starts"][-1] == "2027-03-01T15:30:00Z"
    assert (change["date"], change["offset"], change["starts"][0]) == (
        "2027-03-29",
        "GMT+2",
        "2027-03-29T07:00:00Z",
    )
    assert last["count"] == len(last["starts"]) == len(set(last["starts"]))


def test_a_month_or_some_days(business: Business) -> None:
    day = business.start().astimezone(business.zone).date()
    path = f"/api/v1/availability?service_id={business.services['cut']}"
    days = month(business, f"from={day}&to={day}").data
    assert [each["date"] for each in days["days"]] == [day.isoformat()] and days["month"] is None
    whole = month(business, f"{day:%Y-%m}").data
    assert days["days"][0] in whole["days"] and whole["month"] == f"{day:%Y-%m}"
    for dates, field in (
        ("", "month"),
        (f"&from={day}", "to"),
        (f"&to={day}", "from"),
        (f"&month={day:%Y-%m}&from={day}", "month"),
        (f"&from={day}&to={day - timedelta(days=1)}", "to"),
        (f"&from={day}&to={day + timedelta(days=366)}", "to"),
    ):
        refused = ApiClient(business.slug).get(path + dates)
        assert (refused.status, refused.field) == (422, field), dates
    assert ApiClient(business.slug).get(f"/api/v1/availability?month={day:%Y-%m}").field == "service_id"


def test_who_takes_it_gets_it_short(business: Business) -> None:
    day = business.start().astimezone(business.zone).date()
    path = (
        f"/api/v1/availability?service_id={business.services['cut']}&from={day}&to={day + timedelta(days=9)}"
    )
    guest = ApiClient(business.slug)
    plain, short = guest.get(path), guest.get(path, Accept_Encoding="gzip, br")
    assert (plain.headers.get("Content-Encoding"), short.headers["Content-Encoding"]) == (None, "gzip")
    assert "Accept-Encoding" in plain.headers["Vary"] and plain.headers["Vary"] == short.headers["Vary"]
    assert int(short.headers["Content-Length"]) == len(short.body) < len(plain.body) / 4
    assert json.loads(gzip.decompress(short.body))["data"] == plain.data


# --- labels ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["Europe/Paris", "Australia/Lord_Howe", "America/New_York"])
def around_the_clock(request: pytest.FixtureRequest) -> str:
    zone: str = request.param
    return zone


def test_a_zone_changes_labels_only(database: Database, around_the_clock: str) -> None:
    """Whatever zone is asked for: the same instants on the same dates, and what its clocks show."""
    with clock.frozen(datetime(2027, 3, 1, tzinfo=UTC)):
        business = make_business(zone=around_the_clock, services=[YEARS], opens=time(0), closes=time(0))
        months = ("2027-03", "2027-04", "2027-10", "2027-11")
        own = {asked: month(business, asked) for asked in months}

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(sorted(zone_names())), st.sampled_from(months))
        def check(name: str, asked: str) -> None:
            answer = month(business, asked, timezone=name)
            assert answer.data["label_zone"] == name
            for mine, theirs in zip(own[asked].data["days"], answer.data["days"], strict=True):
                assert [mine[key] for key in ("date", "count", "starts")] == [
                    theirs[key] for key in ("date", "count", "starts")
                ]
                _check_labels(theirs, ZoneInfo(name))

        check()


def _check_labels(day: dict[str, Any], zone: ZoneInfo) -> None:
    """Either one offset makes the wall time of all, and no clock shows one twice; or each start says it."""
    for number, text in enumerate(day["starts"]):
        at = datetime.fromisoformat(text)
        local = at.astimezone(zone).replace(tzinfo=None, fold=0)
        instants = resolve_local(local, zone)
        if "labels" in day:
            assert day["offset"] is None
            assert day["labels"][number] == {
                "local_start": local.isoformat(),
                "offset": offset_label(at, zone),
                "is_ambiguous": len(instants) == 2,
            }
        else:
            assert (day["offset"], len(instants)) == (offset_label(at, zone), 1)


def test_the_night_that_has_an_hour_twice(database: Database) -> None:
    with clock.frozen(datetime(2027, 10, 1, tzinfo=UTC)):
        business = make_business(zone="Europe/Paris", services=[YEARS], opens=time(1), closes=time(4))
        # The first of the two hours is taken: what is left must still say which one it is.
        book(business, starts_at=datetime(2027, 10, 31, 0, 0, tzinfo=UTC))
        (day,) = month(business, "from=2027-10-31&to=2027-10-31").data["days"]
        slots = ApiClient(business.slug).get(
            f"/api/v1/slots?service_id={business.services['cut']}&date=2027-10-31"
        )
    assert day["starts"][:2] == ["2027-10-30T23:00:00Z", "2027-10-31T01:00:00Z"]
    assert day["labels"][1] == {
        "local_start": "2027-10-31T02:00:00",
        "offset": "GMT+1",
        "is_ambiguous": True,
    }
    assert [each["is_ambiguous"] for each in day["labels"]] == [False] + [True] * 4 + [False]
    assert [{name: slot[name] for name in day["labels"][0]} for slot in slots.data] == day["labels"]


# --- several people -------------------------------------------------------------------------------------


@pytest.fixture
def team(database: Database) -> Business:
    """Five people with hours of their own and bookings here and there."""
    choose = random.Random(new_seed())
    business = make_business(people=5)
    with tenant_context(business.tenant_id, TESTER.label):
        for resource_id in business.resource_ids[1:]:
            create_opening_rule(
                actor=TESTER,
                location_id=business.location_id,
                resource_id=resource_id,
                kind="WEEKLY",
                start_time=time(choose.randrange(7, 11), choose.choice((0, 15, 45))),
                end_time=time(choose.randrange(15, 21)),
                days_of_week=tuple(choose.sample(range(1, 8), 6)),
            )
    for _ in range(25):
        day = business.start(days=choose.randrange(3, 10)).astimezone(business.zone).date()
        with tenant_context(business.tenant_id, TESTER.label):
            found = find_availability(
                Wanted((business.services["ask"],)), from_date=day, to_date=day, now=clock.now()
            )
        start = choose.choice(found.days[0].starts)
        book(business, "ask", start.starts_at, resource_id=choose.choice(start.resource_ids))
    return business


def _asked_days(business: Business) -> str:
    first = business.start(days=2).astimezone(business.zone).date()
    return f"from={first}&to={first + timedelta(days=9)}"


def _groups(business: Business) -> Iterator[tuple[UUID, ...]]:
    people = business.resource_ids
    yield from ((people[0],), people[:2], people[1:4], (people[4], people[2]), people)


def test_any_is_the_union_and_all_the_intersection(team: Business) -> None:
    days = _asked_days(team)
    each = {one: starts_of(month(team, days, "style", resource_id=str(one))) for one in team.resource_ids}
    assert starts_of(month(team, days, "style")) == sorted(set().union(*each.values()))
    for group in _groups(team):
        ids = ",".join(map(str, group))
        any_of = month(team, days, "style", resource_ids=ids)
        all_of = month(team, days, "style", resource_ids=ids, match="all")
        assert starts_of(any_of) == sorted(set().union(*(each[one] for one in group)))
        assert starts_of(all_of) == sorted(set(each[group[0]]).intersection(*(each[one] for one in group)))
        assert (
            any_of.meta["total"] == len(starts_of(any_of)) == sum(day["count"] for day in any_of.data["days"])
        )


def test_counts_slots_and_alternatives_say_the_same(team: Business) -> None:
    for group, match in product(_groups(team), ("any", "all")):
        wanted = Wanted((team.services["style"],), resource_ids=group, match=match)
        days = month(
            team, _asked_days(team), "style", resource_ids=",".join(map(str, group)), match=match
        ).data["days"]
        first, last = date.fromisoformat(days[0]["date"]), date.fromisoformat(days[-1]["date"])
        around = team.start(days=6, hour=13)
        with tenant_context(team.tenant_id, "tests"):
            counts = count_free_starts(wanted, from_date=first, to_date=last, now=clock.now())
            found = find_availability(wanted, from_date=first, to_date=last, now=clock.now())
            nearest = nearest_starts(wanted, around=around, now=clock.now(), limit=3)
        assert counts == {date.fromisoformat(day["date"]): day["count"] for day in days}
        listed = [start for day in found.days for start in day.starts]
        assert [f"{start.starts_at:%Y-%m-%dT%H:%M:%SZ}" for start in listed] == [
            text for day in days for text in day["starts"]
        ]
        by_distance = sorted(listed, key=lambda each: (abs(each.starts_at - around), each.starts_at))
        assert nearest == sorted(by_distance[:3], key=lambda each: each.starts_at)
        if match == "all":
            assert {frozenset(start.resource_ids) for start in listed} <= {frozenset(group)}
        else:
            assert all(set(start.resource_ids) <= set(group) for start in listed)


def test_who_is_named_must_be_there_and_suit(team: Business) -> None:
    path = f"/api/v1/dates?service_id={team.services['cut']}"
    guest = ApiClient(team.slug)
    assert guest.get(f"{path}&resource_ids={UUID(int=7)}").error == "NOT_FOUND"
    assert guest.get(f"{path}&resource_ids=somebody").field.startswith("resource_ids")
    assert guest.get(f"{path}&match=some").field == "match"
    assert guest.get(f"{path}&party_size=0").field == "party_size"
    many = ",".join([str(team.resource_ids[0])] * 201)
    assert guest.get(f"{path}&resource_ids={many}").field == "resource_ids"
