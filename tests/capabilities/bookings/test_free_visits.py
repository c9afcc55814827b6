"""Free time of visits that need several people, rooms and steps: what is offered is what can be had."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from holdfast.capabilities.bookings.queries import count_free_starts, find_availability, nearest_starts
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.schedules.commands import create_blackout
from holdfast.platform import clock
from holdfast.platform.db.rows import execute
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from tests.api_client import ApiClient
from tests.capabilities.bookings.salon import People, make_salon, visit
from tests.capabilities.business import TESTER, Business
from tests.cluster import Database
from tests.concurrency.threads import new_seed
from tests.concurrency.truths import untruths

Wish = dict[str, Any]


def _wishes(people: People) -> list[tuple[tuple[str, ...], Wish]]:
    mia, noa = people["mia"], people["noa"]
    return [
        (("massage",), {}),
        (("massage",), {"roles": {"room": people["small room"]}}),
        (("colour",), {}),
        (("colour",), {"resource_id": noa}),
        (("colour",), {"add_ons": ("nails", "oil")}),
        (("cut", "massage"), {}),
        (("wash", "cut"), {"resource_id": mia}),
        (("wash",), {"resource_ids": (mia, noa), "match": "all"}),
        (("wash",), {"resource_ids": (mia, noa)}),
    ]


def _wanted(business: Business, services: tuple[str, ...], wish: Wish) -> Wanted:
    known = {key: value for key, value in wish.items() if key not in ("add_ons", "roles")}
    return Wanted(
        tuple(business.services[name] for name in services),
        add_on_ids=tuple(business.services[name] for name in wish.get("add_ons", ())),
        roles=tuple(wish.get("roles", {}).items()),
        **known,
    )


def _offered(business: Business, wanted: Wanted, at: datetime) -> dict[datetime, tuple[Any, ...]]:
    day = at.astimezone(business.zone).date()
    with tenant_context(business.tenant_id, "tests"):
        found = find_availability(wanted, from_date=day, to_date=day, now=clock.now())
        counts = count_free_starts(wanted, from_date=day, to_date=day, now=clock.now())
    starts = {start.starts_at: start.resource_ids for each in found.days for start in each.starts}
    assert counts == {day: len(starts)}
    return starts


def test_what_is_offered_can_be_had_and_nothing_else(database: Database) -> None:
    """Starts of a day, asked for one after another: each is had exactly when it was offered just before."""
    choose = random.Random(new_seed())
    business, people = make_salon()
    with tenant_context(business.tenant_id, TESTER.label):
        create_blackout(
            actor=TESTER,
            starts_at=business.start(hour=12),
            ends_at=business.start(hour=12, minute=30),
            resource_id=people["noa"],
        )
        create_blackout(
            actor=TESTER,
            starts_at=business.start(hour=15),
            ends_at=business.start(hour=16),
            resource_id=people["big room"],
        )
    had: dict[bool, int] = {True: 0, False: 0}
    for services, wish in choose.sample(_wishes(people), k=len(_wishes(people))):
        wanted = _wanted(business, services, wish)
        for quarter in choose.sample(range(-2, 50), k=9):
            starts_at = business.start(hour=8) + timedelta(minutes=15 * quarter)
            offered = starts_at in _offered(business, wanted, starts_at)
            try:
                visit(business, *services, starts_at=starts_at, **wish)
            except Problem as problem:
                assert not offered, (services, wish, starts_at, problem)
            else:
                assert offered, (services, wish, starts_at)
            had[offered] += 1
    assert had[True] > 5 and had[False] > 5
    assert untruths(database) == {}


def test_all_at_once_names_all_of_them(database: Database) -> None:
    business, people = make_salon()
    both = (people["mia"], people["noa"])
    visit(business, "cut", starts_at=business.start(hour=9), resource_id=both[1])
    wanted = _wanted(business, ("wash",), {"resource_ids": both, "match": "all"})
    offered = _offered(business, wanted, business.start())
    assert set(offered.values()) == {both}
    # Half an hour from nine is Noa's: with five minutes before and ten after, 8:30 to 9:30 are gone.
    clocks = [f"{start.astimezone(business.zone):%H:%M}" for start in offered]
    assert clocks[:3] == ["08:00", "08:15", "09:45"]
    with tenant_context(business.tenant_id, "tests"):
        near = nearest_starts(wanted, around=business.start(hour=9), now=clock.now(), limit=2)
    assert [f"{each.starts_at.astimezone(business.zone):%H:%M}" for each in near] == ["08:15", "09:45"]


def test_a_visit_over_http(database: Database) -> None:
    business, _ = make_salon()
    day = business.start().astimezone(business.zone).date()
    ids = ",".join(str(business.services[name]) for name in ("cut", "massage"))
    guest = ApiClient(business.slug)
    answer = guest.get(f"/api/v1/availability?service_ids={ids}&from={day}&to={day}")
    assert answer.data["duration_minutes"] == 90
    # 08:00 to 20:00: the last start is at 18:30.
    assert answer.meta["total"] == 43
    colour, nails = business.services["colour"], business.services["nails"]
    path = f"/api/v1/slots?service_id={colour}&date={day}"
    assert len(guest.get(f"{path}&add_on_ids={nails}").data) == 43
    refused = guest.get(f"{path}&add_on_ids={business.services['cut']}")
    assert (refused.status, refused.error) == (422, "ADD_ON_UNSUITABLE")
    assert guest.get(f"/api/v1/dates?service_id={nails}").error == "ADD_ON_ALONE"


@pytest.mark.parametrize("limit", ["most_per_day", "most_per_week"])
def test_a_limit_counts_what_visits_give(database: Database, limit: str) -> None:
    """Of cuts alone and of cuts in a visit; whoever has enough is not offered for a visit with one."""
    business, people = make_salon()
    with tenant_context(business.tenant_id, TESTER.label):
        execute(
            "update service set most_per_day = 2 where id = %s"
            if limit == "most_per_day"
            else "update service set most_per_week = 2 where id = %s",
            (business.services["cut"],),
        )
    mia, noa = people["mia"], people["noa"]
    start = business.start()
    alone = _wanted(business, ("cut",), {})
    with_massage = _wanted(business, ("cut", "massage"), {})
    visit(business, "cut", starts_at=start, resource_id=mia)
    assert {who for able in _offered(business, alone, start).values() for who in able} == {mia, noa}
    visit(business, "cut", "massage", starts_at=start + timedelta(hours=1), resource_id=mia)
    assert {who for able in _offered(business, alone, start).values() for who in able} == {noa}
    assert {who for able in _offered(business, with_massage, start).values() for who in able} == {noa}
    assert _offered(business, _wanted(business, ("wash",), {"resource_id": mia}), start)
    assert not _offered(business, _wanted(business, ("cut",), {"resource_id": mia}), start)


def test_a_visit_into_the_next_day_sees_what_is_taken_there(database: Database) -> None:
    """Around the clock, a start late in the evening needs somebody the next morning too."""
    business, people = make_salon()
    with tenant_context(business.tenant_id, TESTER.label):
        execute("update opening_rule set start_time = %s, end_time = %s", (time(0), time(0)))
    midnight = business.start(days=8, hour=0)
    for name in ("mia", "noa"):
        visit(business, "cut", starts_at=midnight, resource_id=people[name])
    offered = _offered(business, _wanted(business, ("colour",), {}), midnight - timedelta(hours=2))
    late = [start for start in offered if start > midnight - timedelta(hours=2)]
    # After 22:30 the last half hour would be the cut's; at 23:30 the setting is.
    assert late == [midnight - timedelta(minutes=minutes) for minutes in (105, 90, 30)]
    assert late[0].tzinfo == UTC
