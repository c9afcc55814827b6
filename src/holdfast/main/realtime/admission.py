"""Who may listen: signed-in staff, from a page of their own business, with what they may know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, parse_cookie

from holdfast.capabilities.people.sessions import actor_for
from holdfast.capabilities.tenants.queries import find_tenant
from holdfast.platform.realtime import is_own_origin


class Refused(Exception):
    """The handshake is nobody's who may listen here; why is not said."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a client showed when it connected; kept, so that its rights can be checked again."""

    host: str
    origin: str
    cookies: str

    @classmethod
    def read(cls, environ: Mapping[str, Any]) -> Handshake:
        """Take it from the environment that the Socket.IO server hands to its connect handler."""
        return cls(
            host=str(environ.get("HTTP_HOST", "")),
            origin=str(environ.get("HTTP_ORIGIN", "")),
            cookies=str(environ.get("HTTP_COOKIE", "")),
        )


@dataclass(frozen=True, slots=True)
class Admission:
    """Whose log somebody follows; `resource_id` narrows it to the bookings of one calendar."""

    tenant_id: UUID
    account_id: UUID
    resource_id: UUID | None

    @property
    def room(self) -> str:
        """The room of all who may know exactly this."""
        return room_of(self.tenant_id, self.resource_id)

    def may_know(self, resource_ids: Collection[UUID]) -> bool:
        """Tell whether a booking with these resources is among what may be known."""
        return self.resource_id is None or self.resource_id in resource_ids


def room_of(tenant_id: UUID, resource_id: UUID | None = None) -> str:
    """Name the room for all bookings of a tenant, or for those of one resource."""
    return f"tenant:{tenant_id}" + (f":resource:{resource_id}" if resource_id else "")


def admit(handshake: Handshake) -> Admission:
    """Find tenant, session, membership and rights, all read anew. Raises `Refused`."""
    config = settings.HOLDFAST
    if not is_own_origin(
        handshake.origin, handshake.host, web_port=config.port, is_production=config.is_production
    ):
        raise Refused
    # The origin has just shown that this is a host's name.
    tenant = find_tenant(handshake.host.rsplit(":", 1)[0], base_domain=config.base_domain)
    if tenant is None or not tenant.is_active:
        raise Refused
    actor = actor_for(_as_request(handshake), tenant)
    if actor.account_id is None:
        raise Refused
    if actor.can("bookings:read"):
        return Admission(tenant.id, actor.account_id, None)
    if actor.only_own("bookings:read") and actor.resource_id is not None:
        return Admission(tenant.id, actor.account_id, actor.resource_id)
    raise Refused


def _as_request(handshake: Handshake) -> HttpRequest:
    """Return the handshake as a request with its session, as the pages' middleware would make it."""
    request = HttpRequest()
    request.method = "GET"
    request.META["HTTP_HOST"] = handshake.host
    request.COOKIES = parse_cookie(handshake.cookies)
    request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return request
