"""Offers: what comes free is held for who waits longest, by the way every booking is made.

A look takes a round of the tenant's; whoever still offers in an earlier round stops (`waitlist_progress`).
So two workers never answer the queue at once, and none that was held up goes on with what it read long ago.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from holdfast.capabilities.bookings.commands.create import create_booking
from holdfast.capabilities.bookings.queries.waitlist import get_entry, read_queue
from holdfast.capabilities.bookings.queries.waitlist_openings import LEAST_NOTICE, What, list_waiting
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.bookings.waitlist_types import WaitlistEntry, WaitlistTerms
from holdfast.capabilities.tenants.queries import get_tenant
from holdfast.platform import clock
from holdfast.platform.access import Actor, require, system_actor
from holdfast.platform.db.rows import execute, fetch_tuples, fetch_value
from holdfast.platform.errors import Conflict, Invalid, NotFound, Problem
from holdfast.platform.events import Event, publish
from holdfast.platform.http.retries import retry_transient
from holdfast.platform.tenancy import current_context, tenant_context
from holdfast.scheduling.intervals import instant
from holdfast.scheduling.waitlist import Match, match

log = structlog.get_logger("holdfast.waitlist")
OFFERER = system_actor("waitlist")
LAST_MINUTES = timedelta(minutes=15)
"""An offer ends so long before the start at the latest."""
_MOST_LOOKS = 50
_NOTE = (
    "insert into waitlist_offer"
    " (tenant_id, booking_id, entry_id, service_id, resource_id, starts_at, offered_at, expires_at)"
    " select tenant_id, id, %s, service_id, resource_id, starts_at, created_at, hold_expires_at"
    " from booking where tenant_id = %s and id = %s"
)
_SETTLE = (
    "update waitlist_entry set status = 'offered', version = version + 1, updated_at = clock_timestamp()"
    " where tenant_id = %s and id = %s and status = 'waiting'"
)
_FINISH = (
    "update waitlist_progress set seen_wishes = %s, seen_tx = %s::xid8, seen_id = %s, seen_version = %s,"
    " looked_at = clock_timestamp() where tenant_id = %s and round = %s"
)


class OvertakenError(Exception):
    """Somebody else has begun to answer the queue, or this entry."""


@dataclass(frozen=True, slots=True)
class _Look:
    """A round, and what had happened when it began."""

    round: int
    wishes: int
    tx: str
    id: int
    version: int


def offer_due_waiting() -> int:
    """Answer the queues of all tenants in which something has happened; return how many offers were made."""
    with transaction.atomic():
        due = [tenant_id for (tenant_id,) in fetch_tuples("select due_tenant from waitlist_list_due()")]
    made = 0
    for tenant_id in due:
        try:
            made += offer_waiting(tenant_id=tenant_id)
        except Problem as refused:
            # One business must not keep the others waiting; it comes round again.
            log.warning("waitlist_not_answered", tenant=str(tenant_id), problem=refused.code)
    return made


def offer_waiting(*, tenant_id: UUID) -> int:
    """Hold what is free for who waits, longest waiting first, until nothing is left; return how many offers.

    What cannot be had after all (somebody was faster) is passed over, and the queue looked at anew.
    """
    tenant = get_tenant(tenant_id)
    if tenant is None:
        return 0
    terms, made = WaitlistTerms.of(tenant.settings), 0
    passed: set[tuple[UUID, int]] = set()
    for _ in range(_MOST_LOOKS):
        look, matches, queue = _look(tenant_id, passed)
        if not matches:
            with tenant_context(tenant_id, OFFERER.label):
                execute(_FINISH, (look.wishes, look.tx, look.id, look.version, tenant_id, look.round))
            break
        for found in matches:
            try:
                _offer_match(tenant_id, look.round, found, queue, terms)
            except OvertakenError:
                return made
            except Problem as refused:
                log.info("waitlist_passed_over", tenant=str(tenant_id), problem=refused.code)
                passed.add((_id_of(found), found.opening.start))
                break
            made += 1
    return made


def offer_by_hand(
    *,
    actor: Actor,
    now: datetime,
    entry_id: UUID,
    starts_at: datetime,
    service_id: UUID | None = None,
    resource_id: UUID | None = None,
    slot_id: UUID | None = None,
) -> WaitlistEntry:
    """Offer a start to an entry, wherever it stands in the queue.

    In the caller's transaction and context. Raises `NotFound`, `Invalid` (TOO_SOON, and why the start
    cannot be had), `Conflict` (MOVE_NOT_ALLOWED for an entry that does not wait, SLOT_FULL).
    """
    require(actor, "waitlist:manage")
    tenant_id = current_context().tenant_id
    tenant = get_tenant(tenant_id)
    entry = get_entry(actor=actor, entry_id=entry_id)
    if entry is None or tenant is None:
        raise NotFound("There is no such entry.")
    if service_id is not None and service_id not in entry.wish.service_ids:
        raise Invalid("This is not among the services they wait for.", field="service_id")
    wish = entry.wish
    try:
        offer(
            tenant_id=tenant_id,
            actor=actor,
            now=now,
            entry=entry,
            request=BookingRequest(
                service_id or wish.service_ids[0],
                starts_at,
                resource_id=resource_id or wish.resource_id,
                location_id=wish.location_id,
                slot_id=slot_id,
            ),
            terms=WaitlistTerms.of(tenant.settings),
        )
    except OvertakenError:
        raise Conflict("This entry does not wait for an offer now.", code="MOVE_NOT_ALLOWED") from None
    offered = get_entry(actor=actor, entry_id=entry_id)
    if offered is None:
        raise NotFound("There is no such entry.")
    return offered


def offer(
    *,
    tenant_id: UUID,
    actor: Actor,
    now: datetime,
    entry: WaitlistEntry,
    request: BookingRequest,
    terms: WaitlistTerms,
) -> None:
    """Hold the time of a request for an entry and tell them.

    In the caller's transaction, all of it or nothing. Raises `OvertakenError` for an entry that does not
    wait, `Invalid` TOO_SOON, and what `create_booking` does.
    """
    until = min(now + timedelta(minutes=terms.offer_minutes), request.starts_at - LAST_MINUTES)
    if request.starts_at < now + LEAST_NOTICE:
        raise Invalid(
            "There would be no time to answer; choose a later time.", code="TOO_SOON", field="starts_at"
        )
    made = create_booking(
        tenant_id=tenant_id,
        actor=actor,
        now=now,
        request=replace(
            request,
            add_on_ids=entry.wish.add_on_ids,
            party_size=entry.wish.party_size,
            contact=entry.contact,
            notes=entry.notes,
            mode="hold",
            source="waitlist",
            hold_seconds=int((until - now).total_seconds()),
        ),
        key=None,
    )
    if made.booking_id is None or execute(_SETTLE, (tenant_id, entry.id)) != 1:
        raise OvertakenError
    execute(_NOTE, (entry.id, tenant_id, made.booking_id))
    publish(Event("booking.offered", tenant_id, made.booking_id, now, {"version": made.data["version"]}))


def _look(
    tenant_id: UUID, passed: set[tuple[UUID, int]]
) -> tuple[_Look, list[Match], Mapping[UUID, WaitlistEntry]]:
    """Begin a round, and find out who is to be offered what."""
    with tenant_context(tenant_id, OFFERER.label):
        look = _Look(**fetch_value("select waitlist_begin_look()"))
    with tenant_context(tenant_id, OFFERER.label):
        queue = read_queue()
        waiting = [
            replace(each, refused=each.refused | {start for entry_id, start in passed if entry_id == each.id})
            for each in list_waiting(queue, now=clock.now())
        ]
    return look, match(waiting), {entry.id: entry for entry in queue}


def _offer_match(
    tenant_id: UUID, number: int, found: Match, queue: Mapping[UUID, WaitlistEntry], terms: WaitlistTerms
) -> None:
    """Offer in a transaction of its own that begins by making sure that the round is still ours."""
    what, person = found.opening.what, found.person
    if not isinstance(what, What) or not isinstance(person, UUID):
        raise TypeError("an opening of somebody else's")

    def attempt() -> None:
        with tenant_context(tenant_id, OFFERER.label):
            _refuse_if_overtaken(tenant_id, number)
            offer(
                tenant_id=tenant_id,
                actor=OFFERER,
                now=clock.now(),
                entry=queue[_id_of(found)],
                request=BookingRequest(
                    what.service_id,
                    instant(found.opening.start),
                    resource_id=person,
                    location_id=what.location_id,
                    slot_id=what.slot_id,
                ),
                terms=terms,
            )

    retry_transient(attempt, has_key=False)


def _refuse_if_overtaken(tenant_id: UUID, number: int) -> None:
    is_ours: Any = fetch_value(
        "select 1 from waitlist_progress where tenant_id = %s and round = %s for no key update",
        (tenant_id, number),
    )
    if not is_ours:
        raise OvertakenError


def _id_of(found: Match) -> UUID:
    if not isinstance(found.id, UUID):
        raise TypeError("an entry of somebody else's")
    return found.id
