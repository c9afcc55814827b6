"""Resources (artists, stylists, providers) over HTTP."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from holdfast.capabilities.people.queries import list_resources
from holdfast.platform.access import require
from holdfast.platform.http.answers import answer
from holdfast.platform.http.callers import caller_of
from holdfast.platform.http.schemas import Envelope, Output
from holdfast.platform.tenancy import tenant_context

router = Router(tags=["resources"])


class ResourceOut(Output):
    """Who or what can be booked. `capacity` is how many bookings fit side by side."""

    id: UUID
    location_id: UUID
    kind: str
    name: str
    title: str
    skills: list[str]
    capacity: int
    is_active: bool


@router.get("/resources", response=Envelope[list[ResourceOut]], operation_id="list_resources")
def get_resources(
    request: HttpRequest,
    location_id: UUID | None = None,
    with_former: bool = Query(False, alias="all"),
) -> HttpResponse:
    """List who can be booked; `all` adds those who no longer are (staff)."""
    caller = caller_of(request)
    if with_former:
        require(caller.actor, "resources:read")
    with tenant_context(caller.tenant_id, caller.actor.label):
        found = list_resources(active_only=not with_former)
    resources = [each for each in found if location_id in (None, each.location_id)]
    return answer([ResourceOut.model_validate(each) for each in resources], {"total": len(resources)})
