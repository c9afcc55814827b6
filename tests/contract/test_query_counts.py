"""How many statements each operation sends, transaction control included: a committed baseline.

Measured warm: tenant, keys and schedule are remembered, as in a process that has served before.
"""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api_client import ApiClient
from tests.contract.baselines import baseline, is_updating
from tests.contract.operations import OPERATIONS, STAFF_ONLY, Request, World, requests

_FILE = "query_counts.json"


CASES = [
    (name, who)
    for name in [*OPERATIONS, "hold"]
    for who in ("guest", "owner")
    if (name, who) not in {(each, "guest") for each in STAFF_ONLY}
]


def _request(known: dict[str, Request], name: str, world: World) -> Request:
    if name == "hold":
        cut = str(world.shop.services["cut"])
        return known["create_booking"].spoilt("body", "service_id", cut).spoilt("body", "service_ids", [cut])
    request = known[name]
    request.query.pop("all", None)
    return request


@pytest.mark.parametrize(("name", "who"), CASES)
def test_statements(name: str, who: str, world: World, owner: ApiClient) -> None:
    client = owner if who == "owner" else ApiClient(world.shop.slug)
    known_requests = requests(world)
    request = _request(known_requests, name, world)
    assert known_requests["get_availability"].send(ApiClient(world.shop.slug)).status == 200
    with CaptureQueriesContext(connection) as captured:
        answer = request.send(client)
    assert answer.status in (200, 201, 202), answer.body
    path = baseline(_FILE)
    known: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    case = f"{name} as {who}"
    if is_updating():
        known[case] = len(captured)
        path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sent = "\n".join(each["sql"][:120] for each in captured.captured_queries)
    assert len(captured) == known.get(case), (
        f"{_FILE} has changed; look, then run with UPDATE_BASELINES=1\n{sent}"
    )


def test_a_hold_is_one_statement() -> None:
    """DESIGN §2: the hot commands are one round trip each; expiry, checks, event and answer included."""
    assert json.loads(baseline(_FILE).read_text(encoding="utf-8"))["hold as guest"] == 1
