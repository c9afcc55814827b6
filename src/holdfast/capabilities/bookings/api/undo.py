"""Moves taken back over HTTP: of one booking, or of a day, a place, a person."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body
from pydantic import AliasChoices, Field, StrictBool, StrictInt

from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import Status, Version
from holdfast.capabilities.bookings.commands.undo import undo_booking, undo_since
from holdfast.capabilities.bookings.queries.undo import Meant
from holdfast.capabilities.bookings.undo_types import Undone
from holdfast.platform import clock
from holdfast.platform.http.answers import WithMeta
from holdfast.platform.http.callers import Caller, Needs
from holdfast.platform.http.instants import Date, Time, to_instant
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import RESOURCE_ID, Envelope, Input, Output
from holdfast.platform.http.versions import expected_version


class UndoIn(Input):
    """How to take a booking's last move back: from which version, to which, or only to see what would be."""

    version: Version | None = None
    to_version: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)] | None = None
    overbook: StrictBool = False
    dry_run: StrictBool = False


class UndoSinceIn(Input):
    """Whose moves since an instant: of a day's bookings, a place's, a resource's; "me" are one's own."""

    since: Time
    day: Date | None = Field(None, validation_alias=AliasChoices("day", "date"))
    location_id: UUID | None = None
    resource_id: UUID | None = Field(None, validation_alias=RESOURCE_ID)
    actor: Literal["me"] | None = None
    overbook: StrictBool = False
    dry_run: StrictBool = False


class StateOut(Output):
    """The part of a booking that moves change."""

    status: Status
    starts_at: datetime
    ends_at: datetime
    location_id: UUID
    resource_id: UUID | None
    party_size: int


class ObstacleOut(Output):
    """A booking or a published session that has the time."""

    booking_id: UUID | None
    slot_id: UUID | None
    title: str
    status: str
    starts_at: datetime
    ends_at: datetime


class ReasonOut(Output):
    """Why a booking cannot be what it was."""

    code: str
    detail: str
    resource_id: UUID | None
    starts_at: datetime | None
    ends_at: datetime | None
    in_the_way: list[ObstacleOut]


class UndoneOut(Output):
    """A booking before and after. `undoes` are the versions that no longer count, `restores` the one that it
    is like again (0: as before it was made). With `reasons` it cannot be; only a rehearsal answers so."""

    booking_id: UUID
    title: str
    version: int
    undoes: list[int]
    restores: int
    was: StateOut
    becomes: StateOut
    reasons: list[ReasonOut]


@router.post(
    "/bookings/{booking_id}/undo",
    response=Envelope[UndoneOut],
    operation_id="undo_booking",
    auth=Needs("bookings:undo"),
)
def post_undo(request: HttpRequest, booking_id: UUID, sent: UndoIn | None = Body(None)) -> HttpResponse:
    """Take the last move of a booking back; again, the one before. `to_version` names another state (redo).

    Refused with UNDO_REFUSED and the reasons where today's time is taken. Send the version you saw.
    """
    wanted = sent or UndoIn()
    version = expected_version(request, wanted.version)

    def work(caller: Caller) -> UndoneOut:
        undone = undo_booking(
            actor=caller.actor,
            now=clock.now(),
            booking_id=booking_id,
            expected_version=version,
            to_version=wanted.to_version,
            overbook=wanted.overbook,
            dry_run=wanted.dry_run,
        )
        return _present(undone)

    return change(request, work)


@router.post(
    "/undo", response=Envelope[list[UndoneOut]], operation_id="undo_since", auth=Needs("bookings:undo")
)
def post_undo_since(request: HttpRequest, wanted: UndoSinceIn) -> HttpResponse:
    """Take back all that was done since an instant, all of it or nothing; with `dry_run` only say what."""

    def work(caller: Caller) -> WithMeta:
        report = undo_since(
            actor=caller.actor,
            now=clock.now(),
            meant=Meant(
                to_instant(wanted.since, caller.zone, field="since"),
                day=wanted.day,
                location_id=wanted.location_id,
                resource_id=wanted.resource_id,
                made_by=caller.actor.label if wanted.actor else None,
            ),
            overbook=wanted.overbook,
            dry_run=wanted.dry_run,
        )
        shown = [_present(each) for each in report.bookings]
        return WithMeta(
            shown, {"count": len(shown), "is_done": report.is_done, "is_possible": report.is_possible}
        )

    return change(request, work)


def _present(undone: Undone) -> UndoneOut:
    return UndoneOut.model_validate(asdict(undone))
