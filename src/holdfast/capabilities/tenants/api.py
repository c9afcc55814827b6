"""Locations over HTTP."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from holdfast.capabilities.tenants.queries import list_locations
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import caller_of
from holdfast.platform.http.schemas import Envelope, Output
from holdfast.platform.tenancy import tenant_context

router = Router(tags=["locations"])


class LocationOut(Output):
    """A place; `time_zone` is an IANA name."""

    id: UUID
    name: str
    time_zone: str
    address: str
    phone: str


@router.get("/locations", response=Envelope[list[LocationOut]], operation_id="list_locations")
def get_locations(request: HttpRequest) -> HttpResponse:
    """List the places of the business."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        locations = list_locations()
    return answer([LocationOut.model_validate(each) for each in locations], {"total": len(locations)})
