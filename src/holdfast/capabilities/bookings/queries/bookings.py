"""Bookings as rows: the staff's list, one by id, one by its private link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.queries.archive import everywhere, in_archive, may_be_archived
from holdfast.capabilities.bookings.types import BookedItem, Booking, TakenTime
from holdfast.capabilities.people.types import Contact
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import token_hash, unseal
from holdfast.platform.db.rows import fetch_tuples, fetch_value
from holdfast.platform.tenancy import current_context, tenant_context

_BOOKING = (
    "select b.id, b.status, b.service_id, b.location_id, b.resource_id, b.customer_id, b.starts_at,"
    " b.ends_at, b.local_start, b.time_zone, b.hold_expires_at, b.price_minor, b.currency, b.title, b.source,"
    " b.sequence, b.version, b.created_at, b.updated_at, b.confirmed_at, b.cancelled_at, b.party_size,"
    " b.slot_id, b.is_overbooked, b.series_id, b.series_position, b.items, b.contact, b.notes,"
    " b.cancellation_reason, false as is_archived from booking b"
)
_BOOKING_EVER = everywhere(_BOOKING)
# All that a booking takes, in the statement that reads it: two would see it before and after a move.
TIMES = (
    "(select coalesce(jsonb_agg(jsonb_build_array(a.resource_id, a.role, a.starts_at, a.ends_at)"
    " order by a.starts_at, a.role, a.resource_id), '[]') from allocation a"
    " where a.tenant_id = b.tenant_id and a.booking_id = b.id)"
)
_WITH_TIMES = _BOOKING.replace(" from booking b", f", {TIMES} from booking b")
_OF_SERIES = (
    f"{_BOOKING_EVER} where b.tenant_id = %(tenant)s and b.series_id = %(series)s"
    " and (%(resource)s::uuid is null or b.resource_id = %(resource)s) order by b.series_position"
)
_OF_LINK = f"{_BOOKING_EVER} where b.tenant_id = %s and b.id = %s"
_OF_CUSTOMER = " ".join(
    (
        _BOOKING_EVER,
        # One row at most (the index of addresses is unique), so that it is a value to both tables' indexes.
        "where b.tenant_id = %(tenant)s and b.customer_id = (select id from customer c",
        "where c.tenant_id = %(tenant)s and c.email_index = %(index)s) and b.contact is not null",
        "and (%(after)s::uuid is null or (b.starts_at, b.id) < (select starts_at, id from every_booking",
        "where tenant_id = %(tenant)s and id = %(after)s))",
        "order by b.starts_at desc, b.id desc limit %(limit)s",
    )
)
_BY_ID = f"{_WITH_TIMES} where b.tenant_id = %s and b.id = %s"
_BY_ID_ARCHIVED = in_archive(_BY_ID)
_BY_TOKEN = (
    f"{_WITH_TIMES} join booking_token t on t.tenant_id = b.tenant_id and t.booking_id = b.id"
    " where t.tenant_id = %s and t.token_hash = %s and t.action in ('manage', %s)"
    " and t.used_at is null and t.expires_at > clock_timestamp()"
)
_BY_TOKEN_ARCHIVED = in_archive(_BY_TOKEN)
_LIST = (
    f"{_BOOKING} where b.tenant_id = %(tenant)s"
    " and b.starts_at < %(to)s and b.ends_at > %(from)s and b.starts_at > %(from)s - interval '8 days'"
    " and (%(statuses)s::text[] = '{}' or b.status = any (%(statuses)s::text[]))"
    " and (%(resource)s::uuid is null or b.resource_id = %(resource)s or exists (select from allocation a"
    " where a.tenant_id = b.tenant_id and a.booking_id = b.id and a.resource_id = %(resource)s))"
    " and (%(location)s::uuid is null or b.location_id = %(location)s)"
    " order by b.starts_at, b.id limit %(limit)s"
)
_LIST_EVER = everywhere(_LIST)


def list_bookings(
    *,
    actor: Actor,
    starts_at: datetime,
    ends_at: datetime,
    statuses: Sequence[str] = (),
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    limit: int = 1000,
) -> list[Booking]:
    """Return bookings that touch the period, by start; an artist sees only what it takes part in.

    With a resource only those that it leads or takes part in (a room, the second stylist of a visit).

    Raises `Unauthenticated` or `Forbidden`.
    """
    require(actor, "bookings:read")
    if actor.only_own("bookings:read"):
        resource_id = actor.resource_id
        if resource_id is None:
            return []
    rows = fetch_tuples(
        _LIST_EVER if may_be_archived(starts_at) else _LIST,
        {
            "tenant": current_context().tenant_id,
            "from": starts_at,
            "to": ends_at,
            "statuses": list(statuses),
            "resource": resource_id,
            "location": location_id,
            "limit": limit,
        },
    )
    return [_booking(row) for row in rows]


def get_booking(*, actor: Actor, booking_id: UUID) -> Booking | None:
    """Return a booking of the context that the actor may see, or None."""
    require(actor, "bookings:read")
    asked = (current_context().tenant_id, booking_id)
    # At hand first: a booking goes one way only, so what is not there can have been put away.
    rows = fetch_tuples(_BY_ID, asked) or fetch_tuples(_BY_ID_ARCHIVED, asked)
    if not rows:
        return None
    booking = _with_times(rows[0])
    parts = {booking.resource_id, *(each.resource_id for each in booking.resources or ())}
    if actor.only_own("bookings:read") and actor.resource_id not in parts - {None}:
        return None
    return booking


def get_booking_by_token(token: str, *, action: str = "view") -> Booking | None:
    """Return the booking that a private link opens, or None when it is unknown, too old or used up.

    The manage token opens it for every action, others for their own only.
    """
    asked = (current_context().tenant_id, token_hash(token), action)
    rows = fetch_tuples(_BY_TOKEN, asked) or fetch_tuples(_BY_TOKEN_ARCHIVED, asked)
    return _with_times(rows[0]) if rows else None


def bookings_of_series(series_id: UUID, *, resource_id: UUID | None) -> list[Booking]:
    """Return the bookings of a series in their order, the archive's too; with a resource those it leads."""
    params = {"tenant": current_context().tenant_id, "series": series_id, "resource": resource_id}
    return [_booking(row) for row in fetch_tuples(_OF_SERIES, params)]


