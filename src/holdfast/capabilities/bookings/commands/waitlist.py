"""Joining the waiting list and leaving it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.commands.cancel import cancel_booking
from holdfast.capabilities.bookings.queries.waitlist import get_entry_by_token
from holdfast.capabilities.bookings.queries.waitlist_openings import LEAST_NOTICE, list_free, zones_of
from holdfast.capabilities.bookings.types import Wanted
from holdfast.capabilities.bookings.visits import find_service, plan_visit
from holdfast.capabilities.bookings.waitlist_types import (
    NewEntry,
    WaitlistEntry,
    WaitlistTerms,
    WaitlistWish,
)
from holdfast.capabilities.people.contacts import contact_indexes
from holdfast.capabilities.schedules.queries import current_schedule
from holdfast.capabilities.schedules.types import Schedule
from holdfast.capabilities.tenants.queries import get_tenant
from holdfast.platform.access import Actor, require
from holdfast.platform.crypto import derive_token, seal, token_hash
from holdfast.platform.db.rows import execute, fetch_tuples, fetch_value
from holdfast.platform.errors import Conflict, Forbidden, Invalid, NotFound
from holdfast.platform.idempotency import IdempotencyKey, claim, remember
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import current_context, tenant_context
from holdfast.scheduling.zones import day_bounds, to_local

MOST_DAYS = 92
"""How long a window may be."""
MOST_OPEN = 5
"""How many wishes of one person may be open."""
_ALTERNATIVES = 3
_TRIES = 5
_LOCK = (
    "insert into waitlist_progress (tenant_id, wishes) values (%s, 1)"
    " on conflict (tenant_id) do update set wishes = waitlist_progress.wishes + 1"
)
_COUNT_OPEN = (
    "select count(*) from waitlist_entry where tenant_id = %s and status in ('waiting', 'offered')"
    " and (email_index = %s::bytea or phone_index = %s::bytea)"
)
_INSERT = (
    "insert into waitlist_entry (tenant_id, id, service_ids, add_on_ids, resource_id, location_id, from_date,"
    " to_date, from_time, to_time, party_size, contact, notes, email_index, phone_index, source, language,"
    " token_hash, closes_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
    " %s)"
)


def waitlist_token(tenant_id: UUID, entry_id: UUID) -> str:
    """Return the private link's token of an entry; only its hash is stored."""
    return derive_token(tenant_id, "waitlist", str(entry_id))


def join_waitlist(*, actor: Actor, now: datetime, new: NewEntry) -> WaitlistEntry:
    """Write a wish down, at the end of the queue. In the caller's transaction and context.

    A second wish of the same person for the same is kept too, and answered no differently, so that a
    stranger learns nothing; it gets offers only when the first is over. Raises `NotFound`, `Invalid`
    (WINDOW_PAST, WINDOW_TOO_LONG, what `plan_visit` raises) and `Conflict` (WAITLIST_CLOSED,
    WAITLIST_NOT_NEEDED with what is free in the window, TOO_MANY_WAITING).
    """
    require(actor, "bookings:create:guest")
    tenant_id = current_context().tenant_id
    tenant = get_tenant(tenant_id)
    if tenant is None:
        raise NotFound("There is no such business.")
    if actor.is_guest and not WaitlistTerms.of(tenant.settings).is_open:
        raise Conflict("This business keeps no waiting list.", code="WAITLIST_CLOSED")
    schedule = current_schedule()
    zone = _check(schedule, new.wish)
    closes_at = _closes_at(schedule, new.wish, zone)
    if closes_at <= now:
        raise Invalid("These times have passed; choose later ones.", code="WINDOW_PAST", field="to_date")
    _refuse_if_free(new.wish, now)
    entry_id = new_id()
    email_index, phone_index = contact_indexes(tenant_id, new.contact)
    # Counting a wish first lets two of one person come one after the other, and the next look know of it.
    execute(_LOCK, (tenant_id,))
    if fetch_value(_COUNT_OPEN, (tenant_id, email_index, phone_index)) >= MOST_OPEN:
        raise Conflict(
            "There are several wishes under this e-mail address or phone number; leave one of them first.",
            code="TOO_MANY_WAITING",
            most=MOST_OPEN,
        )
    notes = seal(tenant_id, "waitlist_entry", "notes", entry_id, new.notes.encode()) if new.notes else None
    wish, window, token = new.wish, new.wish.window, waitlist_token(tenant_id, entry_id)
    execute(
        _INSERT,
        (
            tenant_id,
            entry_id,
            list(wish.service_ids),
            list(wish.add_on_ids),
            wish.resource_id,
            wish.location_id,
            window.from_date,
            window.to_date,
            window.from_time,
            window.to_time,
            wish.party_size,
            seal(tenant_id, "waitlist_entry", "contact", entry_id, new.contact.to_bytes()),
            notes,
            email_index,
            phone_index,
            new.source,
            new.language,
            token_hash(token),
            closes_at,
        ),
    )
    made = get_entry_by_token(token)
    if made is None:
        raise NotFound("There is no such entry.")
    return made


def join_waitlist_once(
    *, tenant_id: UUID, actor: Actor, now: datetime, new: NewEntry, key: IdempotencyKey | None
) -> str:
    """Join as `join_waitlist` does, once a key; return the entry's token."""
    with tenant_context(tenant_id, actor.label):
        kept = claim(key) if key else None
        if kept is not None:
            return kept.body.decode()
        token = waitlist_token(tenant_id, join_waitlist(actor=actor, now=now, new=new).id)
        if key:
            remember(key, 201, token.encode())
    return token


