"""Series, short to write in a test."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.commands.series import make_series
from holdfast.capabilities.bookings.commands.series_change import cancel_series, move_series
from holdfast.capabilities.bookings.queries.series import preview_series, repeat_of
from holdfast.capabilities.bookings.series_types import (
    Scope,
    SeriesMade,
    SeriesPart,
    SeriesPreview,
    SeriesRequest,
)
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.people.types import Contact
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.series import OnConflict
from tests.capabilities.business import ANN, TESTER, Business


def wish(
    business: Business,
    *services: str,
    first: datetime | None = None,
    rrule: str = "FREQ=WEEKLY;COUNT=4",
    on_conflict: str = "fail",
    skip: Collection[date] = (),
    shift: Mapping[date, datetime] | None = None,
    shift_minutes: int | None = None,
    contact: Contact | None = ANN,
    resource_id: UUID | None = None,
    add_ons: Collection[str] = (),
) -> SeriesRequest:
    """A wish for a series, by default next week at ten and the three weeks after."""
    names = services or ("cut",)
    return SeriesRequest(
        Wanted(
            tuple(business.services[name] for name in names),
            add_on_ids=tuple(business.services[name] for name in add_ons),
            resource_id=resource_id,
        ),
        first or business.start(),
        rrule,
        on_conflict=OnConflict(on_conflict),
        shift_minutes=shift_minutes,
        left_out=frozenset(skip),
        moved=dict(shift or {}),
        contact=contact,
    )


def preview(business: Business, wanted: SeriesRequest) -> SeriesPreview:
    """What would come of it."""
    with tenant_context(business.tenant_id, TESTER.label):
        return preview_series(actor=TESTER, now=clock.now(), request=wanted)


def make(business: Business, wanted: SeriesRequest, *, actor: Actor = TESTER) -> SeriesMade:
    """Make it."""
    with tenant_context(business.tenant_id, actor.label):
        return make_series(actor=actor, now=clock.now(), request=wanted)


def repeat(business: Business, booking_id: UUID, rrule: str, *, version: int | None = None) -> SeriesMade:
    """Let a booking be the first of a series."""
    with tenant_context(business.tenant_id, TESTER.label):
        found = repeat_of(actor=TESTER, booking_id=booking_id)
        assert found is not None
        return make_series(
            actor=TESTER,
            now=clock.now(),
            request=SeriesRequest(**found, rrule=rrule),
            expected_version=version,
        )


def move(
    business: Business,
    series_id: UUID,
    *,
    position: int = 1,
    scope: Scope = "following",
    starts_at: datetime | None = None,
    resource_id: UUID | None = None,
    version: int | None = None,
) -> list[dict[str, Any]]:
    """Move the part of a series."""
    with tenant_context(business.tenant_id, TESTER.label):
        return move_series(
            actor=TESTER,
            now=clock.now(),
            part=SeriesPart(series_id, position, scope, version),
            starts_at=starts_at,
            resource_id=resource_id,
        )


def cancel(
    business: Business,
    series_id: UUID,
    *,
    position: int = 1,
    scope: Scope = "following",
    version: int | None = None,
    reason: str = "",
) -> list[dict[str, Any]]:
    """Cancel the part of a series."""
    with tenant_context(business.tenant_id, TESTER.label):
        return cancel_series(
            actor=TESTER,
            now=clock.now(),
            part=SeriesPart(series_id, position, scope, version),
            reason=reason,
        )
