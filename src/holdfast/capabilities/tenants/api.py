"""Locations and settings over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Router
from pydantic import Field

from holdfast.capabilities.tenants.commands import change_settings, undo_settings
from holdfast.capabilities.tenants.queries import list_locations, read_settings
from holdfast.capabilities.tenants.settings import known_settings
from holdfast.capabilities.tenants.types import Chosen
from holdfast.platform.http.answers import WithMeta, answer, with_version
from holdfast.platform.http.callers import Caller, Needs, caller_of
from holdfast.platform.http.keys import change
from holdfast.platform.http.schemas import Envelope, Output
from holdfast.platform.http.versions import expected_version
from holdfast.platform.tenancy import tenant_context

router = Router(tags=["locations"])
_MANAGE = Needs("tenant:manage")


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


class SettingOut(Output):
    """One setting as it counts; `bounds` is the JSON Schema of its values."""

    name: str
    group: str
    value: Any
    default: Any
    is_default: bool
    meaning: str
    bounds: Mapping[str, Any]
    problem: str = Field(description="What is wrong with a value that was not set here; empty for none.")


@router.get(
    "/settings",
    response=Envelope[list[SettingOut]],
    operation_id="list_settings",
    auth=_MANAGE,
    tags=["settings"],
)
def get_settings(request: HttpRequest) -> HttpResponse:
    """List everything that the business can set, with what is set now. The version is in ETag and `meta`."""
    caller = caller_of(request)
    with tenant_context(caller.tenant_id, caller.actor.label):
        chosen = read_settings()
    return with_version(answer(*_present(chosen)), chosen.version)


@router.patch(
    "/settings",
    response=Envelope[list[SettingOut]],
    operation_id="change_settings",
    auth=_MANAGE,
    tags=["settings"],
)
def patch_settings(
    request: HttpRequest,
    changes: Annotated[dict[str, Any], Body(description="Names of settings with their new values.")],
) -> HttpResponse:
    """Set what is named, each name anew and whole; null takes it back to its default. The rest stays."""
    version = expected_version(request)

    def work(caller: Caller) -> WithMeta:
        return _present(change_settings(actor=caller.actor, changes=changes, expected_version=version))

    return change(request, work)


@router.post(
    "/settings/undo",
    response=Envelope[list[SettingOut]],
    operation_id="undo_settings",
    auth=_MANAGE,
    tags=["settings"],
)
def post_undo(request: HttpRequest) -> HttpResponse:
    """Go back to what was set before the last change; a second time brings that change back."""
    version = expected_version(request)

    def work(caller: Caller) -> WithMeta:
        return _present(undo_settings(actor=caller.actor, expected_version=version))

    return change(request, work)


def _present(chosen: Chosen) -> WithMeta:
    found = []
    for setting in known_settings().values():
        value, problem = setting.shown(chosen.values)
        found.append(
            SettingOut(
                name=setting.name,
                group=setting.group,
                value=value,
                default=setting.default,
                is_default=value == setting.default,
                meaning=setting.meaning,
                bounds=setting.schema,
                problem=problem,
            )
        )
    return WithMeta(found, {"total": len(found), "version": chosen.version})
