"""The API as a client sees it: requests through every middleware, on the business's own host."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.test import Client

from holdfast.capabilities.people.accounts import create_account
from holdfast.capabilities.people.commands import add_member
from holdfast.capabilities.people.models import Account
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business

PASSWORD = "a password for tests"


class ApiClient:
    """Sends JSON to one business, keeps cookies, and answers with the parsed body."""

    def __init__(self, slug: str, **headers: str) -> None:
        self.http = Client(headers={"Host": f"{slug}.localhost:8000", **headers}, enforce_csrf_checks=True)
        # A defect shall be seen as the 5xx that a client would get.
        self.http.raise_request_exception = False

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; `body` is JSON unless it is bytes. Header names with _ for -."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = named.pop("Content-Type", "application/json") if content or "Content-Type" in named else ""
        return Answer(self.http.generic(method, path, content, kind, headers=named))

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("DELETE", path, body, **headers)


class Answer:
    """A response, with what tests ask of it."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.body = b"".join(response.streaming_content) if response.streaming else response.content
        self.headers = response.headers

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def meta(self) -> Any:
        return self.json["meta"]

    @property
    def error(self) -> str:
        """The stable code of a problem; checks that it is one."""
        assert self.headers["Content-Type"] == "application/problem+json", self.body[:300]
        document = self.json
        assert document["status"] == self.status
        assert {"type", "title", "detail", "error", "request_id"} <= document.keys()
        return str(document["error"])

    @property
    def field(self) -> str:
        return str(self.json.get("field", ""))


def new_key() -> str:
    """A fresh Idempotency-Key."""
    return str(uuid4())


def make_account(
    business: Business, role: str, *, resource_id: UUID | None = None, name: str = ""
) -> Account:
    """An account with a role in the business."""
    email = f"{name or role}@{business.slug}.test"
    account_id = create_account(actor=TESTER, email=email, name=name or role, password=PASSWORD)
    with tenant_context(business.tenant_id, TESTER.label):
        add_member(actor=TESTER, account_id=account_id, role=role, resource_id=resource_id)
    return Account.objects.get(id=account_id)


def signed_in(business: Business, account: Account) -> ApiClient:
    """A browser with a session of the account: it sends the CSRF token, as our pages do."""
    client = ApiClient(business.slug)
    client.http.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    secret = "s" * 32
    client.http.cookies["csrf"] = secret
    client.http.defaults["HTTP_X_CSRFTOKEN"] = secret
    return client


def staff_client(business: Business, role: str = "owner", *, resource_id: UUID | None = None) -> ApiClient:
    """A signed-in browser of somebody with the role."""
    return signed_in(business, make_account(business, role, resource_id=resource_id))


def machine_client(business: Business, account: Account) -> ApiClient:
    """A machine with an access token (JWT) for the business, asked for with e-mail and password."""
    asking = ApiClient(business.slug)
    answer = asking.post("/_allauth/app/v1/auth/login", {"email": account.email, "password": PASSWORD})
    assert answer.status == 200, answer.body
    return ApiClient(business.slug, Authorization=f"Bearer {answer.meta['access_token']}")
