"""Is exposure fair? What curated pages offered in a period, and what of it was taken, counted from rows.

*Offered* is one start shown to one person for the first time within seven minutes. *Taken* is a booking that
a customer made by page or API (and confirmed, where it was a hold) for a service and start that had been
offered before, in the same period, to anybody. Its variant is that of the last such offer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Generic, TypeVar
from uuid import UUID

from holdfast.capabilities.bookings.queries.archive import everywhere, may_be_archived
from holdfast.capabilities.people.queries import list_resources
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import fetch_tuples
from holdfast.platform.tenancy import current_context
from holdfast.scheduling.day_parts import DayPart, part_of_hour

PERMISSION = "services:manage"
"""Whoever decides what a service shows also reads what became of it."""

_OFFERS = (
    "slot_offer o where o.tenant_id = %(tenant)s and o.offered_at >= %(from)s and o.offered_at < %(to)s"
    " and (%(service)s::uuid is null or o.service_id = %(service)s)"
)
_LOOKS = " ".join(
    ("select o.variant, count(*) filter (where o.is_first) from", _OFFERS, "group by 1 order by 1")
)
_OFFERED = " ".join(
    (
        "select o.variant, start::time, count(*) from (",
        "select o.variant, unnest(o.local_starts) as start from",
        _OFFERS,
        ") o group by 1, 2",
    )
)
_OFFERED_BY_PERSON = " ".join(
    (
        "select person::uuid, count(*) from (",
        "select jsonb_array_elements_text(jsonb_array_elements(o.able)) as person from",
        _OFFERS,
        ") o group by 1",
    )
)
_TAKEN = " ".join(
    (
        "select last.variant, b.local_start::time, b.resource_id, count(*) from booking b",
        "left join lateral (select o.variant from slot_offer o",
        "where o.tenant_id = b.tenant_id and o.service_id = b.service_id",
        "and o.local_date = b.local_start::date and b.starts_at = any (o.starts_at)",
        "and o.offered_at >= %(from)s and o.offered_at <= b.created_at",
        "order by o.offered_at desc, o.id desc limit 1) last on true",
        "where b.tenant_id = %(tenant)s and b.created_at >= %(from)s and b.created_at < %(to)s",
        "and b.source in ('page', 'api') and (b.confirmed_at is not null or b.status = 'pending')",
        "and b.service_id in (select o.service_id from",
        _OFFERS,
        ") group by 1, 2, 3",
    )
)
_TAKEN_EVER = everywhere(_TAKEN)
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Line(Generic[K]):
    """How often something was offered and taken; `rate` is None for what was never offered."""

    key: K
    offered: int
    taken: int

    @property
    def rate(self) -> float | None:
        return round(self.taken / self.offered, 4) if self.offered else None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who could have given what was offered."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class ExposureReport:
    """The report; every list is in its natural order. `looks` counts the lots drawn, by variant.

    A start that several people could give counts as offered once for each of them in `by_person`, once
    elsewhere. `taken_unoffered` counts bookings of the same services for starts that had not been offered.
    """

    total: Line[str]
    taken_unoffered: int
    looks: dict[str, int]
    by_start: list[Line[time]]
    by_hour: list[Line[int]]
    by_part: list[Line[DayPart]]
    by_person: list[Line[Person]]
    by_variant: list[Line[str]]


def report_exposure(
    *, actor: Actor, from_at: datetime, to_at: datetime, service_id: UUID | None = None
) -> ExposureReport:
    """Count what was offered and taken in `from_at <= at < to_at`; inside the tenant's context.

    Raises `Unauthenticated` or `Forbidden`.
    """
    require(actor, PERMISSION)
    asked = {"tenant": current_context().tenant_id, "from": from_at, "to": to_at, "service": service_id}
    offered, taken = _Counts(), _Counts()
    for variant, local, count in fetch_tuples(_OFFERED, asked):
        offered.add(count, variant, local)
    for person, count in fetch_tuples(_OFFERED_BY_PERSON, asked):
        offered.people[person] += count
    unoffered = 0
    for variant, local, person, count in fetch_tuples(
        _TAKEN_EVER if may_be_archived(from_at) else _TAKEN, asked
    ):
        if variant is None:
            unoffered += count
            continue
        taken.add(count, variant, local)
        taken.people[person] += count
    looks = dict(fetch_tuples(_LOOKS, asked))
    people = [Person(each.id, each.name) for each in list_resources(active_only=False)]
    return ExposureReport(
        total=Line("", offered.starts.total(), taken.starts.total()),
        taken_unoffered=unoffered,
        looks=looks,
        by_start=_lines(offered.starts, taken.starts),
        by_hour=_lines(_merged(offered.starts, _hour), _merged(taken.starts, _hour)),
        by_part=[
            line
            for part in DayPart
            for line in _lines(_merged(offered.starts, _part), _merged(taken.starts, _part))
            if line.key is part
        ],
        by_person=[
            Line(person, offered.people[person.id], taken.people[person.id])
            for person in people
            if offered.people[person.id] or taken.people[person.id]
        ],
        by_variant=[Line(name, offered.variants[name], taken.variants[name]) for name in looks],
    )


class _Counts:
    """Counts of one kind, by wall time, person and variant."""

    def __init__(self) -> None:
        self.starts: Counter[time] = Counter()
        self.variants: Counter[str] = Counter()
        self.people: Counter[Any] = Counter()

    def add(self, count: int, variant: str, local: time) -> None:
        self.starts[local] += count
        self.variants[variant] += count


def _lines(offered: Counter[Any], taken: Counter[Any]) -> list[Line[Any]]:
    return [Line(key, offered[key], taken[key]) for key in sorted(offered | taken)]


def _merged(counts: Counter[time], to: Callable[[time], K]) -> Counter[K]:
    merged: Counter[K] = Counter()
    for at, count in counts.items():
        merged[to(at)] += count
    return merged


def _hour(at: time) -> int:
    return at.hour


def _part(at: time) -> DayPart:
    return part_of_hour(at.hour)