def leave_waitlist(*, actor: Actor, now: datetime, entry_id: UUID, token: str = "") -> None:
    """Take an entry off the list, and give back the time that is held for it; leaving twice is leaving.

    In the caller's transaction and context. A guest proves itself by the entry's token. Raises `NotFound`,
    `Forbidden`, and `Conflict` MOVE_NOT_ALLOWED for a wish that has come true or is over.
    """
    tenant_id = current_context().tenant_id
    refuse_stranger(actor, entry_id, token, "waitlist:manage")
    for _ in range(_TRIES):
        rows = fetch_tuples(
            "select e.status, f.booking_id from waitlist_entry e left join waitlist_offer f"
            " on f.tenant_id = e.tenant_id and f.entry_id = e.id and f.outcome = 'open'"
            " where e.tenant_id = %s and e.id = %s",
            (tenant_id, entry_id),
        )
        if not rows:
            raise NotFound("There is no such entry.")
        status, booking_id = rows[0]
        if status == "left":
            return
        if status in ("booked", "lapsed"):
            raise Conflict(
                "This wish is not waiting any more.", code="MOVE_NOT_ALLOWED", current={"status": status}
            )
        # The booking first: its locks come before the entry's, as where it is confirmed.
        if booking_id is not None:
            with suppress(Conflict):
                decline_offer(actor=actor, now=now, booking_id=booking_id)
        done = execute(
            "update waitlist_entry set status = 'left', version = version + 1, updated_at = clock_timestamp()"
            " where tenant_id = %s and id = %s and status = 'waiting'",
            (tenant_id, entry_id),
        )
        if done:
            return
    raise Conflict("This wish is just being answered; please try again.", code="IN_PROGRESS", retry_after=1)


def decline_offer(*, actor: Actor, now: datetime, booking_id: UUID) -> None:
    """Give an offered time back. Raises `Conflict` where it was taken, or has run out."""
    tenant_id = current_context().tenant_id
    cancel_booking(
        tenant_id=tenant_id,
        actor=actor,
        now=now,
        booking_id=booking_id,
        token=manage_token(tenant_id, booking_id),
        only="held",
    )


def refuse_stranger(actor: Actor, entry_id: UUID, token: str, permission: str) -> None:
    """Let staff with the permission and the holder of the entry's token go on.

    Raises `NotFound`, so that a wrong token learns nothing, and `Unauthenticated` or `Forbidden`.
    """
    if token:
        found = fetch_value(
            "select 1 from waitlist_entry where tenant_id = %s and id = %s and token_hash = %s",
            (current_context().tenant_id, entry_id, token_hash(token)),
        )
        if not found:
            raise NotFound("There is no such entry.")
        return
    require(actor, permission)
    if not actor.can(permission):
        raise Forbidden()


def _check(schedule: Schedule, wish: WaitlistWish) -> ZoneInfo:
    """Refuse what can never be had; return the zone of the place."""
    if (wish.window.to_date - wish.window.from_date).days >= MOST_DAYS:
        raise Invalid(f"A window has {MOST_DAYS} days at most.", code="WINDOW_TOO_LONG", field="to_date")
    if wish.add_on_ids and len(wish.service_ids) > 1:
        raise Invalid("Add-ons are for one service.", field="add_on_ids")
    if wish.location_id is not None and wish.location_id not in schedule.locations:
        raise NotFound("There is no such location.", field="location_id")
    for service_id in wish.service_ids:
        service = find_service(
            schedule, service_id, field="service_ids" if len(wish.service_ids) > 1 else "service_id"
        )
        plan_visit(
            schedule,
            Wanted((service_id,), wish.add_on_ids, wish.resource_id, wish.location_id, wish.party_size),
        )
        if wish.party_size > 1 and not _has_room(schedule, service_id, wish.party_size):
            raise Invalid(
                "This is for fewer people at a time.",
                code="PARTY_TOO_LARGE",
                field="party_size",
                most=max(1, service.capacity),
            )
    return ZoneInfo(next(iter(zones_of(schedule, wish).values())))


def _has_room(schedule: Schedule, service_id: UUID, party_size: int) -> bool:
    service = schedule.services[service_id]
    seats = [rule.slot_capacity for rule in schedule.rules if rule.service_id in (None, service_id)]
    return party_size <= max(service.capacity, *(each or 0 for each in seats), 0)


def _closes_at(schedule: Schedule, wish: WaitlistWish, zone: ZoneInfo) -> datetime:
    """The moment after which nothing in the window could be offered any more."""
    last = day_bounds(wish.window.to_date, zone)[1]
    if wish.window.to_time is not None:
        wall = to_local(last - timedelta(hours=12), zone)
        last = min(last, datetime.combine(wall.date(), wish.window.to_time, zone))
    return last - LEAST_NOTICE


def _refuse_if_free(wish: WaitlistWish, now: datetime) -> None:
    free = [start for start in list_free(wish, now=now) if start.starts_at >= now + LEAST_NOTICE]
    if free:
        raise Conflict(
            "There is free time in these days: book it right away, or ask for fewer days or hours.",
            code="WAITLIST_NOT_NEEDED",
            field="from_date",
            alternatives=[
                {
                    "starts_at": f"{start.starts_at:%Y-%m-%dT%H:%M:%SZ}",
                    "local_start": start.local_start.isoformat(),
                }
                for start in free[:_ALTERNATIVES]
            ],
        )
