"""Slot instances over HTTP: publish them, look at them, close one (S1 `/admin/v1/slots/generate`)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import AliasChoices, Field, StrictBool

from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.commands.block_slot import block_slot
from holdfast.capabilities.bookings.commands.generate_slots import generate_slots
from holdfast.capabilities.bookings.queries.slots import list_slots
from holdfast.capabilities.bookings.slot_types import SlotInstance, SlotStatus
from holdfast.platform import clock
from holdfast.platform.errors import Invalid
from holdfast.platform.http.answers import answer, envelope, json_answer
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.instants import Date, TimeOrDate, end_of, start_of
from holdfast.platform.http.keys import change, key_of
from holdfast.platform.http.schemas import RESOURCE_ID, Envelope, Input, Output
from holdfast.platform.idempotency import claim, remember
from holdfast.platform.tenancy import tenant_context
from holdfast.scheduling.zones import local_date

_USUAL_DAYS = 7


class GenerateIn(Input):
    """For which local dates, both inclusive, and for what; nothing named means all of it."""

    from_date: Date = Field(validation_alias=AliasChoices("from_date", "from"))
    to_date: Date = Field(validation_alias=AliasChoices("to_date", "to"))
    service_id: UUID | None = None
    location_id: UUID | None = None
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)


class Generated(Output):
    """What was done: of the starts that the rules give, and of those that they no longer give.

    `taken` are groups whose time something else has already; `kept` are instances without rules in which
    somebody has a seat; `blocked` counts the given starts that nobody may book.
    """

    created: int
    unchanged: int
    changed: int
    removed: int
    blocked: int
    kept: int
    taken: int


class SlotChange(Input):
    """Close an instance to new bookings, or open it again."""

    is_blocked: StrictBool


class SlotOut(Output):
    """A published start. `stylist_id` is S1's word for `resource_id`, `date` the local date of the place."""

    id: UUID
    location_id: UUID
    service_id: UUID
    resource_id: UUID
    stylist_id: UUID
    date: date
    starts_at: datetime
    ends_at: datetime
    is_group: bool
    capacity: int
    booked: int
    held: int
    status: SlotStatus
    blocked_by: list[str]


@router.post(
    "/slots/generate",
    response=Envelope[Generated],
    operation_id="generate_slots",
    auth=Needs("slots:manage"),
)
def post_generation(request: HttpRequest, wanted: GenerateIn) -> HttpResponse:
    """Publish the starts of a date range as slot instances (S1). Doing it again changes nothing.

    What somebody has booked is never disturbed. At most 92 days and 20,000 starts at once.
    """
    caller = caller_of(request)
    key = key_of(request, caller)
    if key:
        with tenant_context(caller.tenant_id, caller.actor.label):
            kept = claim(key)
        if kept is not None:
            return json_answer(kept.body, status=kept.status, is_replay=True)
    report = generate_slots(
        tenant_id=caller.tenant_id,
        actor=caller.actor,
        from_date=wanted.from_date,
        to_date=wanted.to_date,
        now=clock.now(),
        service_id=wanted.service_id,
        location_id=wanted.location_id,
        resource_id=wanted.resource_id,
    )
    body = envelope(asdict(report))
    if key:
        # Many transactions, one answer a key: of twins that ran at once, the first to end is told to both.
        with tenant_context(caller.tenant_id, caller.actor.label):
            kept = claim(key)
            if kept is not None:
                return json_answer(kept.body, status=kept.status, is_replay=True)
            remember(key, 200, body)
    return json_answer(body)


@router.get(
    "/slot-instances",
    response=Envelope[list[SlotOut]],
    operation_id="list_slot_instances",
    auth=Needs("bookings:read"),
)
def get_slot_instances(
    request: HttpRequest,
    from_at: TimeOrDate | None = Query(None, alias="from"),
    to_at: TimeOrDate | None = Query(None, alias="to"),
    service_id: UUID | None = None,
    resource_id: UUID | None = None,
    location_id: UUID | None = None,
    status: SlotStatus | None = None,
    limit: Annotated[int, Field(ge=1, le=5000)] = 1000,
) -> HttpResponse:
    """List the published starts of a period, by default of the next seven days, as they are now."""
    caller = caller_of(request)
    first = from_at or local_date(clock.now(), caller.zone)
    starts_at = start_of(first, caller.zone, field="from")
    ends_at = end_of(to_at, caller.zone, field="to") if to_at else starts_at + timedelta(days=_USUAL_DAYS)
    if ends_at <= starts_at:
        raise Invalid("The end must be after the start.", field="to")
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = list_slots(
            from_at=starts_at,
            to_at=ends_at,
            service_id=service_id,
            resource_id=resource_id,
            location_id=location_id,
            status=status,
            limit=limit + 1,
        )
    slots = [_present(slot) for slot in found[:limit]]
    return answer(
        slots,
        {"count": len(slots), "has_more": len(found) > limit, "starts_at": starts_at, "ends_at": ends_at},
    )


@router.patch(
    "/slots/{slot_id}",
    response=Envelope[SlotOut],
    operation_id="change_slot",
    auth=Needs("slots:manage"),
)
def patch_slot(request: HttpRequest, slot_id: UUID, wanted: SlotChange) -> HttpResponse:
    """Close a session to new bookings, or open it again; whoever has a seat keeps it."""

    def work(caller: Caller) -> SlotOut:
        return _present(block_slot(actor=caller.actor, slot_id=slot_id, is_blocked=wanted.is_blocked))

    return change(request, work)


def _present(slot: SlotInstance) -> SlotOut:
    return SlotOut.model_validate(asdict(slot) | {"stylist_id": slot.resource_id})
