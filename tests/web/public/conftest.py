"""A business, and a visitor who reads its pages like a browser without JavaScript."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from django.test import Client

from tests.capabilities.business import Business, make_business
from tests.cluster import Database


@dataclass
class Visitor:
    """A client bound to one host; `page` is the last body, `form` sends the page's form."""

    host: str
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    page: str = ""
    status: int = 0
    url: str = ""

    def get(self, path: str, **headers: str) -> str:
        return self._take(self.client.get(path, headers={"host": self.host, **headers}), path)

    def post(self, path: str, fields: dict[str, str]) -> str:
        """Send a form with the hidden fields of the page that was just read."""
        sent = {**self.hidden(), **fields}
        return self._take(self.client.post(path, sent, headers={"host": self.host}), path)

    def hidden(self) -> dict[str, str]:
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page)
        return {name: unescape(value) for name, value in found}

    def slots(self) -> list[str]:
        return re.findall(r'name="start" value="(\w+)"', self.page)

    def _take(self, response: Any, path: str) -> str:
        self.url = path
        while response.status_code in (301, 302):
            self.url = response["Location"]
            response = self.client.get(self.url, headers={"host": self.host})
        self.status = response.status_code
        self.page = response.content.decode()
        return self.page


@pytest.fixture
def salon(database: Database) -> Business:
    return make_business("salon", people=2)


@pytest.fixture
def visitor(salon: Business) -> Visitor:
    return Visitor("salon.localhost")
