"""The waiting list, short to write in a test: a full day, and who waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from holdfast.capabilities.bookings.commands import cancel_booking, confirm_booking
from holdfast.capabilities.bookings.commands.answers import MoveAnswer, manage_token
from holdfast.capabilities.bookings.commands.waitlist import join_waitlist, leave_waitlist, waitlist_token
from holdfast.capabilities.bookings.commands.waitlist_offers import offer_due_waiting, offer_waiting
from holdfast.capabilities.bookings.queries.waitlist import read_entry
from holdfast.capabilities.bookings.queries.waitlist_openings import explain_entry
from holdfast.capabilities.bookings.waitlist_types import NewEntry, WaitlistEntry, WaitlistWish
from holdfast.platform import clock
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Problem
from holdfast.platform.events import nobody_listening
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.waitlist import Window
from tests.capabilities.bookings.moves import sweep
from tests.capabilities.business import ANN, Business, book
from tests.cluster import Database


def fill_day(
    business: Business, *, days: int = 7, service: str = "book", hours: range = range(8, 20)
) -> list[MoveAnswer]:
    """Take every hour of a day of one person, so that nothing is free."""
    with nobody_listening():
        return [
            book(
                business,
                service,
                business.start(days=days, hour=hour),
                contact=replace(ANN, email=f"filler{hour}@example.com", phone=""),
            )
            for hour in hours
        ]


def wait(
    business: Business,
    name: str = "Zoe",
    *services: str,
    days: int = 7,
    to: int | None = None,
    from_time: time | None = None,
    to_time: time | None = None,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    party_size: int = 1,
    actor: Actor = GUEST,
    now: datetime | None = None,
    **contact: str,
) -> WaitlistEntry:
    """Join the list for a day, by default that a week ahead."""
    first = business.start(days=days).astimezone(business.zone).date()
    last = first + timedelta(days=(days if to is None else to) - days)
    with tenant_context(business.tenant_id, actor.label):
        return join_waitlist(
            actor=actor,
            now=now or clock.now(),
            new=NewEntry(
                WaitlistWish(
                    tuple(business.services[each] for each in services or ("cut",)),
                    Window(first, last, from_time, to_time),
                    resource_id=resource_id,
                    location_id=location_id,
                    party_size=party_size,
                ),
                replace(ANN, name=name, **({"email": f"{name.lower()}@example.com", "phone": ""} | contact)),
                notes="by the window",
            ),
        )


def leave(business: Business, entry: WaitlistEntry) -> None:
    """Leave with the entry's own link."""
    with tenant_context(business.tenant_id, GUEST.label):
        leave_waitlist(
            actor=GUEST,
            now=clock.now(),
            entry_id=entry.id,
            token=waitlist_token(business.tenant_id, entry.id),
        )


def offer_all(business: Business) -> int:
    """What a worker does when time has come free."""
    return offer_waiting(tenant_id=business.tenant_id)


def look_around() -> int:
    """What the worker's chore does every few seconds."""
    return offer_due_waiting()


def entry_now(business: Business, entry: WaitlistEntry) -> WaitlistEntry:
    """The entry as it is now."""
    with tenant_context(business.tenant_id, "system:tests"):
        found = read_entry(entry.id)
    assert found is not None
    return found


def why(business: Business, entry: WaitlistEntry) -> list[tuple[str, int]]:
    """Why it still waits."""
    with tenant_context(business.tenant_id, "system:tests"):
        found = read_entry(entry.id)
        assert found is not None
        return [(each.why.value, each.number) for each in explain_entry(found, now=clock.now())]


def offers(database: Database) -> list[tuple[Any, ...]]:
    """Name of the entry's owner is sealed, so: place in the queue, outcome, in the order of offering."""
    return database.rows(
        "select (select count(*) from waitlist_entry o where o.tenant_id = e.tenant_id"
        " and (o.created_at, o.id) <= (e.created_at, e.id)), f.outcome"
        " from waitlist_offer f join waitlist_entry e on e.tenant_id = f.tenant_id and e.id = f.entry_id"
        " order by f.offered_at, f.booking_id"
    )


def take(business: Business, entry: WaitlistEntry) -> None:
    """Confirm what is offered, as the mail's link does."""
    offer = entry_now(business, entry).offer
    assert offer is not None
    confirm_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=offer.booking_id,
        token=manage_token(business.tenant_id, offer.booking_id),
    )


def decline(business: Business, entry: WaitlistEntry) -> None:
    """Say no, thanks."""
    offer = entry_now(business, entry).offer
    assert offer is not None
    cancel_offer(business, offer.booking_id)


def cancel_offer(business: Business, booking_id: UUID) -> None:
    """Cancel what was offered, by its link."""
    cancel_booking(
        tenant_id=business.tenant_id,
        actor=GUEST,
        now=clock.now(),
        booking_id=booking_id,
        token=manage_token(business.tenant_id, booking_id),
    )


def let_lapse(database: Database) -> None:
    """Let the time of all offers be up, and the sweeper come by."""
    for change in (
        "update booking set hold_expires_at = clock_timestamp() where status = 'held' returning 1",
        "update allocation set expires_at = clock_timestamp() where expires_at is not null returning 1",
    ):
        assert database.rows(change)
    assert sweep() > 0


def code(call: Callable[[], object]) -> str:
    """The code with which it is refused."""
    with pytest.raises(Problem) as refused:
        call()
    return refused.value.code
