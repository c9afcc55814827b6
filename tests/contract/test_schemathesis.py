"""Schemathesis over the whole description (TRUST G17, small): no server error, no undescribed answer.

As a stranger and as a member who may do everything, with input that fits the schema and input that does
not. The seed is printed; SEED=… repeats a run.
"""

from __future__ import annotations

import os
import random
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode

from holdfast.main.openapi import describe
from holdfast.main.wsgi import application
from holdfast.platform.http.spelling import SPELLINGS
from tests.api_client import ApiClient
from tests.contract.operations import OPERATIONS, STAFF_ONLY, Request, World, requests
from tests.contract.problems import PROBLEM

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))
EXAMPLES = 25
_CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
_CASES = [
    (name, who)
    for name in OPERATIONS
    for who in ("stranger", "owner")
    if who == "owner" or name not in STAFF_ONLY
]


_OURS = {other: ours for ours, others in SPELLINGS.items() if ours != "client_name" for other in others}


def _mix(generated: Any, known: dict[str, Any] | None, bits: int) -> Any:
    """Replace some of the generated values by known good ones, so that more than the first check is met."""
    if not known or not (generated is None or isinstance(generated, dict)):
        return generated
    mixed = dict(generated or {})
    for number, (name, value) in enumerate(sorted(known.items())):
        if bits >> number & 1:
            mixed[_OURS.get(name, name)] = value
    return mixed


def _put_known(case: schemathesis.Case, known: Request, bits: int) -> None:
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known.path.removeprefix("/api/v1/").split("/")[1]
    if known.query:
        case.query = _mix(case.query, known.query, bits)
    if known.body:
        case.body = _mix(case.body, known.body, bits)
    for name in ("Idempotency-Key", "If-Match"):
        case.headers.pop(name, None)
    if known.token and bits & 1:
        case.headers["X-Booking-Token"] = known.token


def _plain(environ: dict[str, Any], start_response: Any) -> Any:
    """The application as for a client that takes no gzip: what comes back is checked as it is."""
    environ.pop("HTTP_ACCEPT_ENCODING", None)
    return application(environ, start_response)


def _signed_in(client: ApiClient) -> Any:
    """The application with the client's cookies and CSRF token on every request."""
    cookies = {name: morsel.value for name, morsel in client.http.cookies.items()}
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        # A made-up token would count before the session.
        environ.pop("HTTP_AUTHORIZATION", None)
        return _plain(environ | {"HTTP_COOKIE": header, "HTTP_X_CSRFTOKEN": cookies["csrf"]}, start_response)

    return app


@cache
def _description() -> dict[str, Any]:
    """Written once: it is the same for every operation, and takes as long as a dozen requests."""
    return describe()


@pytest.mark.parametrize(("name", "who"), _CASES)
def test_operation(world: World, owner: ApiClient, name: str, who: str) -> None:
    print(f"SEED={SEED}")
    schema = schemathesis.openapi.from_dict(_description())
    schema.app = _signed_in(owner) if who == "owner" else _plain
    operation = schema.find_operation_by_id(name)
    known = requests(world)[name]
    statuses: set[int] = set()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        bits=st.one_of(st.none(), st.just(-1), st.integers(0, 2**16)),
    )
    def check(case: schemathesis.Case, bits: int | None) -> None:
        if bits is not None:
            _put_known(case, known, bits)
        response = case.call(base_url=f"http://{world.shop.slug}.localhost:8000/api/v1")
        case.validate_response(response, checks=_CHECKS)
        statuses.add(response.status_code)
        if response.status_code >= 400:
            assert response.headers["content-type"] == [PROBLEM]

    check()
    # Of a member nobody asks to sign in; otherwise the run would have shown nothing.
    assert who == "stranger" or 401 not in statuses
