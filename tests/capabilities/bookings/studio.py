"""Studio bookings, short to write in a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from holdfast.capabilities.bookings.commands import options
from holdfast.capabilities.bookings.option_types import NewStudioBooking, StudioBooking, StudioStatus
from holdfast.capabilities.bookings.queries.options import get_studio_booking
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business
from tests.cluster import Database

T = TypeVar("T")


def option(
    business: Business,
    starts_at: datetime | None = None,
    *,
    hours: int = 8,
    status: StudioStatus = "option",
    **wanted: Any,
) -> StudioBooking:
    """A studio booking of the first person, by default an option on eight hours next week."""
    starts_at = starts_at or business.start(hour=9)
    asked = NewStudioBooking(
        wanted.pop("resource_id", business.resource_ids[0]),
        starts_at,
        starts_at + timedelta(hours=hours),
        status,
        title=wanted.pop("title", "Perfume film"),
        **wanted,
    )
    return _run(business, partial(options.make_studio_booking, actor=TESTER, now=clock.now(), wanted=asked))


def move(
    business: Business, what: str, booking_id: UUID, actor: Actor = TESTER, **more: Any
) -> StudioBooking:
    """One of: pencil, confirm, release, challenge, withdraw."""
    command = {
        "pencil": options.pencil_option,
        "confirm": options.confirm_option,
        "release": options.release_option,
        "challenge": options.challenge_holder,
        "withdraw": options.withdraw_challenge,
    }[what]
    return _run(business, partial(command, actor=actor, now=clock.now(), booking_id=booking_id, **more))


def outcome(call: Callable[[], StudioBooking]) -> str:
    """The status that a move led to, or the code of its refusal."""
    try:
        return call().status
    except Problem as refused:
        return refused.code


def look(business: Business, booking_id: UUID) -> StudioBooking:
    """The booking as staff see it now."""
    return _run(business, partial(get_studio_booking, actor=TESTER, booking_id=booking_id))


def events(database: Database, booking_id: UUID) -> list[str]:
    """What happened to a booking, in order."""
    found = database.rows(
        f"select kind from booking_event where booking_id = '{booking_id}' order by version, id"
    )
    return [str(kind).removeprefix("booking.") for (kind,) in found]


def let_time_pass(
    database: Database, column: str, table: str, booking_id: UUID, by: str = "holder_id"
) -> None:
    """Put an instant into the past, as a superuser would."""
    database.rows(
        f"update {table} set {column} = clock_timestamp() - interval '1 second'"
        f" where {by} = '{booking_id}' returning 1"
    )


def _run(business: Business, call: Callable[[], T]) -> T:
    with tenant_context(business.tenant_id, TESTER.label):
        return call()
