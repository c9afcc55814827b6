"""Who may do what: one table of roles, one check.

Permissions are strings, `bookings:read` or narrower `bookings:read:own`; a role is a bundle of them.
Roles of S1 (admin, manager, stylist, frontdesk, user) and S3 (studio_owner, studio_manager,
freelancer) are names of the same bundles. What is not granted is denied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from holdfast.platform.errors import Forbidden, Unauthenticated

ROLE_ALIASES = {
    "studio_owner": "owner",
    "studio_manager": "manager",
    "stylist": "artist",
    "freelancer": "artist",
    "provider": "artist",
    "user": "guest",
    "client": "guest",
    "customer": "guest",
}

_GUEST = frozenset({"services:read", "availability:read", "bookings:create:guest", "bookings:read:token"})
_ARTIST = _GUEST | {
    "console:open",
    "resources:read",
    "bookings:read:own",
    "bookings:respond:own",
    "blackouts:read:own",
    "blackouts:manage:own",
    "availability:manage:own",
    "profile:update:own",
}
_FRONTDESK = _GUEST | {
    "console:open",
    "resources:read",
    "customers:read",
    "bookings:create",
    "bookings:read",
    "bookings:update",
    "bookings:cancel",
    "bookings:respond",
    # Mistakes happen where the telephone rings.
    "bookings:undo",
    "waitlist:read",
    "waitlist:manage",
    "blackouts:read",
    # S1: hours and slots are the front desk's too.
    "availability:manage",
    "slots:manage",
}
_MANAGER = _FRONTDESK | {
    "bookings:overbook",
    "blackouts:manage",
    "services:manage",
    "resources:manage",
    "customers:manage",
    "projects:manage",
    "portfolio:manage",
}
_ADMIN = _MANAGER | {"members:manage", "tenant:manage"}

PERMISSIONS: dict[str, frozenset[str]] = {
    "guest": _GUEST,
    "artist": frozenset(_ARTIST),
    "frontdesk": frozenset(_FRONTDESK),
    "manager": frozenset(_MANAGER),
    "admin": frozenset(_ADMIN),
    "owner": frozenset(_ADMIN | {"tenant:delete"}),
    "system": frozenset(_ADMIN),
}
STAFF_ROLES = ("owner", "admin", "manager", "frontdesk", "artist")


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: a guest, somebody signed in, a machine with a token, or the system itself.

    `resource_id` is the actor's own calendar, if it has one; `:own` permissions reach only that.
    """

    kind: Literal["guest", "staff", "machine", "system"]
    role: str
    account_id: UUID | None = None
    resource_id: UUID | None = None
    name: str = ""

    @property
    def label(self) -> str:
        """How the event log names the actor: an id, never a person's name."""
        if self.account_id is not None:
            return f"account:{self.account_id}"
        return f"system:{self.name}" if self.kind == "system" else self.kind

    @property
    def is_guest(self) -> bool:
        return self.kind == "guest"

    def can(self, permission: str) -> bool:
        """Tell whether the role holds exactly this permission, or the wider one without `:own`."""
        granted = PERMISSIONS.get(self.role, frozenset())
        if permission in granted:
            return True
        return permission.endswith(":own") and permission.removesuffix(":own") in granted

    def only_own(self, permission: str) -> bool:
        """Tell whether the actor holds `permission` for its own calendar but not for all."""
        return not self.can(permission) and self.can(f"{permission}:own")


GUEST = Actor(kind="guest", role="guest")


def system_actor(name: str) -> Actor:
    """Return the actor for work that nobody asked for in person: sweeper, mail, demo data."""
    return Actor(kind="system", role="system", name=name)


def canonical_role(role: str) -> str:
    """Return the bundle a role's name stands for; an unknown name is a guest's."""
    role = ROLE_ALIASES.get(role, role)
    return role if role in PERMISSIONS and role != "system" else "guest"


def require(actor: Actor, permission: str) -> None:
    """Let the call go on only for an actor with the permission (or its `:own` form).

    Raises `Unauthenticated` for a guest and `Forbidden` for somebody who is signed in. Where only the
    `:own` form is held, the caller must narrow to `actor.resource_id` (see `Actor.only_own`).
    """
    if actor.can(permission) or actor.can(f"{permission}:own"):
        return
    if actor.is_guest:
        raise Unauthenticated()
    raise Forbidden()
