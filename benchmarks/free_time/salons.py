"""The businesses whose free time is asked for: one person, twenty, two hundred, a thousand.

Weekdays 09-17 in Berlin, a service of 30 minutes on a grid of 15. The month is March 2027 or, when that is
past, the next one that has 23 weekdays too, so that a month without bookings always has 713 starts. Bookings
are drawn by lot with a fixed seed: the same for the core and for the database, in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Jsonb

ZONE = ZoneInfo("Europe/Berlin")
OPENS, CLOSES = time(9), time(17)
SERVICE_MINUTES, GRID_MINUTES = 30, 15
STARTS_OF_AN_EMPTY_MONTH = 713
_WEEKDAYS = 23
# Half hours from nine on of which bookings take some; at noon and from half past four all are free.
_PLACES = (*range(6), *range(8, 15))


@dataclass(frozen=True)
class Salon:
    """A business, the dates that are asked for, and how many bookings each person has on each of them."""

    slug: str
    number: int
    people: int
    from_date: date
    to_date: date
    bookings_a_day: int
    rooms: int = 0

    def id(self, kind: int, number: int = 0) -> UUID:
        """Of the tenant (0), location (1), a service (2), rule (3), person (4), booking (5), room (6)."""
        return UUID(f"0189{self.number:04x}-{kind:04x}-7000-8000-{number:012}")

    @property
    def host(self) -> str:
        """Where it is found."""
        return f"{self.slug}.localhost"

    @property
    def tenant_id(self) -> UUID:
        """The business itself."""
        return self.id(0)

    @property
    def service_id(self) -> UUID:
        """What it sells; the services of `SERVICES` follow."""
        return self.id(2)

    @property
    def resource_ids(self) -> list[UUID]:
        """Its people, in their order, then its rooms."""
        return [
            *(self.id(4, number) for number in range(self.people)),
            *(self.id(6, number) for number in range(self.rooms)),
        ]

    @property
    def weekdays(self) -> list[date]:
        """The dates with opening hours."""
        days = (self.from_date + timedelta(days=n) for n in range((self.to_date - self.from_date).days + 1))
        return [day for day in days if day.weekday() < 5]


def salons(month: date) -> list[Salon]:
    """Those that are asked in a month, smallest first; a thousand people are asked for a week only."""
    last = _next_month(month) - timedelta(days=1)
    monday = month + timedelta(days=-month.weekday() % 7)
    return [
        Salon("one", 1, 1, month, last, 0),
        Salon("twenty", 2, 20, month, last, 5),
        Salon("hundreds", 3, 200, month, last, 5),
        Salon("thousand", 4, 1000, monday, monday + timedelta(days=6), 5),
        Salon("visits", 5, 20, month, last, 5, rooms=20),
    ]


def month_to_ask(today: date) -> date:
    """The first day of March 2027 or, later, of the next month with as many weekdays."""
    month = date(2027, 3, 1)
    while month <= today or len(
        Salon("", 0, 0, month, _next_month(month) - timedelta(days=1), 0).weekdays
    ) != (_WEEKDAYS):
        month = _next_month(month)
    return month


@cache
def taken(salon: Salon) -> Sequence[Sequence[tuple[datetime, datetime]]]:
    """When each person is taken on the dates that are asked for."""
    lot = Random(salon.slug)
    openings = [datetime.combine(day, OPENS, ZONE).astimezone(UTC) for day in salon.weekdays]
    length = timedelta(minutes=SERVICE_MINUTES)
    return [
        [
            (opening + place * length, opening + (place + 1) * length)
            for opening in openings
            for place in sorted(lot.sample(_PLACES, salon.bookings_a_day))
        ]
        for _ in salon.resource_ids
    ]


SERVICES = ("curated", "visit", "published 1", "published 2", "published 3")
_BUSINESS = """
insert into tenant (id, slug, name, time_zone, currency)
    values (%(tenant)s, %(slug)s, %(slug)s, 'Europe/Berlin', 'EUR');
insert into location (tenant_id, id, name, time_zone)
    values (%(tenant)s, %(location)s, 'Here', 'Europe/Berlin');
insert into service (tenant_id, id, name, duration_minutes, slot_granularity_minutes, price_minor, currency,
        flow, horizon_days)
    values (%(tenant)s, %(service)s, 'Cut', %(minutes)s, %(grid)s, 4200, 'EUR', 'hold', 1095);
insert into service (tenant_id, id, name, duration_minutes, slot_granularity_minutes, price_minor, currency,
        flow, horizon_days, exposure, segments, roles)
    select %(tenant)s, id, name, %(minutes)s, %(grid)s, 4200, 'EUR', 'hold', 1095, exposure, segments, roles
    from jsonb_to_recordset(%(services)s)
        as s (id uuid, name text, exposure text, segments jsonb, roles jsonb);
insert into opening_rule (tenant_id, id, location_id, rule_kind, days_of_week, start_time, end_time)
    values (%(tenant)s, %(rule)s, %(location)s, 'WEEKLY', '{1,2,3,4,5}', %(opens)s, %(closes)s);
insert into resource (tenant_id, id, location_id, kind, name, display_order)
    select %(tenant)s, id, %(location)s, case when n > %(people)s then 'room' else 'person' end,
        'No. ' || n, n
    from unnest(%(resources)s::uuid[]) with ordinality as r (id, n);
"""


def insert_salon(admin: psycopg.Connection, salon: Salon) -> None:
    """Write a business, still without bookings."""
    values = {
        "tenant": salon.tenant_id,
        "slug": salon.slug,
        "location": salon.id(1),
        "service": salon.service_id,
        "rule": salon.id(3),
        "minutes": SERVICE_MINUTES,
        "grid": GRID_MINUTES,
        "opens": OPENS,
        "closes": CLOSES,
        "resources": salon.resource_ids,
        "people": salon.people,
        "services": Jsonb(_services(salon)),
    }
    with admin.transaction(), psycopg.ClientCursor(admin) as cursor:
        cursor.execute("select set_config('app.tenant', %s, true)", [str(salon.tenant_id)])
        for statement in _BUSINESS.split(";\n"):
            if statement.strip():
                cursor.execute(statement.encode(), values)


def _services(salon: Salon) -> list[dict[str, object]]:
    """Those beside the first: of a curated policy, of a person and a room, and some to publish."""
    segments: list[object] = []
    roles: list[object] = []
    if salon.rooms:
        segments = [
            {"role": role, "offset_minutes": 0, "duration_minutes": SERVICE_MINUTES, "kind": "active"}
            for role in ("person", "room")
        ]
        roles = [{"name": kind, "kind": kind, "required_skills": []} for kind in ("person", "room")]
    return [
        {
            "id": str(salon.id(2, number)),
            "name": name,
            "exposure": "curated" if name == "curated" else "all",
            "segments": segments if name == "visit" else [],
            "roles": roles if name == "visit" else [],
        }
        for number, name in enumerate(SERVICES, 1)
    ]


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
