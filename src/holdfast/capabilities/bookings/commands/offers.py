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
_NOTE = (
    "insert into slot_offer (tenant_id, offered_at, service_id, resource_id, location_id, local_date,"
    " variant, is_first, total, starts_at, local_starts, able)"
    " select %s, %s, o.* from jsonb_to_recordset(%s::jsonb) as o (service_id uuid, resource_id uuid,"
    " location_id uuid, local_date date, variant text, is_first boolean, total integer,"
    " starts_at timestamptz[], local_starts timestamp[], able jsonb)"
)


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
    rows = json.dumps([_row(offer) for offer in offers], default=str)
    execute(_NOTE, (current_context().tenant_id, now, rows))


def forget_old_offers() -> int:
    """Delete the context's offers that are older than ninety days, a few thousand; return how many."""
    tenant_id = current_context().tenant_id
    return execute(
        "delete from slot_offer where tenant_id = %s and id in ("
        "select id from slot_offer where tenant_id = %s"
        " and offered_at < clock_timestamp() - make_interval(days => %s) order by offered_at limit 5000)",
        (tenant_id, tenant_id, KEPT_DAYS),
    )


def _row(offer: Offer) -> dict[str, object]:
    # One row says each start once, with everybody who could give it.
    able: dict[datetime, list[UUID]] = {}
    local: dict[datetime, datetime] = {}
    for start in offer.starts:
        able.setdefault(start.starts_at, []).extend(start.resource_ids)
        local[start.starts_at] = start.local_start
    return {
        "service_id": offer.service_id,
        "resource_id": offer.resource_id,
        "location_id": offer.location_id,
        "local_date": offer.local_date,
        "variant": offer.variant,
        "is_first": offer.is_first,
        "total": offer.total,
        "starts_at": list(local),
        "local_starts": list(local.values()),
        "able": list(able.values()),
    }
