"""The examples of docs/howto/opening-hours.md do what they say."""

from __future__ import annotations

import json
import re
from datetime import date, time
from pathlib import Path
from uuid import UUID

from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.people.commands import create_resource
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.capabilities.tenants.commands import create_location
from holdfast.platform.tenancy import tenant_context
from tests.api_client import staff_client
from tests.capabilities.business import TESTER, make_business
from tests.cluster import Database

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "opening-hours.md"


def test_the_examples(database: Database) -> None:
    business = make_business(
        services=[NewService("cut", 60, "EUR"), NewService("yoga", 60, "EUR")],
        people=2,
        opens=time(6),
        closes=time(7),
    )
    owner = staff_client(business, "owner")
    (first,) = owner.get("/api/v1/availabilities").data
    owner.delete(f"/api/v1/availabilities/{first['id']}")
    noor, lena = business.resource_ids
    with tenant_context(business.tenant_id, TESTER.label):
        marina = create_location(actor=TESTER, name="Marina", time_zone=business.zone.key)
        create_resource(actor=TESTER, location_id=marina, name="Sara")
    names = {
        "DOWNTOWN": business.location_id,
        "MARINA": marina,
        "NOOR": noor,
        "LENA": lena,
        "YOGA": business.services["yoga"],
    }
    examples = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 6
    for example in examples:
        for name, its_id in names.items():
            example = example.replace(f'"{name}"', f'"{its_id}"')
        made = owner.post("/api/v1/availabilities", json.loads(example))
        assert made.status == 201, made.body
    schedule = remembered_schedule(business.tenant_id, refresh=True)

    def hours(person: UUID, day: date, service: str = "cut") -> list[str]:
        windows = schedule.windows(
            schedule.resources[person], schedule.services[business.services[service]], day, day
        )
        local = [(each.starts_at.astimezone(business.zone), each) for each in windows]
        return [
            f"{starts:%H:%M}-{each.ends_at.astimezone(business.zone):%H:%M}"
            for starts, each in local
            if starts.date() == day
        ]

    usual = ["09:00-13:00", "14:00-19:00"]
    assert hours(lena, date(2031, 11, 3)) == usual
    assert hours(lena, date(2031, 12, 14)) == []
    assert hours(lena, date(2031, 12, 15)) == ["20:00-01:00"]
    assert hours(lena, date(2032, 1, 13)) == ["20:00-01:00"]
    assert hours(lena, date(2032, 1, 14)) == usual
    assert hours(lena, date(2031, 12, 3)) == []
    assert hours(lena, date(2031, 12, 4)) == usual
    assert hours(lena, date(2031, 11, 7)) == ["09:00-12:00", "15:00-19:00"]
    assert hours(noor, date(2031, 11, 7)) == usual
    assert hours(noor, date(2031, 11, 4)) == ["12:00-16:00"]
    assert hours(noor, date(2031, 11, 5)) == usual
    assert hours(lena, date(2031, 11, 9)) == []
    assert hours(lena, date(2031, 11, 9), "yoga") == ["10:00-12:00"]
    (group,) = schedule.group_windows(
        schedule.resources[lena],
        schedule.services[business.services["yoga"]],
        date(2031, 11, 9),
        date(2031, 11, 9),
    )
    assert (group.slot_capacity, group.granularity_minutes) == (8, 60)
