"""Who is asking: sessions and tokens become actors of one tenant, anew on every request."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from holdfast.capabilities.people.commands import remove_member
from holdfast.capabilities.people.models import Account
from holdfast.capabilities.people.sessions import actor_for
from holdfast.capabilities.tenants.queries import get_tenant
from holdfast.capabilities.tenants.types import Tenant
from holdfast.platform.access import GUEST
from holdfast.platform.errors import Forbidden
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.capabilities.staff import PASSWORD, employ, host_of, make_account, signed_in
from tests.cluster import Database


@pytest.fixture
def salon(database: Database) -> Business:
    return make_business("salon", people=2)


def tenant_of(business: Business) -> Tenant:
    tenant = get_tenant(business.tenant_id)
    assert tenant is not None
    return tenant


def request_of(account_id: UUID | None, method: str = "GET") -> HttpRequest:
    """A request as the middleware would hand it on, with a session in which the account is signed in."""
    request = RequestFactory().generic(method, "/")
    request.session, request.user = SessionStore(), AnonymousUser()
    if account_id is not None:
        login(request, Account.objects.get(id=account_id))
    return request


def test_without_a_session_it_is_a_guest_and_the_database_is_not_asked(salon: Business) -> None:
    tenant = tenant_of(salon)
    request = request_of(None)
    with CaptureQueriesContext(connection) as asked:
        assert actor_for(request, tenant) is GUEST
    assert len(asked) == 0


@pytest.mark.parametrize("role", ["owner", "admin", "manager", "frontdesk", "artist"])
def test_a_member_acts_with_its_role_and_its_own_calendar(salon: Business, role: str) -> None:
    account_id = employ(salon, role, resource_id=salon.resource_ids[1])
    actor = actor_for(request_of(account_id), tenant_of(salon))
    assert (actor.kind, actor.role, actor.account_id) == ("staff", role, account_id)
    assert actor.resource_id == salon.resource_ids[1]
    assert actor.label == f"account:{account_id}"


def test_the_answer_is_kept_for_the_request_and_for_no_other(salon: Business) -> None:
    account_id, tenant = employ(salon, "owner"), tenant_of(salon)
    request = request_of(account_id)
    first = actor_for(request, tenant)
    with CaptureQueriesContext(connection) as asked:
        assert actor_for(request, tenant) is first
    assert len(asked) == 0
    with tenant_context(salon.tenant_id, TESTER.label):
        remove_member(actor=TESTER, account_id=account_id)
    assert actor_for(request_of(account_id), tenant) is GUEST


def test_a_member_of_one_business_is_a_guest_in_another(salon: Business) -> None:
    account_id = employ(salon, "owner")
    other = make_business("other")
    request = request_of(account_id)
    assert actor_for(request, tenant_of(other)) is GUEST
    assert actor_for(request, tenant_of(salon)).role == "owner"


def test_a_freelancer_has_a_role_of_its_own_in_each_studio(salon: Business) -> None:
    account_id = employ(salon, "manager")
    other = make_business("other")
    employ(other, "artist", account_id=account_id, resource_id=other.resource_ids[0])
    assert actor_for(request_of(account_id), tenant_of(salon)).role == "manager"
    theirs = actor_for(request_of(account_id), tenant_of(other))
    assert (theirs.role, theirs.resource_id) == ("artist", other.resource_ids[0])


def test_a_change_by_session_needs_its_csrf_token_where_no_middleware_asks(salon: Business) -> None:
    account_id, tenant = employ(salon, "owner"), tenant_of(salon)
    with pytest.raises(Forbidden) as refusal:
        actor_for(request_of(account_id, "POST"), tenant)
    assert refusal.value.code == "CSRF_FAILED"
    assert actor_for(request_of(account_id, "GET"), tenant).role == "owner"
    assert actor_for(request_of(None, "POST"), tenant) is GUEST


def test_a_forged_change_through_the_api_changes_nothing(salon: Business, database: Database) -> None:
    booked = book(salon, "book")
    client = signed_in(employ(salon, "owner"), enforce_csrf_checks=True)
    answer = client.delete(f"/api/v1/bookings/{booked.booking_id}", headers=host_of(salon))
    assert (answer.status_code, answer.json()["error"]) == (403, "CSRF_FAILED")
    assert database.rows("select status from booking") == [("confirmed",)]


def tokens(business: Business, email: str) -> dict[str, Any]:
    """Sign a machine in, and return what it is given."""
    answer = Client().post(
        "/_allauth/app/v1/auth/login",
        json.dumps({"email": email, "password": PASSWORD}),
        content_type="application/json",
        headers=host_of(business),
    )
    assert answer.status_code == 200, answer.content
    meta: dict[str, Any] = answer.json()["meta"]
    return meta


def list_bookings(business: Business, token: str) -> Any:
    return Client().get(
        "/api/v1/admin/appointments",
        headers={**host_of(business), "authorization": f"Bearer {token}"},
    )


def test_a_machine_gets_a_token_with_its_roles_and_acts_with_it(salon: Business) -> None:
    make_account("machine@example.com")
    account_id = Account.objects.get(email="machine@example.com").id
    employ(salon, "frontdesk", account_id=account_id)
    token = tokens(salon, "machine@example.com")["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["roles"] == ["frontdesk"]
    assert claims["tenant"] == str(salon.tenant_id)
    assert claims["exp"] - claims["iat"] <= 300
    assert list_bookings(salon, token).status_code == 200


def test_a_token_ends_with_the_membership(salon: Business) -> None:
    account_id = employ(salon, "frontdesk", account_id=make_account("machine@example.com"))
    token = tokens(salon, "machine@example.com")["access_token"]
    assert list_bookings(salon, token).status_code == 200
    with tenant_context(salon.tenant_id, TESTER.label):
        remove_member(actor=TESTER, account_id=account_id)
    assert list_bookings(salon, token).status_code == 401


def test_a_token_ends_with_its_session_and_with_the_password(salon: Business) -> None:
    account_id = employ(salon, "frontdesk", account_id=make_account("machine@example.com"))
    left = tokens(salon, "machine@example.com")
    Client().delete(
        "/_allauth/app/v1/auth/session",
        headers={**host_of(salon), "x-session-token": left["session_token"]},
    )
    assert list_bookings(salon, left["access_token"]).status_code == 401
    kept = tokens(salon, "machine@example.com")
    account = Account.objects.get(id=account_id)
    account.set_password("another password for tests")
    account.save()
    assert list_bookings(salon, kept["access_token"]).status_code == 401


def test_a_token_of_one_business_opens_no_other(salon: Business) -> None:
    account_id = employ(salon, "owner", account_id=make_account("machine@example.com"))
    other = make_business("other")
    employ(other, "owner", account_id=account_id)
    token = tokens(salon, "machine@example.com")["access_token"]
    assert list_bookings(salon, token).status_code == 200
    refused = list_bookings(other, token)
    assert (refused.status_code, refused.json()["error"]) == (401, "UNAUTHENTICATED")


def test_tokens_that_we_did_not_write_open_nothing(salon: Business) -> None:
    employ(salon, "owner", account_id=make_account("machine@example.com"))
    meta = tokens(salon, "machine@example.com")
    good = meta["access_token"]
    claims = jwt.decode(good, options={"verify_signature": False})
    header, payload, signature = good.split(".")
    key = settings.HEADLESS_JWT_PRIVATE_KEY
    plain = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    strangers = {
        "unsigned": f"{plain}.{payload}.",
        "without its signature": f"{header}.{payload}.",
        "with somebody else's signature": f"{header}.{payload}.{signature[::-1]}",
        "signed with the key of the cookies": jwt.encode(claims, settings.SECRET_KEY, "HS256"),
        "of another algorithm": jwt.encode(claims, key, "HS512"),
        "run out": jwt.encode(
            claims | {"exp": claims["iat"] - 1}, settings.HEADLESS_JWT_PRIVATE_KEY, "HS256"
        ),
        "for refreshing": meta["refresh_token"],
        "of a session": meta["session_token"],
        "of nobody": jwt.encode(claims | {"sub": "x"}, key, "HS256"),
        "nothing": "",
    }
    answers = {name: list_bookings(salon, token).status_code for name, token in strangers.items()}
    assert answers == dict.fromkeys(strangers, 401)
    assert list_bookings(salon, good).status_code == 200
