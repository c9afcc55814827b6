"""From what a client sent to a wish that the commands understand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from holdfast.capabilities.bookings.api.schemas import BookingIn, ContactIn
from holdfast.capabilities.bookings.commands.seats import Session, find_session
from holdfast.capabilities.bookings.types import BookingRequest
from holdfast.capabilities.people.contacts import tidy_contact
from holdfast.capabilities.people.types import Contact
from holdfast.capabilities.schedules.queries import remembered_schedule
from holdfast.platform.errors import Invalid
from holdfast.platform.http.callers import Caller
from holdfast.platform.http.instants import to_instant


def read_wish(caller: Caller, booking: BookingIn, *, is_hold: bool) -> BookingRequest:
    """Return the wish. Raises `Invalid` for what is missing or contradictory, `NotFound` for a slot."""
    contact = read_contact(booking)
    service_ids = tuple(booking.service_ids) or ((booking.service_id,) if booking.service_id else ())
    session = None
    if booking.slot_id is not None:
        session = find_session(caller.tenant_id, caller.actor.label, booking.slot_id)
        _check_session(caller, booking, session, service_ids)
        service_ids = (session.service_id,)
    if not service_ids:
        raise Invalid("This is missing.", field="service_id")
    if booking.service_id not in (None, service_ids[0]):
        raise Invalid("Send service_id or service_ids, not two different things.", field="service_ids")
    return BookingRequest(
        service_id=service_ids[0],
        starts_at=session.starts_at if session else _instant(caller, booking, service_ids[0]),
        resource_id=session.resource_id if session else booking.resource_id,
        location_id=session.location_id if session else booking.location_id,
        service_ids=service_ids,
        add_on_ids=tuple(booking.add_on_ids),
        resource_ids=tuple(booking.resource_ids),
        match=booking.match,
        roles=tuple(booking.roles.items()),
        party_size=booking.party_size,
        # A computed instance is its service and start with its resource; only a group's has seats.
        slot_id=session.slot_id if session and session.is_group else None,
        contact=contact,
        notes=booking.notes or "",
        mode="hold" if is_hold else "flow",
        source="api" if caller.actor.is_guest else "staff",
        overbook=booking.overbook,
    )


def read_contact(sent: ContactIn) -> Contact | None:
    """Return who the booking is for, tidied, or None. Raises `Invalid`."""
    if not (sent.customer_name or sent.customer_email or sent.customer_phone):
        return None
    return tidy_contact(
        sent.customer_name or "", sent.customer_email or "", sent.customer_phone or "", prefix="customer_"
    )


def _check_session(
    caller: Caller, booking: BookingIn, session: Session, service_ids: tuple[UUID, ...]
) -> None:
    """What is sent beside a slot must say the same, else somebody would be surprised."""
    if service_ids not in ((), (session.service_id,)):
        raise Invalid("This slot is for another service.", field="service_id")
    if booking.resource_id not in (None, session.resource_id):
        raise Invalid("This slot is with somebody else.", field="resource_id")
    if booking.location_id not in (None, session.location_id):
        raise Invalid("This slot is at another place.", field="location_id")
    if booking.starts_at is not None and (_instant(caller, booking, session.service_id) != session.starts_at):
        raise Invalid("This slot starts at another time.", field="starts_at")


def _instant(caller: Caller, booking: BookingIn, service_id: UUID) -> datetime:
    """Return the start; without an offset it is wall time where the service would be given."""
    if booking.starts_at is None:
        raise Invalid("This is missing.", field="starts_at")
    if booking.starts_at.tzinfo is not None:
        return booking.starts_at
    schedule = remembered_schedule(caller.tenant_id)
    service = schedule.services.get(service_id)
    able = (
        schedule.resources_for(service, resource_id=booking.resource_id, location_id=booking.location_id)
        if service
        else []
    )
    zone = schedule.zone_of(able[0].location_id) if able else caller.zone
    return to_instant(booking.starts_at, zone, field="starts_at")
