"""Asking for months of free time over HTTP, as tests do."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.api_client import ApiClient
from tests.capabilities.business import Business


def month(business: Business, asked: str, service: str = "cut", **query: str) -> Any:
    """The answer for a month, or for `from=…&to=…`."""
    more = "".join(f"&{name}={quote(value)}" for name, value in query.items())
    dates = asked if "=" in asked else f"month={asked}"
    answer = ApiClient(business.slug).get(
        f"/api/v1/availability?service_id={business.services[service]}&{dates}{more}"
    )
    assert answer.status == 200, answer.body
    return answer


def starts_of(answer: Any) -> list[str]:
    return [start for day in answer.data["days"] for start in day["starts"]]
