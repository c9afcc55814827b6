"""Two bookings that change places, over HTTP."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from holdfast.capabilities.bookings.api.router import router
from holdfast.capabilities.bookings.api.schemas import BookingMade, Version
from holdfast.capabilities.bookings.commands.answers import manage_token
from holdfast.capabilities.bookings.commands.swap import swap_bookings
from holdfast.capabilities.bookings.queries.permitted import moves_now
from holdfast.platform import clock
from holdfast.platform.http.callers import Caller, Needs
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope, Input


class SwapIn(Input):
    """Two bookings, and the versions of them that the caller saw."""

    booking_id: UUID
    other_id: UUID
    version: Version | None = None
    other_version: Version | None = None


@router.post(
    "/swaps",
    response=Envelope[list[BookingMade]],
    operation_id="swap_bookings",
    auth=Needs("bookings:update"),
)
def post_swap(request: HttpRequest, swap: SwapIn) -> HttpResponse:
    """Give each of two bookings the start and the person of the other, in one step: both move, or none.

    A refusal names the `booking_id` that does not fit where the other was.
    """

    def work(caller: Caller) -> list[BookingMade]:
        done = swap_bookings(
            actor=caller.actor,
            now=clock.now(),
            booking_id=swap.booking_id,
            other_id=swap.other_id,
            expected_version=swap.version,
            other_version=swap.other_version,
        )
        return [
            BookingMade.model_validate(
                {
                    **data,
                    "token": manage_token(caller.tenant_id, UUID(data["id"])),
                    "moves": moves_now(
                        caller.actor, data["status"], UUID(data["resource_id"]), holds_manage_token=False
                    ),
                }
            )
            for data in done
        ]

    return change(request, work)
