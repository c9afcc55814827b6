"""The one table of roles: what each may do, spelled out, so that a change of it is seen."""

from __future__ import annotations

from itertools import pairwise

import pytest

from holdfast.platform.access import (
    GUEST,
    PERMISSIONS,
    ROLE_ALIASES,
    STAFF_ROLES,
    Actor,
    canonical_role,
    require,
    system_actor,
)
from holdfast.platform.errors import Forbidden, Unauthenticated
from holdfast.platform.ids import new_id

ALL = frozenset().union(*PERMISSIONS.values())
# Who may do it, besides those to the right of it who may do more.
EXPECTED = {
    "services:read": {"guest", "artist", "frontdesk", "manager", "admin", "owner"},
    "availability:read": {"guest", "artist", "frontdesk", "manager", "admin", "owner"},
    "bookings:create:guest": {"guest", "artist", "frontdesk", "manager", "admin", "owner"},
    "console:open": {"artist", "frontdesk", "manager", "admin", "owner"},
    "bookings:read:own": {"artist", "frontdesk", "manager", "admin", "owner"},
    "bookings:read": {"frontdesk", "manager", "admin", "owner"},
    "bookings:cancel": {"frontdesk", "manager", "admin", "owner"},
    "bookings:update": {"frontdesk", "manager", "admin", "owner"},
    "customers:read": {"frontdesk", "manager", "admin", "owner"},
    "slots:manage": {"frontdesk", "manager", "admin", "owner"},
    "bookings:respond:own": {"artist", "frontdesk", "manager", "admin", "owner"},
    "bookings:respond": {"frontdesk", "manager", "admin", "owner"},
    "blackouts:manage:own": {"artist", "manager", "admin", "owner"},
    "blackouts:manage": {"manager", "admin", "owner"},
    "bookings:overbook": {"manager", "admin", "owner"},
    "services:manage": {"manager", "admin", "owner"},
    "members:manage": {"admin", "owner"},
    "tenant:manage": {"admin", "owner"},
    "tenant:delete": {"owner"},
}


def actor(role: str) -> Actor:
    return GUEST if role == "guest" else Actor(kind="staff", role=role, account_id=new_id())


@pytest.mark.parametrize("permission", sorted(EXPECTED))
def test_each_permission_belongs_to_exactly_these_roles(permission: str) -> None:
    holders = {role for role in ("guest", *STAFF_ROLES) if actor(role).can(permission)}
    assert holders == EXPECTED[permission]


def test_each_role_holds_all_of_the_one_below_it() -> None:
    order = ("guest", "frontdesk", "manager", "admin", "owner")
    for lower, higher in pairwise(order):
        assert PERMISSIONS[lower] < PERMISSIONS[higher]


def test_what_is_not_granted_is_denied() -> None:
    for role in ("guest", *STAFF_ROLES, "system"):
        for permission in ("", "bookings", "bookings:*", "*", "tenants:read", "bookings:read:all"):
            assert not actor(role).can(permission), (role, permission)
    assert not actor("nobody").can("services:read")


def test_the_wide_permission_includes_the_own_one_and_not_the_other_way_round() -> None:
    assert actor("frontdesk").can("bookings:read:own")
    assert not actor("frontdesk").only_own("bookings:read")
    assert not actor("artist").can("bookings:read")
    assert actor("artist").only_own("bookings:read")
    assert not GUEST.only_own("bookings:read")


def test_the_documents_names_of_roles_are_names_of_these() -> None:
    assert {alias: canonical_role(alias) for alias in ROLE_ALIASES} == ROLE_ALIASES
    assert canonical_role("studio_owner") == "owner"
    assert canonical_role("freelancer") == canonical_role("stylist") == "artist"
    # Nobody becomes more than a guest by an unknown name, nor the system itself by its name.
    assert canonical_role("root") == canonical_role("system") == canonical_role("") == "guest"


def test_who_is_refused_learns_whether_signing_in_would_help() -> None:
    require(actor("frontdesk"), "bookings:cancel")
    require(actor("artist"), "bookings:read")
    with pytest.raises(Forbidden):
        require(actor("artist"), "bookings:cancel")
    with pytest.raises(Unauthenticated):
        require(GUEST, "bookings:read")


def test_the_log_names_actors_by_id_and_never_by_name() -> None:
    account_id = new_id()
    assert GUEST.label == "guest"
    assert (
        Actor(kind="staff", role="owner", account_id=account_id, name="Ada").label == f"account:{account_id}"
    )
    assert system_actor("demo").label == "system:demo"


def test_no_role_reaches_over_businesses() -> None:
    assert not [permission for permission in ALL if permission.startswith("tenants:")]
