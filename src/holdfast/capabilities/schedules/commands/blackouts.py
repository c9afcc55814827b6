"""Writes of blackouts. What is booked stays booked here; bookings' `block_out` asks about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.people.queries import get_resource
from holdfast.capabilities.schedules.queries.blackouts import get_blackout, lock_blackout, zone_of_scope
from holdfast.capabilities.schedules.recurrence import WEEKLY, checked_rule
from holdfast.capabilities.schedules.types import Blackout
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import seal
from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.errors import Conflict, Forbidden, Invalid, NotFound
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context

# What a change may name.
CHANGEABLE = ("starts_at", "ends_at", "reason", "is_recurring", "rrule", "except_dates")


@dataclass(frozen=True, slots=True)
class _When:
    """The time of a blackout and how it comes round, as it will be stored."""

    starts_at: datetime
    ends_at: datetime
    is_recurring: bool
    rrule: str | None
    except_dates: tuple[date, ...]


def create_blackout(
    *,
    actor: Actor,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    is_recurring: bool = False,
    rrule: str | None = None,
    except_dates: Sequence[date] = (),
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
) -> UUID:
    """Block out time. What is booked stays booked. An artist may block only its own calendar.

    Raises `Invalid` (empty or backward period, a rule that cannot be; see `checked_rule`), `NotFound`,
    `Forbidden`.
    """
    require(actor, "blackouts:manage")
    if actor.only_own("blackouts:manage"):
        resource_id = resource_id or actor.resource_id
        if resource_id is None or resource_id != actor.resource_id:
            raise Forbidden("You may block out time in your own calendar only.")
    tenant_id = current_context().tenant_id
    if resource_id is not None and get_resource(resource_id) is None:
        raise NotFound("There is no such resource.", field="resource_id")
    if location_id is not None and not fetch_value(
        "select 1 from location where tenant_id = %s and id = %s", (tenant_id, location_id)
    ):
        raise NotFound("There is no such location.", field="location_id")
    when = _checked(
        _When(starts_at, ends_at, is_recurring, rrule, tuple(except_dates)),
        zone_of_scope(resource_id=resource_id, location_id=location_id),
    )
    blackout_id = new_id()
    execute(
        "insert into blackout (tenant_id, id, location_id, resource_id, starts_at, ends_at, reason,"
        " is_recurring, rrule, except_dates)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::date[])",
        (
            tenant_id,
            blackout_id,
            location_id,
            resource_id,
            when.starts_at,
            when.ends_at,
            _sealed(tenant_id, blackout_id, reason),
            when.is_recurring,
            when.rrule,
            list(when.except_dates),
        ),
    )
    return blackout_id


def change_blackout(
    *, actor: Actor, blackout_id: UUID, changes: Mapping[str, Any], expected_version: int | None
) -> Blackout:
    """Change the time, the reason, the rule or the dates left out; `changes` names the columns.

    Raises `NotFound` (also for another artist's), `Conflict` VERSION_CONFLICT, and what `create_blackout`
    raises.
    """
    before = _own_blackout(actor, blackout_id)
    _check_version(before, expected_version)
    after: dict[str, Any] = {column: getattr(before, column) for column in CHANGEABLE} | dict(changes)
    # Saying one way of coming round takes the other back.
    if changes.get("rrule"):
        after["is_recurring"] = changes.get("is_recurring", False)
    elif changes.get("is_recurring"):
        after["rrule"] = None
    if not (after["rrule"] or after["is_recurring"]) and "except_dates" not in changes:
        after["except_dates"] = ()
    when = _checked(
        _When(
            after["starts_at"],
            after["ends_at"],
            after["is_recurring"],
            after["rrule"],
            tuple(after["except_dates"]),
        ),
        ZoneInfo(before.time_zone),
    )
    tenant_id = current_context().tenant_id
    execute(
        "update blackout set starts_at = %s, ends_at = %s, reason = %s, is_recurring = %s, rrule = %s,"
        " except_dates = %s::date[], version = version + 1, updated_at = now()"
        " where tenant_id = %s and id = %s",
        (
            when.starts_at,
            when.ends_at,
            _sealed(tenant_id, blackout_id, after["reason"]),
            when.is_recurring,
            when.rrule,
            list(when.except_dates),
            tenant_id,
            blackout_id,
        ),
    )
    return existing_blackout(blackout_id)


def delete_blackout(*, actor: Actor, blackout_id: UUID, expected_version: int | None = None) -> Blackout:
    """Open the time again; returns what was there. Raises `NotFound`, also for another artist's blackout."""
    blackout = _own_blackout(actor, blackout_id)
    _check_version(blackout, expected_version)
    execute(
        "delete from blackout where tenant_id = %s and id = %s", (current_context().tenant_id, blackout_id)
    )
    return blackout


def existing_blackout(blackout_id: UUID) -> Blackout:
    """Return the blackout; raises `NotFound`."""
    blackout = get_blackout(blackout_id)
    if blackout is None:
        raise NotFound("There is no such blackout.")
    return blackout


def _own_blackout(actor: Actor, blackout_id: UUID) -> Blackout:
    """Return the blackout, locked, if the actor may change it."""
    require(actor, "blackouts:manage")
    blackout = lock_blackout(blackout_id)
    if blackout is None or (actor.only_own("blackouts:manage") and blackout.resource_id != actor.resource_id):
        raise NotFound("There is no such blackout.")
    return blackout


def _check_version(blackout: Blackout, expected_version: int | None) -> None:
    if expected_version is not None and blackout.version != expected_version:
        raise Conflict(
            "Somebody changed this blackout since you looked.",
            code="VERSION_CONFLICT",
            current_version=blackout.version,
        )


def _checked(when: _When, zone: ZoneInfo) -> _When:
    if when.starts_at >= when.ends_at:
        raise Invalid("The end must be after the start.", field="ends_at")
    if when.rrule and when.is_recurring:
        raise Invalid("Give rrule or is_recurring (every week), not both.", field="is_recurring")
    if when.is_recurring and when.ends_at - when.starts_at >= timedelta(weeks=1):
        raise Invalid("A blackout that repeats every week must be shorter than a week.", field="ends_at")
    rule = when.rrule or (WEEKLY if when.is_recurring else None)
    if rule is None:
        if when.except_dates:
            raise Invalid("Only what comes round can leave dates out.", field="except_dates")
        return when
    except_dates = tuple(sorted(set(when.except_dates)))
    text = checked_rule(
        rule, starts_at=when.starts_at, ends_at=when.ends_at, except_dates=except_dates, zone=zone
    )
    rrule = None if when.is_recurring else text
    return _When(when.starts_at, when.ends_at, when.is_recurring, rrule, except_dates)


def _sealed(tenant_id: UUID, blackout_id: UUID, reason: str) -> bytes | None:
    return seal(tenant_id, "blackout", "reason", blackout_id, reason.encode()) if reason else None
