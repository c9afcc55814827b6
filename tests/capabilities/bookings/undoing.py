"""Undo, short to write in a test."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.capabilities.bookings.commands.answers import MoveAnswer
from holdfast.capabilities.bookings.commands.undo import undo_booking, undo_since
from holdfast.capabilities.bookings.queries.undo import Meant
from holdfast.capabilities.bookings.undo_types import Report, Undone
from holdfast.platform import clock
from holdfast.platform.access import Actor
from holdfast.platform.errors import Problem
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business
from tests.cluster import Database


def undo(
    business: Business, made: MoveAnswer | UUID, to: int | None = None, *, actor: Actor = TESTER, **more: Any
) -> Undone:
    """Take the last move of a booking back, or go to a version."""
    booking_id = made.booking_id if isinstance(made, MoveAnswer) else made
    assert booking_id is not None
    with tenant_context(business.tenant_id, actor.label):
        return undo_booking(actor=actor, now=clock.now(), booking_id=booking_id, to_version=to, **more)


def undo_all(
    business: Business, since: datetime, *, actor: Actor = TESTER, dry_run: bool = False, **meant: Any
) -> Report:
    """Take all moves since then back, of a day, a person and so on."""
    with tenant_context(business.tenant_id, actor.label):
        return undo_since(actor=actor, now=clock.now(), meant=Meant(since, **meant), dry_run=dry_run)


def why_not(call: Any) -> list[str]:
    """The codes of the reasons for which an undo was refused, or of the problem itself."""
    try:
        call()
    except Problem as refused:
        found = [each["code"] for one in refused.extra.get("bookings", ()) for each in one["reasons"]]
        return found or [refused.code]
    return []


def state(database: Database, made: MoveAnswer | UUID) -> tuple[str, int, list[tuple[Any, ...]]]:
    """Status, version, and the time that is taken: resource, lane, from, until."""
    booking_id = made.booking_id if isinstance(made, MoveAnswer) else made
    ((status, version),) = database.rows("select status, version from booking where id = %s", [booking_id])
    taken = database.rows(
        "select resource_id, lane, starts_at, ends_at from allocation where booking_id = %s order by 1, 3",
        [booking_id],
    )
    return status, version, taken
