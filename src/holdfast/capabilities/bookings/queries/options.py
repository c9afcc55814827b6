"""Studio bookings to read: the queue of a resource, and one booking with its open challenge.

What time has decided is written before it is read, so that nobody is shown an option that has ended.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.option_types import Challenge, QueueEntry, StudioBooking
from holdfast.capabilities.bookings.queries.archive import in_archive
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import unseal
from holdfast.platform.db.rows import fetch_tuples, fetch_value
from holdfast.platform.errors import NotFound
from holdfast.platform.tenancy import current_context

_IS_THERE = "select true from resource where tenant_id = %s and id = %s and is_active"
_STUDIO = (
    "select b.id, b.status, b.version, b.resource_id, b.location_id, b.starts_at, b.ends_at, b.local_start,"
    " b.time_zone, case when b.status = 'option' then b.option_rank end, case when b.status = 'option' then"
    " b.option_expires_at end, b.title, b.created_at, b.updated_at, b.confirmed_at, b.cancelled_at, b.notes,"
    " c.id, c.challenger_id, c.holder_id, c.opened_at, c.answer_by"
    " from booking b left join option_challenge c on c.tenant_id = b.tenant_id and c.status = 'open'"
    " and b.id in (c.holder_id, c.challenger_id)"
    " where b.tenant_id = %(tenant)s and b.service_id is null"
)
_ONE = f"{_STUDIO} and b.id = %(id)s order by b.id = c.holder_id desc limit 1"
_ONE_ARCHIVED = in_archive(_ONE)


def settle_due_options(resource_id: UUID | None, *, limit: int = 100) -> None:
    """Write what time has decided on a resource, or everywhere; one look where there is nothing."""
    due = fetch_tuples("select option_due_resources(%s, %s)", (resource_id, limit))
    for (each,) in due:
        fetch_value("select option_enter(%s)", (each,))


def list_queue(
    *, actor: Actor, resource_id: UUID, from_at: datetime, to_at: datetime, limit: int = 200
) -> list[QueueEntry]:
    """Return the options, pencils and confirmed studio bookings of a resource that meet a period, by start.

    Whoever may not read the bookings sees times, statuses and ranks only. Raises `NotFound`.
    """
    if fetch_value(_IS_THERE, (current_context().tenant_id, resource_id)) is None:
        raise NotFound("There is no such resource.", field="resource_id")
    settle_due_options(resource_id)
    rows = fetch_tuples(
        _STUDIO + " and b.resource_id = %(resource)s and b.ends_at > %(from)s and b.starts_at < %(to)s"
        " and b.status in ('option', 'pencil', 'confirmed')"
        # An option can be asked about by one and ask another at once: it stands in the queue once.
        " order by b.starts_at, b.status = 'option', b.created_at, b.id, b.id = c.holder_id desc"
        " limit %(limit)s",
        {
            "tenant": current_context().tenant_id,
            "resource": resource_id,
            "from": from_at,
            "to": to_at,
            "limit": limit,
        },
    )
    found: dict[UUID, StudioBooking] = {}
    for row in rows:
        found.setdefault(row[0], _booking(row))
    is_reader = may_read(actor, resource_id)
    return [
        QueueEntry(
            each.resource_id,
            each.starts_at,
            each.ends_at,
            each.status,
            each.option_rank,
            each.challenge is not None and each.challenge.holder_id == each.id,
            each if is_reader else None,
        )
        for each in found.values()
    ]


def get_studio_booking(*, actor: Actor, booking_id: UUID) -> StudioBooking:
    """Return one studio booking, put away or not.

    Raises `Unauthenticated`, `Forbidden`, and `NotFound` also for what is in a calendar of somebody else.
    """
    require(actor, "bookings:read")
    asked = {"tenant": current_context().tenant_id, "id": booking_id}
    found = _first(fetch_tuples(_ONE, asked))
    if found is not None and may_read(actor, found.resource_id):
        settle_due_options(found.resource_id)
        return read_studio_booking(booking_id)
    found = found or _first(fetch_tuples(_ONE_ARCHIVED, asked))
    if found is None or not may_read(actor, found.resource_id):
        raise NotFound("There is no such booking.")
    return found


def may_read(actor: Actor, resource_id: UUID) -> bool:
    """Tell whether the actor may know what a resource's studio bookings are about."""
    return actor.can("bookings:read") or (
        actor.only_own("bookings:read") and actor.resource_id == resource_id
    )


def resource_of(booking_id: UUID) -> UUID:
    """Return whose queue a studio booking is in. Raises `NotFound`."""
    found: UUID | None = fetch_value(
        "select resource_id from booking where tenant_id = %s and id = %s and service_id is null",
        (current_context().tenant_id, booking_id),
    )
    if found is None:
        raise NotFound("There is no such booking.")
    return found


def read_studio_booking(booking_id: UUID) -> StudioBooking:
    """Return a studio booking as it is written. Raises `NotFound`."""
    found = _first(fetch_tuples(_ONE, {"tenant": current_context().tenant_id, "id": booking_id}))
    if found is None:
        raise NotFound("There is no such booking.")
    return found


def _first(rows: list[tuple[Any, ...]]) -> StudioBooking | None:
    return _booking(rows[0]) if rows else None


def _booking(row: tuple[Any, ...]) -> StudioBooking:
    (
        booking_id,
        status,
        version,
        resource_id,
        location_id,
        starts_at,
        ends_at,
        local_start,
        time_zone,
        option_rank,
        option_expires_at,
        title,
        created_at,
        updated_at,
        confirmed_at,
        cancelled_at,
        notes,
        *challenge,
    ) = row
    sealed = unseal(current_context().tenant_id, "booking", "notes", booking_id, notes) if notes else b""
    return StudioBooking(
        booking_id,
        status,
        version,
        resource_id,
        location_id,
        starts_at,
        ends_at,
        local_start,
        time_zone,
        option_rank,
        option_expires_at,
        title,
        sealed.decode(),
        created_at,
        updated_at,
        confirmed_at,
        cancelled_at,
        Challenge(*challenge) if challenge[0] is not None else None,
    )
