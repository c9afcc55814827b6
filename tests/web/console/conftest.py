"""A salon with staff, and a member of it who reads its pages like a browser without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from uuid import UUID

import pytest
from django.test import Client

from tests.capabilities.business import Business, make_business
from tests.cluster import Database


@dataclass
class Member:
    """Somebody signed in; `page` is the last body, redirects followed."""

    business: Business
    account_id: UUID
    client: Client
    page: str = ""
    status: int = 0
    url: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"host": f"{self.business.slug}.localhost"}

    def get(self, path: str) -> str:
        return self._take(path, self.client.get(path, headers=self.headers))

    def send(self, action: str, **fields: str) -> str:
        """Send the page's form for `action`, with its hidden fields and more."""
        return self.post(action, {**self.form(action), **fields})

    def post(self, path: str, fields: dict[str, str]) -> str:
        return self._take(path, self.client.post(path, fields, headers=self.headers))

    def form(self, action: str) -> dict[str, str]:
        """The hidden fields of a form: of the one with this action, else of the page's own without any."""
        forms = re.findall(r'<form[^>]*?method="post"([^>]*)>(.*?)</form>', self.page, re.DOTALL)
        bodies = [body for attributes, body in forms if f'action="{action}"' in attributes]
        own = [body for attributes, body in forms if "action=" not in attributes]
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', (bodies or own)[0])
        return {name: unescape(value) for name, value in found}

    def entries(self) -> list[str]:
        """The text of each line of the day, in order."""
        found = re.findall(r'<li class="entry[^>]*>(.*?)</li>', self.page, re.DOTALL)
        return [" ".join(unescape(re.sub(r"<[^>]+>", " ", each)).split()) for each in found]

    def text(self) -> str:
        """The words of the page's main part."""
        main = self.page[self.page.index("<main") :]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).replace("\xa0", " ").split())

    def _take(self, path: str, response: object) -> str:
        self.url = path
        while response.status_code in (301, 302):
            self.url = response["Location"]
            response = self.client.get(self.url, headers=self.headers)
        self.status = response.status_code
        self.page = response.content.decode()
        return self.page


@pytest.fixture
def salon(database: Database) -> Business:
    return make_business("salon", people=2)


@pytest.fixture
def work_as(salon: Business) -> Callable[..., Member]:
    """Employ somebody with a role, and open a browser as them."""

    # Here, because pytest may read this file before it knows the settings that models need.
    from tests.capabilities.staff import employ, signed_in

    def _work_as(role: str, business: Business = salon, resource_id: UUID | None = None) -> Member:
        account_id = employ(business, role, resource_id=resource_id)
        return Member(business, account_id, signed_in(account_id, enforce_csrf_checks=True))

    return _work_as


@pytest.fixture
def owner(work_as: Callable[..., Member]) -> Member:
    return work_as("owner")
