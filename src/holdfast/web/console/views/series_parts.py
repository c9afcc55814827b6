"""A form that is sent once and changes much: the part of a series that is cancelled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest

from holdfast.capabilities.bookings.commands.series_change import cancel_series
from holdfast.capabilities.bookings.series_types import Scope, SeriesPart
from holdfast.capabilities.bookings.types import Booking
from holdfast.platform.errors import Conflict
from holdfast.platform.idempotency import IdempotencyKey, claim, remember
from holdfast.platform.tenancy import tenant_context
from holdfast.web.console.staff import Staff
from holdfast.web.design.form_keys import form_key


def once(staff: Staff, key: IdempotencyKey | None, work: Callable[[], int]) -> int:
    """Run what a form asks for in one transaction; sent twice, answer what the first time did."""
    with tenant_context(staff.tenant_id, staff.actor.label):
        kept = claim(key) if key else None
        if kept is not None:
            return int(kept.body)
        count = work()
        if key:
            remember(key, 200, str(count).encode())
    return count


def cancel_part(
    request: HttpRequest, staff: Staff, booking: Booking, scope: Scope, sent: Mapping[str, Any]
) -> int:
    """Cancel the part of the booking's series; return how many, 0 when it is not what the form showed."""
    if booking.series_id is None or booking.series_position is None:
        return 0
    reason, version = sent["reason"].strip(), sent["version"]
    part = SeriesPart(booking.series_id, booking.series_position, scope, version)
    key = form_key(
        request.POST.get("key", ""),
        str(booking.id),
        scope,
        str(version),
        reason,
        route="console:cancel-series",
    )

    def work() -> int:
        done = cancel_series(actor=staff.actor, now=staff.now, part=part, reason=reason)
        return sum(each["status"] == "cancelled" for each in done)

    try:
        return once(staff, key, work)
    except Conflict:
        return 0