def booking_of_link(booking_id: UUID) -> Booking | None:
    """Return the booking of a link that has been found to be good, in the archive too."""
    rows = fetch_tuples(_OF_LINK, (current_context().tenant_id, booking_id))
    return _booking(rows[0]) if rows else None


def bookings_of_customer(email_index: bytes, *, after: UUID | None, limit: int) -> list[Booking]:
    """Return the bookings of the customer with an address, latest first, beginning after one of them.

    In the archive too. A customer may have been found by a telephone number: what was made with the address
    is for the caller to see.
    """
    params = {
        "tenant": current_context().tenant_id,
        "index": email_index,
        "after": after,
        "limit": limit,
    }
    return [_booking(row) for row in fetch_tuples(_OF_CUSTOMER, params)]


def may_manage(tenant_id: UUID, actor: Actor, booking_id: UUID, permission: str) -> bool:
    """Tell whether the actor may move this booking without a token: staff, or an artist its own."""
    if actor.can(permission):
        return True
    if not actor.only_own(permission) or actor.resource_id is None:
        return False
    with tenant_context(tenant_id, actor.label):
        found = fetch_value(
            "select 1 from booking where tenant_id = %s and id = %s and resource_id = %s",
            (tenant_id, booking_id, actor.resource_id),
        )
    return bool(found)


def read_times(found: list[list[str]]) -> tuple[TakenTime, ...]:
    """Return what `TIMES` found."""
    return tuple(
        TakenTime(UUID(resource_id), role, datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at))
        for resource_id, role, starts_at, ends_at in found
    )


def read_items(stored: list[dict[str, Any]]) -> tuple[BookedItem, ...]:
    """Return what a booking's row says that was bought."""
    return tuple(
        BookedItem(
            UUID(each["service_id"]),
            each["title"],
            each["kind"],
            each["price_minor"],
            each["duration_minutes"],
            each["role"],
            UUID(each["resource_id"]),
            each.get("guest"),
            each.get("offset_minutes"),
        )
        for each in stored
    )


def _with_times(row: tuple[Any, ...]) -> Booking:
    return replace(_booking(row[:-1]), resources=read_times(row[-1]))


def _booking(row: tuple[Any, ...]) -> Booking:
    tenant_id = current_context().tenant_id
    *columns, items, contact, notes, reason, is_archived = row
    booking = Booking(*columns, items=read_items(items), is_archived=is_archived)

    def opened(column: str, sealed: bytes) -> bytes:
        return unseal(tenant_id, "booking", column, booking.id, sealed)

    if contact is None and notes is None and reason is None:
        return booking
    return replace(
        booking,
        contact=Contact.from_bytes(opened("contact", contact)) if contact else None,
        notes=opened("notes", notes).decode() if notes else "",
        cancellation_reason=opened("cancellation_reason", reason).decode() if reason else "",
    )
