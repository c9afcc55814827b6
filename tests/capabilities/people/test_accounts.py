"""Logins and memberships: who may make them, and what is kept of a password."""

from __future__ import annotations

import pytest
from django.utils.module_loading import import_string

from holdfast.capabilities.people.accounts import create_account, find_account
from holdfast.capabilities.people.commands import add_member, remove_member
from holdfast.capabilities.people.queries import find_membership
from holdfast.main import settings as product
from holdfast.platform.access import GUEST, Actor
from holdfast.platform.errors import Forbidden, Invalid, NotFound, Unauthenticated
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, make_business
from tests.capabilities.staff import PASSWORD, employ, is_argon2id, make_account
from tests.cluster import Database


@pytest.fixture
def salon(database: Database) -> Business:
    return make_business("salon", people=2)


def test_a_password_is_kept_as_argon2id_and_never_itself(database: Database) -> None:
    account_id = make_account("Ada@Example.com")
    [(stored_id, email, password)] = database.rows("select id, email, password from account")
    assert (stored_id, email) == (account_id, "ada@example.com")
    assert is_argon2id(password)
    assert PASSWORD not in password
    assert database.rows('select email, verified, "primary" from account_emailaddress') == [
        ("ada@example.com", True, True)
    ]


def test_a_password_costs_who_guesses_as_much_as_it_should() -> None:
    """Of the product: the tests hash with less work (`tests/hashing.py`)."""
    hasher = import_string(product.PASSWORD_HASHERS[0])()
    made = hasher.decode(hasher.encode(PASSWORD, hasher.salt()))
    assert (made["variety"], made["memory_cost"], made["time_cost"]) == ("argon2id", 102_400, 2)


def test_an_account_is_found_however_its_address_is_written(database: Database) -> None:
    account_id = make_account("ada@example.com")
    assert find_account(" ADA@example.COM ") == account_id
    assert find_account("ada@example.org") is None


@pytest.mark.parametrize(
    ("email", "name", "field"),
    [
        ("ada@example.com", "Ada", "email"),
        ("ADA@EXAMPLE.com", "Ada", "email"),
        ("no address", "Ada", "email"),
        ("ada@example.com\x00", "Ada", "email"),
        ("new@example.com", "  ", "name"),
        ("new@example.com", "x" * 201, "name"),
    ],
)
def test_bad_accounts_are_refused_and_leave_nothing(
    database: Database, email: str, name: str, field: str
) -> None:
    make_account("ada@example.com")
    with pytest.raises(Invalid) as refusal:
        create_account(actor=TESTER, email=email, name=name)
    assert refusal.value.field == field
    assert database.rows("select count(*) from account") == [(1,)]
    assert database.rows("select count(*) from account_emailaddress") == [(1,)]


def test_without_a_password_nobody_can_sign_in_by_one(database: Database) -> None:
    create_account(actor=TESTER, email="ada@example.com", name="Ada")
    [(password,)] = database.rows("select password from account")
    assert password.startswith("!")


@pytest.mark.parametrize("role", ["artist", "frontdesk", "manager"])
def test_only_who_may_name_members_makes_accounts_and_members(salon: Business, role: str) -> None:
    actor = Actor(kind="staff", role=role, account_id=new_id())
    with pytest.raises(Forbidden):
        create_account(actor=actor, email="new@example.com", name="New")
    with tenant_context(salon.tenant_id, actor.label), pytest.raises(Forbidden):
        add_member(actor=actor, account_id=new_id(), role="owner")
    with pytest.raises(Unauthenticated):
        create_account(actor=GUEST, email="new@example.com", name="New")


def test_a_role_is_given_changed_and_taken_away(salon: Business, database: Database) -> None:
    account_id = employ(salon, "frontdesk")
    employ(salon, "stylist", account_id=account_id, resource_id=salon.resource_ids[0])
    with tenant_context(salon.tenant_id, TESTER.label):
        membership = find_membership(account_id)
        assert membership is not None
        assert (membership.role, membership.resource_id) == ("artist", salon.resource_ids[0])
        remove_member(actor=TESTER, account_id=account_id)
        assert find_membership(account_id) is None
        with pytest.raises(NotFound):
            remove_member(actor=TESTER, account_id=account_id)
    assert database.rows("select count(*) from membership") == [(1,)]
    employ(salon, "owner", account_id=account_id)
    with tenant_context(salon.tenant_id, TESTER.label):
        assert find_membership(account_id) is not None


def test_a_role_that_does_not_exist_is_refused(salon: Business) -> None:
    account_id = make_account()
    with tenant_context(salon.tenant_id, TESTER.label), pytest.raises(Invalid) as refusal:
        add_member(actor=TESTER, account_id=account_id, role="king")
    assert refusal.value.field == "role"


def test_a_membership_is_seen_in_its_own_business_only(salon: Business) -> None:
    account_id = employ(salon, "owner")
    other = make_business("other")
    with tenant_context(other.tenant_id, TESTER.label):
        assert find_membership(account_id) is None
        with pytest.raises(NotFound):
            remove_member(actor=TESTER, account_id=account_id)
    with tenant_context(salon.tenant_id, TESTER.label):
        assert find_membership(account_id) is not None
