"""What guests were offered, noted for the report on exposure; and forgotten after ninety days."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from holdfast.capabilities.bookings.types import Start
from holdfast.platform.db.rows import execute
from holdfast.platform.tenancy import current_context

KEPT_DAYS = 90
_COLUMNS = (
    "tenant_id, offered_at, service_id, resource_id, location_id, local_date, variant,"
    " is_first, total, starts_at, local_starts, able"
)
_VALUES = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::timestamptz[], %s::timestamp[], %s::jsonb)"


@dataclass(frozen=True, slots=True)
class Offer:
    """Starts of one date shown to somebody for the first time; `total` counts all that were free.

    `is_first` is false for starts that took the place of others within minutes of a look.
    """

    service_id: UUID
    resource_id: UUID | None
    location_id: UUID | None
    local_date: date
    variant: str
    is_first: bool
    total: int
    starts: Sequence[Start]


def note_offers(offers: Iterable[Offer], *, now: datetime) -> None:
    """Write a row for each offer, in one statement; inside the tenant's context."""
    rows = [_row(offer, now) for offer in offers]
    statement = " ".join(("insert into slot_offer (", _COLUMNS, ") values", ", ".join([_VALUES] * len(rows))))
    execute(statement, [value for row in rows for value in row])


def forget_old_offers() -> int:
    """Delete the context's offers that are older than ninety days, a few thousand; return how many."""
    tenant_id = current_context().tenant_id
    return execute(
        "delete from slot_offer where tenant_id = %s and id in ("
        "select id from slot_offer where tenant_id = %s"
        " and offered_at < clock_timestamp() - make_interval(days => %s) order by offered_at limit 5000)",
        (tenant_id, tenant_id, KEPT_DAYS),
    )


def _row(offer: Offer, now: datetime) -> tuple[object, ...]:
    # One row says each start once, with everybody who could give it.
    able: dict[datetime, list[str]] = {}
    local: dict[datetime, datetime] = {}
    for start in offer.starts:
        able.setdefault(start.starts_at, []).extend(str(each) for each in start.resource_ids)
        local[start.starts_at] = start.local_start
    return (
        current_context().tenant_id,
        now,
        offer.service_id,
        offer.resource_id,
        offer.location_id,
        offer.local_date,
        offer.variant,
        offer.is_first,
        offer.total,
        list(local),
        list(local.values()),
        json.dumps(list(able.values())),
    )
