"""Studio bookings: options that wait in a queue, pencils, confirmed work, and challenges among them.

Each runs in the caller's transaction and context. The SQL functions lock the resource first, write what time
has decided there, and only then look.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from holdfast.capabilities.bookings.business_hours import find_answer_by
from holdfast.capabilities.bookings.commands.answers import manage_token, refusal
from holdfast.capabilities.bookings.commands.archive import tells_of_archive
from holdfast.capabilities.bookings.commands.cancel import cancel_booking
from holdfast.capabilities.bookings.option_types import NewStudioBooking, OptionTerms, StudioBooking
from holdfast.capabilities.bookings.queries.options import read_studio_booking, resource_of
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.capabilities.tenants.queries import get_tenant, list_tenants
from holdfast.platform.access import Actor, require, system_actor
from holdfast.platform.crypto import seal, token_hash
from holdfast.platform.db.rows import fetch_value
from holdfast.platform.errors import Conflict, Invalid, NotFound, Problem, Unavailable
from holdfast.platform.events import Event, has_listeners, publish
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context, tenant_context
from holdfast.platform.timezones import tzdb_version
from holdfast.scheduling.zones import local_date, to_local

LONGEST = timedelta(days=92)
_TRIES = 3
_BATCH = 100
_MAKE = "select option_make(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::bytea, %s, %s::bytea)"
_TAKE = "select option_take(%s, %s, %s, %s, %s)"
_CHALLENGE = "select option_challenge_holder(%s, %s, %s, %s, %s::uuid, %s)"
_WITHDRAW = "select option_withdraw_challenge(%s, %s)"
_ENTER = "select option_enter(%s)"
_EXPIRE = "select option_expire_due(%s)"
_REFUSALS = {
    "full": ("SLOT_FULL", "This time is already taken."),
    "ranks_full": ("OPTION_RANKS_FULL", "There are three options on this time already."),
    "not_first": ("OPTION_NOT_FIRST", "Others have an option on this time, and come first."),
    "is_first": ("OPTION_IS_FIRST", "This is the first option; there is nobody to challenge."),
    "no_holder": ("NO_HOLDER", "There is no such holder before this option."),
    "holder_confirmed": ("HOLDER_CONFIRMED", "The time is confirmed work; that cannot be challenged."),
    "challenged": ("ALREADY_CHALLENGED", "The holder or this option is part of a challenge already."),
    "no_challenge": ("NO_CHALLENGE", "This option has no open challenge."),
    "expired": ("OPTION_EXPIRED", "This has run out."),
}


def make_studio_booking(*, actor: Actor, now: datetime, wanted: NewStudioBooking) -> StudioBooking:
    """Book a resource for a range: an option, a pencil, or confirmed at once.

    Raises `NotFound`, `Invalid` (RANGE_INVALID, BLACKED_OUT, IN_THE_PAST) and `Conflict` (SLOT_FULL,
    OPTION_RANKS_FULL, OPTION_NOT_FIRST).
    """
    require(actor, "bookings:create")
    tenant_id = current_context().tenant_id
    tenant = get_tenant(tenant_id)
    if tenant is None:
        raise NotFound("There is no such business.")
    starts_at, ends_at = wanted.starts_at.astimezone(UTC), wanted.ends_at.astimezone(UTC)
    _check_range(wanted, now)
    expires_at = wanted.expires_at or now + timedelta(days=OptionTerms.of(tenant.settings).option_days)
    booking_id = new_id()
    notes = seal(tenant_id, "booking", "notes", booking_id, wanted.notes.encode()) if wanted.notes else None
    for _ in range(_TRIES):
        schedule = current_schedule()
        resource = schedule.resources.get(wanted.resource_id)
        if resource is None:
            raise NotFound("There is no such resource.", field="resource_id")
        _refuse_blackout(schedule, wanted.resource_id, starts_at, ends_at)
        zone = schedule.zone_of(resource.location_id)
        outcome = fetch_value(
            _MAKE,
            (
                schedule.version,
                booking_id,
                resource.id,
                resource.location_id,
                wanted.status,
                starts_at,
                ends_at,
                to_local(starts_at, zone),
                zone.key,
                tzdb_version(),
                tenant.currency,
                "staff",
                wanted.title,
                notes,
                expires_at,
                token_hash(manage_token(tenant_id, booking_id)),
            ),
        )
        if outcome != "stale":
            return _done(outcome, booking_id, now, told=wanted.status)
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


@tells_of_archive
def pencil_option(
    *, actor: Actor, now: datetime, booking_id: UUID, expected_version: int | None = None
) -> StudioBooking:
    """Take the time for the first option.

    Raises `NotFound` and `Conflict` (OPTION_NOT_FIRST, SLOT_FULL, OPTION_EXPIRED, BOOKING_CANCELLED,
    VERSION_CONFLICT, MOVE_NOT_ALLOWED), `Invalid` BLACKED_OUT.
    """
    require(actor, "bookings:create")
    return _take(booking_id, "pencil", expected_version, now)


@tells_of_archive
def confirm_option(
    *, actor: Actor, now: datetime, booking_id: UUID, expected_version: int | None = None
) -> StudioBooking:
    """Promise the time of a pencil, or of the first option, for good. Raises what `pencil_option` does."""
    require(actor, "bookings:create")
    return _take(booking_id, "confirmed", expected_version, now)


@tells_of_archive
def release_option(
    *,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    expected_version: int | None = None,
    reason: str = "",
) -> StudioBooking:
    """Give an option, a pencil or confirmed work up; whoever waits behind moves up in the same transaction.

    Raises what `cancel_booking` does.
    """
    require(actor, "bookings:cancel")
    fetch_value(_ENTER, (resource_of(booking_id),))
    cancel_booking(
        tenant_id=current_context().tenant_id,
        actor=actor,
        now=now,
        booking_id=booking_id,
        expected_version=expected_version,
        reason=reason,
    )
    return read_studio_booking(booking_id)


@tells_of_archive
def challenge_holder(
    *,
    actor: Actor,
    now: datetime,
    booking_id: UUID,
    holder_id: UUID | None = None,
    expected_version: int | None = None,
) -> StudioBooking:
    """Ask whoever is first before this option to confirm or give way within the business's hours to answer.

    Raises `NotFound` and `Conflict` (OPTION_IS_FIRST, NO_HOLDER, HOLDER_CONFIRMED, ALREADY_CHALLENGED,
    OPTION_EXPIRED, BOOKING_CANCELLED, VERSION_CONFLICT, MOVE_NOT_ALLOWED).
    """
    require(actor, "bookings:create")
    resource_id = resource_of(booking_id)
    tenant = get_tenant(current_context().tenant_id)
    schedule = current_schedule()
    resource = schedule.resources.get(resource_id)
    if tenant is None or resource is None:
        raise NotFound("There is no such booking.")
    answer_by = find_answer_by(
        schedule, resource.location_id, now, hours=OptionTerms.of(tenant.settings).challenge_hours
    )
    outcome = fetch_value(
        _CHALLENGE, (new_id(), booking_id, resource_id, expected_version, holder_id, answer_by)
    )
    return _done(outcome, booking_id, now)


@tells_of_archive
def withdraw_challenge(*, actor: Actor, now: datetime, booking_id: UUID) -> StudioBooking:
    """Take back what this option asked of its holder. Raises `NotFound` and `Conflict` NO_CHALLENGE."""
    require(actor, "bookings:create")
    outcome = fetch_value(_WITHDRAW, (booking_id, resource_of(booking_id)))
    return _done(outcome, booking_id, now)


def expire_due_options() -> int:
    """End options and holders whose time is up, tenant by tenant; return how many. The sweeper's step."""
    ended = 0
    sweeper = system_actor("options")
    for tenant in list_tenants():
        with tenant_context(tenant.id, sweeper.label):
            ended += int(fetch_value(_EXPIRE, (_BATCH,)))
    return ended


