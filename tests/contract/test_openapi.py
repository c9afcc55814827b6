"""The API's description: a committed file, so that every change of the contract is seen in review."""

from __future__ import annotations

from typing import Any

from holdfast.main.api import api
from holdfast.main.openapi import describe, openapi_document, permissions
from tests.api_client import ApiClient
from tests.capabilities.business import make_business
from tests.cluster import Database
from tests.contract.baselines import compare


def test_the_description_is_the_committed_one() -> None:
    compare("openapi.json", openapi_document().decode())


def test_it_is_served(database: Database) -> None:
    answer = ApiClient(make_business().slug).get("/api/v1/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.body == openapi_document()
    assert answer.json["openapi"].startswith("3.1")


def test_every_prefix_of_the_documents_is_listed() -> None:
    assert [each["url"] for each in describe()["servers"]] == [
        "/api/v1",
        "/api/v1/admin",
        "/api",
        "/v1",
        "/admin/v1",
    ]


def test_every_reference_is_there() -> None:
    document = describe()

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [each for member in value.values() for each in references(member)]
        return [each for member in value for each in references(member)] if isinstance(value, list) else []

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def test_every_operation_is_described() -> None:
    for path, operations in describe()["paths"].items():
        for method, operation in operations.items():
            assert operation["description"].endswith("."), (method, path)
            assert {"200", "201", "202"} & operation["responses"].keys()
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            names = [each["name"] for each in operation["parameters"]]
            assert ("Idempotency-Key" in names) == (method != "get"), (method, path)


def test_no_live_route_is_missing() -> None:
    """T16: what answers is what is described."""
    live = {str(pattern.pattern) for pattern in api.urls[0]} - {""}
    described = {path.lstrip("/").replace("{", "<").replace("}", ">") for path in describe()["paths"]}
    assert live - {"api-root"} == described


def test_permissions_are_known() -> None:
    from holdfast.platform.access import PERMISSIONS

    granted = {each for bundle in PERMISSIONS.values() for each in bundle}
    assert {each for each in permissions().values() if each not in granted} == set()


def test_schemas_refuse_what_they_do_not_list() -> None:
    schemas = describe()["components"]["schemas"]
    for name in ("BookingIn", "ConfirmIn", "BookingChange", "CancelIn"):
        assert schemas[name]["additionalProperties"] is False, name
    for name in ("ServiceIn", "ServiceChange", "BlackoutIn"):
        assert schemas[name]["additionalProperties"] is False, name
