"""Bookings that come round again: what a wish would come to, and what was made of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.queries.archive import in_archive
from holdfast.capabilities.bookings.queries.bookings import bookings_of_series, get_booking
from holdfast.capabilities.bookings.series_plan import plan_series
from holdfast.capabilities.bookings.series_types import Series, SeriesPreview, SeriesRequest
from holdfast.capabilities.bookings.series_work import Look, lead_of_all, look_params, work_out
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.platform.access import Actor, require
from holdfast.platform.db.rows import fetch_tuples, fetch_value
from holdfast.platform.tenancy import call_in_context, current_context

_NOTHING: list[UUID] = []
_COUNT = (
    "select b.series_id, max(b.series_position) from booking b"
    " where b.tenant_id = %s and b.series_id = any (%s) group by b.series_id"
)
_COUNT_ARCHIVED = in_archive(_COUNT)


def preview_series(*, actor: Actor, now: datetime, request: SeriesRequest) -> SeriesPreview:
    """Say of every occurrence what would become of it; nothing is written, and nothing is promised.

    One look at what is taken, however many occurrences there are. Raises what `plan_series` does, and
    `Forbidden`.
    """
    require(actor, "bookings:create")
    context = current_context()
    schedule = current_schedule()
    plan = plan_series(schedule, request)
    looked = call_in_context(
        context.tenant_id, context.actor, "booking_series_look", (*look_params(plan.wishes), _NOTHING)
    )
    worked = work_out(
        schedule,
        plan.wishes,
        Look.of(looked),
        on_conflict=request.on_conflict,
        shift_minutes=request.shift_minutes,
        now=now,
    )
    entries = tuple(each.entry for each in worked)
    return SeriesPreview(plan.rrule, plan.zone.key, lead_of_all(entries), entries)


def repeat_of(*, actor: Actor, booking_id: UUID) -> dict[str, Any] | None:
    """Return what a series that begins with this booking asks for: the same thing, people and contact."""
    booking = get_booking(actor=actor, booking_id=booking_id)
    if booking is None:
        return None
    of_items = tuple(each.service_id for each in booking.items if each.kind == "service")
    service_ids = of_items or ((booking.service_id,) if booking.service_id else ())
    return {
        "wanted": Wanted(
            service_ids,
            add_on_ids=tuple(each.service_id for each in booking.items if each.kind == "add_on"),
            resource_id=booking.resource_id,
            location_id=booking.location_id,
        ),
        "first_at": booking.local_start,
        "contact": booking.contact,
        "notes": booking.notes,
        "first_booking": booking,
    }


def get_series(*, actor: Actor, series_id: UUID) -> Series | None:
    """Return a series with its bookings, or None; an artist sees those that it leads."""
    require(actor, "bookings:read")
    bookings = bookings_of_series(
        series_id, resource_id=actor.resource_id if actor.only_own("bookings:read") else None
    )
    if not bookings or (actor.only_own("bookings:read") and actor.resource_id is None):
        return None
    return Series(series_id, _rule_of(bookings[-1].id), tuple(bookings))


def count_series(series_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Return how many bookings each series has, whatever has become of them."""
    if not series_ids:
        return {}
    tenant_id = current_context().tenant_id
    found = dict(fetch_tuples(_COUNT, (tenant_id, list(series_ids))))
    # The last ones are put away last: where any is at hand, it tells.
    away = [each for each in series_ids if each not in found]
    return found | dict(fetch_tuples(_COUNT_ARCHIVED, (tenant_id, away))) if away else found


def _rule_of(booking_id: UUID) -> str:
    found = fetch_value(
        "select data -> 'series' ->> 'rrule' from booking_event where tenant_id = %s and booking_id = %s"
        " and data -> 'series' is not null order by version limit 1",
        (current_context().tenant_id, booking_id),
    )
    return str(found or "")