def _take(
    booking_id: UUID, target: Literal["pencil", "confirmed"], version: int | None, now: datetime
) -> StudioBooking:
    for _ in range(_TRIES):
        resource_id = resource_of(booking_id)
        # Under the lock, before looking: of two who confirm at once, one tells of it.
        fetch_value(_ENTER, (resource_id,))
        schedule = current_schedule()
        booking = read_studio_booking(booking_id)
        if booking.status == "option":
            _refuse_blackout(schedule, resource_id, booking.starts_at, booking.ends_at)
        outcome = fetch_value(_TAKE, (schedule.version, booking_id, resource_id, version, target))
        if outcome != "stale":
            told = target if booking.status != target else ""
            return _done(outcome, booking_id, now, told=told)
    raise Unavailable("The schedule is being changed right now; please try again.", retry_after=1)


def _done(outcome: str, booking_id: UUID, now: datetime, *, told: str = "") -> StudioBooking:
    if outcome == "ok":
        booking = read_studio_booking(booking_id)
        kind = f"booking.{told}"
        if told and has_listeners(kind):
            data = {"id": str(booking.id), "status": booking.status, "version": booking.version}
            publish(Event(kind, current_context().tenant_id, booking.id, now, data))
        return booking
    raise _refused(outcome, booking_id)


def _refused(outcome: str, booking_id: UUID) -> Problem:
    if outcome == "not_found":
        return NotFound("There is no such booking.")
    if outcome in _REFUSALS:
        code, detail = _REFUSALS[outcome]
        return Conflict(detail, code=code, field="holder_id" if outcome == "no_holder" else None)
    booking = read_studio_booking(booking_id)
    current = {
        "id": str(booking.id),
        "status": booking.status,
        "version": booking.version,
        "option_rank": booking.option_rank,
    }
    return refusal(outcome, current)


def _check_range(wanted: NewStudioBooking, now: datetime) -> None:
    if not timedelta() < wanted.ends_at - wanted.starts_at <= LONGEST:
        raise Invalid(
            f"The end must be after the start, by at most {LONGEST.days} days.",
            code="RANGE_INVALID",
            field="ends_at",
        )
    if wanted.status == "confirmed":
        return
    if wanted.starts_at <= now:
        raise Invalid("This time has begun already.", code="IN_THE_PAST", field="starts_at")
    if wanted.expires_at is not None and (wanted.status != "option" or wanted.expires_at <= now):
        raise Invalid("Say a time to come, for an option only.", code="IN_THE_PAST", field="expires_at")


def _refuse_blackout(schedule: Schedule, resource_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    resource = schedule.resources.get(resource_id)
    if resource is None:
        return
    zone = schedule.zone_of(resource.location_id)
    periods = schedule.blacked_out(resource, local_date(starts_at, zone), local_date(ends_at, zone))
    if any(each.starts_at < ends_at and each.ends_at > starts_at for each in periods):
        raise Invalid("This time is blocked out; choose another one.", code="BLACKED_OUT", field="starts_at")
