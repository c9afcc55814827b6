"""Who calls the API, in which business, and through which of its surfaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from holdfast.platform.access import Actor, require

# Where Django Ninja keeps what the admission returned.
_LET_IN = "auth"
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Surface:
    """One prefix under which the API answers, and what it asks for beyond the canonical one.

    `permission` is what a caller must hold to use the surface at all; None lets guests in.
    """

    prefix: str
    requires_key: bool = False
    permission: str | None = None
    stops_at_hold: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Everything an operation needs to know of its request but the input."""

    tenant_id: UUID
    time_zone: str
    currency: str
    actor: Actor
    surface: Surface
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def caller_of(request: HttpRequest) -> Caller:
    """Return the caller that the API's admission has let in (see `holdfast.main.api`)."""
    caller: Caller = getattr(request, _LET_IN)
    return caller


class Needs:
    """What an operation asks of its caller, looked at before its input is read.

    Given as the `auth` of an operation; without it, guests may call.
    """

    # Set once by the wiring: platform knows how to ask, not who everybody is.
    admit: Callable[[HttpRequest], Caller] | None = None

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, request: HttpRequest) -> Caller:
        if Needs.admit is None:
            raise RuntimeError("nobody has said how requests are admitted")
        caller = Needs.admit(request)
        require(caller.actor, self.permission)
        return caller
